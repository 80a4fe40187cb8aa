// Requests from foreign pages with the victim's cookie (S196-S200, A6, A7).

import assert from "node:assert/strict";
import test from "node:test";
import { api, base, env, key, setup } from "../lib/moltis.mjs";
import { direct } from "../lib/rawfcgi.mjs";

const raw = direct(env);
const { cookie } = setup();
const JSON_TYPE = "application/json";

const labels = async () => (await api("GET", "/api/sessions", { cookie })).json
	.map((entry) => entry.label);

// A POST that would make a session; FACTS are headers as the edge sends them.
async function tries(facts) {
	const label = `csrf ${Math.random()}`;
	const params = { HTTP_COOKIE: cookie, CONTENT_TYPE: JSON_TYPE,
		...facts };
	const answer = await raw("POST", "/api/sessions",
		{ params, body: JSON.stringify({ label }) });
	const made = (await labels()).includes(label);
	assert.equal(made, answer.status === 200, answer.text);
	return answer.status;
}

const origin = base.origin;
const table = [
	[{ HTTP_ORIGIN: origin }, 200],
	[{ HTTP_ORIGIN: origin, HTTP_SEC_FETCH_SITE: "same-origin" }, 200],
	[{ HTTP_SEC_FETCH_SITE: "same-origin" }, 200],
	[{ HTTP_SEC_FETCH_SITE: "none" }, 200],
	[{}, 403],
	[{ HTTP_SEC_FETCH_SITE: "same-site" }, 403],
	[{ HTTP_SEC_FETCH_SITE: "cross-site" }, 403],
	[{ HTTP_SEC_FETCH_SITE: "" }, 403],
	[{ HTTP_ORIGIN: origin, HTTP_SEC_FETCH_SITE: "cross-site" }, 403],
	[{ HTTP_ORIGIN: "null" }, 403],
	[{ HTTP_ORIGIN: "" }, 403],
	[{ HTTP_ORIGIN: "https://evil.example" }, 403],
	[{ HTTP_ORIGIN: "https://evil.example",
		HTTP_SEC_FETCH_SITE: "same-origin" }, 403],
	[{ HTTP_ORIGIN: `${origin}.evil.example` }, 403],
	[{ HTTP_ORIGIN: `${base.protocol}//${base.hostname}@evil.example` }, 403],
	[{ HTTP_ORIGIN: `${origin}/` }, 403],
	[{ HTTP_ORIGIN: `${base.protocol}//${base.hostname}:1` }, 403],
	[{ HTTP_ORIGIN: `${base.protocol === "https:" ? "http" : "https"}://`
		+ base.host }, 403],
	[{ HTTP_ORIGIN: "http://localhost:1" }, 403],
	[{ HTTP_ORIGIN: "file://" }, 403],
	/* A page elsewhere that is named at least in Referer. */
	[{ HTTP_SEC_FETCH_SITE: "same-origin",
		HTTP_REFERER: "https://evil.example/x" }, 403],
	[{ HTTP_SEC_FETCH_SITE: "same-origin",
		HTTP_REFERER: `${origin}.evil.example/` }, 403],
	[{ HTTP_SEC_FETCH_SITE: "same-origin",
		HTTP_REFERER: `${base.protocol}//${base.host}@evil.example/` }, 403],
	[{ HTTP_SEC_FETCH_SITE: "same-origin", HTTP_REFERER: "about:blank" }, 403],
	[{ HTTP_SEC_FETCH_SITE: "same-origin",
		HTTP_REFERER: `${origin}/chat?x=1` }, 200],
	[{ HTTP_SEC_FETCH_SITE: "same-origin", HTTP_REFERER: origin }, 200],
	[{ HTTP_REFERER: `${origin}/chat` }, 403],
	[{ HTTP_ORIGIN: origin, HTTP_REFERER: "https://evil.example/" }, 200],
	/* Two cookies: which one is ours cannot be known. */
	[{ HTTP_ORIGIN: origin, HTTP_COOKIE: `${cookie}; ${cookie}` }, 401],
	/* What a form can send without asking. */
	[{ HTTP_ORIGIN: origin, CONTENT_TYPE: "text/plain" }, 415],
	[{ HTTP_ORIGIN: origin, CONTENT_TYPE: "multipart/form-data; boundary=x" },
		415],
	[{ HTTP_ORIGIN: origin,
		CONTENT_TYPE: "application/x-www-form-urlencoded" }, 415],
	[{ HTTP_ORIGIN: origin, CONTENT_TYPE: "" }, 415],
	[{ HTTP_ORIGIN: origin, CONTENT_TYPE: "text/plain; application/json" },
		415],
];

