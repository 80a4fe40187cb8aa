// Keys and cookies: every form that is not exactly right is nobody
// (S139, S151, S156, S167-S170, S173, A8, A9, A13, A19, A20, A22).

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { api, base, cookieOf, env, key, password, setup }
	from "../lib/moltis.mjs";
import { direct } from "../lib/rawfcgi.mjs";

const raw = direct(env);
const { cookie, username } = setup();
const read = await key(["operator.read"]);

const statusOf = async (params) => (await raw("GET", "/api/auth/whoami",
	{ params })).status;

test("the scheme is case-insensitive, everything else exact", async () => {
	for (const value of [`Bearer ${read}`, `bearer ${read}`, `BEARER ${read}`])
		assert.equal(await statusOf({ HTTP_AUTHORIZATION: value }), 200);
	for (const value of [`Bearer  ${read}`, ` Bearer ${read}`,
		`Bearer ${read} `, `Bearer\t${read}`, `Bearer ${read}\n`, read,
		`Basic ${read}`, `Bearer ${read.toUpperCase()}`, "Bearer", "Bearer ",
		"", `Bearer ${read.slice(0, -1)}`, `Bearer ${read}A`,
		`Bearer ${read.slice(3)}`, `Bearer "${read}"`, `Bearer ${read}=`,
		`Token ${read}`, `Bearer mk_${"A".repeat(43)}`,
		`Bearer mk_${"A".repeat(10000)}`, "Bearer mk_' OR '1'='1"])
		assert.equal(await statusOf({ HTTP_AUTHORIZATION: value }), 401, value);
});

test("wrong keys of every form get the same answer", async () => {
	const bodies = new Set();
	for (const value of ["Bearer x", `Bearer mk_${"A".repeat(43)}`, "Basic x",
		`Bearer ${read.slice(0, 11)}${"A".repeat(35)}`]) {
		const { json } = await raw("GET", "/api/auth/whoami",
			{ params: { HTTP_AUTHORIZATION: value } });
		delete json.request_id;
		bodies.add(JSON.stringify(json));
	}
	assert.equal(bodies.size, 1);
});

test("a key is believed in the Authorization header only", async () => {
	for (const [path, params, body] of [
		[`/api/sessions?api_key=${read}`, {}],
		[`/api/sessions?access_token=${read}`, {}],
		["/api/sessions", { HTTP_COOKIE: `moltis_session=${read}` }],
		["/api/sessions", { HTTP_COOKIE: `api_key=${read}` }],
		["/api/sessions", { HTTP_X_API_KEY: read }],
		["/api/sessions", { HTTP_PROXY_AUTHORIZATION: `Bearer ${read}` }],
		["/api/rpc/sessions.list", {}, JSON.stringify({ api_key: read })]]) {
		const answer = await raw(body ? "POST" : "GET", path,
			{ params, body });
		assert.equal(answer.status, 401, path);
	}
});

test("no log holds a key, a cookie or a password", async () => {
	await api("GET", `/api/sessions?api_key=${read}`);
	await api("GET", "/api/sessions", { key: read });
	await api("POST", "/api/rpc/no.such.method", { key: read,
		body: { password } });
	const secrets = [read, cookie.split("=")[1], password];
	const files = fs.readdirSync(env.MOLTIS_LOG_DIR, { recursive: true })
		.map((name) => path.join(env.MOLTIS_LOG_DIR, name))
		.filter((file) => fs.statSync(file).isFile());
	assert.ok(files.length > 0);
	for (const file of files) {
		const text = fs.readFileSync(file, "latin1");
		for (const secret of secrets)
			assert.ok(!text.includes(secret), `${file} holds a secret`);
	}
});

