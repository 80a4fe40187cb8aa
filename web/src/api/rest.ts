/*
 * REST calls.  Every failure is an ApiError with a sentence fit for the
 * screen; a 401 is also told to whoever asked through onUnauthorized, so that
 * one place decides to leave for the login page.
 */
import type {
	ApiKey, ApprovalPast, AuthStatus, CreatedKey, HistoryPage, SessionEntry,
	WhoAmI,
} from "./types";

const TIMEOUT_MS = 20_000;

export class ApiError extends Error {
	constructor(
		message: string,
		readonly status: number,
		readonly code: string,
		readonly field: string | null = null,
		readonly retryAfterSecs: number | null = null,
	) {
		super(message);
		this.name = "ApiError";
	}
}

/* What a person decides about a command. */
export interface Decision {
	decision: "approved" | "denied" | "modified";
	command?: string;
	note?: string;
	remember?: boolean;
	confirm_dangerous?: boolean;
}

let unauthorized: () => void = () => {};

export function onUnauthorized(fn: () => void): void {
	unauthorized = fn;
}

function textOf(body: unknown, name: string): string | null {
	if (typeof body !== "object" || body === null)
		return null;
	const value = (body as Record<string, unknown>)[name];
	return typeof value === "string" && value !== "" ? value : null;
}

/* The edge and the browser may answer without our JSON shape (a 502 page,
 * for one), hence the sentences by status. */
export function errorFrom(status: number, body: unknown): ApiError {
	const wait = (body as { retry_after_seconds?: unknown } | null)
		?.retry_after_seconds;
	let message = textOf(body, "error");

	if (message === null) {
		if (status === 413)
			message = "This is too large for the server.";
		else if (status === 429)
			message = "Too many attempts. Wait a moment and try again.";
		else if (status >= 500)
			message = "The server cannot answer right now. Try again shortly.";
		else
			message = `The server refused the request (${status}).`;
	}
	return new ApiError(message, status, textOf(body, "code") ?? `HTTP_${status}`,
		textOf(body, "field"), typeof wait === "number" ? wait : null);
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
	const stop = new AbortController();
	const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
	const headers: Record<string, string> = { Accept: "application/json" };
	let reply: Response;
	let parsed: unknown = null;

	if (method !== "GET")
		headers["Content-Type"] = "application/json";
	try {
		reply = await fetch(path, {
			method,
			headers,
			credentials: "same-origin",
			cache: "no-store",
			redirect: "error",
			signal: stop.signal,
			...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
		});
		const text = await reply.text();
		try {
			parsed = text === "" ? null : JSON.parse(text);
		} catch {
			/* Not ours; errorFrom finds a sentence by status. */
		}
	} catch {
		throw new ApiError("The server cannot be reached. Check the connection.",
			0, "UNREACHABLE");
	} finally {
		clearTimeout(timer);
	}
	if (!reply.ok) {
		if (reply.status === 401 && !path.startsWith("/api/auth/login"))
			unauthorized();
		throw errorFrom(reply.status, parsed);
	}
	return parsed as T;
}

/* A colon is legal in a path segment and reads better in logs. */
function sessionPath(key: string): string {
	return "/api/sessions/" + encodeURIComponent(key).replace(/%3A/g, ":");
}

export const rest = {
	authStatus: () => call<AuthStatus>("GET", "/api/auth/status"),
	setup: (body: { setup_code: string; username: string; password: string }) =>
		call<unknown>("POST", "/api/auth/setup", body),
	login: (body: { username?: string; password: string }) =>
		call<unknown>("POST", "/api/auth/login", body),
	logout: () => call<unknown>("POST", "/api/auth/logout"),
	changePassword: (current_password: string, new_password: string) =>
		call<unknown>("POST", "/api/auth/password/change",
			{ current_password, new_password }),
	whoami: () => call<WhoAmI>("GET", "/api/auth/whoami"),

	keys: async () =>
		(await call<{ api_keys: ApiKey[] }>("GET", "/api/auth/api-keys")).api_keys,
	createKey: (label: string, scopes: string[]) =>
		call<CreatedKey>("POST", "/api/auth/api-keys", { label, scopes }),
	revokeKey: (id: string | number) =>
		call<unknown>("DELETE", `/api/auth/api-keys/${encodeURIComponent(id)}`),

	approvalHistory: async () =>
		(await call<{ requests: ApprovalPast[] }>("GET",
			"/api/approvals/history")).requests,
	resolveApproval: (id: string, body: Decision) =>
		call<{ ok: boolean; decision: string; command: string }>("POST",
			`/api/approvals/${encodeURIComponent(id)}/resolve`, body),

	createSession: () => call<SessionEntry>("POST", "/api/sessions"),
	patchSession: (key: string, body: { label?: string; model?: string | null }) =>
		call<SessionEntry>("PATCH", sessionPath(key), body),
	deleteSession: (key: string) => call<unknown>("DELETE", sessionPath(key)),
	history: (key: string, limit: number, cursor: string | null) =>
		call<HistoryPage>("GET", `${sessionPath(key)}/history?limit=${limit}` +
			(cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`)),
};
