// Requests on an open socket: scopes, ids, order, limits, subscriptions.

import test from "node:test";
import assert from "node:assert/strict";
import { connectWs as connectFree, setup } from "../lib/moltis.mjs";
import { TEXT, closeAll, frame, keyOf, rawConnected, tracked }
	from "../lib/rawws.mjs";

const connectWs = tracked(connectFree);
test.after(closeAll);

const cookie = () => setup().cookie;

test("hello names the methods that may be called, and no others", async () => {
	for (const scope of ["operator.read", "operator.write",
		"operator.approvals", "operator.admin"]) {
		const ws = await connectWs({ bearer: await keyOf(scope) });
		const { methods } = ws.hello.features;
		assert.deepEqual(methods, [...methods].sort(), "sorted");
		for (const [method, need] of [["health", "read"],
			["subscribe", "read"], ["chat.send", "write"],
			["sessions.create", "write"]]) {
			const may = scope === "operator.admin"
				|| scope === `operator.${need}`
				|| (need === "read" && scope === "operator.write");
			assert.equal(methods.includes(method), may, `${scope} ${method}`);
			const answer = await ws.frame(method, {});
			const denied = answer.error?.message
				=== `missing scope: operator.${need}`;
			assert.equal(denied, !may, `${scope} ${method}: `
				+ JSON.stringify(answer.error));
		}
		assert.ok(!methods.includes("auth.keys.create"), "needs a person");
		ws.close();
	}
});

test("an unknown method is unknown to administrators only", async () => {
	const admin = await connectWs({ cookie: cookie() });
	assert.equal((await admin.frame("no.such", {})).error.message,
		"unknown method: no.such");
	admin.close();
	const read = await connectWs({ bearer: await keyOf("operator.read") });
	assert.equal((await read.frame("no.such", {})).error.message,
		"missing scope: operator.admin");
	read.close();
});

test("ids are echoed; one still running is refused; then free", async () => {
	const ws = await rawConnected(await keyOf("operator.admin"));
	for (const id of ["x".repeat(64), "\u00e9".repeat(64), "\"\\"]) {
		ws.text({ type: "req", id, method: "health" });
		assert.equal((await ws.res(id))?.ok, true);
	}
	const twice = { type: "req", id: "same", method: "sessions.list" };
	// In one piece, so that the second is read while the first one runs.
	const bytes = frame(TEXT, JSON.stringify(twice));
	ws.send(Buffer.concat([bytes, bytes]));
	const both = [];
	await ws.find((f) => {
		if (f.opcode !== 1) return false;
		const o = JSON.parse(f.payload);
		if (o.id === "same" && !both.includes(f)) both.push(f);
		return both.length === 2;
	});
	const answers = both.map((f) => JSON.parse(f.payload));
	assert.deepEqual(answers.map((o) => o.ok).sort(), [false, true]);
	assert.match(answers.find((o) => !o.ok).error.message, /^id /);
	ws.frames.length = 0;
	ws.text(twice);
	assert.equal((await ws.res("same"))?.ok, true, "free again");
	ws.destroy();
});

test("a second connect is refused and harmless", async () => {
	const ws = await connectWs({ bearer: await keyOf("operator.read") });
	const answer = await ws.frame("connect", { client: { id: "x" },
		auth: { api_key: await keyOf("operator.admin") } });
	assert.equal(answer.error.message, "already connected");
	assert.equal((await ws.frame("sessions.create", {})).error.message,
		"missing scope: operator.write");
	ws.close();
});

test("responses and events from the client are ignored", async () => {
	const ws = await rawConnected(await keyOf("operator.read"));
	ws.text({ type: "res", id: "1", ok: true });
	ws.text({ type: "event", event: "chat", payload: {} });
	assert.equal((await ws.call("health"))?.ok, true);
	assert.ok(!ws.frames.some((f) => f.opcode === 1
		&& JSON.parse(f.payload).event === "error"));
	ws.destroy();
});

