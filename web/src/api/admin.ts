/* REST calls of an administrator of the deployment. */
import { call, part } from "./call";
import type {
	AdminAccount, AdminInvite, AdminUser, AuditFilter, AuditPage,
	CreatedInvite, NewAdminInvite, Quotas,
} from "./account_types";

export const admin = {
	users: async () =>
		(await call<{ users: AdminUser[] }>("GET", "/api/admin/users")).users,
	updateUser: (id: string, change: { disabled?: boolean; administrator?: boolean }) =>
		call<unknown>("PATCH", `/api/admin/users/${part(id)}`, change),

	accounts: async () =>
		(await call<{ accounts: AdminAccount[] }>("GET",
			"/api/admin/accounts")).accounts,
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
