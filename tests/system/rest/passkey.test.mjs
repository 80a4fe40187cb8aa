// Passkeys (S178-S190, A18) with a software authenticator: registering,
// signing in with and without a name, proving oneself again, and everything
// that must be refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { api, base, cookieOf, password, request, setup }
	from "../lib/moltis.mjs";
import { Authenticator, b64u } from "../lib/authenticator.mjs";

const AUTH = "/api/auth";

async function signIn() {
	const answer = await api("POST", `${AUTH}/login`,
		{ body: { username: setup().username, password } });
	assert.equal(answer.status, 200, answer.text);
	return cookieOf(answer);
}

const post = (path, body, cookie) =>
	request("POST", AUTH + path, { body, cookie });

async function good(path, body, cookie) {
	const answer = await post(path, body, cookie);
	assert.equal(answer.status, 200, `${path}: ${answer.text}`);
	return answer.json;
}

export async function register(cookie, auth, { name, ...how } = {}) {
	const begun = await good("/passkey/register/begin", {}, cookie);
	return post("/passkey/register/finish", {
		challenge_id: begun.challenge_id, name,
		credential: auth.create(begun.options, how) }, cookie);
}

export async function signInBy(auth, { username, ...how } = {}) {
	const begun = await good("/passkey/auth/begin",
		username === undefined ? {} : { username });
	return post("/passkey/auth/finish", { challenge_id: begun.challenge_id,
		credential: auth.get(begun.options, how) });
}

test("a passkey is registered and signs in, with a name and without", async () => {
	const cookie = await signIn();
	const auth = new Authenticator(base.origin);
	const made = await register(cookie, auth, { name: "Phone" });
	assert.equal(made.status, 200, made.text);
	for (const username of [undefined, setup().username, "OWNER"]) {
		const answer = await signInBy(auth, { username });
		assert.equal(answer.status, 200, answer.text);
		const who = await api("GET", `${AUTH}/whoami`,
			{ cookie: cookieOf(answer) });
		assert.equal(who.json.user.username, setup().username);
	}
});
