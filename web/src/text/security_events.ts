/*
 * Names of the audit trail and of `security.*` events as people say them.  A
 * name that is not here is shown as it is, in words.
 */

const TEXT: Record<string, string> = {
	"account.deleted": "Account deleted",
	"account.entered": "Account opened",
	"account.updated": "Account changed by an administrator",
	"accounts.leave": "Left an account",
	"accounts.rename": "Account renamed",
	"accounts.switch": "Account switched",
	"admin.accounts.update": "Account changed by an administrator",
	"admin.invites.create": "Invitation made by an administrator",
	"admin.invites.revoke": "Invitation withdrawn by an administrator",
	"admin.users.update": "Person changed by an administrator",
	"audit.purged": "Old audit rows removed",
	"auth.address_banned": "Address shut out after failures",
	"auth.keys.create": "API key created",
	"auth.keys.revoke": "API key revoked",
	"auth.name_locked": "Sign-in locked after failures",
	"auth.login": "Signed in",
	"auth.login_failed": "Failed sign-in",
	"auth.login_failures": "Many failed sign-ins",
	"auth.logout": "Signed out",
	"auth.passkeys.remove": "Passkey removed",
	"auth.passkeys.rename": "Passkey renamed",
	"auth.password_changed": "Password changed",
	"auth.reauthenticated": "Identity confirmed",
	"auth.reset": "Login reset with a link",
	"auth.reset_invited": "Reset link made",
	"auth.sessions.revoke": "Login ended",
	"auth.sessions.revoke_others": "All other logins ended",
	"auth.setup_completed": "Deployment set up",
	"command.denials": "Many commands denied",
	"command.floor": "Dangerous command stopped",
	"exec.approvals.set": "Approval mode changed",
	"exec.cancelled": "Command cancelled",
	"exec.denied": "Command denied",
	"exec.finished": "Command ended",
	"exec.off": "Commands stopped by the operator",
	"exec.on": "Commands allowed again",
	"exec.requested": "Command asked for",
	"invite.accepted": "Invitation accepted",
	"invite.created": "Invitation made",
	"invite.revoked": "Invitation withdrawn",
	"invites.create": "Invitation made",
	"invites.revoke": "Invitation withdrawn",
	"key.created": "API key created",
	"key.new_address": "API key used from a new address",
	"key.revoked": "API key revoked",
	"member.joined": "Member joined",
	"member.left": "Member left",
	"member.removed": "Member removed",
	"members.remove": "Member removed",
	"members.update": "Member's scopes changed",
	"origin.rejected": "Request from a foreign page refused",
	"passkey.added": "Passkey added",
	"passkey.counter_rollback": "A passkey's counter went back: it may be a copy",
	"passkey.removed": "Passkey removed",
	"sandbox.oom": "Command killed: too much memory",
	"sandbox.timeout": "Command killed: out of time",
	"sessions.delete": "Conversation deleted",
	"tenancy.foreign_id": "Somebody else's data asked for",
	"user.disabled": "Person disabled",
	"user.enabled": "Person enabled",
	"user.updated": "Person changed",
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

/* What a row or an event is about, in a word; "" when it does not say. */
export function aboutOf(detail: unknown): string {
	return textField(detail, "username", "label", "name");
}

/* One line for a toast: what, whom it concerns, from where. */
export function alertText(name: string, payload: unknown): string {
	const about = aboutOf(payload);
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
