// Passkeys (S178-S190, A11, A18) with a software authenticator: registering,
// signing in with and without a name, proving oneself again, beginning by
// invitation, and everything that must be refused.

import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { Authenticator, b64u, FLAGS, unb64u }
	from "../lib/authenticator.mjs";
import { api, base, connectWs, cookieOf, env, fresh, invite, key, makePerson,
	password, reauth, setup } from "../lib/moltis.mjs";
import { ownerSql } from "../lib/owner.mjs";
import { ownFolder, startOwn } from "../lib/ownfcgi.mjs";
import { direct, fcgi } from "../lib/rawfcgi.mjs";

const raw = direct(env);
const unique = () => crypto.randomUUID().slice(0, 8);

// Each call from an address of its own, unless `peer` says otherwise.
const post = (route, body, { cookie, peer } = {}) => raw("POST",
	`/api/auth${route}`, { body: JSON.stringify(body), params: {
		...(peer ? { REMOTE_ADDR: peer } : {}),
		...(cookie ? { HTTP_COOKIE: cookie, HTTP_ORIGIN: base.origin } : {}),
	} });
const ok = (answer) => {
	assert.equal(answer.status, 200, answer.text);
	return answer.json;
};
const cookieIn = (answer) =>
	/moltis_session=[^;]+/.exec(answer.headers["set-cookie"])?.[0];
const whoami = async (cookie) =>
	(await api("GET", "/api/auth/whoami", { cookie })).json;
const list = async (cookie) =>
	ok(await api("GET", "/api/auth/passkeys", { cookie })).passkeys;

async function registerBegin(cookie) {
	const begun = await post("/passkey/register/begin", {}, { cookie });
	if (begun.json?.code !== "REAUTH_REQUIRED") return ok(begun);
	await reauth(cookie);
	return ok(await post("/passkey/register/begin", {}, { cookie }));
}

async function register(cookie, auth, { name = "Key", ...how } = {}) {
	const begun = await registerBegin(cookie);
	return post("/passkey/register/finish", { name,
		challenge_id: begun.challenge_id,
		credential: auth.create(begun.options, how) }, { cookie });
}

const loginBegin = async (username) => ok(await post("/passkey/auth/begin",
	username === undefined ? {} : { username }));
const loginFinish = (begun, credential) => post("/passkey/auth/finish",
	{ challenge_id: begun.challenge_id, credential });

async function signIn(auth, { username, ...how } = {}) {
	const begun = await loginBegin(username);
	return loginFinish(begun, auth.get(begun.options, how));
}

// A person with one passkey beside the password.
async function personWithKey(options) {
	const person = await makePerson();
	const auth = new Authenticator(base.origin, options);
	const { id } = ok(await register(person.cookie, auth));
	return { ...person, auth, id };
}

// A person who has nothing but a passkey.
async function passkeyPerson() {
	const { token } = await invite();
	const username = `only-${unique()}`;
	const auth = new Authenticator(base.origin);
	const begun = ok(await post("/invite/passkey/begin", { token, username }));
	const answer = await post("/invite/passkey/finish", { token, username,
		name: "Only", challenge_id: begun.challenge_id,
		credential: auth.create(begun.options) });
	ok(answer);
	return { username, auth, token, cookie: cookieIn(answer) };
}

for (const kind of ["ES256", "EdDSA", "RS256"])
	test(`${kind}: registered, then signs in with a name and without`,
		async () => {
			const person = await personWithKey({ kind });
			for (const username of [undefined, person.username,
				person.username.toUpperCase()]) {
				const answer = await signIn(person.auth, { username });
				assert.deepEqual(ok(answer), { ok: true });
				const line = answer.headers["set-cookie"];
				for (const flag of ["HttpOnly", "Secure", "SameSite=Strict"])
					assert.ok(line.includes(flag));
				const who = await whoami(cookieIn(answer));
				assert.equal(who.user.username, person.username);
				assert.equal(who.method, "passkey");
			}
			const [one] = await list(person.cookie);
			assert.deepEqual(Object.keys(one).sort(), ["backed_up",
				"created_at", "id", "last_used_at", "name"]);
			assert.equal(one.backed_up, true);
			assert.ok(Math.abs(one.last_used_at - Date.now()) < 60e3);
		});

