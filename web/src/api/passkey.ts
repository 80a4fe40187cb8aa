/*
 * The ceremonies with a passkey, each a begin, the browser's question and a
 * finish.  Passkeys that exist are listed and removed through account.ts.
 */
import { call } from "./call";
import {
	createCredential, getCredential, type Begun, type CreateJson, type GetJson,
} from "./webauthn";

async function register(paths: [string, string], right: object, name: string): Promise<void> {
	const begun = await call<Begun<CreateJson>>("POST", paths[0], right);
	const credential = await createCredential(begun.options.publicKey);

	await call("POST", paths[1], {
		...right, challenge_id: begun.challenge_id, name, credential,
	});
}

/* Adds a passkey to the signed-in person. */
export function addPasskey(name: string): Promise<void> {
	return register(["/api/auth/passkey/register/begin",
		"/api/auth/passkey/register/finish"], {}, name);
}

/* Makes the first administrator. */
export function setupWithPasskey(
	right: { setup_code: string; username: string }, name: string,
): Promise<void> {
	return register(["/api/auth/setup/passkey/register/begin",
		"/api/auth/setup/passkey/register/finish"], right, name);
}

/* Accepts an invitation, or resets with one. */
export function acceptWithPasskey(
	right: { token: string; username?: string }, name: string,
): Promise<void> {
	return register(["/api/auth/invite/passkey/begin",
		"/api/auth/invite/passkey/finish"], right, name);
}

/* With SIGNAL the browser offers it in the name field. */
export async function signInWithPasskey(username: string, signal?: AbortSignal): Promise<void> {
	const begun = await call<Begun<GetJson>>("POST", "/api/auth/passkey/auth/begin",
		username === "" ? {} : { username });
	const credential = await getCredential(begun.options.publicKey, signal);

	await call("POST", "/api/auth/passkey/auth/finish",
		{ challenge_id: begun.challenge_id, credential });
}

export async function reauthWithPasskey(): Promise<void> {
	const begun = await call<Begun<GetJson>>("POST", "/api/auth/reauth/passkey/begin");
	const credential = await getCredential(begun.options.publicKey);

	await call("POST", "/api/auth/reauth/passkey/finish",
		{ challenge_id: begun.challenge_id, credential });
}
