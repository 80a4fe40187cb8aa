// Turns under trouble: stop, queue, provider failures, limits.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { connectWs, env, setup, sleep } from "../lib/moltis.mjs";

const { cookie } = setup();

async function chat() {
	const client = await connectWs({ cookie });
	const { key } = await client.call("sessions.create", {});
	const send = (text, more = {}) => client.call("chat.send",
		{ sessionKey: key, text, ...more });
	return { client, key, send };
}

test("stop ends the run and keeps what was said", async () => {
	const { client, key, send } = await chat();
	const { runId } = await send("[[slow 400 30]]");
	await client.chat("delta", runId);
	await sleep(300);
	const answer = await client.call("chat.abort", { sessionKey: key });
	assert.equal(answer.aborted, true);
	const aborted = await client.chat("aborted", runId, 5000);
	assert.ok(aborted.payload.partialMessage.content.length > 0);
	const history = await client.call("chat.history", { sessionKey: key });
	assert.equal(history.length, 2);
	assert.equal(history[1].aborted, true);
	assert.equal((await client.call("chat.abort", { sessionKey: key }))
		.aborted, false);
	client.close();
});

test("messages behind a run wait, in order, and can be dropped", async () => {
	const { client, key, send } = await chat();
	const first = await send("[[slow 40 25]]");
	assert.equal(first.queued, undefined);
	const second = await send("[[say second]]");
	assert.equal(second.queued, true);
	assert.equal(second.mode, "followup");
	const third = await send("[[say third]]");
	await client.chat("queued", third.runId);
	await client.chat("final", third.runId);
	const history = await client.call("chat.history", { sessionKey: key });
	assert.deepEqual(history.map((m) => m.role), ["user", "assistant", "user",
		"assistant", "user", "assistant"]);
	assert.equal(history[3].content, "second");
	assert.equal(history[5].content, "third");

	const running = await send("[[slow 60 25]]");
	await send("[[say never]]");
	const dropped = await client.call("chat.cancel_queued",
		{ sessionKey: key });
	assert.equal(dropped.cleared, 1);
	await client.chat("final", running.runId);
	const after = await client.call("chat.history", { sessionKey: key });
	assert.equal(after.length, 8);
	client.close();
});

test("the queue of a session is bounded", async () => {
	const { client, key, send } = await chat();
	await send("[[slow 300 30]]");
	for (let i = 0; i < 20; i++) await send(`[[say ${i}]]`);
	await assert.rejects(send("[[say too much]]"), /too many messages/);
	await client.call("chat.cancel_queued", { sessionKey: key });
	await client.call("chat.abort", { sessionKey: key });
	client.close();
});

test("the same idempotency key is one turn", async () => {
	const { client, key, send } = await chat();
	const a = await send("[[say once]]", { idempotencyKey: `k-${key}` });
	const b = await send("[[say once]]", { idempotencyKey: `k-${key}` });
	assert.equal(a.runId, b.runId);
	await client.chat("final", a.runId);
	assert.equal((await client.call("chat.history", { sessionKey: key }))
		.length, 2);
	client.close();
});

test("a provider that fails twice is asked again", async () => {
	const { client, send } = await chat();
	const { runId } = await send("[[status 500 x2]]");
	await client.chat("retrying", runId, 20000);
	await client.chat("final", runId, 30000);
	client.close();
});

