// Commands: what is asked, what a person decides, what runs, and where.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { api, connectWs, env, key, providerRequests, setup, sleep, until }
	from "../lib/moltis.mjs";

const { cookie } = setup();
const status = (await api("POST", "/api/rpc/sandbox.status",
	{ cookie, body: {} })).json;

// Every test needs a sandbox: without one the deployment is not worth much.
test("the deployment has a sandbox and says which", async () => {
	const found = await until(async () => {
		const { json } = await api("POST", "/api/rpc/sandbox.status",
			{ cookie, body: {} });
		return json.available && json;
	}, 40000, "a sandbox");
	console.log("# sandbox:", JSON.stringify(found));
	assert.ok(found.backend);
	assert.ok(found.limits.memory > 0);
	assert.ok(status);
});

async function chat(opts = { cookie }) {
	const client = await connectWs(opts);
	const { key: session } = await client.call("sessions.create", {});
	const ask = (text) => client.call("chat.send",
		{ sessionKey: session, text });
	const exec = (command, more = {}) => ask(`[[tool exec ${JSON.stringify(
		{ command, ...more })}]]`);
	const requested = (runId) => client.event((e) => e.event
		=== "exec.approval.requested" && (!runId || e.payload.runId === runId),
	15000, "a question");
	const ended = (runId) => client.chat("tool_call_end", runId, 60000);
	const resolve = (requestId, decision, more = {}) => client.frame(
		"exec.approval.resolve", { requestId, decision, ...more });
	return { client, session, ask, exec, requested, ended, resolve };
}

test("a safe command runs without asking, in the sandbox", async () => {
	const c = await chat();
	const { runId } = await c.exec("pwd; whoami; hostname; ls /");
	const { payload } = await c.ended(runId);
	assert.equal(payload.success, true, JSON.stringify(payload));
	const lines = payload.result.stdout.split("\n");
	assert.equal(lines[0], "/workspace");
	assert.notEqual(lines[1], "root");
	assert.notEqual(lines[2], fs.readFileSync("/etc/hostname", "utf8").trim());
	await c.client.chat("final", runId);
	assert.ok(!c.client.events.some((e) => e.event
		=== "exec.approval.requested"));
	c.client.close();
});

test("what is not proven safe waits; approved it runs once, exactly", async () => {
	const c = await chat();
	const { runId } = await c.exec("touch /workspace/x && echo made");
	const { payload } = await c.requested(runId);
	assert.equal(payload.command, "touch /workspace/x && echo made");
	assert.ok(payload.reason.length > 5);
	assert.ok(payload.expiresAt > Date.now());
	const list = await api("GET", "/api/approvals", { cookie });
	assert.ok(list.json.pending.includes(payload.requestId));
	await sleep(500);
	assert.ok(!c.client.events.some((e) => e.payload?.state
		=== "tool_call_end"), "nothing ran yet");
	const answers = await Promise.all(Array.from({ length: 40 }, (_, i) =>
		c.resolve(payload.requestId, i % 2 ? "approved" : "denied")
			.catch((e) => e)));
	const won = answers.filter((a) => a.ok);
	assert.equal(won.length, 1);
	const end = await c.ended(runId);
	if (won[0].payload.decision === "approved")
		assert.equal(end.payload.result.stdout, "made\n");
	else
		assert.match(JSON.stringify(end.payload.error), /refused/i);
	await c.client.chat("final", runId);
	c.client.close();
});

test("denied: it does not run, the model hears of it and the note", async () => {
	const c = await chat();
	const { runId } = await c.exec("touch /workspace/denied");
	const { payload } = await c.requested(runId);
	const answer = await c.resolve(payload.requestId, "denied",
		{ note: "not today" });
	assert.equal(answer.ok, true, JSON.stringify(answer));
	const end = await c.ended(runId);
	assert.equal(end.payload.success, false);
	await c.client.chat("final", runId);
	const asked = JSON.stringify((await providerRequests()).at(-1).body);
	assert.match(asked, /not today/);
	const again = await c.exec("ls /workspace");
	assert.equal((await c.ended(again.runId)).payload.result.stdout
		.includes("denied"), false);
	c.client.close();
});

test("modified: the changed command runs, and the model is told", async () => {
	const c = await chat();
	const { runId } = await c.exec("rm -f a; touch b");
	const { payload } = await c.requested(runId);
	const answer = await c.resolve(payload.requestId, "modified",
		{ command: "echo changed" });
	assert.equal(answer.payload.decision, "modified");
	const end = await c.ended(runId);
	assert.equal(end.payload.result.stdout, "changed\n");
	await c.client.chat("final", runId);
	assert.match(JSON.stringify((await providerRequests()).at(-1).body),
		/echo changed/);
	c.client.close();
});

