// Commands that mean harm to the machine while another account's turns go on:
// what came of each, and how long the neighbour waited.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { api, connectWs, env, makePerson, setup, until }
	from "../system/lib/moltis.mjs";

// A person is asked about each of them, and says yes.
const LIMIT_MS = 15000; // of a neighbour's turn; what it took is printed
const TURNS = 4;

const bombs = {
	fork: { command: "b() { b | b & }; b; sleep 4", timeout: 4,
		good: (r) => r.exit_code !== undefined },
	memory: { command: "touch x; tail /dev/zero", timeout: 20,
		good: (r) => r.oom_killed === true && r.exit_code === 137 },
	disk: { command: "i=0; while :; do dd if=/dev/zero of=f$i bs=1M "
		+ "count=200 2>/dev/null; i=$((i+1)); done", timeout: 20,
	good: (r) => r.exit_code !== 0 },
	files: { command: "i=0; while :; do mkdir -p d$i/a/b/c; i=$((i+1)); done",
		timeout: 5, good: (r) => r.timed_out === true || r.exit_code === 137 },
	cpu: { command: "i=0; while [ $i -lt 64 ]; do (while :; do :; done) & "
		+ "i=$((i+1)); done; sleep 5", timeout: 5,
	good: (r) => r.exit_code !== undefined },
	output: { command: "touch x; yes; cat /dev/urandom", timeout: 20,
		good: (r) => r.truncated === true || r.stdout_truncated === true },
};

async function person(cookie) {
	const client = await connectWs({ cookie });
	let { key } = await client.call("sessions.create", {});
	const move = async () => {
		key = (await client.call("sessions.create", {})).key;
	};
	const run = async (args) => (await client.call("chat.send", {
		sessionKey: key, text: `[[tool exec ${JSON.stringify(args)}]]` })).runId;
	return { client, cookie, run, move };
}

const first = await person(setup().cookie);
const second = await person((await makePerson({ username: "neighbour",
	kind: "account" })).cookie);

// One turn of the neighbour, from the message to the answer.
async function turn(who) {
	const began = Date.now();
	const runId = await who.run({ command: "pwd" });
	const end = await who.client.chat("tool_call_end", runId, LIMIT_MS);
	assert.equal(end.payload.result?.stdout, "/workspace\n",
		JSON.stringify(end.payload));
	await who.client.chat("final", runId, LIMIT_MS);
	return Date.now() - began;
}

async function turns(who) {
	const took = [];
	for (let i = 0; i < TURNS; i++)
		took.push(await turn(who));
	return took.sort((a, b) => a - b);
}

const rss = (file) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(
	`/proc/${fs.readFileSync(file, "utf8").trim()}/status`, "utf8"))[1]);

let calm;
test("a neighbour's turns, with nothing else going on", async () => {
	await turn(second);
	calm = await turns(second);
	console.log(`# calm: ${calm.join(", ")} ms`);
});

for (const [name, bomb] of Object.entries(bombs)) {
	test(`${name} bomb: it ends, and the neighbour's turns go on`, {
		timeout: 120000 }, async () => {
		await first.move();
		const before = rss(env.MOLTIS_WORKER_PID_FILE);
		const runId = await first.run({ command: bomb.command,
			timeout: bomb.timeout });
		const { payload } = await first.client.event((e) => e.event
			=== "exec.approval.requested" && e.payload.runId === runId, 15000);
		await first.client.call("exec.approval.resolve", {
			requestId: payload.requestId, decision: "approved" });
		await until(() => first.client.events.some((e) => e.event
			=== "exec.approval.resolved"
			&& e.payload.requestId === payload.requestId));
		const took = await turns(second);
		assert.equal((await api("GET", "/health")).status, 200);
		const { payload: end } = await first.client.chat("tool_call_end", runId,
			60000);
		const { stdout, stderr, ...result } = end.result ?? {};
		await first.client.chat("final", runId, 30000);
		const after = rss(env.MOLTIS_WORKER_PID_FILE);
		console.log(`# ${name}: ${JSON.stringify(result)} out `
			+ `${stdout?.length ?? 0} err ${stderr?.length ?? 0}; neighbour `
			+ `${took.join(", ")} ms (calm ${calm[TURNS >> 1]}); worker `
			+ `${before} -> ${after} KiB`);
		assert.ok(bomb.good(result), JSON.stringify(result));
		assert.ok(took.at(-1) < LIMIT_MS);
		// A sanitizer keeps what was freed, up to 256 MiB.
		assert.ok(after - before < 300 << 10, "the worker's memory");
	});
}

test("nothing of them is left", async () => {
	await until(() => fs.readdirSync("/proc").filter((n) => /^\d+$/.test(n))
		.every((pid) => {
			try {
				return !fs.readFileSync(`/proc/${pid}/cmdline`, "latin1")
					.includes("tail\0/dev/zero");
			} catch {
				return true;
			}
		}), 5000, "no process");
	first.client.close();
	second.client.close();
});