test("through the edge, as a page does it", async () => {
	const person = await personWithKey();
	const begun = await api("POST", "/api/auth/passkey/auth/begin",
		{ body: {} });
	assert.equal(begun.status, 200, begun.text);
	const answer = await api("POST", "/api/auth/passkey/auth/finish",
		{ body: { challenge_id: begun.json.challenge_id,
			credential: person.auth.get(begun.json.options) } });
	assert.equal(answer.status, 200, answer.text);
	assert.equal((await whoami(cookieOf(answer))).user.id, person.user.id);
});

test("what a browser is asked to make", async () => {
	const person = await personWithKey();
	const { options, challenge_id: id } = await registerBegin(person.cookie);
	const asked = options.publicKey;
	assert.match(id, /^[0-9a-f-]{36}$/);
	assert.deepEqual(asked.rp, { id: base.hostname, name: "moltis" });
	assert.equal(unb64u(asked.user.id).length, 32);
	assert.notEqual(unb64u(asked.user.id).toString(), person.username);
	assert.equal(asked.user.name, person.username);
	assert.equal(unb64u(asked.challenge).length, 32);
	assert.deepEqual(asked.pubKeyCredParams.map((p) => p.alg),
		[-7, -8, -257]);
	assert.deepEqual(asked.excludeCredentials,
		[{ type: "public-key", id: b64u(person.auth.id) }]);
	assert.equal(asked.authenticatorSelection.userVerification, "required");
	assert.equal(asked.authenticatorSelection.residentKey, "preferred");
	assert.equal(asked.attestation, "none");
	const again = await registerBegin(person.cookie);
	assert.equal(again.options.publicKey.user.id, asked.user.id);
	assert.notEqual(again.options.publicKey.challenge, asked.challenge);
});

test("a challenge serves once, even when it fails", async () => {
	const person = await personWithKey();
	const begun = await loginBegin();
	const credential = person.auth.get(begun.options);
	ok(await loginFinish(begun, credential));
	const replay = await loginFinish(begun, credential);
	assert.equal(replay.status, 400, "the same again");
	assert.equal(replay.headers["set-cookie"], undefined);

	const second = await loginBegin();
	const bad = await loginFinish(second, person.auth.get(second.options,
		{ spoil: (c) => { c.response.signature = b64u(Buffer.alloc(70)); } }));
	assert.equal(bad.status, 401);
	assert.equal((await loginFinish(second, person.auth.get(second.options)))
		.status, 400, "after a failure");
	const third = await loginBegin();
	assert.equal((await loginFinish(third, { type: "nonsense" })).status, 401);
	assert.equal((await loginFinish(third, person.auth.get(third.options)))
		.status, 400, "after nonsense");

	const made = await registerBegin(person.cookie);
	const auth = new Authenticator(base.origin);
	const finish = () => post("/passkey/register/finish",
		{ challenge_id: made.challenge_id, credential:
			auth.create(made.options) }, { cookie: person.cookie });
	ok(await finish());
	assert.equal((await finish()).status, 400, "a registration again");
});

test("an old challenge is none", async () => {
	const person = await personWithKey();
	const begun = await loginBegin();
	ownerSql(`UPDATE moltis.passkey_challenges SET expires_at = now()
		WHERE id = '${begun.challenge_id}'`);
	assert.equal((await loginFinish(begun, person.auth.get(begun.options)))
		.status, 400);
});

