// Scheduled jobs as a person, a script and the agent see them: made, told of,
// run once however many workers there are, limited.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { api, connectWs, env, key, makePerson, providerRequests, setup, sleep,
	until } from "../lib/moltis.mjs";

const HOUR = 3600000;
const every = { kind: "every", every_ms: HOUR };
const says = (message, more = {}) => ({ kind: "agentTurn", message, ...more });
const workerPid = () => Number(fs.readFileSync(env.MOLTIS_WORKER_PID_FILE));

// A person of his own has limits of his own.
async function someone() {
	const person = await makePerson();
	const client = await connectWs({ cookie: person.cookie });
	const add = (name, schedule, payload, more = {}) => client.call("cron.add",
		{ name, schedule, payload, ...more });
	const soon = (ms) => ({ kind: "at", at_ms: Date.now() + ms });
	const finished = (id, ms = 20000) => client.event((e) =>
		e.event === "cron.run.finished" && e.payload.jobId === id, ms,
	"end of a run");
	const told = (name) => client.events.filter((e) => e.event === name);
	return { person, client, add, soon, finished, told };
}

// Further workers of the same deployment, as the one that runs.
const more = [];
async function anotherWorker() {
	const pid = workerPid();
	const [program, ...args] = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8")
		.split("\0").slice(0, -1);
	const { uid, gid } = fs.statSync(`/proc/${pid}`);
	const name = `second-${more.length}`;
	const folder = path.dirname(env.MOLTIS_WORKER_PID_FILE);
	const conf = path.join(env.MOLTIS_TEST_STATE, `${name}.conf`);
	fs.writeFileSync(conf, `worker: { socket = "${folder}/${name}.sock"; `
		+ `pid_file = "${folder}/${name}.pid"; };\n`);
	const log = fs.openSync(path.join(env.MOLTIS_TEST_STATE, `${name}.log`),
		"a");
	const child = spawn(program, [...args, "--conf", conf],
		{ uid, gid, stdio: ["ignore", log, log], cwd: "/" });
	more.push(child);
	await until(() => fs.existsSync(`${folder}/${name}.sock`)
		|| child.exitCode !== null, 10000, "another worker");
	assert.equal(child.exitCode, null, "the other worker runs");
	return child;
}
after(() => {
	for (const child of more) child.kill("SIGTERM");
});

