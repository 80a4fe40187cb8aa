/*
 * What travels about people: keys, passkeys, sessions, members, invitations,
 * the deployment's administration, the audit trail.  Times are epoch ms.
 */

export interface ApiKey {
	id: string;
	label: string;
	key_prefix: string;
	scopes: string[];
	networks?: string[] | null;
	created_at: number;
	last_used_at: number | null;
	last_used_from?: string | null;
	expires_at: number | null;
}

export interface NewKey {
	label: string;
	scopes: string[];
	expires_at?: number;
	networks?: string[];
}

export interface CreatedKey {
	id: string;
	key: string;
	label: string;
	key_prefix: string;
	scopes: string[];
}

export interface Passkey {
	id: string;
	name: string;
	created_at: number;
	last_used_at: number | null;
	backed_up: boolean;
}

export interface LoginSession {
	id: string;
	current: boolean;
	method: string;
	peer: string;
	user_agent: string;
	account_id: string;
	account_name: string;
	created_at: number;
	last_seen_at: number;
	expires_at: number;
}

export interface Account {
	id: string;
	name: string;
	is_owner: boolean;
	scopes: string[];
	current: boolean;
	disabled: boolean;
}

export interface Member {
	user_id: string;
	username: string;
	scopes: string[];
	is_owner: boolean;
	created_at: number;
	last_seen_at: number | null;
}

export interface NewInvite {
	scopes: string[];
	note?: string;
	expires_hours: number;
}

export interface CreatedInvite {
	id: string;
	token: string;
	url: string;
	expires_at: number;
}

export interface Invite {
	id: string;
	scopes: string[];
	note: string | null;
	created_by: string | null;
	created_at: number;
	expires_at: number;
}

export type InviteKind = "member" | "account" | "reset";

/* What an invitation says to whoever holds it. */
export interface InviteOffer {
	kind: InviteKind;
	account_name?: string | null;
	username?: string | null;
	scopes?: string[] | null;
	administrator: boolean;
	expires_at: number;
	signed_in: boolean;
}

export interface AdminUser {
	id: string;
	username: string;
	administrator: boolean;
	disabled: boolean;
	created_at: number;
	last_seen_at: number | null;
	accounts: number;
	has_password: boolean;
	passkeys: number;
}

export interface Quotas {
	members: number | null;
	sessions: number | null;
	turns_per_day: number | null;
}

export interface AdminAccount {
	id: string;
	name: string;
	owner: string | null;
	members: number;
	disabled: boolean;
	exec_off: boolean;
	sessions: number;
	messages: number;
	created_at: number;
	quotas: Quotas;
}

export interface NewAdminInvite {
	kind: "account" | "reset";
	username?: string;
	administrator?: boolean;
	note?: string;
	expires_hours?: number;
}

export interface AdminInvite extends Invite {
	kind: InviteKind;
	username: string | null;
	administrator?: boolean;
}

export type Severity = "info" | "warn" | "alert";

export interface AuditEntry {
	id: string | number;
	at: number;
	event: string;
	severity: Severity;
	user_id: string | null;
	username: string | null;
	actor: string | null;
	via: string | null;
	peer: string | null;
	detail: unknown;
}

export interface AuditFilter {
	event?: string;
	severity?: Severity;
	since?: number;
	until?: number;
}

export interface AuditPage {
	entries: AuditEntry[];
	nextCursor: string | null;
}