// One thing wrong at a time; the unit tests do this much further.
const wrong = {
	"another ceremony": { change: (p) => { p.client.type = "webauthn.create"; } },
	"another challenge": { change: (p) => {
		p.client.challenge = b64u(crypto.randomBytes(32)); } },
	"another origin": { change: (p) => {
		p.client.origin = "https://evil.example"; } },
	"our host on another port": { change: (p) => { p.client.origin += "1"; } },
	"a foreign frame": { change: (p) => { p.client.crossOrigin = true; } },
	"a page above": { change: (p) => { p.client.topOrigin = base.origin; } },
	"another host": { change: (p) => { p.rpId = "evil.example"; } },
	"nobody there": { change: (p) => { p.flags &= ~FLAGS.UP; } },
	"nobody verified": { change: (p) => { p.flags &= ~FLAGS.UV; } },
	"other backup flags": { change: (p) => {
		p.flags &= ~(FLAGS.BE | FLAGS.BS); } },
	"a wrong signature": { spoil: (c) => {
		const bytes = unb64u(c.response.signature);
		bytes[20] ^= 1;
		c.response.signature = b64u(bytes); } },
	"a counter changed after signing": { spoil: (c) => {
		const bytes = unb64u(c.response.authenticatorData);
		bytes[35] ^= 1;
		c.response.authenticatorData = b64u(bytes); } },
	"a byte behind the data": { spoil: (c) => {
		c.response.authenticatorData = b64u(Buffer.concat([
			unb64u(c.response.authenticatorData), Buffer.from([0])])); } },
	"another user handle": { spoil: (c) => {
		c.response.userHandle = b64u(crypto.randomBytes(32)); } },
	"an id nobody has": { spoil: (c) => {
		c.id = c.rawId = b64u(crypto.randomBytes(32)); } },
	"two ids": { spoil: (c) => { c.id = b64u(crypto.randomBytes(32)); } },
	"no signature": { spoil: (c) => { c.response.signature = ""; } },
	"no response": { spoil: (c) => { delete c.response; } },
};

test("a login that is wrong in one thing is refused with one text", async () => {
	const person = await personWithKey();
	const texts = new Set();
	for (const [what, how] of Object.entries(wrong)) {
		const answer = await signIn(person.auth, how);
		assert.equal(answer.status, 401, `${what}: ${answer.text}`);
		assert.equal(answer.headers["set-cookie"], undefined, what);
		texts.add(answer.json.error);
	}
	assert.equal(texts.size, 1, [...texts].join(" | "));
	ok(await signIn(person.auth));
});

test("a registration that is wrong in one thing says in which", async () => {
	const person = await makePerson();
	for (const [what, how, word] of [
		["type", { change: (p) => { p.client.type = "webauthn.get"; } }, "type"],
		["challenge", { change: (p) => { p.client.challenge =
			b64u(crypto.randomBytes(32)); } }, "challenge"],
		["origin", { change: (p) => { p.client.origin = "https://evil.example"; } },
			"origin"],
		["host", { change: (p) => { p.rpId = "evil.example"; } }, "rp-id"],
		["presence", { change: (p) => { p.flags &= ~FLAGS.UP; } },
			"user-presence"],
		["verification", { change: (p) => { p.flags &= ~FLAGS.UV; } },
			"user-verification"],
		["trailing", { spoil: (c) => { c.response.attestationObject = b64u(
			Buffer.concat([unb64u(c.response.attestationObject),
				Buffer.from([0])])); } }, "cbor-trailing"],
		["indefinite", { spoil: (c) => { const b = unb64u(
			c.response.attestationObject); b[0] = 0xbf; c.response
			.attestationObject = b64u(Buffer.concat([b,
				Buffer.from([0xff])])); } }, "cbor"],
		["id", { spoil: (c) => { c.id = c.rawId = b64u(
			crypto.randomBytes(32)); } }, "credential-id"],
		["huge", { spoil: (c) => { c.response.attestationObject =
			b64u(Buffer.alloc(70000)); } }, "attestation-object"],
	]) {
		const answer = await register(person.cookie,
			new Authenticator(base.origin), how);
		assert.equal(answer.status, 400, `${what}: ${answer.text}`);
		assert.equal(answer.json.field, "credential", what);
		assert.ok(answer.json.error.includes(`(${word})`),
			`${what}: ${answer.json.error}`);
	}
	assert.deepEqual(await list(person.cookie), []);
	ok(await register(person.cookie, new Authenticator(base.origin),
		{ format: "packed" }));
});

test("a passkey belongs to one person", async () => {
	const ann = await personWithKey();
	const bob = await makePerson();
	const taken = await register(bob.cookie, ann.auth);
	assert.equal(taken.status, 409, taken.text);

	// Ann's challenge, finished by Bob's session.
	const begun = await registerBegin(ann.cookie);
	const auth = new Authenticator(base.origin);
	const stolen = await post("/passkey/register/finish", {
		challenge_id: begun.challenge_id,
		credential: auth.create(begun.options) }, { cookie: bob.cookie });
	assert.equal(stolen.status, 400);
	assert.deepEqual(await list(bob.cookie), []);

	// With Bob's name, Ann's passkey is nobody's.
	for (const username of [bob.username, `nobody-${unique()}`])
		assert.equal((await signIn(ann.auth, { username })).status, 401);
	for (const [method, body] of [["PATCH", { name: "mine" }], ["DELETE"]]) {
		const answer = await fresh(method, `/api/auth/passkeys/${ann.id}`,
			{ cookie: bob.cookie, body });
		assert.equal(answer.status, 404);
	}
	assert.equal((await list(ann.cookie)).length, 1);
});

