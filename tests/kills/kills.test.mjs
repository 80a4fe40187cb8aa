// The worker and the sandbox daemon, killed at any moment, again and again:
// no command runs twice, no turn is stuck, no row stays open, and nothing of a
// sandbox is left.  Run by the stage "kills" of tests/run against a deployment
// of its own, whose supervisors start what was killed again.
//
// A round starts one turn in each of LANES sessions, in different phases, and
// kills in the middle.  Every command appends a line to a file of its session,
// so that a second execution shows.

import assert from "node:assert/strict";
import crypto from "node:crypto";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { api, env, setup, sleep, until } from "../system/lib/moltis.mjs";

const { cookie } = setup();
const LANES = 10;
const ROUNDS = Number(env.MOLTIS_KILL_ROUNDS || 13);
// A supervisor waits longer before it starts again what ended sooner.
const ROUND_MS = 10500;
const MARK = `47${crypto.randomInt(1000, 9999)}`;
const below = (n) => crypto.randomInt(n);

const sql = (text) => execFileSync("psql", ["-X", "-A", "-t", "-h",
	env.MOLTIS_PG_SOCKET_DIR, "-U", "postgres", "-d", "moltis", "-c", text],
{ encoding: "utf8" }).trim();
const rows = (text) => sql(text).split("\n").filter(Boolean)
	.map((line) => line.split("|"));
const pidOf = (file) => Number(fs.readFileSync(file, "utf8"));

const kinds = {
	quick: (id) => `echo ${id} >>ran`,
	slow: (id) => `echo ${id} >>ran; sleep 1.${below(9)}; echo done`,
	stream: (id) => `echo ${id} >>ran; i=0; while [ $i -lt 200 ]; do `
		+ "echo line $i; i=$((i+1)); sleep 0.01; done",
	leaves: (id) => `echo ${id} >>ran; setsid sleep ${MARK}.1 & `
		+ `sleep ${MARK}.2 & sleep 1`,
	deaf: (id) => `echo ${id} >>ran; trap '' TERM HUP INT; sleep ${MARK}.3 & `
		+ "sleep 2",
};
const names = Object.keys(kinds);

const lanes = [];
for (let i = 0; i < LANES; i++)
	lanes.push((await api("POST", "/api/sessions", { cookie, body: {} })).json);
const runs = [];

// Sends the command of a run; the turn may wait behind nothing.
async function begin(lane, round) {
	const kind = names[below(names.length)];
	const id = `r${round}-${lane}-${crypto.randomBytes(4).toString("hex")}`;
	const command = kinds[kind](id);
	const run = { id, kind, lane, patient: below(3) === 0 };
	const { status, json } = await api("POST",
		`/api/sessions/${lanes[lane].key}/messages`, { cookie, body: {
			text: `[[tool exec ${JSON.stringify({ command })}]]` } });
	assert.equal(status, 200, JSON.stringify(json));
	run.turn = json.runId;
	runs.push(run);
	return run;
}

// Says yes to what waits; PATIENT ones only after the kill.
async function approve(round, all) {
	const { json } = await api("GET", "/api/approvals", { cookie });
	for (const ask of json?.requests ?? []) {
		const run = round.find((r) => r.turn === ask.runId);
		if (!run || (run.patient && !all))
			continue;
		await api("POST", `/api/approvals/${ask.requestId}/resolve`,
			{ cookie, body: { decision: "approved" } });
	}
}

const phases = {};
let kills = 0;

function kill(part) {
	const file = part === "worker" ? env.MOLTIS_WORKER_PID_FILE
		: env.MOLTIS_SANDBOXD_PID_FILE;
	try {
		process.kill(pidOf(file), "SIGKILL");
		kills++;
	} catch { /* not up yet */ }
}

// Where each run of the round is at this moment.
function note(round) {
	const list = round.map((r) => `'${r.turn}'`).join();
	const at = Object.fromEntries(rows("SELECT t.id, t.state, e.state FROM "
		+ "moltis.turns t LEFT JOIN moltis.exec_requests e ON e.turn_id = t.id "
		+ `WHERE t.id IN (${list})`).map(([id, turn, exec]) => [id,
		exec ? `${exec}${turn === "running" ? "" : ` (turn ${turn})`}`
			: `turn ${turn}`]));
	for (const run of round) {
		let phase = at[run.turn] ?? "none";
		if (phase === "started" && run.kind === "stream")
			phase = "started, with output";
		phases[phase] = (phases[phase] ?? 0) + 1;
	}
}