test("a dangerous change needs a second word", async () => {
	const c = await chat();
	const { runId } = await c.exec("touch c");
	const { payload } = await c.requested(runId);
	const answer = await c.resolve(payload.requestId, "modified",
		{ command: "mkfs.ext4 /dev/sda" });
	assert.equal(answer.ok, false);
	assert.equal(answer.error.details.field, "confirm_dangerous");
	const bad = await c.resolve(payload.requestId, "maybe");
	assert.match(bad.error.message, /invalid decision: maybe/);
	await c.resolve(payload.requestId, "denied");
	await c.client.chat("final", runId);
	c.client.close();
});

test("remembered for the session: asked once, not elsewhere", async () => {
	const c = await chat();
	const first = await c.exec("touch kept");
	const { payload } = await c.requested(first.runId);
	await c.resolve(payload.requestId, "approved", { remember: true });
	await c.client.chat("final", first.runId);
	const second = await c.exec("touch kept");
	assert.equal((await c.ended(second.runId)).payload.success, true);
	await c.client.chat("final", second.runId);
	const other = await chat();
	const third = await other.exec("touch kept");
	const asked = await other.requested(third.runId);
	await other.resolve(asked.payload.requestId, "denied");
	c.client.close();
	other.client.close();
});

test("who lacks operator.approvals neither sees nor decides", async () => {
	const blind = await connectWs({
		key: await key(["operator.read", "operator.write"]) });
	const eyes = await connectWs({ key: await key("operator.approvals") });
	const c = await chat();
	const { runId } = await c.exec("touch d");
	const { payload } = await c.requested(runId);
	await eyes.event((e) => e.event === "exec.approval.requested"
		&& e.payload.requestId === payload.requestId);
	assert.equal((await blind.frame("exec.approval.resolve", { requestId:
		payload.requestId, decision: "approved" })).error.message,
	"missing scope: operator.approvals");
	const done = await eyes.call("exec.approval.resolve",
		{ requestId: payload.requestId, decision: "denied" });
	assert.equal(done.ok, true);
	await c.client.chat("final", runId);
	await sleep(300);
	assert.ok(!blind.events.some((e) => e.event.startsWith("exec.")));
	assert.ok(!eyes.events.some((e) => e.event === "chat"));
	for (const s of [blind, eyes, c.client]) s.close();
});

test("stop ends the question and the command", async () => {
	const c = await chat();
	const asked = await c.exec("touch e");
	const { payload } = await c.requested(asked.runId);
	await c.client.call("chat.abort", { sessionKey: c.session });
	await c.client.chat("aborted", asked.runId, 5000);
	const late = await c.resolve(payload.requestId, "approved");
	assert.match(late.error.message, /no such request/);
	const running = await c.exec("sleep 60");
	const question = await c.requested(running.runId);
	await c.resolve(question.payload.requestId, "approved");
	await sleep(1500);
	const before = Date.now();
	await c.client.call("chat.abort", { sessionKey: c.session });
	await c.client.chat("aborted", running.runId, 5000);
	assert.ok(Date.now() - before < 3000);
	await until(() => !runs("sleep 60"), 4000, "the command to be gone");
	const entry = await past(question.payload.requestId);
	assert.equal(entry.state, "finished");
	assert.equal(entry.error, "the command was stopped");
	assert.ok(entry.finishedAt >= entry.startedAt);
	c.client.close();
});

// The entry of a request in the list of past ones.
const past = async (id) => (await api("GET", "/api/approvals/history",
	{ cookie })).json.requests.find((r) => r.requestId === id);

const runs = (command) => {
	try {
		return execFileSync("pgrep", ["-f", `^${command}$`],
			{ encoding: "utf8" }).trim();
	} catch {
		return "";
	}
};

test("time, output and exit codes come back as they are", async () => {
	const c = await chat();
	const one = async (command, more) => {
		const { runId } = await c.exec(command, more);
		const first = await c.client.event((e) => e.payload?.runId === runId
			&& (e.event === "exec.approval.requested"
				|| e.payload.state === "tool_call_end"));
		if (first.event === "exec.approval.requested")
			await c.resolve(first.payload.requestId, "approved");
		const end = await c.ended(runId);
		await c.client.chat("final", runId);
		return end.payload.result;
	};
	const late = await one("sleep 30; echo never", { timeout: 1 });
	assert.equal(late.timed_out, true);
	const bad = await one("exit 7");
	assert.equal(bad.exit_code, 7);
	const killed = await one("kill -9 $$");
	assert.equal(killed.exit_code, 137);
	const big = await one("head -c 3000000 /dev/zero | tr '\\0' x; :");
	assert.equal(big.truncated, true);
	const err = await one("echo out; echo err >&2; false || true");
	assert.equal(err.stdout, "out\n");
	assert.equal(err.stderr, "err\n");
	c.client.close();
});