test("a challenge is for one ceremony", async () => {
	const person = await personWithKey();
	const auth = new Authenticator(base.origin);
	const toRegister = await registerBegin(person.cookie);
	const asLogin = { publicKey: { ...toRegister.options.publicKey,
		rpId: toRegister.options.publicKey.rp.id } };
	assert.equal((await loginFinish(toRegister, person.auth.get(asLogin)))
		.status, 400);
	const toSignIn = await loginBegin();
	const asRegister = { publicKey: { ...toSignIn.options.publicKey,
		rp: { id: toSignIn.options.publicKey.rpId }, user: { id: "AAAA" } } };
	assert.equal((await post("/passkey/register/finish",
		{ challenge_id: toSignIn.challenge_id,
			credential: auth.create(asRegister) }, { cookie: person.cookie }))
		.status, 400);
	const toProve = ok(await post("/reauth/passkey/begin", {},
		{ cookie: person.cookie }));
	assert.equal((await loginFinish(toProve, person.auth.get(toProve.options)))
		.status, 400);
});

test("renamed and removed", async () => {
	const person = await personWithKey();
	const patch = (name) => api("PATCH", `/api/auth/passkeys/${person.id}`,
		{ cookie: person.cookie, body: { name } });
	assert.deepEqual(ok(await patch("Ada's phone")), { ok: true });
	assert.equal((await list(person.cookie))[0].name, "Ada's phone");
	for (const name of ["", "   ", "x".repeat(65), "a\nb"])
		assert.equal((await patch(name)).status, 400, JSON.stringify(name));
	const session = cookieIn(await signIn(person.auth));
	assert.deepEqual(ok(await fresh("DELETE",
		`/api/auth/passkeys/${person.id}`, { cookie: person.cookie })),
	{ ok: true });
	assert.deepEqual(await list(person.cookie), []);
	assert.equal((await signIn(person.auth)).status, 401);
	assert.equal((await api("GET", "/api/auth/whoami", { cookie: session }))
		.status, 401, "what it signed in is over");
	const blank = new Authenticator(base.origin);
	ok(await register(person.cookie, blank, { name: " " }));
	assert.equal((await list(person.cookie))[0].name, "Passkey");
});

test("somebody with a passkey alone lacks nothing", async () => {
	const person = await passkeyPerson();
	const who = await whoami(person.cookie);
	assert.equal(who.user.username, person.username);
	assert.equal(who.method, "passkey");
	assert.equal((await raw("POST", "/api/auth/login", { body: JSON.stringify({
		username: person.username, password }) })).status, 401);
	assert.equal((await post("/invite/passkey/begin", { token: person.token,
		username: "again" })).status, 403, "the invitation is used up");

	const [only] = await list(person.cookie);
	const last = await api("DELETE", `/api/auth/passkeys/${only.id}`,
		{ cookie: person.cookie });
	assert.equal(last.status, 409, last.text);
	assert.match(last.json.error, /only way to sign in/);

	// Ten minutes later he has to prove himself, and can.
	const stale = () => ownerSql(`UPDATE moltis.login_sessions s
		SET proved_at = now() - interval '11 minutes' FROM moltis.users u
		WHERE u.id = s.user_id AND u.username = '${person.username}'`);
	const change = () => api("POST", "/api/auth/password/change",
		{ cookie: person.cookie, body: { new_password: password } });
	stale();
	assert.equal((await change()).json.code, "REAUTH_REQUIRED");
	assert.equal((await post("/passkey/register/begin", {},
		{ cookie: person.cookie })).json.code, "REAUTH_REQUIRED");
	const begun = ok(await post("/reauth/passkey/begin", {},
		{ cookie: person.cookie }));
	assert.equal(begun.options.publicKey.allowCredentials.length, 1);
	ok(await post("/reauth/passkey/finish", { challenge_id: begun.challenge_id,
		credential: person.auth.get(begun.options) },
	{ cookie: person.cookie }));
	assert.ok((await whoami(person.cookie)).fresh_until > Date.now());
	assert.deepEqual(ok(await change()), { ok: true });
	ok(await raw("POST", "/api/auth/login", { body: JSON.stringify({
		username: person.username, password }) }));
	assert.equal((await change()).status, 403,
		"the current password is asked for from now on");
	assert.deepEqual(ok(await fresh("DELETE",
		`/api/auth/passkeys/${only.id}`, { cookie: person.cookie })),
	{ ok: true });
});

