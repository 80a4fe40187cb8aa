// Two workers behind one edge.  A socket of either sees what a turn says,
// whichever of them runs it: in order, nothing twice, the end always; and both
// are replaced by deploy/up while turns run, of which none is lost.  Run by the
// stage "workers" of tests/run against a deployment of its own.

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";
import { connectWs, env, setup, sleep, until } from "../system/lib/moltis.mjs";

const { cookie } = setup();
const first = env.MOLTIS_WORKER_SOCKET;
const sockets = [first, first.replace(/worker\.sock$/, "worker-2.sock")];
const pids = () => sockets.map((s) =>
	fs.readFileSync(s.replace(/sock$/, "pid"), "utf8").trim());
const sql = (text) => execFileSync("psql", ["-X", "-A", "-t", "-h",
	env.MOLTIS_PG_SOCKET_DIR, "-U", "postgres", "-d", "moltis", "-c", text],
{ encoding: "utf8" }).trim();

const chats = (client, runId) => client.events.filter((e) =>
	e.event === "chat" && e.payload.runId === runId);
// What a page would show of the text as it is said: of each of the model's
// replies; and when how much of the first was there.
function said(client, runId) {
	const texts = [];
	const times = [];
	let n = 0;
	for (const e of chats(client, runId)) {
		if (e.payload.state === "iteration") n = e.payload.iteration;
		if (e.payload.state === "iteration" || e.payload.state === "retrying")
			texts[n] = "";
		if (e.payload.state !== "delta") continue;
		texts[n] += e.payload.text;
		if (n === 1) times.push({ at: e.at, length: texts[n].length });
	}
	return { texts, times };
}
const quantile = (list, q) =>
	list.sort((a, b) => a - b)[Math.floor(list.length * q)];

test("a socket of either worker sees every turn as it is said", async () => {
	const clients = await Promise.all(sockets.map((worker) =>
		connectWs({ cookie, worker })));
	// Each has heard that the other listens.
	await until(() => sql("SELECT count(DISTINCT worker) FROM"
		+ " moltis.relay_listeners") === "2", 10000, "both listen");
	const late = [];
	const runs = [];
	for (let i = 0; i < 12; i++) {
		const from = clients[i % 2];
		const { key: sessionKey } = await from.call("sessions.create", {});
		runs.push((await from.call("chat.send", { sessionKey,
			text: i % 3 === 2
				? '[[tool exec {"command":"echo one; sleep 0.3; echo two"}]]'
					+ "[[slow 20 20]]"
				: "[[slow 60 20]]" })).runId);
	}
	for (const runId of runs) {
		const ends = await Promise.all(clients.map((c) =>
			c.chat("final", runId, 60000)));
		assert.equal(ends[0].payload.text, ends[1].payload.text);
		const parts = clients.map((c) => said(c, runId));
		for (const [i, part] of parts.entries()) {
			const other = parts[1 - i];
			// Of the last 40 ms before its end a far socket sees the end only.
			for (const [n, text] of part.texts.entries())
				assert.ok(!text || !other.texts[n]
					|| text.startsWith(other.texts[n])
					|| other.texts[n].startsWith(text),
				`nothing twice, all in order: ${text} / ${other.texts[n]}`);
			assert.ok(part.texts[1].length > 0.75 * other.texts[1].length,
				`socket ${i} saw it while it was said: ${part.texts[1]} of `
				+ other.texts[1]);
			const states = chats(clients[i], runId).map((e) => e.payload.state);
			assert.equal(states.at(-1), "final", "nothing follows the end");
			assert.equal(states.filter((s) => s === "final").length, 1);
		}
		// How much later the far one had as much text.
		const [near, far] = parts[0].times.length >= parts[1].times.length
			? parts : [parts[1], parts[0]];
		for (const t of far.times) {
			const as = near.times.find((o) => o.length >= t.length);
			if (as) late.push(t.at - as.at);
		}
	}
	const ran = sql(`SELECT string_agg(n::text, ' and ') FROM (SELECT count(*)
		AS n FROM moltis.turns GROUP BY lease_owner) x`);
	console.log(`# turns a worker: ${ran}; the far socket was later by p50 `
		+ `${quantile(late, 0.5)} ms, p95 ${quantile(late, 0.95)} ms, `
		+ `${late.length} pieces`);
	for (const client of clients) client.close();
	await until(() => sql("SELECT count(*) FROM moltis.relay_batches") === "0",
		20000, "batches are gone");
});

