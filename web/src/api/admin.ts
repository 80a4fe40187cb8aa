/* REST calls of an administrator of the deployment. */
import { call, part, query } from "./call";
import type {
	AdminAccount, AdminInvite, AdminUser, AuditFilter, AuditPage,
	CreatedInvite, NewAdminInvite, Quotas,
} from "./account_types";

export const admin = {
	users: async (username: string, cursor: string | null) => {
		const page = await call<{ users: AdminUser[]; nextCursor?: string | null }>(
			"GET", "/api/admin/users" + query({ username, cursor }));
		return { items: page.users, nextCursor: page.nextCursor ?? null };
	},
	updateUser: (id: string, change: { disabled?: boolean; administrator?: boolean }) =>
		call<unknown>("PATCH", `/api/admin/users/${part(id)}`, change),

	accounts: async (cursor: string | null) => {
		const page = await call<{ accounts: AdminAccount[]; nextCursor?: string | null }>(
			"GET", "/api/admin/accounts" + query({ cursor }));
		return { items: page.accounts, nextCursor: page.nextCursor ?? null };
	},
	updateAccount: (id: string, change: {
		disabled?: boolean; exec_off?: boolean; quotas?: Partial<Quotas>;
	}) => call<unknown>("PATCH", `/api/admin/accounts/${part(id)}`, change),

	invites: async () =>
		(await call<{ invites: AdminInvite[] }>("GET",
			"/api/admin/invites")).invites,
	createInvite: (invite: NewAdminInvite) =>
		call<CreatedInvite>("POST", "/api/admin/invites", invite),
	revokeInvite: (id: string) =>
		call<unknown>("DELETE", `/api/admin/invites/${part(id)}`),

	log: (filter: AuditFilter, cursor: string | null, limit: number) =>
		call<AuditPage>("POST", "/api/rpc/admin.audit.list", {
			...filter, limit, ...(cursor === null ? {} : { cursor }),
		}),
};