test("a proof that fails leaves the session as it was", async () => {
	const person = await personWithKey();
	const other = await personWithKey();
	ownerSql(`UPDATE moltis.login_sessions SET proved_at = '2020-01-01'
		WHERE user_id = '${person.user.id}'`);
	for (const [auth, how] of [[other.auth, {}], [person.auth,
		wrong["nobody verified"]], [person.auth, wrong["a wrong signature"]]]) {
		const begun = ok(await post("/reauth/passkey/begin", {},
			{ cookie: person.cookie }));
		const answer = await post("/reauth/passkey/finish",
			{ challenge_id: begun.challenge_id,
				credential: auth.get(begun.options, how) },
			{ cookie: person.cookie });
		assert.equal(answer.status, 403, answer.text);
	}
	assert.equal((await post("/passkey/register/begin", {},
		{ cookie: person.cookie })).json.code, "REAUTH_REQUIRED");
	assert.equal((await whoami(person.cookie)).user.id, person.user.id);
});

test("a reset by invitation takes the old passkeys away", async () => {
	const person = await personWithKey();
	const { token } = await invite({ kind: "reset",
		username: person.username });
	const begun = ok(await post("/invite/passkey/begin", { token }));
	assert.equal(begun.options.publicKey.user.name, person.username);
	const auth = new Authenticator(base.origin);
	const answer = await post("/invite/passkey/finish", { token, name: "New",
		challenge_id: begun.challenge_id,
		credential: auth.create(begun.options) });
	ok(answer);
	assert.equal((await whoami(cookieIn(answer))).user.id, person.user.id);
	assert.equal((await signIn(person.auth)).status, 401, "the old passkey");
	assert.equal((await api("GET", "/api/auth/whoami",
		{ cookie: person.cookie })).status, 401, "the old session");
	assert.equal((await raw("POST", "/api/auth/login", { body: JSON.stringify({
		username: person.username, password }) })).status, 401,
	"the old password");
	ok(await signIn(auth, { username: person.username }));
});

test("a right that is none begins nothing", async () => {
	const token = `inv_${b64u(crypto.randomBytes(32))}`;
	const refused = await post("/invite/passkey/begin",
		{ token, username: "x" });
	assert.equal(refused.status, 403);
	assert.equal(refused.json.error, "this invitation is not valid");
	const good = (await invite()).token;
	assert.equal((await post("/invite/passkey/begin", { token: good,
		username: setup().username })).status, 409, "a name that is taken");
	assert.equal((await post("/invite/passkey/begin", { token: good })).status,
		400, "no name");
	// A challenge of one invitation is none for another.
	const other = (await invite()).token;
	const username = `swap-${unique()}`;
	const begun = ok(await post("/invite/passkey/begin",
		{ token: good, username }));
	const auth = new Authenticator(base.origin);
	assert.equal((await post("/invite/passkey/finish", { token: other,
		username, challenge_id: begun.challenge_id,
		credential: auth.create(begun.options) })).status, 400);
	const setupBegin = await post("/setup/passkey/register/begin",
		{ setup_code: "AAAA-AAAA" });
	assert.equal(setupBegin.status, 403);
	assert.match(setupBegin.json.error, /already completed/);
	assert.equal((await post("/setup/passkey/register/finish",
		{ setup_code: "AAAA-AAAA", challenge_id: begun.challenge_id,
			credential: auth.create(begun.options) })).status, 403);
});