test("parameters that only the server may say have no effect", async () => {
	const ws = await connectWs({ cookie: cookie() });
	const { key: session } = await ws.call("sessions.create", {});
	const answer = await ws.frame("chat.history", { sessionKey: session,
		_session_key: "main", _conn_id: "x", _remote_ip: "127.0.0.1" });
	assert.equal(answer.ok, true, JSON.stringify(answer.error));
	const unknown = await ws.frame("chat.history", { nonsense: 1 });
	assert.equal(unknown.ok, false, "others are still refused");
	await ws.call("sessions.delete", { key: session });
	ws.close();
});

test("writes of one socket keep their order without waiting", async () => {
	const ws = await connectWs({ cookie: cookie() });
	const labels = Array.from({ length: 12 }, (_, i) => `order ${i}`);
	const made = await Promise.all(labels.map((label) =>
		ws.call("sessions.create", { label })));
	const list = await ws.call("sessions.list", {});
	const keys = new Set(made.map((s) => s.key));
	const ours = (list.sessions ?? list).filter((s) => keys.has(s.key));
	assert.deepEqual(ours.map((s) => s.label).sort(), [...labels].sort());
	const created = ours.sort((a, b) => a.createdAt - b.createdAt)
		.map((s) => Number(s.label.slice(6)));
	for (let i = 1; i < made.length; i++)
		assert.ok(made[i].createdAt >= made[i - 1].createdAt);
	assert.equal(created.length, 12);
	// A switch is seen by what is sent right behind it.
	const [, history] = await Promise.all([
		ws.call("sessions.switch", { key: made[3].key }),
		ws.call("chat.context", {})]);
	assert.equal(history.session.key, made[3].key);
	for (const s of made) await ws.call("sessions.delete", { key: s.key });
	ws.close();
});

test("sixteen requests at once are served, more are told to wait", async () => {
	const ws = await connectWs({ cookie: cookie() });
	const answers = await Promise.all(Array.from({ length: 40 },
		() => ws.frame("sessions.list", {})));
	const busy = answers.filter((a) => !a.ok);
	assert.ok(answers.length - busy.length >= 16);
	for (const { error } of busy) {
		assert.equal(error.code, "UNAVAILABLE");
		assert.equal(error.retryable, true);
	}
	ws.close();
});

test("a socket has 60 calls a second and a burst of 120", async () => {
	const ws = await connectWs({ bearer: await keyOf("operator.read") });
	const answers = [];
	for (let i = 0; i < 180; i++)
		answers.push(ws.frame("subscribe", { events: ["chat"] }));
	const limited = (await Promise.all(answers)).filter((a) => !a.ok);
	assert.ok(limited.length >= 30 && limited.length <= 60,
		`${limited.length} of 180`);
	for (const { error } of limited) {
		assert.equal(error.code, "RATE_LIMITED");
		assert.ok(error.retryAfterMs >= 1);
	}
	ws.close();
});

test("a v4 socket hears what it subscribes to, a v3 socket all", async () => {
	const v3 = await connectWs({ cookie: cookie() });
	const v4 = await connectWs({ cookie: cookie(), params: {
		minProtocol: undefined, maxProtocol: undefined,
		protocol: { min: 3, max: 4 } } });
	const none = await v4.call("sessions.create", {});
	const hears = (ws, s) => ws.event((e) => e.event === "session"
		&& e.payload.sessionKey === s.key, 5000, "session event");
	await hears(v3, none);
	const reply = await v4.call("subscribe", { events: ["session", "chat"] });
	assert.ok(reply.subscriptionId);
	assert.deepEqual(reply.events.sort(), ["chat", "session"]);
	const some = await v4.call("sessions.create", {});
	await hears(v4, some);
	assert.ok(!v4.events.some((e) => e.payload.sessionKey === none.key));
	await v4.call("unsubscribe", { events: ["session"] });
	const last = await v4.call("sessions.create", {});
	await hears(v3, last);
	assert.ok(!v4.events.some((e) => e.payload.sessionKey === last.key));
	for (const events of [undefined, [], "chat", [1], [""]]) {
		const bad = await v4.frame("subscribe", { events });
		assert.equal(bad.ok, false, JSON.stringify(events));
	}
	for (const s of [none, some, last])
		await v3.call("sessions.delete", { key: s.key });
	v3.close();
	v4.close();
});