test("a job of every kind, by every transport, and each change told once",
	async () => {
		const { person, client, add, told } = await someone();
		const { cookie } = person;
		const other = await someone();
		const at = await add("once", { kind: "at", atMs: Date.now() + HOUR },
			{ kind: "systemEvent", text: "hello" }, { sessionTarget: "main" });
		assert.equal(at.schedule.at_ms, at.schedule.atMs);
		assert.equal(at.state.nextRunAtMs, at.schedule.at_ms);
		const rest = await api("POST", "/api/cron/jobs", { cookie,
			body: { id: "mine", name: "hourly", schedule: every,
				payload: says("look"), sessionTarget: { named: "hourly" } } });
		assert.equal(rest.status, 200);
		assert.notEqual(rest.json.id, "mine", "the server chooses the id");
		assert.deepEqual(rest.json.sessionTarget, { named: "hourly" });
		assert.equal(rest.json.sandbox.enabled, true);
		assert.equal(rest.json.system, false);
		const cron = await add("nightly", { kind: "cron", expr: "30 2 * * *",
			tz: "Europe/Paris" }, says("night"), { deleteAfterRun: false });
		assert.equal(cron.schedule.tz, "Europe/Paris");
		assert.equal(cron.createdBy.method, "session");
		assert.equal(cron.createdBy.username, person.username);

		const list = await client.call("cron.list", {});
		assert.deepEqual(list.map((j) => j.name), ["once", "hourly", "nightly"]);
		const changed = await api("PATCH", `/api/cron/jobs/${cron.id}`, { cookie,
			body: { patch: { schedule: { kind: "every", everyMs: 2 * HOUR } } } });
		assert.equal(changed.status, 200, changed.text);
		assert.equal(changed.json.schedule.every_ms, 2 * HOUR);
		assert.equal(changed.json.payload.message, "night");
		const status = (await api("GET", "/api/cron/status", { cookie })).json;
		assert.deepEqual(status, { running: true, jobCount: 3, enabledCount: 3,
			nextRunAtMs: Math.min(...list.map((j) => j.state.nextRunAtMs)
				.slice(0, 2)) });
		const removed = await api("DELETE", `/api/cron/jobs/${cron.id}`,
			{ cookie });
		assert.deepEqual(removed.json, { removed: cron.id });
		assert.equal((await api("DELETE", `/api/cron/jobs/${cron.id}`,
			{ cookie })).status, 404);
		assert.equal((await api("DELETE", `/api/cron/jobs/${at.id}`,
			{ cookie: other.person.cookie })).status, 404,
		"another account has no such job");

		await client.event((e) => e.event === "cron.job.removed");
		await sleep(300);
		assert.deepEqual(told("cron.job.created").map((e) =>
			e.payload.job.name), ["once", "hourly", "nightly"]);
		assert.equal(told("cron.job.updated").length, 1);
		assert.equal(told("cron.job.updated")[0].payload.job.id, cron.id);
		assert.deepEqual(told("cron.job.removed").map((e) =>
			e.payload.jobId), [cron.id]);
		assert.equal(told("cron.job.removed")[0].payload.by.method, "session");
		assert.equal(other.client.events.filter((e) =>
			e.event.startsWith("cron.")).length, 0, "nobody else hears of it");
		client.close();
		other.client.close();
	});

test("what is no job is refused by its field", async () => {
	const { person, client } = await someone();
	const good = { name: "x", schedule: every, payload: says("y") };
	const rows = [
		[{ system: true }, 400, "system"],
		[{ id: "__heartbeat__" }, 400, "id"],
		[{ sandbox: { enabled: false } }, 403, "sandbox"],
		[{ sandbox: { image: "evil" } }, 400, "sandbox"],
		[{ schedule: { kind: "every", every_ms: 1000 } }, 400, "every_ms"],
		[{ schedule: { kind: "every", every_ms: 0 } }, 400, "every_ms"],
		[{ schedule: { kind: "at", at_ms: 1000 } }, 400, "at_ms"],
		[{ schedule: { kind: "cron", expr: "61 * * * *" } }, 400, "expr"],
		[{ schedule: { kind: "cron", expr: "31 2 * *" } }, 400, "expr"],
		[{ schedule: { kind: "cron", expr: "0 0 30 2 *" } }, 400, "expr"],
		[{ schedule: { kind: "cron", expr: "* * * * *", tz: "X/Y" } }, 400,
			"tz"],
		[{ schedule: { kind: "cron", expr: `${"*/1,".repeat(10000)}* * * * *` } },
			400, "expr"],
		[{ sessionTarget: "main" }, 400, "payload"],
		[{ payload: { kind: "systemEvent", text: "x" } }, 400, "payload"],
		[{ payload: says("x", { deliver: true }) }, 400, "deliver"],
		[{ payload: says("x".repeat(16385)) }, 400, "message"],
		[{ name: "n".repeat(121) }, 400, "name"],
		[{ owner: "me" }, 400, "owner"],
	];
	for (const [change, want, field] of rows) {
		const answer = await api("POST", "/api/cron/jobs",
			{ cookie: person.cookie, body: { ...good, ...change } });
		assert.equal(answer.status, want,
			`${JSON.stringify(change).slice(0, 80)}: ${answer.text}`);
		assert.equal(answer.json.field, field, answer.text);
	}
	const reader = await connectWs({ key: await key("operator.read") });
	await assert.rejects(reader.call("cron.add", good), /operator.write/);
	assert.ok(Array.isArray(await reader.call("cron.list", {})));
	assert.deepEqual(await client.call("cron.list", {}), []);
	reader.close();
	client.close();
});

