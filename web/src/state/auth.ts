/*
 * Who is at the page: asked once at the start, again whenever a call or the
 * socket says that the login is gone.
 */
import { signal } from "@preact/signals";
import { ApiError, onUnauthorized, rest } from "../api/rest";
import type { AuthStatus, WhoAmI } from "../api/types";

export type Auth =
	| { phase: "loading" }
	| { phase: "unreachable"; message: string }
	| { phase: "setup"; status: AuthStatus }
	| { phase: "anonymous" }
	| { phase: "ready"; who: WhoAmI };

export const auth = signal<Auth>({ phase: "loading" });

export async function refreshAuth(): Promise<void> {
	try {
		const status = await rest.authStatus();
		if (status.setup_required)
			auth.value = { phase: "setup", status };
		else if (!status.authenticated)
			auth.value = { phase: "anonymous" };
		else
			auth.value = { phase: "ready", who: await rest.whoami() };
	} catch (err) {
		if (err instanceof ApiError && err.status === 401)
			auth.value = { phase: "anonymous" };
		/* A page that is already open keeps what it shows. */
		else if (auth.value.phase !== "ready") {
			auth.value = {
				phase: "unreachable",
				message: err instanceof ApiError ? err.message
					: "The server cannot be reached.",
			};
		}
	}
}

/* Leaves by a real page load: nothing of the account stays in memory. */
export async function signOut(): Promise<void> {
	await rest.logout();
	location.replace("/login");
}

onUnauthorized(() => {
	if (auth.value.phase === "ready")
		location.replace("/login");
});
