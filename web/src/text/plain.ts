/* Small text helpers without a place of their own. */

const TITLE_MAX = 48;

/* A conversation's first title: the beginning of its first message, cut at a
 * word. */
export function titleFromText(text: string): string {
	const line = text.replace(/[`*_#>]+/g, "").replace(/\s+/g, " ").trim();
	const letters = [...line];

	if (letters.length <= TITLE_MAX)
		return line === "" ? "New chat" : line;
	const cut = letters.slice(0, TITLE_MAX).join("");
	const space = cut.lastIndexOf(" ");
	return (space > TITLE_MAX / 2 ? cut.slice(0, space) : cut) + "…";
}

/* crypto.randomUUID exists only on secure origins; this works on all. */
export function newUuid(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(16));

	bytes[6] = (bytes[6]! & 0x0f) | 0x40;
	bytes[8] = (bytes[8]! & 0x3f) | 0x80;
	const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"))
		.join("");
	return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16),
		hex.slice(16, 20), hex.slice(20)].join("-");
}

/* A phrase of the server as a sentence between others. */
export function sentence(text: string): string {
	const trimmed = text.trim();

	if (trimmed === "")
		return "";
	return trimmed[0]!.toUpperCase() + trimmed.slice(1) +
		(/[.!?:)"”]$/.test(trimmed) ? "" : ".");
}

export function plural(count: number, one: string, many = `${one}s`): string {
	return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

export function bytesText(value: number): string {
	const units = ["bytes", "KB", "MB", "GB"];
	let left = value;
	let unit = 0;

	while (left >= 1024 && unit < units.length - 1) {
		left /= 1024;
		unit++;
	}
	return `${Math.round(left * 10) / 10} ${units[unit]}`;
}