test("a job that is due runs once: turn, history, events, and it is over",
	async () => {
		const { client, add, soon, finished, told } = await someone();
		const due = soon(1500);
		const job = await add("soon", due, says("[[say done it]]",
			{ timeout_secs: 60 }));
		const gone = await add("gone", soon(1500), says("[[say gone]]"),
			{ deleteAfterRun: true });
		const end = await finished(job.id);
		assert.equal(end.payload.run.status, "ok");
		assert.equal(end.payload.run.output, "done it");
		assert.equal(end.payload.run.slotMs, due.at_ms);
		assert.ok(end.payload.run.startedAtMs >= due.at_ms);
		assert.ok(end.payload.run.startedAtMs < due.at_ms + 2000,
			"within two seconds");
		assert.equal(end.payload.run.sessionKey, `cron:${job.id}`);
		await client.event((e) => e.event === "cron.job.removed"
			&& e.payload.jobId === gone.id, 20000, "the removal");
		await sleep(500);
		const runs = await client.call("cron.runs", { id: job.id });
		assert.equal(runs.length, 1);
		assert.ok(runs[0].inputTokens > 0 && runs[0].outputTokens > 0);
		assert.ok(runs[0].durationMs >= 0 && runs[0].finishedAtMs > 0);
		const [left] = await client.call("cron.list", {});
		assert.equal(left.id, job.id);
		assert.equal(left.enabled, false, "what ran its only time is off");
		assert.equal(left.state.lastStatus, "ok");
		assert.equal(left.state.nextRunAtMs, undefined);
		assert.equal(told("cron.run.started").length, 2);
		assert.equal(told("cron.job.updated").length, 1);
		const history = await client.call("chat.history",
			{ sessionKey: `cron:${job.id}` });
		assert.deepEqual(history.map((m) => m.role), ["user", "assistant"]);
		const asked = JSON.stringify((await providerRequests())
			.find((r) => JSON.stringify(r.body).includes("done it")).body);
		assert.match(asked, /This is a scheduled run of a job that/);
		assert.match(asked, /"read_file"/);
		assert.doesNotMatch(asked, /"name":"cron"/,
			"a scheduled run is offered no tool that plans");
		client.close();
	});

test("a job of the main conversation speaks there", async () => {
	const { client, add, soon } = await someone();
	await add("remind", soon(800), { kind: "systemEvent",
		text: "[[say it is time]]" }, { sessionTarget: "main" });
	const final = await client.chat("final", undefined, 15000);
	assert.equal(final.payload.sessionKey, "main");
	assert.equal(final.payload.text, "it is time");
	client.close();
});

test("an interval keeps its phase, and what is off does not run", async () => {
	const { client, add, finished } = await someone();
	const anchor_ms = Date.now() - 58000;
	const job = await add("minutely", { kind: "every", every_ms: 60000,
		anchor_ms }, says("[[say tick]]"));
	const off = await add("off", { kind: "every", every_ms: 60000, anchor_ms },
		says("[[say never]]"), { enabled: false });
	const end = await finished(job.id);
	assert.equal(end.payload.run.slotMs, anchor_ms + 60000);
	const jobs = await client.call("cron.list", {});
	assert.equal(jobs[0].state.nextRunAtMs, anchor_ms + 120000);
	assert.equal(jobs[1].state.nextRunAtMs, undefined);
	assert.deepEqual(await client.call("cron.runs", { id: off.id }), []);
	client.close();
});

test("run now: not what is off, unless forced, and not twice at a time",
	async () => {
		const { client, add, finished } = await someone();
		const job = await add("slow", every, says("[[slow 20 50]]"));
		await client.call("cron.update", { id: job.id,
			patch: { enabled: false } });
		await assert.rejects(client.call("cron.run", { id: job.id }),
			/job is disabled \(use force=true to override\)/);
		const { ran, runId } = await client.call("cron.run",
			{ id: job.id, force: true });
		assert.equal(ran, job.id);
		await assert.rejects(client.call("cron.run", { id: job.id, force: true }),
			/running already/);
		const end = await finished(job.id);
		assert.equal(end.payload.run.runId, runId);
		assert.equal(end.payload.run.manual, true);
		await assert.rejects(client.call("cron.run", { id: "nothing" }),
			/job not found/);
		client.close();
	});

