/*
 * Names of the audit trail and of `security.*` events as people say them.  A
 * name that is not here is shown as it is, in words.
 */

const TEXT: Record<string, string> = {
	"auth.login": "Signed in",
	"auth.login_failed": "Failed sign-in",
	"auth.login_locked": "Sign-in locked after failures",
	"auth.logout": "Signed out",
	"auth.banned": "Address banned after failures",
	"auth.locked": "Sign-in locked after failures",
	"auth.setup": "Deployment set up",
	"auth.password_changed": "Password changed",
	"auth.reauth": "Identity confirmed",
	"auth.reauth_failed": "Identity not confirmed",
	"auth.session_revoked": "Login ended",
	"auth.sessions.revoke": "Login ended",
	"auth.sessions.revoke_others": "All other logins ended",
	"auth.keys.create": "API key created",
	"auth.keys.revoke": "API key revoked",
	"auth.passkeys.rename": "Passkey renamed",
	"auth.passkeys.remove": "Passkey removed",
	"key.created": "API key created",
	"key.revoked": "API key revoked",
	"key.new_address": "API key used from a new address",
	"passkey.added": "Passkey added",
	"passkey.removed": "Passkey removed",
	"passkey.suspicious": "Passkey with a counter that went back: it may be a copy",
	"member.removed": "Member removed",
	"member.updated": "Member's scopes changed",
	"member.joined": "Member joined",
	"members.update": "Member's scopes changed",
	"members.remove": "Member removed",
	"invite.created": "Invitation made",
	"invite.accepted": "Invitation accepted",
	"invite.revoked": "Invitation revoked",
	"invites.create": "Invitation made",
	"invites.revoke": "Invitation revoked",
	"accounts.rename": "Account renamed",
	"accounts.switch": "Account switched",
	"accounts.leave": "Member left",
	"account.disabled": "Account disabled",
	"account.enabled": "Account enabled",
	"origin.rejected": "Request from a foreign page refused",
	"exec.approvals.set": "Approval mode changed",
	"exec.denials": "Many commands denied",
	"sessions.delete": "Conversation deleted",
};

/* "cron.many_jobs" as "Cron: many jobs". */
function inWords(name: string): string {
	const [area, ...rest] = name.replace(/[_-]/g, " ").split(".");
	const head = area!.charAt(0).toUpperCase() + area!.slice(1);

	return rest.length === 0 ? head : `${head}: ${rest.join(" ")}`;
}

export function eventText(name: string): string {
	const plain = name.replace(/^security\./, "");

	return TEXT[plain] ?? inWords(plain);
}

function textField(payload: unknown, ...names: string[]): string {
	if (typeof payload !== "object" || payload === null)
		return "";
	for (const name of names) {
		const value = (payload as Record<string, unknown>)[name];
		if (typeof value === "string" && value !== "")
			return value;
	}
	return "";
}

/* One line for a toast: what, whom it concerns, from where. */
export function alertText(name: string, payload: unknown): string {
	const about = textField(payload, "username", "label", "name");
	const from = textField(payload, "peer", "address");

	return eventText(name) + (about === "" ? "" : `: ${about}`) +
		(from === "" ? "" : ` (from ${from})`) + ".";
}

/* One line of what an audit row tells beside its columns. */
export function detailLine(detail: unknown): string {
	if (typeof detail !== "object" || detail === null)
		return "";
	return Object.entries(detail)
		.filter(([, value]) => value !== null && value !== "")
		.map(([name, value]) => `${name.replace(/_/g, " ")}: ` +
			(typeof value === "object" ? JSON.stringify(value) : String(value)))
		.join(" · ");
}
