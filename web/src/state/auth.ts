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

async function ask(): Promise<Auth> {
	try {
		const status = await rest.authStatus();
		if (status.setup_required)
			return { phase: "setup", status };
		if (!status.authenticated)
			return { phase: "anonymous" };
		return { phase: "ready", who: await rest.whoami() };
	} catch (err) {
		if (err instanceof ApiError && err.status === 401)
			return { phase: "anonymous" };
		return {
			phase: "unreachable",
			message: err instanceof ApiError ? err.message
				: "The server cannot be reached.",
		};
	}
}

/* What a person saw must not stay in memory for the next one, so a login that
 * ended or changed hands loads the page anew. */
export async function refreshAuth(): Promise<void> {
	const before = auth.value;
	const next = await ask();

	if (before.phase !== "ready") {
		auth.value = next;
		return;
	}
	/* A page that is open outlives a server that is away. */
	if (next.phase === "unreachable")
		return;
	if (next.phase !== "ready")
		location.replace("/login");
	else if (next.who.user.id !== before.who.user.id)
		location.reload();
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