test("a counter that goes back is refused and alarms the person", async () => {
	const person = await personWithKey({ counter: 10 });
	const client = await connectWs({ cookie: person.cookie });
	ok(await signIn(person.auth));
	person.auth.counter = 5;
	const answer = await signIn(person.auth);
	assert.equal(answer.status, 401);
	assert.equal(answer.headers["set-cookie"], undefined);
	const event = await client.event((e) =>
		e.event === "security.passkey.counter_rollback");
	assert.equal(event.payload.severity, "alert");
	assert.equal(event.payload.passkey_id, person.id);
	client.close();
	// A copy alarms; the one that is ahead goes on.
	person.auth.counter = 20;
	ok(await signIn(person.auth));
	const plain = await personWithKey({ counter: null });
	ok(await signIn(plain.auth));
	ok(await signIn(plain.auth));
});

test("a disabled person's passkey is nobody's", async () => {
	const person = await personWithKey();
	const set = (disabled) => fresh("PATCH",
		`/api/admin/users/${person.user.id}`, { body: { disabled } });
	const before = (await loginBegin(person.username)).options.publicKey
		.allowCredentials;
	ok(await set(true));
	assert.equal((await signIn(person.auth)).status, 401);
	const during = (await loginBegin(person.username)).options.publicKey
		.allowCredentials;
	assert.equal(during.length > 0, true);
	assert.notDeepEqual(during, before);
	ok(await set(false));
	ok(await signIn(person.auth));
});

test("a name nobody has looks like one that somebody has", async () => {
	const person = await personWithKey();
	const ids = async (username) => {
		const asked = (await loginBegin(username)).options.publicKey;
		assert.deepEqual(Object.keys(asked), ["challenge", "timeout", "rpId",
			"userVerification", "allowCredentials"]);
		return asked.allowCredentials.map((c) => {
			assert.deepEqual(Object.keys(c), ["type", "id"]);
			assert.equal(c.type, "public-key");
			return c.id;
		});
	};
	assert.deepEqual(await ids(person.username), [b64u(person.auth.id)]);
	const name = `nobody-${unique()}`;
	const fake = await ids(name);
	assert.ok(fake.length >= 1 && fake.length <= 2);
	for (const id of fake) assert.ok(unb64u(id).length >= 16);
	assert.deepEqual(await ids(name), fake, "the same every time");
	assert.deepEqual(await ids(name.toUpperCase()), fake);
	assert.notDeepEqual(await ids(`nobody-${unique()}`), fake);
	const without = await makePerson();
	assert.ok((await ids(without.username)).length >= 1,
		"nor does it show that somebody has none");
	assert.deepEqual(await ids(undefined), []);

	// Finishing with an id of either sort is the same refusal.
	const finishWith = async (username, id) => {
		const begun = await loginBegin(username);
		const answer = await loginFinish(begun, person.auth.get(begun.options, {
			spoil: (c) => {
				c.id = c.rawId = id;
				c.response.signature = b64u(Buffer.alloc(70, 0x30));
			} }));
		delete answer.json.request_id;
		return [answer.status, answer.json];
	};
	assert.deepEqual(await finishWith(name, fake[0]),
		await finishWith(person.username, b64u(person.auth.id)));
});

test("twenty begin in a minute from one address", async () => {
	const peer = `203.0.113.${1 + Math.floor(Math.random() * 200)}`;
	const statuses = [];
	for (let i = 0; i < 22; i++)
		statuses.push((await post("/passkey/auth/begin", {}, { peer })).status);
	assert.deepEqual([...new Set(statuses.slice(0, 20))], [200]);
	assert.deepEqual(statuses.slice(20), [429, 429]);
	const refused = await post("/passkey/auth/begin", {}, { peer });
	assert.ok(refused.json.retry_after_seconds > 0);
});

test("twenty a person", async () => {
	const person = await makePerson();
	ownerSql(`INSERT INTO moltis.passkeys (user_id, credential_id, cose_key,
		sign_count, backup_eligible, backed_up, name) SELECT
		'${person.user.id}', sha256(('${unique()}' || n)::bytea),
		sha256('x'), 0, false, false, 'n' FROM generate_series(1, 19) n`);
	ok(await register(person.cookie, new Authenticator(base.origin)));
	assert.equal((await post("/passkey/register/begin", {},
		{ cookie: person.cookie })).status, 429);
	assert.equal((await list(person.cookie)).length, 20);
});