const isOver = (round) => {
	const list = round.map((r) => `'${r.turn}'`).join();
	return sql("SELECT count(*) FROM moltis.turns WHERE state IN "
		+ `('queued', 'running') AND id IN (${list})`) === "0";
};

// Helpers of networks are known by their parent, while it lives.
const slirps = new Map();
function stat(pid) {
	try {
		const text = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
		const rest = text.slice(text.lastIndexOf(")") + 2).split(" ");
		return { name: text.slice(text.indexOf("(") + 1,
			text.lastIndexOf(")")), state: rest[0], parent: rest[1],
		start: rest[19] };
	} catch {
		return null;
	}
}
const line = (pid) => {
	try {
		return fs.readFileSync(`/proc/${pid}/cmdline`, "latin1");
	} catch {
		return "";
	}
};
const numbers = () => fs.readdirSync("/proc").filter((n) => /^\d+$/.test(n));
const confs = env.MOLTIS_CONF.split(":")[0];
// The daemon, and the keepers and guards that it forks.
const isOurs = (pid) => stat(pid)?.name.startsWith("moltis-sandbox")
	&& line(pid).includes(confs);
function watchSlirps() {
	for (const pid of numbers()) {
		const s = stat(pid);
		if (s?.name.startsWith("slirp4netns") && isOurs(s.parent))
			slirps.set(pid, s.start);
	}
}
const lives = ([pid, start]) => {
	const s = stat(pid);
	return s !== null && s.start === start && s.state !== "Z";
};

async function oneRound(number) {
	const started = Date.now();
	const round = [];
	for (let lane = 0; lane < LANES; lane++) {
		round.push(await begin(lane, number));
		if (below(3) === 0)
			await sleep(below(150));
		if (lane % 3 === 2)
			await approve(round, false);
	}
	const at = Date.now() + below(1500);
	while (Date.now() < at) {
		await approve(round, false);
		await sleep(20 + below(60));
	}
	watchSlirps();
	note(round);
	// Both, in either order, most of the time at once.
	const order = below(2) ? ["worker", "sandboxd"] : ["sandboxd", "worker"];
	kill(order[0]);
	if (below(3) === 0)
		await sleep(below(400));
	kill(order[1]);
	if (below(3) === 0) {
		await sleep(800 + below(1500));
		kill(order[below(2)]);
	}
	await until(async () => {
		await approve(round, true).catch(() => {});
		await sleep(250);
		return isOver(round);
	}, 90000, `round ${number}: its turns`).catch((e) => {
		console.log("#", sql("SELECT t.id, t.state, t.attempts, e.state FROM "
			+ "moltis.turns t LEFT JOIN moltis.exec_requests e ON "
			+ "e.turn_id = t.id WHERE t.state IN ('queued', 'running')"));
		throw e;
	});
	await sleep(Math.max(0, ROUND_MS - (Date.now() - started)));
}

test("no command runs twice and no turn is stuck, whenever both are killed",
	{ timeout: 400000 }, async () => {
		const began = Date.now();
		for (let i = 1; i <= ROUNDS; i++)
			await oneRound(i);
		const count = new Map();
		const state = path.join(env.MOLTIS_SANDBOX_STATE, "ws");
		for (const account of fs.readdirSync(state)) {
			for (const session of fs.readdirSync(path.join(state, account))) {
				const file = path.join(state, account, session, "ran");
				const text = fs.existsSync(file)
					? fs.readFileSync(file, "utf8") : "";
				for (const id of text.split("\n").filter(Boolean))
					count.set(id, (count.get(id) ?? 0) + 1);
			}
		}
		const twice = [...count].filter(([, n]) => n > 1);
		const unknown = [...count.keys()].filter((id) => !runs.some((r) =>
			r.id === id));
		console.log(`# ${runs.length} runs in ${ROUNDS} rounds, ${kills} kills, `
			+ `${Math.round((Date.now() - began) / 1000)} s`);
		console.log(`# at the kill: ${Object.entries(phases).sort()
			.map(([k, n]) => `${k} ${n}`).join(", ")}`);
		console.log(`# commands that ran once ${count.size - twice.length}, `
			+ `twice ${twice.length}, never ${runs.length - count.size}`);
		assert.deepEqual(twice, []);
		assert.deepEqual(unknown, []);
		assert.ok(runs.length >= 100 || env.MOLTIS_KILL_ROUNDS);
		assert.ok(count.size > 0);
	});

