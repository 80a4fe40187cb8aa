/*
 * The token of the invitation with which the page was opened.  It comes in the
 * address's fragment, which no server sees, and leaves the address bar at once:
 * it must not stay in the history, a bookmark or a screenshot.
 */
import { signal } from "@preact/signals";

export const inviteToken = signal<string | null>(null);

function take(): void {
	if (location.pathname !== "/invite" || location.hash.length < 2)
		return;
	inviteToken.value = location.hash.slice(1);
	history.replaceState(null, "", "/invite");
}

take();
/* A second link opened in the same tab changes nothing but the fragment. */
addEventListener("hashchange", take);

/* Loads the page anew with the token, after the login has ended. */
export function reopenInvite(): void {
	history.replaceState(null, "", `/invite#${inviteToken.value ?? ""}`);
	location.reload();
}
