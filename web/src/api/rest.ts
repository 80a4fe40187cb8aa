/*
 * REST calls around signing in, conversations and approvals.  People, keys and
 * the rest of an account are in account.ts, what an administrator may do in
 * admin.ts; how a call is made and how it fails is in call.ts.
 */
import type { InviteOffer } from "./account_types";
import { call } from "./call";
import type {
	ApprovalPast, AuthStatus, HistoryPage, SessionEntry, WhoAmI,
} from "./types";

export { ApiError } from "./call";

/* What a person decides about a command. */
export interface Decision {
	decision: "approved" | "denied" | "modified";
	command?: string;
	note?: string;
	remember?: boolean;
	confirm_dangerous?: boolean;
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
	reauth: (password: string) =>
		call<unknown>("POST", "/api/auth/reauth", { password }),
	lookupInvite: (token: string) =>
		call<InviteOffer>("POST", "/api/auth/invite/lookup", { token }),
	acceptInvite: (body: { token: string; username?: string; password?: string }) =>
		call<unknown>("POST", "/api/auth/invite/accept", body),
	whoami: () => call<WhoAmI>("GET", "/api/auth/whoami"),

	approvalHistory: async () =>
		(await call<{ requests: ApprovalPast[] }>("GET",
			"/api/approvals/history")).requests,
	resolveApproval: (id: string, body: Decision) =>
		call<{ ok: boolean; decision: string; command: string }>("POST",
			`/api/approvals/${encodeURIComponent(id)}/resolve`, body),

	createSession: () => call<SessionEntry>("POST", "/api/sessions"),
	patchSession: (key: string,
		body: { label?: string; model?: string | null; archived?: boolean }) =>
		call<SessionEntry>("PATCH", sessionPath(key), body),
	deleteSession: (key: string) => call<unknown>("DELETE", sessionPath(key)),
	history: (key: string, limit: number, cursor: string | null) =>
		call<HistoryPage>("GET", `${sessionPath(key)}/history?limit=${limit}` +
			(cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`)),
};