test("every row has ended, and the history says how", async () => {
	const turns = rows("SELECT state, count(*) FROM moltis.turns GROUP BY 1 "
		+ "ORDER BY 1");
	const execs = rows("SELECT state, count(*) FROM moltis.exec_requests "
		+ "GROUP BY 1 ORDER BY 1");
	console.log(`# turns: ${turns.map((r) => r.join(" ")).join(", ")}; `
		+ `requests: ${execs.map((r) => r.join(" ")).join(", ")}`);
	for (const [state] of turns)
		assert.ok(["done", "failed", "aborted"].includes(state), state);
	for (const [state] of execs)
		assert.ok(!["pending", "ready", "started"].includes(state), state);
	for (const lane of lanes) {
		const { json } = await api("GET",
			`/api/sessions/${lane.key}/history?limit=200`, { cookie });
		const open = new Set();
		for (const message of json.history) {
			for (const call of message.tool_calls ?? [])
				open.add(call.id);
			if (message.role === "tool_result")
				open.delete(message.tool_call_id);
		}
		assert.deepEqual([...open], [], "a call without a result");
	}
});

test("nothing of a sandbox is left", async () => {
	await until(() => !numbers().some((pid) =>
		line(pid).includes(`sleep\0${MARK}.`)), 5000, "no process");
	const daemon = pidOf(env.MOLTIS_SANDBOXD_PID_FILE);
	const hash = crypto.createHash("sha256")
		.update(env.MOLTIS_SANDBOX_STATE).digest("hex")
		.slice(0, 8);
	const groups = () => ["/sys/fs/cgroup/pids", "/sys/fs/cgroup/memory",
		"/sys/fs/cgroup/cpu", "/sys/fs/cgroup"]
		.map((top) => path.join(top, `moltis-${hash}`))
		.filter((folder) => fs.existsSync(folder));
	assert.ok(groups().length > 0, "the daemon's own group is found");
	// One process of the daemon waits in a group for the next command.
	const waits = (folder) => {
		const pids = fs.readFileSync(path.join(folder, "cgroup.procs"),
			"utf8").split("\n").filter(Boolean);
		return pids.length === 1 && isOurs(pids[0])
			&& stat(pids[0])?.parent === String(daemon);
	};
	await until(() => groups().every((folder) => fs.readdirSync(folder,
		{ withFileTypes: true }).every((e) => !e.isDirectory()
			|| waits(path.join(folder, e.name)))), 5000,
	"no control group");
	const mounts = fs.readFileSync("/proc/self/mountinfo", "utf8");
	assert.ok(!mounts.includes(env.MOLTIS_SANDBOX_STATE), "no mount");
	// Spare networks of the daemon that is there now are its own.
	const old = () => [...slirps].filter(lives).filter(([pid]) => {
		const keeper = stat(pid)?.parent;
		return stat(keeper)?.parent !== String(daemon);
	});
	await until(() => old().length === 0, 5000, "no slirp4netns");
	const keepers = numbers().filter((pid) => isOurs(pid)
		&& Number(pid) !== daemon && stat(pid)?.parent !== String(daemon));
	const strays = keepers.filter((pid) =>
		!numbers().includes(stat(pid)?.parent ?? "")
		|| stat(pid)?.parent === "1");
	// The guard of the daemon that is there is its child; others are gone.
	assert.deepEqual(strays, [], "no keeper");
	console.log(`# ${slirps.size} helpers of networks were seen`);
});

test("and the deployment works as before", async () => {
	const { key } = (await api("POST", "/api/sessions",
		{ cookie, body: {} })).json;
	const { json } = await api("POST", `/api/sessions/${key}/messages`,
		{ cookie, body: { text: '[[tool exec {"command":"pwd"}]]' } });
	const history = await until(async () => {
		const answer = await api("GET", `/api/sessions/${key}/history`,
			{ cookie });
		return answer.json?.history?.at(-1)?.role === "assistant"
			&& !answer.json.history.at(-1).tool_calls && answer.json.history;
	}, 30000, "an answer");
	assert.match(JSON.stringify(history), /\/workspace/);
	assert.ok(json.runId);
});
