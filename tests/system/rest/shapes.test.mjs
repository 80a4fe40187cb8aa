// Every answer has one shape: JSON, a request id that is the header's, and
// headers that forbid caching and sniffing (S194, A86, A87).

import assert from "node:assert/strict";
import test from "node:test";
import { api, env, key, setup } from "../lib/moltis.mjs";
import { direct } from "../lib/rawfcgi.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const raw = direct(env);
const { cookie } = setup();

function isError(answer, status, code) {
	assert.equal(answer.status, status, answer.text);
	assert.match(answer.headers["content-type"], /^application\/json/);
	assert.equal(answer.json.code, code);
	assert.equal(typeof answer.json.error, "string");
	assert.ok(answer.json.error.length > 0);
	assert.match(answer.json.request_id, UUID);
	assert.equal(answer.headers["x-request-id"], answer.json.request_id);
	const known = ["error", "code", "request_id", "field",
		"retry_after_seconds"];
	for (const name of Object.keys(answer.json))
		assert.ok(known.includes(name), name);
}

test("errors of every kind have the same shape", async () => {
	isError(await api("GET", "/api/sessions"), 401, "AUTH_NOT_AUTHENTICATED");
	isError(await api("GET", "/api/nothing", { cookie }), 404, "NOT_FOUND");
	isError(await api("DELETE", "/api/sessions", { cookie,
		headers: { "content-type": "application/json" } }),
	405, "METHOD_NOT_ALLOWED");
	isError(await api("POST", "/api/sessions", { cookie, body: "{" }),
		400, "INVALID_REQUEST");
	isError(await api("POST", "/api/sessions", { cookie, body: "{}",
		headers: { "content-type": "text/plain" } }),
	415, "UNSUPPORTED_MEDIA_TYPE");
	isError(await api("POST", "/api/sessions", { cookie, body: "{}",
		headers: { origin: "https://evil.example" } }), 403, "FORBIDDEN");
	isError(await raw("POST", "/api/sessions",
		{ params: { CONTENT_LENGTH: "2097153" } }), 413, "PAYLOAD_TOO_LARGE");
	isError(await raw("GET", "/api/sessions", { host: "evil.example" }),
		421, "MISDIRECTED");
	isError(await raw("GET", "/api/../x"), 400, "INVALID_REQUEST");
});

test("a refused parameter is named", async () => {
	const unknown = await api("GET", "/api/sessions?nonsense=1", { cookie });
	isError(unknown, 400, "INVALID_REQUEST");
	assert.equal(unknown.json.field, "nonsense");
	const type = await api("GET", "/api/sessions?limit=many", { cookie });
	isError(type, 400, "INVALID_REQUEST");
	assert.equal(type.json.field, "limit");
	const twice = await api("GET", "/api/sessions?limit=1&limit=2", { cookie });
	isError(twice, 400, "INVALID_REQUEST");
	assert.equal(twice.json.field, "limit");
	const both = await api("PATCH", "/api/sessions/main",
		{ cookie, body: { key: "other", label: "x" } });
	isError(both, 400, "INVALID_REQUEST");
	assert.equal(both.json.field, "key");
});

test("every answer forbids caching, sniffing and framing", async () => {
	const answers = [
		await raw("GET", "/health"), await raw("GET", "/api/auth/status"),
		await raw("GET", "/api/sessions"), await raw("GET", "/api/%2f"),
		await raw("GET", "/api/sessions/x.css"),
		await raw("OPTIONS", "/api/sessions"),
	];
	for (const { headers, headerList } of answers) {
		assert.equal(headers["cache-control"], "no-store");
		assert.equal(headers["x-content-type-options"], "nosniff");
		assert.match(headers["x-frame-options"], /^deny$/i);
		assert.match(headers["content-security-policy"],
			/frame-ancestors 'none'/);
		assert.match(headers["x-request-id"], UUID);
		for (const [name] of headerList) {
			assert.doesNotMatch(name, /^x-accel-/);
			assert.doesNotMatch(name, /^access-control-/);
		}
	}
});

test("the edge passes these headers on, once each", async () => {
	const answer = await api("GET", "/api/sessions", { cookie });
	assert.equal(answer.status, 200);
	assert.equal(answer.headers["cache-control"], "no-store");
	assert.equal(answer.headers["x-content-type-options"], "nosniff");
	assert.match(answer.headers["x-request-id"], UUID);
	assert.equal(answer.headers["access-control-allow-origin"], undefined);
});

test("405 names the methods that are allowed", async () => {
	const answer = await api("DELETE", "/api/auth/login",
		{ headers: { "content-type": "application/json" } });
	assert.equal(answer.status, 405);
	assert.deepEqual(answer.headers.allow.split(", ").sort(),
		["OPTIONS", "POST"]);
	const sessions = await api("PUT", "/api/sessions/main", { cookie,
		body: {} });
	assert.equal(sessions.status, 405);
	assert.deepEqual(sessions.headers.allow.split(", ").sort(),
		["DELETE", "OPTIONS", "PATCH"]);
});