// A page: comes back by the edge, with what it has seen.
async function page(events, stop) {
	while (!stop.now) {
		const last = events.filter((e) => e.seq).at(-1)?.seq;
		const client = await connectWs({ cookie,
			params: last ? { lastSeq: last } : {} }).catch(() => null);
		if (!client) {
			stop.refused++;
			await sleep(100);
			continue;
		}
		stop.client = client;
		await client.closed;
		events.push(...client.events);
	}
}

test("deploy/up replaces the workers while turns run; every message is "
	+ "answered once", { timeout: 300000 }, async () => {
	const before = pids();
	const stop = { now: false, refused: 0 };
	const events = [];
	const browsing = page(events, stop);
	await until(() => stop.client, 10000, "a socket");
	const up = promisify(execFile)(`${env.MOLTIS_TEST_ROOT}/deploy/up`,
		["--state", env.MOLTIS_TEST_STATE, "--build", env.MOLTIS_TEST_BUILD],
		{ env: { ...env } });
	let over = false;
	up.finally(() => { over = true; });
	const sent = [];
	for (let i = 0; !over; i++) {
		const text = i % 2 === 0
			? `[[tool exec {"command":"echo ${i} >>ran; sleep 1; cat ran"}]]`
				+ "[[slow 30 50]]"
			: "[[slow 60 50]]";
		try {
			const { key } = await stop.client.call("sessions.create", {});
			const { runId } = await stop.client.call("chat.send",
				{ sessionKey: key, text });
			sent.push({ key, runId, tool: i % 2 === 0, i });
		} catch (e) {
			if (!/closed/.test(e.message)) throw e;
		}
		await sleep(700);
	}
	await up;
	const after = pids();
	assert.ok(before.every((pid, i) => pid !== after[i]), "both are new");
	await until(() => sql("SELECT count(*) FROM moltis.turns WHERE state IN"
		+ " ('queued', 'running')") === "0", 60000, "all turns end");
	await sleep(1000);
	stop.now = true;
	stop.client.close();
	await browsing;
	assert.ok(sent.length >= 5, `${sent.length} messages`);
	for (const run of sent) {
		assert.equal(sql(`SELECT state FROM moltis.turns WHERE id = '${run.runId}'`),
			"done");
		assert.equal(sql(`SELECT count(*) FROM moltis.messages m WHERE turn_id =
			'${run.runId}' AND body->>'role' = 'assistant'
			AND body->'tool_calls' IS NULL`), "1", "one answer");
		assert.equal(events.filter((e) => e.event === "chat" && e.seq
			&& e.payload.state === "final"
			&& e.payload.runId === run.runId).length, 1, "seen once");
		if (!run.tool) continue;
		const result = sql(`SELECT body->>'content' FROM moltis.messages WHERE
			turn_id = '${run.runId}' AND body->>'role' = 'assistant'
			AND body->'tool_calls' IS NULL`);
		assert.match(result, new RegExp(`"stdout": ?"${run.i}\\\\n"`),
			"the command ran once, to its end");
	}
	const seqs = events.filter((e) => e.seq).map((e) => e.seq);
	assert.deepEqual(seqs, seqs.map((_, i) => seqs[0] + i), "without a gap");
	const retried = new Set(events.filter((e) => e.payload?.state === "retrying")
		.map((e) => e.payload.runId)).size;
	console.log(`# ${sent.length} messages while both workers were replaced; `
		+ `${retried} answers were begun again; the edge refused `
		+ `${stop.refused} connections`);
});
