// Tools in a turn: commands that run, wait for a person, are refused, changed,
// stopped; files; limits of the loop.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connectWs, setup, sleep } from "../lib/moltis.mjs";

const { cookie } = setup();

async function chat() {
	const client = await connectWs({ cookie });
	const { key } = await client.call("sessions.create", {});
	const send = (text, more = {}) => client.call("chat.send",
		{ sessionKey: key, text, ...more });
	return { client, key, send };
}

const tool = (name, args) => `[[tool ${name} ${JSON.stringify(args)}]]`;
const exec = (command, more = {}) => tool("exec", { command, ...more });
const asked = (client, runId) => client.event((e) =>
	e.event === "exec.approval.requested" && e.payload.runId === runId,
15000, "approval request");
const resolve = (client, request, decision, more = {}) =>
	client.call("exec.approval.resolve",
		{ requestId: request.payload.requestId, decision, ...more });

test("a safe command runs and its output is shown and stored", async () => {
	const { client, key, send } = await chat();
	const { runId } = await send(exec("echo hello"));
	const start = await client.chat("tool_call_start", runId);
	assert.equal(start.payload.toolName, "exec");
	assert.deepEqual(start.payload.arguments, { command: "echo hello" });
	const output = await client.chat("tool_output", runId);
	assert.equal(output.payload.text, "hello\n");
	assert.equal(output.payload.stream, "stdout");
	assert.equal(output.payload.toolCallId, start.payload.toolCallId);
	const end = await client.chat("tool_call_end", runId);
	assert.equal(end.payload.success, true);
	assert.equal(end.payload.result.stdout, "hello\n");
	assert.equal(end.payload.result.exit_code, 0);
	const final = await client.chat("final", runId);
	assert.match(final.payload.text, /hello/);
	assert.equal(final.payload.toolCallsMade, 1);
	const history = await client.call("chat.history", { sessionKey: key });
	assert.deepEqual(history.map((m) => m.role),
		["user", "assistant", "tool_result", "assistant"]);
	assert.equal(history[2].tool_call_id, start.payload.toolCallId);
	assert.equal(history[2].result.stdout, "hello\n");
	assert.equal(history[2].success, true);
	client.close();
});

test("nothing runs before a person says yes", async () => {
	const { client, send } = await chat();
	const { runId } = await send(exec("touch asked && echo made"));
	const request = await asked(client, runId);
	assert.equal(request.payload.command, "touch asked && echo made");
	await sleep(700);
	assert.equal(client.events.some((e) => e.payload?.state ===
		"tool_call_end"), false);
	await resolve(client, request, "approved");
	const end = await client.chat("tool_call_end", runId);
	assert.equal(end.payload.result.stdout, "made\n");
	await client.chat("final", runId);
	client.close();
});

test("a refusal reaches the model with its note as data", async () => {
	const { client, send } = await chat();
	const { runId } = await send(exec("touch never"));
	await resolve(client, await asked(client, runId), "denied",
		{ note: "not \"now\"" });
	const end = await client.chat("tool_call_end", runId);
	assert.equal(end.payload.success, false);
	assert.match(end.payload.error.detail, /the user refused this command/);
	const final = await client.chat("final", runId);
	assert.match(final.payload.text, /refused this command.*not \\"now\\"/);
	const next = await send(exec("ls"));
	const list = await client.chat("tool_call_end", next.runId);
	assert.doesNotMatch(list.payload.result.stdout, /never/);
	client.close();
});

test("a changed command runs instead, and the model is told", async () => {
	const { client, send } = await chat();
	const { runId } = await send(exec("touch a"));
	await resolve(client, await asked(client, runId), "modified",
		{ command: "echo other" });
	const end = await client.chat("tool_call_end", runId);
	assert.equal(end.payload.result.stdout, "other\n");
	assert.equal(end.payload.result.changed_by_user, true);
	assert.equal(end.payload.result.asked, "touch a");
	assert.equal(end.payload.result.command, "echo other");
	await client.chat("final", runId);
	client.close();
});

test("two commands of one reply are decided apart, answered in order",
	async () => {
		const { client, key, send } = await chat();
		const { runId } = await send(exec("touch one; echo 1") +
			exec("touch two; echo 2"));
		const both = async () => {
			for (;;) {
				const found = client.events.filter((e) => e.event ===
					"exec.approval.requested" && e.payload.runId === runId);
				if (found.length === 2) return found;
				await sleep(50);
			}
		};
		const [first, second] = await both();
		await resolve(client, second, "approved");
		await client.event((e) => e.payload?.state === "tool_call_end");
		await resolve(client, first, "denied");
		await client.chat("final", runId);
		const history = await client.call("chat.history",
			{ sessionKey: key });
		assert.deepEqual(history.map((m) => m.role), ["user",
			"assistant", "tool_result", "tool_result", "assistant"]);
		assert.equal(history[1].tool_calls.length, 2);
		assert.equal(history[2].success, false);
		assert.equal(history[3].result.stdout, "2\n");
		client.close();
	});

test("stop while a command waits: approving later does nothing", async () => {
	const { client, key, send } = await chat();
	const { runId } = await send(exec("touch late"));
	const request = await asked(client, runId);
	await client.call("chat.abort", { sessionKey: key });
	await client.chat("aborted", runId, 3000);
	await assert.rejects(resolve(client, request, "approved"),
		/no such request/);
	const history = await client.call("chat.history", { sessionKey: key });
	assert.equal(history.at(-1).role, "tool_result");
	assert.match(history.at(-1).error, /stopped/);
	client.close();
});