test("a run that is stopped, or fails, says so", async () => {
	const { client, add, finished } = await someone();
	const slow = await add("slow", every, says("[[slow 400 30]]"));
	const broken = await add("broken", every, says("[[status 401]]"));
	const { runId } = await client.call("cron.run", { id: slow.id });
	await client.chat("delta", runId);
	await client.call("chat.abort", { runId });
	assert.equal((await finished(slow.id)).payload.run.error,
		"it was stopped");
	await client.call("cron.run", { id: broken.id });
	const { run } = (await finished(broken.id, 30000)).payload;
	assert.equal(run.status, "error");
	assert.ok(run.error.length > 10);
	client.close();
});

test("the eleventh job in a minute is refused, whoever asks", async () => {
	const { person, client, add } = await someone();
	const other = await someone();
	for (let i = 0; i < 5; i++) await add(`ws ${i}`, every, says("x"));
	for (let i = 0; i < 5; i++)
		assert.equal((await api("POST", "/api/cron/jobs",
			{ cookie: person.cookie, body: { name: `rest ${i}`,
				schedule: every, payload: says("x") } })).status, 200);
	const frame = await client.frame("cron.add", { name: "late",
		schedule: every, payload: says("x") });
	assert.equal(frame.ok, false);
	assert.equal(frame.error.message,
		"rate limit exceeded: max 10 jobs per 60 seconds");
	assert.equal(frame.error.retryable, true);
	for (const job of await client.call("cron.list", {}))
		await client.call("cron.remove", { id: job.id });
	const rest = await api("POST", "/api/cron/jobs", { cookie: person.cookie,
		body: { name: "late", schedule: every, payload: says("x") } });
	assert.equal(rest.status, 429);
	assert.equal(rest.json.code, "RATE_LIMITED");
	const wait = Number(rest.headers["retry-after"]);
	assert.ok(wait > 0 && wait <= 60, `Retry-After: ${wait}`);
	const alert = await client.event((e) =>
		e.event === "security.cron.rapid_creation");
	assert.equal(alert.payload.severity, "warn");
	assert.equal(alert.payload.jobs, 10);
	await other.add("mine", every, says("x"));
	client.close();
	other.client.close();
});

test("the agent plans within the same limits, and says that it was it",
	async () => {
		const { client, add, told } = await someone();
		for (let i = 0; i < 4; i++) await add(`mine ${i}`, every, says("x"));
		const args = { action: "add", name: "copy", message: "[[say copy]]",
			schedule: { kind: "every", every: "1h" } };
		const { runId } = await client.call("chat.send", { text:
			Array(8).fill(`[[tool cron ${JSON.stringify(args)}]]`).join(" ") });
		await client.chat("final", runId, 30000);
		const jobs = await client.call("cron.list", {});
		assert.equal(jobs.length, 10, "ten in all, not twelve");
		const its = jobs.filter((j) => j.createdBy.method === "agent");
		assert.equal(its.length, 6);
		assert.equal(its[0].createdBy.runId, runId);
		assert.deepEqual(its[0].sessionTarget, "isolated");
		const ends = client.events.filter((e) =>
			e.payload?.state === "tool_call_end");
		assert.equal(ends.filter((e) => e.payload.success).length, 6);
		assert.match(JSON.stringify(ends.filter((e) => !e.payload.success)),
			/rate limit exceeded/);
		assert.equal(told("cron.job.created").length, 10);
		assert.equal(told("security.cron.rapid_creation").length, 1);
		client.close();
	});