test("files: written, listed, read, and never outside", async () => {
	const c = await chat();
	const tool = async (name, args) => {
		const { runId } = await c.ask(`[[tool ${name} ${JSON.stringify(args)}]]`);
		const end = await c.ended(runId);
		await c.client.chat("final", runId);
		return end.payload;
	};
	const wrote = await tool("write_file",
		{ path: "notes/a.txt", content: "hello" });
	assert.equal(wrote.success, true, JSON.stringify(wrote));
	assert.match(JSON.stringify(await tool("list_files", { path: "notes" })),
		/a\.txt/);
	assert.match(JSON.stringify(await tool("read_file",
		{ path: "notes/a.txt" })), /hello/);
	for (const path of ["../../etc/passwd", "/etc/passwd", "/proc/self/environ",
		"notes/../../x"])
		assert.equal((await tool("read_file", { path })).success, false, path);
	assert.equal((await tool("read_file", { path: "a", _session_key: "b" }))
		.success, false);
	c.client.close();
});

test("several calls of one reply: each its own question, results in order",
	async () => {
		const c = await chat();
		const { runId } = await c.ask(["touch one; echo 1", "echo 2",
			"touch three; echo 3"].map((command) => "[[tool exec "
			+ `${JSON.stringify({ command })}]]`).join(" "));
		const questions = await until(() => {
			const list = c.client.events.filter((e) => e.event
				=== "exec.approval.requested" && e.payload.runId === runId);
			return list.length === 2 && list;
		}, 10000, "two questions");
		for (const q of questions.reverse())
			await c.resolve(q.payload.requestId, "approved");
		await c.client.chat("final", runId, 30000);
		const results = (await providerRequests()).at(-1).body.messages
			.filter((m) => m.role === "tool").map((m) => m.content);
		assert.deepEqual(results.map((r) => /"stdout":"(\d)/.exec(
			r.replace(/\\/g, ""))?.[1]), ["1", "2", "3"]);
		c.client.close();
	});

test("the operator's kill switch stops what runs and lets nothing start",
	async () => {
		const cli = (...args) => execFileSync(env.MOLTIS_CLI, args,
			{ encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
		const c = await chat();
		const { runId } = await c.exec("sleep 55");
		const question = await c.requested(runId);
		await c.resolve(question.payload.requestId, "approved");
		await until(() => runs("sleep 55"), 10000, "the command");
		try {
			assert.match(cli("exec", "off", "--user", "owner"), /off for owner/);
			await c.client.chat("aborted", runId, 5000);
			await until(() => !runs("sleep 55"), 4000, "the command to be gone");
			const next = await c.exec("pwd");
			const end = await c.ended(next.runId);
			assert.equal(end.payload.success, false);
			assert.match(JSON.stringify(end.payload.error), /switched off/);
			await c.client.chat("final", next.runId);
		} finally {
			cli("exec", "on", "--user", "owner");
		}
		const again = await c.exec("pwd");
		assert.equal((await c.ended(again.runId)).payload.success, true);
		await c.client.chat("final", again.runId);
		assert.throws(() => cli("exec", "off", "--user", "nobody"));
		c.client.close();
	});

test("a worker killed while a command runs: it is not run again", async () => {
	const c = await chat();
	const { runId } = await c.exec("echo x >> /workspace/once; sleep 4");
	const question = await c.requested(runId);
	await c.resolve(question.payload.requestId, "approved");
	await until(() => runs("sleep 4"), 10000, "the command");
	process.kill(Number(fs.readFileSync(env.MOLTIS_WORKER_PID_FILE)),
		"SIGKILL");
	await c.client.closed;
	const again = await until(() => connectWs({ cookie }).catch(() => null),
		20000, "a socket");
	const history = await until(async () => {
		const { json } = await api("GET",
			`/api/sessions/${c.session}/history`, { cookie });
		return json?.history?.at(-1)?.role === "assistant"
			&& !json.history.at(-1).tool_calls && json.history;
	}, 60000, "the answer");
	assert.match(JSON.stringify(history), /interrupted|unknown/i);
	await until(() => !runs("sleep 4"), 3000, "the command to be gone");
	const { runId: check } = await again.call("chat.send", { sessionKey:
		c.session, text: '[[tool exec {"command":"wc -l once"}]]' });
	const end = await again.chat("tool_call_end", check, 30000);
	assert.match(end.payload.result.stdout, /^1 /);
	const entry = await past(question.payload.requestId);
	assert.equal(entry.state, "finished");
	assert.match(entry.error, /outcome unknown/);
	again.close();
});