test("HEAD is GET without the body", async () => {
	const get = await api("GET", "/api/auth/whoami", { cookie });
	const head = await api("HEAD", "/api/auth/whoami", { cookie });
	assert.equal(head.status, 200);
	assert.equal(head.text, "");
	assert.equal(head.headers["content-type"], get.headers["content-type"]);
	assert.equal((await api("HEAD", "/api/auth/whoami")).status, 401);
	assert.equal((await api("HEAD", "/api/auth/login")).status, 405);
});

test("OPTIONS allows no foreign page anything", async () => {
	const answer = await api("OPTIONS", "/api/sessions", { headers: {
		origin: "https://evil.example",
		"access-control-request-method": "POST",
		"access-control-request-headers": "authorization",
	} });
	assert.ok([204, 403].includes(answer.status), String(answer.status));
	assert.equal(answer.text.length > 0 && answer.status === 204, false);
	for (const name of Object.keys(answer.headers))
		assert.doesNotMatch(name, /^access-control-allow/);
});

test("a request id of the client is taken only when it is a UUID", async () => {
	const id = "0b1e2d3c-4a5b-4c6d-8e7f-001122334455";
	const good = await raw("GET", "/health",
		{ params: { HTTP_X_REQUEST_ID: id } });
	assert.equal(good.headers["x-request-id"], id);
	const bad = await raw("GET", "/health",
		{ params: { HTTP_X_REQUEST_ID: "a\",\"forged\":\"b" } });
	assert.match(bad.headers["x-request-id"], UUID);
});

test("strangers get 401 for every path below /api, known or not", async () => {
	const paths = ["/api/sessions", "/api/nothing", "/api/sessions/main",
		"/api/rpc/chat.send", "/api/auth/whoami", "/api/auth/api-keys",
		"/api/auth/nothing", "/api/"];
	const texts = new Set();
	for (const path of paths) {
		const answer = await raw("GET", path);
		assert.equal(answer.status, 401, path);
		texts.add(answer.json.error + answer.json.code);
	}
	assert.equal(texts.size, 1);
	/* Nor do they learn whether their body was well formed. */
	const post = await raw("POST", "/api/rpc", { body: "{nonsense" });
	assert.equal(post.status, 401);
	const bogus = { HTTP_AUTHORIZATION: `Bearer mk_${"A".repeat(43)}` };
	assert.equal((await raw("POST", "/api/rpc", { body: "{nonsense",
		params: bogus })).status, 401);
	assert.equal((await raw("POST", "/api/sessions", { body: "[1]",
		params: bogus })).status, 401);
});

test("health says nothing but that it is well", async () => {
	const answer = await api("GET", "/health");
	assert.equal(answer.status, 200);
	assert.deepEqual(answer.json, { status: "ok" });
	/* A load balancer asks by address. */
	const other = await raw("GET", "/health?x=1", { host: "10.0.0.1" });
	assert.equal(other.status, 200);
});

test("RPC by path and by frame reach the same operation", async () => {
	const read = await key(["operator.read"]);
	const whoami = await api("GET", "/api/auth/whoami", { key: read });
	const byPath = await api("POST", "/api/rpc/auth.whoami",
		{ key: read, body: {} });
	assert.equal(byPath.status, 200);
	assert.deepEqual(byPath.json, whoami.json);
	const noBody = await api("POST", "/api/rpc/auth.whoami", { key: read,
		headers: { "content-length": "0" } });
	assert.deepEqual(noBody.json, whoami.json);
	const frame = await api("POST", "/api/rpc", { key: read,
		body: { type: "req", id: "7", method: "auth.whoami" } });
	assert.equal(frame.status, 200);
	assert.deepEqual(frame.json, { type: "res", id: "7", ok: true,
		payload: whoami.json });
});

test("a refused call by frame is a response frame with its status",
	async () => {
		const read = await key(["operator.read"]);
		const answer = await api("POST", "/api/rpc", { key: read,
			body: { id: "8", method: "sessions.create",
				params: { label: "no" } } });
		assert.equal(answer.status, 403);
		assert.equal(answer.json.type, "res");
		assert.equal(answer.json.id, "8");
		assert.equal(answer.json.ok, false);
		assert.match(answer.json.error.message,
			/missing scope: operator\.write/);
		const bad = await api("POST", "/api/rpc", { key: read,
			body: { id: 8, method: "auth.whoami" } });
		isError(bad, 400, "INVALID_REQUEST");
		assert.equal(bad.json.field, "id");
		const query = await api("POST", "/api/rpc/auth.whoami?x=1",
			{ key: read, body: {} });
		isError(query, 400, "INVALID_REQUEST");
	});