test("the agent cannot say what only people can, nor plan from a plan",
	async () => {
		const { client, add, finished } = await someone();
		const base = { action: "add", name: "n", message: "m",
			schedule: { kind: "every", every: "1h" } };
		const calls = [{ ...base, system: true },
			{ ...base, sandbox: { enabled: false } },
			{ ...base, target: "cron:x" }, { ...base, id: "__heartbeat__" },
			{ ...base, schedule: { kind: "every", every: "1s" } }];
		const { runId } = await client.call("chat.send", { text: calls.map((c) =>
			`[[tool cron ${JSON.stringify(c)}]]`).join(" ") });
		await client.chat("final", runId, 30000);
		const jobs = await client.call("cron.list", {});
		assert.deepEqual(jobs.filter((j) => j.name !== "n"), []);
		assert.ok(jobs.length <= 1 && !jobs[0]?.id.startsWith("__"),
			"an id is not the agent's to choose");
		const planner = await add("planner", every,
			says(`[[tool cron ${JSON.stringify(base)}]]`));
		await client.call("cron.run", { id: planner.id });
		await finished(planner.id, 30000);
		assert.equal((await client.call("cron.list", {})).length,
			jobs.length + 1, "a scheduled run made no job");
		client.close();
	});

test("two workers: every slot once, also when one is killed while it is due",
	{ timeout: 120000 }, async () => {
		const second = await anotherWorker();
		const { person, client, add, soon } = await someone();
		const first = soon(3000), later = soon(7000);
		const jobs = [];
		for (let i = 0; i < 4; i++)
			jobs.push(await add(`a${i}`, first, says(`[[say a${i}]]`)));
		for (let i = 0; i < 4; i++)
			jobs.push(await add(`b${i}`, later, says(`[[say b${i}]]`)));
		client.close();
		await sleep(Math.max(0, later.at_ms - Date.now()));
		process.kill(workerPid(), "SIGKILL");
		const runs = async (id) => (await api("GET",
			`/api/cron/jobs/${id}/runs?limit=50`, { cookie: person.cookie }))
			.json;
		for (const job of jobs)
			await until(async () => (await runs(job.id))?.length > 0, 60000,
				`a run of ${job.name}`);
		await sleep(3000);
		for (const job of jobs) {
			const [run, ...others] = await runs(job.id);
			assert.equal(others.length, 0, `${job.name} ran once`);
			assert.equal(run.status, "ok", JSON.stringify(run));
			assert.equal(run.output, job.name);
			const { history } = (await api("GET",
				`/api/sessions/${run.sessionKey}/history`,
				{ cookie: person.cookie })).json;
			assert.deepEqual(history.map((m) => m.role),
				["user", "assistant"], `${job.name} was answered once`);
		}
		second.kill("SIGTERM");
		await until(() => second.exitCode !== null, 40000, "its end");
		assert.equal(second.exitCode, 0);
	});

test("while no worker is there nothing is lost, and nothing comes in a burst",
	{ timeout: 120000 }, async () => {
		const { person, client, add, soon } = await someone();
		const once = await add("once", soon(2500), says("[[say late]]"));
		client.close();
		// Until after its time, however often the worker is started again.
		const end = Date.now() + 4500;
		while (Date.now() < end) {
			try {
				process.kill(workerPid(), "SIGKILL");
			} catch { /* it is being started */ }
			await sleep(100);
		}
		const run = await until(async () => (await api("GET",
			`/api/cron/jobs/${once.id}/runs`, { cookie: person.cookie }))
			.json?.[0], 60000, "the run that was missed");
		assert.equal(run.status, "ok", JSON.stringify(run));
		assert.equal(run.output, "late");
		assert.equal(run.slotMs, once.schedule.at_ms);
	});

test("the prepared person's own jobs are untouched by all this", async () => {
	const list = await api("GET", "/api/cron/jobs", { cookie: setup().cookie });
	assert.equal(list.status, 200);
	assert.deepEqual(list.json, []);
});
