// A worker that dies, a database that goes away: nothing acknowledged is lost,
// nothing is there twice.

import assert from "node:assert/strict";
import { test } from "node:test";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { api, connectWs, env, key, setup, sleep, until }
	from "../lib/moltis.mjs";

const { cookie } = setup();
const workerPid = () => Number(fs.readFileSync(env.MOLTIS_WORKER_PID_FILE));

async function connectSoon(options) {
	return until(() => connectWs(options).catch(() => null), 20000,
		"a socket");
}

test("a worker killed in the middle of a stream is replaced; the answer is "
	+ "there once", async () => {
	const client = await connectWs({ cookie });
	const { key: sessionKey } = await client.call("sessions.create", {});
	const { runId } = await client.call("chat.send",
		{ sessionKey, text: "[[slow 60 50]]" });
	await client.chat("delta", runId);
	const seq = client.events.filter((e) => e.seq).at(-1).seq;
	const pid = workerPid();
	process.kill(pid, "SIGKILL");
	await client.closed;

	const again = await connectSoon({ cookie, params: { lastSeq: seq } });
	assert.notEqual(workerPid(), pid);
	const final = await again.chat("final", runId, 60000);
	assert.equal(final.payload.messageIndex, 1);
	const history = await again.call("chat.history", { sessionKey });
	assert.deepEqual(history.map((m) => m.role), ["user", "assistant"]);
	assert.equal(history[1].content, final.payload.text);
	again.close();
});

test("a worker told to stop hands over; the answer is there once",
	async () => {
		const client = await connectWs({ cookie });
		const { key: sessionKey } = await client.call("sessions.create", {});
		const { runId } = await client.call("chat.send",
			{ sessionKey, text: "[[slow 40 40]]" });
		await client.chat("delta", runId);
		process.kill(workerPid(), "SIGTERM");
		await client.closed;
		const final = await until(async () => {
			const answer = await api("GET", `/api/sessions/${sessionKey}`
				+ "/history", { cookie });
			return answer.json?.history?.length === 2
				&& answer.json.history[1];
		}, 60000, "the answer");
		assert.equal(final.role, "assistant");
		await connectSoon({ cookie }).then((c) => c.close());
		assert.equal(client.events.filter((e) => e.event === "shutdown")
			.length, 1, "shutdown was announced");
		assert.ok(runId);
	});

test("a worker told to stop hands a waiting approval over at once", async () => {
	const client = await connectWs({ cookie });
	const { key: sessionKey } = await client.call("sessions.create", {});
	const { runId } = await client.call("chat.send", { sessionKey,
		text: '[[tool exec {"command":"touch over && echo made"}]]' });
	const { payload } = await client.event((e) =>
		e.event === "exec.approval.requested" && e.payload.runId === runId,
	15000, "approval request");
	const pid = workerPid();
	const begun = Date.now();
	process.kill(pid, "SIGTERM");
	await client.closed;
	assert.ok(Date.now() - begun < 5000,
		`told to go after ${Date.now() - begun} ms, not after 20 s`);
	const again = await connectSoon({ cookie });
	assert.notEqual(workerPid(), pid);
	const { pending } = await again.call("exec.approval.request", {});
	assert.ok(pending.includes(payload.requestId), "it waits as before");
	await again.call("exec.approval.resolve",
		{ requestId: payload.requestId, decision: "approved" });
	const end = await again.chat("tool_call_end", runId, 15000);
	assert.equal(end.payload.result.stdout, "made\n");
	await again.chat("final", runId);
	assert.equal(again.events.filter((e) => e.payload?.state === "retrying")
		.length, 0, "nothing was interrupted");
	again.close();
});

test("the database away for 10 s under load: 503, no crash, nothing "
	+ "acknowledged is lost", { timeout: 180000 }, async () => {
	const write = await key(["operator.read", "operator.write"]);
	const client = await connectWs({ key: write });
	const { key: sessionKey } = await client.call("sessions.create", {});
	const fcgiPid = fs.readFileSync(env.MOLTIS_FCGI_PID_FILE, "utf8");
	const pid = workerPid();
	const acknowledged = [];
	const statuses = new Map();
	let stop = false;

	const writer = async (n) => {
		for (let i = 0; !stop; i++) {
			const label = `w${n}-${i}`;
			const answer = await api("POST", "/api/sessions",
				{ key: write, body: { label } }).catch((e) => ({ status: e.code }));
			statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
			if (answer.status === 200) acknowledged.push(label);
			if (answer.status === 503)
				assert.ok(Number(answer.headers["retry-after"]) >= 1);
			await sleep(answer.status === 200 ? 60 : 150);
		}
	};
	const load = [1, 2, 3, 4].map(writer);
	const { runId } = await client.call("chat.send",
		{ sessionKey, text: "[[slow 60 60]]" });
	await client.chat("delta", runId);

	execFileSync(`${env.MOLTIS_TEST_ROOT}/deploy/ctl`,
		["--state", env.MOLTIS_TEST_STATE, "stop", "database"],
		{ stdio: "inherit" });
	await sleep(1000);
	const health = await api("GET", "/health");
	assert.equal(health.status, 503);
	assert.equal((await api("GET", "/api/auth/whoami", { cookie })).status, 503);
	await sleep(9000);
	execFileSync(`${env.MOLTIS_TEST_ROOT}/deploy/ctl`,
		["--state", env.MOLTIS_TEST_STATE, "start", "database"],
		{ stdio: "inherit" });
	await until(async () => (await api("GET", "/health")).status === 200,
		20000, "health");
	await sleep(2000);
	stop = true;
	await Promise.all(load);
	console.log("# answers while it was away:",
		JSON.stringify(Object.fromEntries(statuses)));
	assert.deepEqual([...statuses.keys()].filter((s) => s !== 200 && s !== 503),
		[], "only 200 and 503");
	assert.ok(statuses.get(503) > 0);
	assert.ok(acknowledged.length > 20);

	const labels = new Set((await api("GET", "/api/sessions", { cookie }))
		.json.map((s) => s.label));
	assert.deepEqual(acknowledged.filter((l) => !labels.has(l)), []);
	assert.equal(fs.readFileSync(env.MOLTIS_FCGI_PID_FILE, "utf8"), fcgiPid);
	assert.equal(workerPid(), pid, "the worker did not die");
	const final = await until(async () => {
		const { json } = await api("GET",
			`/api/sessions/${sessionKey}/history`, { cookie });
		return json.history.length === 2 && json.history[1];
	}, 30000, "the answer that was under way");
	assert.equal(final.role, "assistant");
	// The socket that was open all the time works on.
	assert.equal((await client.call("health", {})).status, "ok");
	client.close();
});

test("resume: what was missed comes once, in order, without gaps",
	async () => {
		const client = await connectWs({ cookie });
		const seqs = (c) => c.events.filter((e) => e.seq).map((e) => e.seq);
		await client.call("sessions.create", { label: "one" });
		await client.event((e) => e.event === "session");
		const last = seqs(client).at(-1);
		client.close();
		for (let i = 0; i < 5; i++)
			await api("POST", "/api/sessions", { cookie, body: {} });
		const again = await connectWs({ cookie, params: { lastSeq: last } });
		assert.equal(again.hello.snapshot.resumed, true);
		await until(() => seqs(again).length >= 5, 5000, "missed events");
		const got = seqs(again);
		assert.deepEqual(got, got.map((_, i) => last + 1 + i));
		again.close();
	});
