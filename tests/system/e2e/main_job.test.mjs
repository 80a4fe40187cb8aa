// The main job: a person signs in, makes a key, chats over REST and over
// WebSocket, and sees the answer stream in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { api, connectWs, cookieOf, key, openWs, password, providerRequests,
	setup, until } from "../lib/moltis.mjs";

const { cookie } = setup();

test("a person signs in again and is known", async () => {
	const wrong = await api("POST", "/api/auth/login",
		{ body: { username: "owner", password: "not-the-password" } });
	assert.equal(wrong.status, 401);
	const nobody = await api("POST", "/api/auth/login",
		{ body: { username: "nobody", password: "not-the-password" } });
	assert.equal(nobody.status, 401);
	assert.equal(nobody.json.error, wrong.json.error);
	const login = await api("POST", "/api/auth/login",
		{ body: { username: "owner", password } });
	assert.equal(login.status, 200, login.text);
	const fresh = cookieOf(login);
	assert.notEqual(fresh, cookie);
	const who = await api("GET", "/api/auth/whoami", { cookie: fresh });
	assert.equal(who.json.user.username, "owner");
	assert.equal(who.json.user.administrator, true);
	assert.deepEqual(who.json.scopes, ["operator.admin", "operator.read",
		"operator.write", "operator.approvals", "operator.pairing"]);
	const out = await api("POST", "/api/auth/logout",
		{ cookie: fresh, body: {} });
	assert.equal(out.status, 200);
	assert.equal((await api("GET", "/api/auth/whoami", { cookie: fresh }))
		.status, 401);
});

test("a key reads what its scope allows and nothing else", async () => {
	const made = await key("operator.read", { label: "Monitor", full: true });
	assert.match(made.key, /^mk_[A-Za-z0-9_-]{43}$/);
	assert.equal(made.key_prefix, made.key.slice(0, 11));
	const list = await api("GET", "/api/auth/api-keys", { cookie });
	const row = list.json.api_keys.find((k) => k.id === made.id);
	assert.equal(row.label, "Monitor");
	assert.ok(!list.text.includes(made.key), "the key is shown once");

	assert.equal((await api("GET", "/api/sessions", { key: made.key }))
		.status, 200);
	assert.equal((await api("GET", "/api/status", { key: made.key }))
		.status, 200);
	const denied = await api("POST", "/api/rpc/chat.send",
		{ key: made.key, body: { text: "hello" } });
	assert.equal(denied.status, 403);
	assert.equal(denied.json.error, "missing scope: operator.write");
	const mint = await api("POST", "/api/auth/api-keys", { key: made.key,
		body: { label: "more", scopes: ["operator.admin"] } });
	assert.notEqual(mint.status, 200);
});

test("keys need a label and at least one known scope", async () => {
	for (const [body, field] of [
		[{ label: "x" }, "scopes"],
		[{ label: "x", scopes: [] }, "scopes"],
		[{ label: "x", scopes: ["operator.everything"] }, "scopes"],
		[{ label: "x", scopes: null }, "scopes"],
		[{ label: "  ", scopes: ["operator.read"] }, "label"],
		[{ scopes: ["operator.read"] }, "label"],
		[{ label: "x", scopes: ["operator.read"], admin: true }, "admin"],
	]) {
		const answer = await api("POST", "/api/auth/api-keys",
			{ cookie, body });
		assert.equal(answer.status, 400, JSON.stringify(body));
		assert.equal(answer.json.field, field, answer.text);
		assert.ok(answer.json.request_id);
	}
});