for (const [facts, status] of table)
	test(`POST by cookie with ${JSON.stringify(facts)} is ${status}`,
		async () => {
			assert.equal(await tries(facts), status);
		});

test("each method that changes something needs the origin", async () => {
	const params = { HTTP_COOKIE: cookie, CONTENT_TYPE: JSON_TYPE };
	const routes = [["POST", "/api/sessions"], ["PATCH", "/api/sessions/main"],
		["DELETE", "/api/sessions/main"], ["POST", "/api/auth/api-keys"],
		["DELETE", "/api/auth/api-keys/x"],
		["POST", "/api/sessions/main/messages"],
		["POST", "/api/sessions/main/abort"], ["POST", "/api/rpc/chat.clear"],
		["POST", "/api/rpc"], ["POST", "/api/auth/logout"],
		["POST", "/api/auth/password/change"]];
	for (const [method, path] of routes) {
		const none = await raw(method, path, { params, body: "{}" });
		assert.equal(none.status, 403, `${method} ${path}`);
		const evil = await raw(method, path, { body: "{}",
			params: { ...params, HTTP_ORIGIN: "https://evil.example" } });
		assert.equal(evil.status, 403, `${method} ${path}`);
		const form = await raw(method, path, { body: "a=b", params: {
			...params, HTTP_ORIGIN: origin,
			CONTENT_TYPE: "application/x-www-form-urlencoded" } });
		assert.equal(form.status, 415, `${method} ${path}`);
	}
	/* The cookie still works: logout did not happen. */
	assert.equal((await api("GET", "/api/auth/whoami", { cookie })).status, 200);
});

test("an empty form by cookie is refused as well", async () => {
	const answer = await raw("POST", "/api/auth/logout", { params: {
		HTTP_COOKIE: cookie, HTTP_ORIGIN: origin } });
	assert.equal(answer.status, 415);
});

test("a key works without an origin, not from a foreign page", async () => {
	const read = await key(["operator.read"]);
	const params = { HTTP_AUTHORIZATION: `Bearer ${read}` };
	assert.equal((await raw("GET", "/api/sessions", { params })).status, 200);
	assert.equal((await raw("GET", "/api/sessions", { params: { ...params,
		HTTP_ORIGIN: origin } })).status, 200);
	assert.equal((await raw("GET", "/api/sessions", { params: { ...params,
		HTTP_ORIGIN: "https://evil.example" } })).status, 403);
});

test("reading by cookie from a foreign page is refused", async () => {
	const answer = await raw("GET", "/api/sessions", { params: {
		HTTP_COOKIE: cookie, HTTP_ORIGIN: "https://evil.example" } });
	assert.equal(answer.status, 403);
});

test("login from a foreign page is refused", async () => {
	const answer = await raw("POST", "/api/auth/login", {
		body: JSON.stringify({ password: "x".repeat(12) }),
		params: { HTTP_ORIGIN: "https://evil.example" } });
	assert.equal(answer.status, 403);
	const form = await raw("POST", "/api/auth/login", { body: "password=x",
		params: { CONTENT_TYPE: "application/x-www-form-urlencoded" } });
	assert.equal(form.status, 415);
});

test("no GET changes anything, and methods cannot be overridden", async () => {
	const before = JSON.stringify(await labels());
	for (const path of ["/api/rpc/chat.clear", "/api/auth/logout",
		"/api/sessions/main", "/api/sessions/main/messages?text=x"]) {
		const answer = await raw("GET", path, { params: {
			HTTP_COOKIE: cookie, HTTP_X_HTTP_METHOD_OVERRIDE: "DELETE",
			HTTP_X_HTTP_METHOD: "POST", HTTP_X_METHOD_OVERRIDE: "POST" } });
		assert.equal(answer.status, 405, path);
	}
	const answer = await raw("POST", "/api/sessions?_method=DELETE", {
		params: { HTTP_COOKIE: cookie, HTTP_ORIGIN: origin }, body: "{}" });
	assert.equal(answer.status, 400);
	assert.equal(JSON.stringify(await labels()), before);
});