test("after a reload what failed and what waits is told again", async () => {
	const { client, key, send } = await chat();
	const bad = await send("[[status 401]]");
	const told = await client.chat("error", bad.runId);
	const running = await send("[[slow 80 25]]");
	const one = await send("[[say one]]", { _seq: 41 });
	const two = await send("[[say two]]");
	const peek = await client.call("chat.peek", { sessionKey: key });
	assert.equal(peek.active, true);
	assert.equal(peek.runId, running.runId);
	assert.equal(peek.waiting, 2);
	assert.deepEqual(peek.queued.map((q) => [q.runId, q.text, q.seq]),
		[[one.runId, "[[say one]]", 41], [two.runId, "[[say two]]", null]]);
	assert.equal(peek.failed.length, 1);
	assert.equal(peek.failed[0].runId, bad.runId);
	assert.equal(peek.failed[0].messageIndex, 0);
	assert.deepEqual(peek.failed[0].error, told.payload.error);
	// One of them is taken out; the other comes.
	assert.equal((await client.call("chat.abort", { runId: one.runId }))
		.aborted, true);
	assert.deepEqual((await client.call("chat.peek", { sessionKey: key }))
		.queued.map((q) => q.runId), [two.runId]);
	await client.chat("final", two.runId);
	const after = await client.call("chat.peek", { sessionKey: key });
	assert.equal(after.active, false);
	assert.deepEqual(after.queued, []);
	assert.equal(after.failed.length, 1);
	await client.call("chat.clear", { sessionKey: key });
	assert.deepEqual((await client.call("chat.peek", { sessionKey: key }))
		.failed, [], "with its message a failure is gone");
	client.close();
});

test("a provider that refuses is an error people can read", async () => {
	const { client, send } = await chat();
	const { runId } = await send("[[status 401]]");
	const { payload } = await client.chat("error", runId);
	assert.equal(payload.error.type, "auth_error");
	assert.ok(payload.error.title && payload.error.detail);
	assert.ok(!JSON.stringify(payload).includes("sk-test"));
	const next = await send("[[say fine again]]");
	await client.chat("final", next.runId);
	client.close();
});

for (const script of ["[[cut]]", "[[garbage]]"]) {
	test(`a broken stream (${script}) ends in an error, once`, async () => {
		const { client, send } = await chat();
		const { runId } = await send(script);
		await client.chat("error", runId, 40000);
		assert.equal(client.events.filter((e) => e.payload?.runId === runId
			&& ["error", "final"].includes(e.payload.state)).length, 1);
		client.close();
	});
}

test("a tool nobody offers is refused and the turn goes on", async () => {
	const { client, key, send } = await chat();
	const { runId } = await send('[[tool launch_missiles {"at":"moon"}]]');
	const final = await client.chat("final", runId);
	assert.equal(final.payload.iterations, 2);
	assert.equal(final.payload.toolCallsMade, 1);
	assert.match(final.payload.text, /no such tool/);
	assert.ok((await client.call("chat.history", { sessionKey: key }))
		.every((m) => m.content !== "" || m.tool_calls));
	client.close();
});

test("a session with a running turn is neither deleted nor cleared",
	async () => {
		const { client, key, send } = await chat();
		await send("[[slow 100 30]]");
		await assert.rejects(client.call("sessions.delete", { key }),
			/active turn/);
		await assert.rejects(client.call("chat.clear", { sessionKey: key }),
			/active turn/);
		await client.call("chat.abort", { sessionKey: key });
		await client.chat("aborted");
		await client.call("chat.clear", { sessionKey: key });
		await client.call("sessions.delete", { key });
		client.close();
	});

// As the owner of the schema, whom only the operator can be.
function ownerSql(text) {
	const conf = fs.readFileSync(env.MOLTIS_CONF.split(":")[0], "utf8");
	const owner = /^\s*owner\s*=\s*"([^"]+)"/m.exec(conf)[1];
	execFileSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", text,
		owner]);
}

test("an answer that cannot be stored ends its run, not the session",
	async () => {
		ownerSql(`CREATE FUNCTION moltis.test_refuse() RETURNS trigger
			LANGUAGE plpgsql AS $$ BEGIN
				RAISE EXCEPTION 'not this one'; END $$;
			CREATE TRIGGER test_refuse BEFORE INSERT ON moltis.messages
			FOR EACH ROW WHEN (NEW.body ->> 'content' = 'unstorable')
			EXECUTE FUNCTION moltis.test_refuse()`);
		try {
			const { client, send } = await chat();
			const { runId } = await send("[[say unstorable]]");
			const failed = await client.chat("error", runId, 20000);
			assert.equal(failed.payload.error.type, "server_error");
			assert.match(failed.payload.error.detail, /stored/);
			const next = await send("[[say again]]");
			assert.equal(next.queued, undefined);
			await client.chat("final", next.runId);
			client.close();
		} finally {
			ownerSql("DROP FUNCTION moltis.test_refuse() CASCADE");
		}
	});
