/*
 * Who is at the page: asked once at the start, again whenever a call or the
 * socket says that the login is gone.
 */
import { computed, signal } from "@preact/signals";
import { ApiError, onUnauthorized } from "../api/call";
import { rest } from "../api/rest";
import type { AuthStatus, WhoAmI } from "../api/types";

export type Auth =
	| { phase: "loading" }
	| { phase: "unreachable"; message: string }
	| { phase: "setup"; status: AuthStatus }
	| { phase: "anonymous"; status: AuthStatus | null }
	| { phase: "ready"; who: WhoAmI; status: AuthStatus };

export const auth = signal<Auth>({ phase: "loading" });

/* Who is signed in. */
export const me = computed(() =>
	(auth.value.phase === "ready" ? auth.value.who : null));

export const authStatus = computed(() =>
	("status" in auth.value ? auth.value.status : null));

async function ask(): Promise<Auth> {
	try {
		const status = await rest.authStatus();
		if (status.setup_required)
			return { phase: "setup", status };
		if (!status.authenticated)
			return { phase: "anonymous", status };
		return { phase: "ready", who: await rest.whoami(), status };
	} catch (err) {
		if (err instanceof ApiError && err.status === 401)
			return { phase: "anonymous", status: null };
		return {
			phase: "unreachable",
			message: err instanceof ApiError ? err.message
				: "The server cannot be reached.",
		};
	}
}

/* The login page says so when a login ended without its person's doing. */
const ENDED = "/login?ended";

export function loginEnded(): boolean {
	return location.search === "?ended";
}

/* What a person saw must not stay in memory for the next one, nor what belongs
 * to one account for another: a login that ended or changed hands loads the
 * page anew. */
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
		location.replace(ENDED);
	else if (next.who.user.id !== before.who.user.id ||
	    next.who.account.id !== before.who.account.id)
		location.replace("/");
	else if (JSON.stringify(next) !== JSON.stringify(before))
		auth.value = next;
}

/* Leaves by a real page load: nothing of the account stays in memory. */
export async function signOut(): Promise<void> {
	await rest.logout();
	location.replace("/login");
}

onUnauthorized(() => {
	if (auth.value.phase === "ready")
		location.replace(ENDED);
});
