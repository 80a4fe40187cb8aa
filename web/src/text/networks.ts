/*
 * Networks as people type them: one a line or separated by commas, a plain
 * address for itself.  Says only what surely is wrong; the server decides.
 */

export const NETWORKS_MAX = 20;

function isIpv4(text: string): boolean {
	const parts = text.split(".");

	return parts.length === 4 && parts.every((one) =>
		/^\d{1,3}$/.test(one) && Number(one) <= 255);
}

function isIpv6(text: string): boolean {
	const halves = text.split("::");
	const groups = text.split(":").filter((one) => one !== "");

	if (!text.includes(":") || halves.length > 2)
		return false;
	const tail = groups.at(-1) ?? "";
	const mixed = tail.includes(".");
	const count = groups.length + (mixed ? 1 : 0);
	const plain = mixed ? groups.slice(0, -1) : groups;

	return (halves.length === 2 ? count < 8 : count === 8) &&
		(!mixed || isIpv4(tail)) &&
		plain.every((one) => /^[0-9a-fA-F]{1,4}$/.test(one));
}

function isNetwork(text: string): boolean {
	const [address, bits, ...more] = text.split("/");
	const max = isIpv4(address!) ? 32 : isIpv6(address!) ? 128 : -1;

	return max >= 0 && more.length === 0 && (bits === undefined ||
		(/^\d{1,3}$/.test(bits) && Number(bits) <= max));
}

export function readNetworks(text: string): { networks: string[]; problem: string | null } {
	const networks = text.split(/[\s,]+/).filter((one) => one !== "");
	const wrong = networks.find((one) => !isNetwork(one));

	if (wrong !== undefined) {
		return { networks, problem: `“${wrong}” is no network. Write it as` +
			" 203.0.113.0/24 or 2001:db8::/32." };
	}
	if (networks.length > NETWORKS_MAX)
		return { networks, problem: `At most ${NETWORKS_MAX} networks.` };
	return { networks, problem: null };
}