test("stop while a command runs kills it within two seconds", async () => {
	const { client, key, send } = await chat();
	const { runId } = await send(exec("echo on; sleep 60; echo off"));
	await client.event((e) => e.payload?.state === "tool_output" ||
		e.event === "exec.approval.requested");
	const request = client.events.find((e) => e.event ===
		"exec.approval.requested");
	if (request) await resolve(client, request, "approved");
	await client.chat("tool_output", runId);
	const at = Date.now();
	await client.call("chat.abort", { sessionKey: key });
	await client.chat("aborted", runId, 3000);
	assert.ok(Date.now() - at < 2000);
	client.close();
});

test("a time limit is an error with what was printed", async () => {
	const { client, send } = await chat();
	const { runId } = await send(exec("echo before; sleep 30",
		{ timeout: 1 }));
	await resolve(client, await asked(client, runId), "approved");
	const end = await client.chat("tool_call_end", runId);
	assert.equal(end.payload.success, false);
	assert.equal(end.payload.result.timed_out, true);
	assert.equal(end.payload.result.stdout, "before\n");
	assert.match(end.payload.error.detail, /within 1 seconds/);
	client.close();
});

test("bad arguments and unknown tools are told to the model", async () => {
	const { client, send } = await chat();
	for (const [call, why] of [
		[tool("exec", { command: "ls", timeout: 0 }), /timeout/],
		[tool("exec", { command: "ls", _session_key: "x" }),
			/_session_key/],
		[tool("exec", { command: "ls", working_dir: "../.." }),
			/working_dir/],
		[tool("exec", { command: "ls", working_dir: "/etc" }),
			/working_dir/],
		[tool("exec", []), /must be an object/],
		[tool("browser", {}), /no such tool/],
	]) {
		const { runId } = await send(call);
		const end = await client.chat("tool_call_end", runId);
		assert.equal(end.payload.success, false);
		assert.match(end.payload.error.detail, why);
		await client.chat("final", runId);
	}
	client.close();
});

test("files are written, read and listed", async () => {
	const { client, send } = await chat();
	const run = async (call) => {
		const { runId } = await send(call);
		const end = await client.chat("tool_call_end", runId);
		await client.chat("final", runId);
		return end.payload;
	};
	const text = "grüße\n\u0001\u001b[31m".repeat(10);
	const written = await run(tool("write_file", { path: "n.txt",
		content: text }));
	assert.equal(written.success, true, JSON.stringify(written));
	const read = await run(tool("read_file", { path: "/workspace/n.txt" }));
	assert.equal(read.result.content, text);
	assert.equal(read.result.next_offset, undefined);
	const part = await run(tool("read_file", { path: "n.txt", offset: 0,
		limit: 3 }));
	assert.equal(part.result.content, "gr");
	assert.equal(part.result.next_offset, 2);
	const list = await run(tool("list_files", {}));
	assert.deepEqual(list.result.entries.map((e) => [e.name, e.type]),
		[["n.txt", "file"]]);
	const none = await run(tool("read_file", { path: "none" }));
	assert.equal(none.success, false);
	const out = await run(tool("read_file", { path: "../x" }));
	assert.match(out.error.detail, /inside/);
	client.close();
});

test("long output is cut for people and for the model", async () => {
	const { client, key, send } = await chat();
	const { runId } = await send(exec("seq 1 40000"));
	const request = client.event((e) => e.event ===
		"exec.approval.requested", 1500).catch(() => null);
	const r = await request;
	if (r) await resolve(client, r, "approved");
	const end = await client.chat("tool_call_end", runId);
	assert.match(end.payload.result.stdout, /\[cut here: 10000 of/);
	assert.equal(end.payload.result.truncated, true);
	await client.chat("final", runId);
	const history = await client.call("chat.history", { sessionKey: key });
	assert.ok(JSON.stringify(history[2].result).length < 25000);
	const live = client.events.filter((e) => e.payload?.state ===
		"tool_output" && e.payload.runId === runId);
	const shown = live.map((e) => e.payload.text).join("");
	assert.ok(shown.length > 60000 && shown.length <= 65536);
	client.close();
});

test("a model that only calls tools is stopped", async () => {
	const { client, send } = await chat();
	const { runId } = await send(
		`[[toolloop exec ${JSON.stringify({ command: "echo x" })}]]`);
	const error = await client.chat("error", runId, 60000);
	assert.equal(error.payload.error.type, "iteration_limit");
	client.close();
});

test("more calls than may wait are refused", async () => {
	const { client, send, key } = await chat();
	const calls = Array.from({ length: 12 }, (_, i) =>
		exec(`touch f${i}`)).join("");
	const { runId } = await send(calls);
	await client.event((e) => e.payload?.state === "tool_call_end" &&
		/wait for approval/.test(e.payload.error?.detail));
	await sleep(500);
	const requests = client.events.filter((e) => e.event ===
		"exec.approval.requested" && e.payload.runId === runId);
	assert.equal(requests.length, 8);
	await client.call("chat.abort", { sessionKey: key });
	await client.chat("aborted", runId);
	client.close();
});

test("the demo shows a command, its approval and its output", async () => {
	const { client, send } = await chat();
	const { runId } = await send("run touch hello.txt", { model: "demo::demo" });
	await resolve(client, await asked(client, runId), "approved");
	const final = await client.chat("final", runId);
	assert.match(final.payload.text, /exit code 0 and printed nothing/);
	const again = await send("run `ls`", { model: "demo::demo" });
	const second = await client.chat("final", again.runId);
	assert.match(second.payload.text, /hello\.txt/);
	client.close();
});

test("Anthropic's calls work the same way", async () => {
	const { client, send } = await chat();
	const { runId } = await send(exec("echo hi"),
		{ model: "claude::claude-fake" });
	const end = await client.chat("tool_call_end", runId);
	assert.equal(end.payload.result.stdout, "hi\n");
	await client.chat("final", runId);
	client.close();
});
