// Paths that two parsers could read in two ways, and methods (S157, A83).

import assert from "node:assert/strict";
import test from "node:test";
import { api, env, key } from "../lib/moltis.mjs";
import { direct } from "../lib/rawfcgi.mjs";

const raw = direct(env);
const write = await key(["operator.read", "operator.write"]);
const params = { HTTP_AUTHORIZATION: `Bearer ${write}` };

const refused = ["/api/auth/..%2fsessions", "/api/auth/..%2Fsessions",
	"/api/auth/../sessions", "/api/auth/%2e%2e/sessions",
	"/api/auth/.%2e/sessions", "/api/./sessions", "/api//sessions",
	"//api/sessions", "/api/sessions//main", "/api/sessions;x=1",
	"/api/sessions;/main", "/api/sessions%3bx", "/api/sessions%00",
	"/api/sessions%5c..%5cauth", "/api\\sessions", "/api/sessions%0a",
	"/api/sessions%", "/api/sessions%2", "/api/sessions%zz",
	"/api/sessions%ff", "/api/sessions%c0%af", "/api/sessions#x",
	"http://127.0.0.1/api/sessions", "api/sessions", "", "*",
	`/api/${"a".repeat(5000)}`, "/api/sessions/..", "/health/../api/sessions",
	"/health%2f..%2fapi%2fsessions", "/health;/api/sessions"];

for (const path of refused)
	test(`refused as malformed: ${path.slice(0, 40) || "(empty)"}`,
		async () => {
			const answer = await raw("GET", path, { params });
			assert.equal(answer.status, 400, answer.text);
			assert.equal(answer.json.code, "INVALID_REQUEST");
		});

const absent = ["/api/Sessions", "/API/sessions", "/api/sessions.",
	"/api/sessions%20", "/api/sessions/", "/api/sessions%252f",
	"/api/auth/login/", "/api/rpc/", "/api", "/healthz"];

for (const path of absent)
	test(`no such path: ${path}`, async () => {
		const answer = await raw("GET", path, { params });
		assert.equal(answer.status, 404, answer.text);
		assert.equal(answer.json.code, "NOT_FOUND");
	});

test("open paths do not open others", async () => {
	for (const path of ["/api/auth/status/x", "/api/auth/statusx",
		"/api/auth/login.json", "/api/auth/setup/", "/api/health"]) {
		const answer = await raw("GET", path);
		assert.equal(answer.status, 401, path);
	}
});

test("a session key may be written with and without encoding", async () => {
	const made = await raw("POST", "/api/sessions", { params,
		body: JSON.stringify({ label: "colon" }) });
	assert.equal(made.status, 200, made.text);
	const plain = made.json.key;
	assert.match(plain, /^session:/);
	for (const name of [plain, plain.replace(":", "%3A"),
		plain.replace(":", "%3a")]) {
		const history = await raw("GET", `/api/sessions/${name}/history`,
			{ params });
		assert.equal(history.status, 200, name);
		assert.deepEqual(history.json.history, []);
		assert.equal(history.json.hasMore, false);
		assert.equal(history.json.nextCursor, null);
		assert.equal(history.json.totalMessages, 0);
	}
	const twice = await raw("DELETE",
		`/api/sessions/${plain.replace(":", "%253A")}`, { params });
	assert.ok([400, 404].includes(twice.status), "decoded once only");
	const gone = await raw("DELETE", `/api/sessions/${plain}`, { params });
	assert.equal(gone.status, 200);
	assert.equal(gone.json.ok, true);
});

test("unknown methods are refused", async () => {
	for (const method of ["TRACE", "CONNECT", "PROPFIND", "get", "GET ", "",
		"POST\r\nX: y", "A".repeat(1000)]) {
		const answer = await raw(method, "/api/sessions", { params });
		assert.equal(answer.status, 405, method);
	}
	for (const method of ["TRACE", "PROPFIND"]) {
		const answer = await api(method, "/api/sessions", { key: write });
		assert.ok([400, 405].includes(answer.status),
			`${method} ${answer.status}`);
	}
});

test("query strings are decoded once and refused when malformed", async () => {
	for (const query of ["limit=%", "limit=%zz", "limit=%00", "limit=%ff",
		"limit=%0a", "=1", "%00=1", "limit=1&limit=1",
		Array.from({ length: 40 }, (_, i) => `k${i}=1`).join("&")]) {
		const answer = await raw("GET", `/api/sessions?${query}`, { params });
		assert.equal(answer.status, 400, query);
	}
	for (const query of ["", "&&", "limit=5", "%6cimit=5", "limit=%35"]) {
		const answer = await raw("GET", `/api/sessions?${query}`, { params });
		assert.equal(answer.status, 200, query);
	}
});
