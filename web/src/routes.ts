/* The addresses of the page, both ways. */

export type Route =
	| { page: "chat"; key: string }
	| { page: "setup" }
	| { page: "login" }
	| { page: "settings"; section: string }
	| { page: "admin"; section: string }
	| { page: "invite" }
	| { page: "approvals" }
	| { page: "archived" }
	| { page: "missing" };

export const MAIN_KEY = "main";

function decode(part: string): string | null {
	try {
		return decodeURIComponent(part);
	} catch {
		return null;
	}
}

export function routeOf(path: string): Route {
	const parts = path.split("/").filter((part) => part !== "");

	if (parts.length === 0)
		return { page: "chat", key: MAIN_KEY };
	if (parts.length === 1 && (parts[0] === "setup" || parts[0] === "onboarding"))
		return { page: "setup" };
	if (parts.length === 1 && parts[0] === "login")
		return { page: "login" };
	if (parts.length === 1 && parts[0] === "invite")
		return { page: "invite" };
	if (parts[0] === "admin" && parts.length <= 2)
		return { page: "admin", section: parts[1] ?? "" };
	if (parts.length === 1 && parts[0] === "approvals")
		return { page: "approvals" };
	if (parts.length === 1 && parts[0] === "archived")
		return { page: "archived" };
	if (parts.length === 2 && parts[0] === "chat") {
		const key = decode(parts[1] ?? "");
		return key === null ? { page: "missing" } : { page: "chat", key };
	}
	if (parts[0] === "settings" && parts.length <= 2)
		return { page: "settings", section: parts[1] ?? "" };
	return { page: "missing" };
}

export function chatPath(key: string): string {
	return key === MAIN_KEY ? "/"
		: "/chat/" + encodeURIComponent(key).replace(/%3A/g, ":");
}
