/*
 * REST calls of a signed-in person: keys, passkeys, sessions of his own, and
 * the accounts he belongs to with their members, invitations and audit trail.
 */
import { call, part, query } from "./call";
import type {
	Account, ApiKey, AuditFilter, AuditPage, CreatedInvite, CreatedKey, Invite,
	LoginSession, Member, NewInvite, NewKey, Passkey,
} from "./account_types";

export const keys = {
	list: async () =>
		(await call<{ api_keys: ApiKey[] }>("GET", "/api/auth/api-keys")).api_keys,
	create: (key: NewKey) =>
		call<CreatedKey>("POST", "/api/auth/api-keys", key),
	revoke: (id: string) =>
		call<unknown>("DELETE", `/api/auth/api-keys/${part(id)}`),
};

export const passkeys = {
	list: async () =>
		(await call<{ passkeys: Passkey[] }>("GET", "/api/auth/passkeys")).passkeys,
	rename: (id: string, name: string) =>
		call<unknown>("PATCH", `/api/auth/passkeys/${part(id)}`, { name }),
	remove: (id: string) =>
		call<unknown>("DELETE", `/api/auth/passkeys/${part(id)}`),
};

export const logins = {
	list: async () =>
		(await call<{ sessions: LoginSession[] }>("GET",
			"/api/auth/sessions")).sessions,
	revoke: (id: string) =>
		call<unknown>("DELETE", `/api/auth/sessions/${part(id)}`),
	revokeOthers: async () =>
		(await call<{ revoked: number }>("POST",
			"/api/auth/sessions/revoke-others")).revoked,
};

export const accounts = {
	list: async () =>
		(await call<{ accounts: Account[] }>("GET", "/api/accounts")).accounts,
	switchTo: (account_id: string) =>
		call<unknown>("POST", "/api/accounts/switch", { account_id }),
	rename: (name: string) => call<unknown>("PATCH", "/api/account", { name }),
	leave: (account_id: string) =>
		call<unknown>("POST", "/api/accounts/leave", { account_id }),
};

export const members = {
	list: async () =>
		(await call<{ members: Member[] }>("GET", "/api/members")).members,
	update: (id: string, scopes: string[]) =>
		call<unknown>("PATCH", `/api/members/${part(id)}`, { scopes }),
	remove: (id: string) =>
		call<unknown>("DELETE", `/api/members/${part(id)}`),
};

export const invites = {
	list: async () =>
		(await call<{ invites: Invite[] }>("GET", "/api/invites")).invites,
	create: (invite: NewInvite) =>
		call<CreatedInvite>("POST", "/api/invites", invite),
	revoke: (id: string) =>
		call<unknown>("DELETE", `/api/invites/${part(id)}`),
};

export const audit = {
	list: (filter: AuditFilter, cursor: string | null, limit: number) =>
		call<AuditPage>("GET", "/api/audit" + query({ ...filter, cursor, limit })),
	exportPath: (format: "csv" | "jsonl", filter: AuditFilter) =>
		"/api/audit/export" + query({ format, ...filter }),
};