test("strangers, keys and foreign pages register nothing", async () => {
	const person = await makePerson();
	assert.equal((await post("/passkey/register/begin", {})).status, 401);
	assert.equal((await post("/reauth/passkey/begin", {})).status, 401);
	const none = await post("/reauth/passkey/begin", {},
		{ cookie: person.cookie });
	assert.equal(none.status, 409, "without a passkey there is no proof");
	const apiKey = await key(["operator.admin"]);
	for (const [method, route] of [["POST", "passkey/register/begin"],
		["POST", "reauth/passkey/begin"], ["GET", "passkeys"]]) {
		const answer = await api(method, `/api/auth/${route}`, { key: apiKey,
			body: method === "POST" ? {} : undefined });
		assert.equal(answer.status, 403, route);
	}
	for (const origin of ["https://evil.example", "null"]) {
		const answer = await raw("POST", "/api/auth/passkey/register/begin",
			{ body: "{}", params: { HTTP_COOKIE: person.cookie,
				HTTP_ORIGIN: origin } });
		assert.equal(answer.status, 403, origin);
	}
});

test("malformed requests are told so", async () => {
	for (const body of [{}, { challenge_id: "x", credential: {} },
		{ challenge_id: crypto.randomUUID() },
		{ challenge_id: crypto.randomUUID(), credential: "x" },
		{ challenge_id: crypto.randomUUID(), credential: null },
		{ challenge_id: "x".repeat(36), credential: {} },
		{ challenge_id: crypto.randomUUID(), credential: {}, more: 1 }])
		assert.equal((await post("/passkey/auth/finish", body)).status, 400,
			JSON.stringify(body));
	assert.equal((await post("/passkey/auth/begin", { username: 1 })).status,
		400);
	assert.equal((await post("/passkey/auth/begin",
		{ username: "x".repeat(65) })).status, 400);
	assert.equal((await post("/passkey/auth/begin",
		{ username: "' OR 1=1 --" })).status, 200, "a name nobody has");
});

test("an address has no passkeys, and says so", async () => {
	const own = ownFolder();
	fs.appendFileSync(own.conf,
		"server: { external_url = \"https://192.0.2.1\"; };\n");
	const master = startOwn(own);
	const ask = (method, uri, body) => fcgi(own.socket, method, uri,
		{ host: "192.0.2.1", body, params: { HTTPS: "on" } });
	try {
		let status;
		for (let i = 0; i < 100 && !status?.json; i++) {
			await new Promise((done) => setTimeout(done, 100));
			status = await ask("GET", "/api/auth/status");
		}
		assert.equal(status.json.webauthn_available, false);
		assert.deepEqual(status.json.passkey_origins, []);
		const begun = await ask("POST", "/api/auth/passkey/auth/begin", "{}");
		assert.equal(begun.status, 501, begun.text);
		assert.match(begun.json.error, /passkeys not configured/);
	} finally {
		master.kill("SIGTERM");
		await master.ended;
		fs.rmSync(own.folder, { recursive: true });
	}
});

test("status and the administration know of passkeys", async () => {
	const person = await personWithKey();
	const status = (await raw("GET", "/api/auth/status")).json;
	assert.equal(status.has_passkeys, true);
	assert.equal(status.webauthn_available, true);
	assert.deepEqual(status.passkey_origins, [base.origin]);
	const users = ok(await api("GET",
		`/api/admin/users?username=${person.username}`,
		{ cookie: setup().cookie })).users;
	assert.equal(users.find((u) => u.id === person.user.id).passkeys, 1);
});

test("logs hold nothing of a passkey", async () => {
	const person = await personWithKey();
	const begun = await loginBegin(person.username);
	const credential = person.auth.get(begun.options);
	ok(await loginFinish(begun, credential));
	const secrets = [credential.id, begun.options.publicKey.challenge,
		credential.response.signature, credential.response.userHandle];
	for (const name of fs.readdirSync(env.MOLTIS_LOG_DIR,
		{ recursive: true })) {
		const file = path.join(env.MOLTIS_LOG_DIR, name);
		if (!fs.statSync(file).isFile()) continue;
		const text = fs.readFileSync(file, "latin1");
		for (const secret of secrets)
			assert.ok(!text.includes(secret), file);
	}
});