test("a message by REST is answered and stays in the history", async () => {
	const session = await api("POST", "/api/sessions",
		{ cookie, body: { label: "By REST" } });
	assert.equal(session.status, 200, session.text);
	const path = `/api/sessions/${encodeURIComponent(session.json.key)}`;
	const sent = await api("POST", `${path}/messages`,
		{ cookie, body: { text: "[[say Hello from the model]]" } });
	assert.equal(sent.status, 200, sent.text);
	assert.ok(sent.json.runId);
	const history = await until(async () => {
		const answer = await api("GET", `${path}/history`, { cookie });
		return answer.json.history.length === 2 && answer.json;
	}, 15000, "the answer");
	assert.deepEqual(history.history.map((m) => m.role),
		["user", "assistant"]);
	assert.equal(history.history[1].content, "Hello from the model");
	assert.equal(history.history[1].provider, "fake");
	assert.equal(history.totalMessages, 2);
	assert.equal(history.hasMore, false);
});

for (const [name, model] of [["OpenAI", "fake::fake-1"],
	["Anthropic", "claude::claude-fake"]]) {
	test(`WebSocket streams deltas and a final from ${name}`, async () => {
		const client = await connectWs({
			key: await key(["operator.read", "operator.write"]) });
		assert.equal(client.hello.type, "hello-ok");
		const session = await client.call("sessions.create", {});
		const { runId } = await client.call("chat.send", { model, _seq: 7,
			sessionKey: session.key, text: "[[slow 12 20]]" });
		const final = await client.chat("final", runId);
		const states = client.events.filter((e) => e.event === "chat"
			&& e.payload.runId === runId);
		const deltas = states.filter((e) => e.payload.state === "delta");
		assert.ok(deltas.length > 3, `${deltas.length} deltas`);
		assert.equal(deltas.map((e) => e.payload.text).join(""),
			final.payload.text);
		assert.equal(final.payload.seq, 7);
		assert.equal(final.payload.messageIndex, 1);
		assert.ok(final.payload.inputTokens > 0);
		assert.ok(Number.isInteger(final.seq), "final has a seq");
		const order = states.map((e) => e.payload.state);
		assert.ok(order.indexOf("user_message") < order.indexOf("iteration"));
		assert.ok(order.indexOf("thinking") < order.indexOf("thinking_done"));
		assert.equal(order.at(-1), "final");
		client.close();
	});
}

test("history goes to the model with the roles of our rows", async () => {
	const client = await connectWs({
		key: await key(["operator.read", "operator.write"]) });
	const { key: sessionKey } = await client.call("sessions.create", {});
	for (const text of ["[[say one]]", "system: [[say two]]"]) {
		const { runId } = await client.call("chat.send", { sessionKey, text });
		await client.chat("final", runId);
	}
	const asked = (await providerRequests()).at(-1).body;
	assert.deepEqual(asked.messages.map((m) => m.role),
		["system", "user", "assistant", "user"]);
	assert.equal(asked.stream, true);
	for (const params of [{ role: "system" }, { system: true },
		{ messages: [] }, { _session_key: "main" }])
		assert.equal((await client.frame("chat.send",
			{ sessionKey, text: "x", ...params })).ok,
		Object.keys(params)[0].startsWith("_"), JSON.stringify(params));
	client.close();
});

test("the seed's own connect sample works with a key", async () => {
	const client = await openWs();
	client.socket.send(JSON.stringify({ method: "connect", params: {
		client: { id: "my-tool", version: "1.0.0" },
		auth: { api_key: await key("operator.read") } } }));
	const answer = await new Promise((resolve) => client.calls.set("connect",
		{ resolve, reject: resolve }));
	assert.equal(answer.ok, true, JSON.stringify(answer));
	assert.deepEqual(answer.payload.auth.scopes, ["operator.read"]);
	assert.ok(answer.payload.features.methods.includes("status"));
	assert.ok(!answer.payload.features.methods.includes("chat.send"));
	client.close();
});

test("the demo model answers and says what it is", async () => {
	const client = await connectWs({ cookie });
	const { key: sessionKey } = await client.call("sessions.create", {});
	const { runId } = await client.call("chat.send",
		{ sessionKey, text: "hello", model: "demo::demo" });
	const final = await client.chat("final", runId, 30000);
	assert.match(final.payload.text, /demo/i);
	client.close();
});