test("the key decides when a cookie comes too", async () => {
	assert.equal(await statusOf({ HTTP_COOKIE: cookie }), 200);
	assert.equal(await statusOf({ HTTP_COOKIE: cookie,
		HTTP_AUTHORIZATION: "Bearer wrong" }), 401);
	assert.equal(await statusOf({ HTTP_COOKIE: cookie,
		HTTP_AUTHORIZATION: "Basic dXNlcg==" }), 401);
	assert.equal(await statusOf({ HTTP_COOKIE: cookie,
		HTTP_AUTHORIZATION: "" }), 401);
	const both = await raw("GET", "/api/auth/whoami", { params: {
		HTTP_COOKIE: cookie, HTTP_AUTHORIZATION: `Bearer ${read}` } });
	assert.equal(both.json.method, "api_key");
	assert.deepEqual(both.json.scopes, ["operator.read"]);
	const made = await raw("POST", "/api/auth/api-keys", { params: {
		HTTP_COOKIE: cookie, HTTP_ORIGIN: base.origin,
		HTTP_AUTHORIZATION: `Bearer ${read}` },
	body: JSON.stringify({ label: "x", scopes: ["operator.admin"] }) });
	assert.equal(made.status, 403);
});

test("cookies that are not exactly ours are nobody", async () => {
	const value = cookie.split("=")[1];
	for (const header of [`moltis_session=${value}x`, "moltis_session=",
		`moltis_session=${value.slice(0, -1)}`, `moltis_session="${value}"`,
		`moltis_session= ${value}`, `Moltis_Session=${value}`,
		`moltis_session=${value}; moltis_session=${value}`,
		`moltis_session=evil; moltis_session=${value}`,
		`moltis_session=${value}; moltis_session=evil`,
		"moltis_session=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
		"moltis_session=' OR '1'='1' --", `xmoltis_session=${value}`])
		assert.equal(await statusOf({ HTTP_COOKIE: header }), 401, header);
	assert.equal(await statusOf({ HTTP_COOKIE:
		`a=1; moltis_session=${value}; b=2` }), 200);
	assert.equal(await statusOf({ HTTP_COOKIE: `a=${"x".repeat(8200)}` }), 400);
});

async function login(extra = {}) {
	const answer = await raw("POST", "/api/auth/login", {
		body: JSON.stringify({ username, password, ...extra.body }),
		params: { ...extra.params } });
	return { answer, cookie: cookieOf({ headers: {
		"set-cookie": [answer.headers["set-cookie"] ?? ""] } }) };
}

test("login makes a new session with all attributes of the cookie",
	async () => {
		const fixed = `moltis_session=${"F".repeat(43)}`;
		const { answer, cookie: mine } = await login(
			{ params: { HTTP_COOKIE: fixed } });
		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual(answer.json, { ok: true });
		assert.match(answer.headers["set-cookie"], new RegExp("^moltis_session="
			+ "[A-Za-z0-9_-]{43}; HttpOnly; Secure; SameSite=Strict; Path=/; "
			+ "Max-Age=2592000$"));
		assert.notEqual(mine, fixed);
		assert.equal(await statusOf({ HTTP_COOKIE: fixed }), 401);
		assert.equal(await statusOf({ HTTP_COOKIE: mine }), 200);
		/* A login without a name means the only person, if there is one. */
		const { json } = await api("GET", "/api/admin/users", { cookie });
		const alone = await login({ body: { username: undefined } });
		assert.equal(alone.answer.status, json.users.length === 1 ? 200 : 401);
	});

test("a wrong password and an unknown person look the same", async () => {
	const wrong = await login({ body: { password: "wrong-password-1" } });
	const unknown = await login({ body: { username: "not-a-person" } });
	for (const { answer } of [wrong, unknown]) {
		assert.equal(answer.status, 401);
		assert.equal(answer.headers["set-cookie"], undefined);
		delete answer.json.request_id;
	}
	assert.deepEqual(wrong.answer.json, unknown.answer.json);
});

test("logout ends the session and clears the cookie", async () => {
	const { cookie: mine } = await login();
	const params = { HTTP_COOKIE: mine, HTTP_ORIGIN: base.origin,
		CONTENT_TYPE: "application/json" };
	const out = await raw("POST", "/api/auth/logout", { params });
	assert.equal(out.status, 200);
	assert.deepEqual(out.json, { ok: true });
	assert.match(out.headers["set-cookie"],
		/^moltis_session=; HttpOnly; Secure; SameSite=Strict; Path=\/; Max-Age=0$/);
	assert.equal(await statusOf({ HTTP_COOKIE: mine }), 401);
	assert.equal((await raw("POST", "/api/auth/logout", { params })).status,
		200, "twice is fine");
	assert.equal((await raw("POST", "/api/auth/logout")).status, 200,
		"without a cookie too");
});

