/* What the server asks of a password, said while it is being typed. */

export const PASSWORD_MIN = 12;

export type Check = { ok: boolean; text: string };

export function lengthCheck(password: string): Check {
	const length = [...password].length;

	if (length === 0)
		return { ok: false, text: `At least ${PASSWORD_MIN} characters.` };
	if (length < PASSWORD_MIN) {
		const missing = PASSWORD_MIN - length;
		return {
			ok: false,
			text: `${missing} more ${missing === 1 ? "character" : "characters"}` +
				` (${length} of ${PASSWORD_MIN}).`,
		};
	}
	return { ok: true, text: "Long enough." };
}

export function matchCheck(password: string, again: string): Check {
	if (again === "")
		return { ok: false, text: "" };
	return password === again ? { ok: true, text: "Both are the same." }
		: { ok: false, text: "Not the same yet." };
}
