// Bad input gets an error that names the field, and changes nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { api, connectWs, setup } from "../lib/moltis.mjs";

const { cookie } = setup();
const rpc = (method, body) => api("POST", `/api/rpc/${method}`,
	{ cookie, body });

const deep = (n) => "[".repeat(n) + "]".repeat(n);

for (const [what, body, field] of [
	["unknown field", { text: "x", frobnicate: 1 }, "frobnicate"],
	["wrong type", { text: 5 }, "text"],
	["null", { text: null }, "text"],
	["missing", {}, "text"],
	["empty", { text: "" }, "text"],
	["blank", { text: " \n " }, "text"],
	["too long", { text: "x".repeat(100001) }, "text"],
	["control character", { text: "a\u0007b" }, "text"],
	["foreign session key", { text: "x", sessionKey: "../etc" }, "sessionKey"],
	["session key too long", { text: "x", sessionKey: "a".repeat(201) },
		"sessionKey"],
	["unknown model", { text: "x", model: "no::such" }, "model"],
	["not an int", { text: "x", _seq: 1.5 }, "_seq"],
	["negative", { text: "x", _seq: -1 }, "_seq"],
	["NUL", '{"text":"a\\u0000b"}', "text"],
	["lone surrogate", '{"text":"\\ud800"}', "text"],
	["duplicate key", '{"text":"a","text":"b"}', "text"],
	["params no object", "[1,2]", undefined],
	["huge number", '{"text":"x","_seq":1e400}', "_seq"],
	["beyond int64", '{"text":"x","_seq":99999999999999999999}', "_seq"],
	["trailing data", '{"text":"x"} {"text":"y"}', undefined],
	["comment", '{"text":"x"/* hi */}', undefined],
	["single quotes", "{'text':'x'}", undefined],
	["byte order mark", '\ufeff{"text":"x"}', undefined],
	["depth", deep(100000), undefined],
	["depth in a field", `{"text":${deep(40)}}`, undefined],
	["truncated", '{"text":"x', undefined],
	["empty body", "", undefined],
	["invalid UTF-8", Buffer.from([0x7b, 0x22, 0x74, 0x65, 0x78, 0x74, 0x22,
		0x3a, 0x22, 0xc0, 0xaf, 0x22, 0x7d]), undefined],
]) {
	test(`chat.send with ${what} is refused by name`, async () => {
		const answer = await rpc("chat.send", body);
		assert.equal(answer.status, 400, answer.text);
		assert.equal(answer.json.code, "INVALID_REQUEST");
		assert.ok(answer.json.error.length > 5);
		assert.ok(answer.json.request_id);
		if (field) assert.equal(answer.json.field, field, answer.text);
	});
}

const INJECTIONS = ["' OR 1=1 --", "\"; DROP TABLE moltis.users; --", "%", "_",
	"\\", "$1", "{}", "'; SET ROLE moltis_owner; --", "a'||pg_sleep(5)||'"];

test("SQL in every text parameter is text", async () => {
	for (const text of INJECTIONS) {
		const made = await api("POST", "/api/sessions",
			{ cookie, body: { label: text } });
		assert.equal(made.status, 200, made.text);
		assert.equal(made.json.label, text);
		const hits = await rpc("sessions.search", { query: text });
		assert.equal(hits.status, 200, hits.text);
		for (const [method, params] of [["sessions.delete", { key: text }],
			["sessions.preview", { key: text }],
			["sessions.list", { cursor: text }],
			["chat.history", { sessionKey: text, paged: true }],
			["chat.abort", { runId: text }],
			["auth.keys.revoke", { id: text }]]) {
			const answer = await rpc(method, params);
			assert.ok([200, 400, 404].includes(answer.status),
				`${method} ${text}: ${answer.status} ${answer.text}`);
			// What we sent may be quoted; what the server thinks of it not.
			const said = (answer.json.error ?? "").replace(text, "");
			assert.ok(!/syntax|SQL|moltis\.|column|relation/i.test(said),
				said);
		}
		await rpc("sessions.delete", { key: made.json.key });
	}
});

test("what does not exist and what is another's look the same", async () => {
	const ghost = "session:6f1c2a52-0a6e-4c7b-9f7e-0f6f3a4b5c6d";
	for (const [method, params] of [
		["sessions.patch", { key: ghost, label: "x" }],
		["sessions.delete", { key: ghost }],
		["sessions.reset", { key: ghost }],
		["sessions.fork", { key: ghost }],
		["auth.keys.revoke", { id: ghost.slice(8) }]]) {
		const answer = await rpc(method, params);
		assert.equal(answer.status, 404, `${method}: ${answer.text}`);
	}
	assert.deepEqual((await rpc("sessions.preview", { key: ghost })).json,
		{ messages: [] });
});

test("the main session cannot be deleted, others can", async () => {
	await rpc("sessions.resolve", { key: "main" });
	const main = await rpc("sessions.delete", { key: "main" });
	assert.equal(main.status, 409);
	assert.match(main.json.error, /cannot delete the main session/);
});

test("sessions: create, rename, fork, search, page, delete", async () => {
	const made = (await api("POST", "/api/sessions",
		{ cookie, body: { label: "Plan" } })).json;
	const path = `/api/sessions/${made.key}`;
	const renamed = await api("PATCH", path,
		{ cookie, body: { label: "Plan B" } });
	assert.equal(renamed.json.label, "Plan B");
	assert.equal(renamed.json.version, made.version + 1);
	const client = await connectWs({ cookie });
	const { runId } = await client.call("chat.send", { sessionKey: made.key,
		text: "[[say zebra crossing]]" });
	await client.chat("final", runId);
	const over = await rpc("sessions.fork", { key: made.key, forkPoint: 9 });
	assert.match(over.json.error, /forkPoint 9 exceeds message count 2/);
	const fork = await rpc("sessions.fork", { key: made.key, forkPoint: 1 });
	assert.equal(fork.json.messageCount, 1);
	const hits = await rpc("sessions.search", { query: "zebra CROSSING" });
	assert.ok(hits.json.some((hit) => hit.sessionKey === made.key));
	const page = await api("GET", `${path}/history?limit=1`, { cookie });
	assert.equal(page.json.history.length, 1);
	assert.equal(page.json.hasMore, true);
	const next = await api("GET",
		`${path}/history?limit=1&cursor=${page.json.nextCursor}`, { cookie });
	assert.equal(next.json.history[0].role, "user");
	assert.equal(next.json.hasMore, false);
	const list = await api("GET", "/api/sessions?limit=2", { cookie });
	assert.equal(list.json.sessions.length, 2);
	assert.equal(list.json.hasMore, true);
	const rest = await api("GET", "/api/sessions?limit=200&cursor="
		+ encodeURIComponent(list.json.nextCursor), { cookie });
	assert.ok(!rest.json.sessions.some((s) => s.key
		=== list.json.sessions[0].key));
	assert.equal((await api("DELETE", path, { cookie })).status, 200);
	assert.equal((await api("DELETE", path, { cookie })).status, 404);
	client.close();
});