test("a changed password ends every other session", async () => {
	const here = (await login()).cookie;
	const there = (await login()).cookie;
	const change = (current_password, new_password, more = {}) =>
		raw("POST", "/api/auth/password/change", {
			body: JSON.stringify({ current_password, new_password }),
			params: { HTTP_COOKIE: here, HTTP_ORIGIN: base.origin, ...more } });
	assert.equal((await change("wrong-password-1", password)).status, 403);
	const short = await change(password, "short");
	assert.equal(short.status, 400);
	assert.equal(short.json.field, "new_password");
	assert.equal((await change(password, password, { HTTP_COOKIE: null }))
		.status, 401);
	assert.equal((await change(password, password, {
		HTTP_AUTHORIZATION: `Bearer ${read}` })).status, 403, "not by a key");
	assert.equal(await statusOf({ HTTP_COOKIE: there }), 200);

	/* Every session but this one ends, the prepared one too: so the prepared
	 * one changes it, and back again. */
	const prepared = { HTTP_COOKIE: cookie };
	const other = `${password}-other`;
	assert.equal((await change(password, other, prepared)).status, 200);
	assert.equal(await statusOf(prepared), 200);
	assert.equal(await statusOf({ HTTP_COOKIE: here }), 401);
	assert.equal(await statusOf({ HTTP_COOKIE: there }), 401);
	assert.equal((await change(other, password, prepared)).status, 200);
	assert.equal(await statusOf({ HTTP_AUTHORIZATION: `Bearer ${read}` }), 200,
		"keys stay");
	assert.equal((await login()).answer.status, 200);
});

test("status tells the truth about who asks", async () => {
	const fields = ["auth_disabled", "authenticated", "has_passkeys",
		"has_password", "localhost_only", "passkey_origins",
		"setup_code_required", "setup_required", "webauthn_available"];
	const of = async (params) => (await raw("GET", "/api/auth/status",
		{ params })).json;
	const anonymous = await of({});
	assert.deepEqual(Object.keys(anonymous).sort(), fields);
	assert.equal(anonymous.authenticated, false);
	assert.equal(anonymous.setup_required, false);
	assert.equal(anonymous.has_password, true);
	assert.equal(anonymous.auth_disabled, false);
	assert.equal(anonymous.localhost_only, false);
	const named = !/^[\d.]+$|^\[/.test(base.hostname);
	assert.equal(anonymous.webauthn_available, named);
	assert.deepEqual(anonymous.passkey_origins, named ? [base.origin] : []);
	assert.equal((await of({ HTTP_COOKIE: cookie })).authenticated, true);
	assert.equal((await of({ HTTP_AUTHORIZATION: `Bearer ${read}` }))
		.authenticated, true);
	assert.equal((await of({ HTTP_COOKIE: cookie,
		HTTP_AUTHORIZATION: "Bearer wrong" })).authenticated, false);
});

test("a password in the clear is refused away from loopback", async (t) => {
	const loopback = ["127.0.0.1", "localhost", "[::1]"]
		.includes(base.hostname);
	if (base.protocol !== "https:" && loopback) {
		t.diagnostic("external URL is loopback: plain HTTP is allowed");
		assert.equal((await login({ params: { HTTPS: "" } })).answer.status,
			200);
		return;
	}
	const { answer } = await login({ params: { HTTPS: "" } });
	assert.equal(answer.status, 400);
	assert.match(answer.json.error, /https required/);
	assert.equal(answer.headers["set-cookie"], undefined);
});

test("unknown fields of login and setup are refused by name", async () => {
	for (const path of ["/api/auth/login", "/api/auth/setup"]) {
		const answer = await raw("POST", path, { body: JSON.stringify({
			password, scopes: ["operator.admin"] }) });
		assert.equal(answer.status, 400, path);
		assert.equal(answer.json.field, "scopes");
	}
	const twice = await raw("POST", "/api/auth/login",
		{ body: `{"password":"a","password":"${password}"}` });
	assert.equal(twice.status, 400);
	assert.equal((await api("GET", "/api/auth/whoami", { cookie })).status, 200);
});
