/* Calls of tools in a conversation: from events and from the history. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatEvent, StoredMessage } from "../src/api/types";
import {
	addOptimistic, dropLive, EMPTY_THREAD, isBusy, loadHistory, liveRun, markGap,
	markSent, mergeOlder, placeApproval, reduceChat, type AssistantItem,
	type Thread,
} from "../src/state/thread";
import {
	askedFor, commandOf, OUTPUT_MAX, subjectOf, type ToolItem,
} from "../src/state/tools";

const OPEN: Thread = { ...EMPTY_THREAD, loaded: true };

function play(thread: Thread, ...events: Partial<ChatEvent>[]): Thread {
	return events.reduce((now: Thread, ev) => reduceChat(now,
		{ sessionKey: "main", state: "", runId: "r1", ...ev } as ChatEvent, 1000),
	thread);
}

const asked = () => markSent(addOptimistic(OPEN, 7, "hi", 1), 7, "r1", false, 2);
const start = (toolCallId: string, command = "ls") => ({
	state: "tool_call_start", toolCallId, toolName: "exec", arguments: { command } });
const print = (toolCallId: string, text: string, stream = "stdout") =>
	({ state: "tool_output", toolCallId, text, stream });
const end = (toolCallId: string, over: object = {}) => ({
	state: "tool_call_end", toolCallId, toolName: "exec", success: true,
	result: { stdout: "", stderr: "", exit_code: 0, ...over } });
const kinds = (thread: Thread) => thread.items.map((item) => item.kind);
const tools = (thread: Thread) =>
	thread.items.filter((item): item is ToolItem => item.kind === "tool");
const tool = (thread: Thread): ToolItem => {
	assert.equal(tools(thread).length, 1, kinds(thread).join());
	return tools(thread)[0]!;
};

test("a call stands before the answer it is for", () => {
	const thread = play(asked(), { state: "thinking" }, start("c1"));
	assert.deepEqual(kinds(thread), ["user", "tool", "assistant"]);
	assert.equal(liveRun(thread)?.waitsFor, "exec");
	assert.equal(commandOf(tool(thread)), "ls");
	assert.equal(tool(thread).state, "running");
});

test("what was said before a call stays above it", () => {
	const thread = play(asked(), { state: "delta", text: "I look." }, start("c1"),
		end("c1"), { state: "delta", text: "Nothing there." },
		{ state: "final", text: "Nothing there.", messageIndex: 4 });
	assert.deepEqual(kinds(thread), ["user", "assistant", "tool", "assistant"]);
	const [first, second] = thread.items.filter((item): item is AssistantItem =>
		item.kind === "assistant");
	assert.equal(first?.text, "I look.");
	assert.ok(first?.step);
	assert.equal(second?.text, "Nothing there.");
	assert.ok(!second?.step);
	assert.ok(!isBusy(thread));
});

test("two rounds of calls keep their order", () => {
	const thread = play(asked(), { state: "delta", text: "one" }, start("c1"), end("c1"),
		{ state: "delta", text: "two" }, start("c2"), end("c2"),
		{ state: "final", text: "three" });
	assert.deepEqual(thread.items.map((item) => (item.kind === "tool" ? item.callId
		: item.kind === "assistant" || item.kind === "user" ? item.text : "")),
	["hi", "one", "c1", "two", "c2", "three"]);
});

test("parallel calls keep their own output", () => {
	const thread = play(asked(), start("c1"), start("c2"), print("c2", "b\n"),
		print("c1", "a\n"), print("c2", "bb\n", "stderr"), end("c2"));
	assert.deepEqual(tools(thread).map((item) => item.output), [
		[{ stream: "stdout", text: "a\n" }],
		[{ stream: "stdout", text: "b\n" }, { stream: "stderr", text: "bb\n" }]]);
	assert.deepEqual(tools(thread).map((item) => item.state), ["running", "done"]);
	assert.equal(liveRun(thread)?.waitsFor, "exec");
	assert.equal(liveRun(play(thread, end("c1")))?.waitsFor, null);
});

test("a start or an end told twice changes nothing", () => {
	const once = play(asked(), start("c1"), print("c1", "x"), end("c1"));
	const twice = play(once, start("c1"), end("c1", { exit_code: 9 }));
	assert.equal(tools(twice).length, 1);
	assert.equal(tool(twice).result?.exit_code, 0);
	assert.equal(tool(play(once, print("c1", "late"))).output[0]?.text, "x");
});

test("output beyond its limit loses its beginning and says how much", () => {
	let thread = play(asked(), start("c1"));
	for (let i = 0; i < 40; i++)
		thread = play(thread, print("c1", "x".repeat(4000), i % 2 ? "stdout" : "stderr"));
	const kept = tool(thread).output.reduce((sum, piece) => sum + piece.text.length, 0);
	assert.equal(kept, OUTPUT_MAX);
	assert.equal(tool(thread).dropped, 160_000 - OUTPUT_MAX);
});

test("every bad end is a failure", () => {
	for (const over of [{ exit_code: 2 }, { timed_out: true }, { oom_killed: true }]) {
		assert.equal(tool(play(asked(), start("c1"), end("c1", over))).state, "failed");
	}
	const refused = tool(play(asked(), start("c1"), { state: "tool_call_end",
		toolCallId: "c1", success: false, error: { type: "tool_error",
			title: "The tool did not succeed", detail: "the user refused" } }));
	assert.equal(refused.state, "failed");
	assert.equal(refused.error?.detail, "the user refused");
	assert.equal(refused.result, null);
});

test("the result brings the output that was not told live", () => {
	const thread = play(asked(), start("c1"), end("c1", { stdout: "out", stderr: "err" }));
	assert.deepEqual(tool(thread).output, [
		{ stream: "stdout", text: "out" }, { stream: "stderr", text: "err" }]);
});

test("longer live output is not replaced by a cut result", () => {
	const thread = play(asked(), start("c1"), print("c1", "0123456789"),
		end("c1", { stdout: "0123", truncated: true }));
	assert.equal(tool(thread).output[0]?.text, "0123456789");
});

test("a page that joined while a command ran shows what it can", () => {
	const thread = play({ ...OPEN, busy: true }, print("c1", "end\n"),
		end("c1", { stdout: "begin\nend\n" }));
	assert.ok(tool(thread).partial);
	assert.equal(tool(thread).output[0]?.text, "begin\nend\n");
});

test("a lost connection makes running calls incomplete", () => {
	const thread = markGap(play(asked(), start("c1"), print("c1", "a")));
	assert.ok(tool(thread).partial);
	assert.equal(tool(thread).state, "running");
});

test("a run that ends leaves no call running", () => {
	for (const state of ["final", "error", "aborted"]) {
		const thread = play(asked(), start("c1"), { state, text: "x",
			error: { title: "no" } });
		assert.equal(tool(thread).state, "left", state);
		assert.ok(!isBusy(thread), state);
	}
	assert.equal(tool(dropLive(play(asked(), start("c1")))).state, "left");
});

test("news of a run that is over make no new card", () => {
	const over = play(asked(), { state: "final", text: "done" });
	assert.equal(tools(play(over, start("c9"), print("c9", "x"), end("c9"))).length, 0);
});

/* ---- approvals in a conversation ------------------------------------- */

const wait = (thread: Thread, requestId = "q1", callId: string | null = "c1") =>
	placeApproval(thread, { requestId, runId: "r1", callId }, 5);

test("an approval stands after its call, whichever came first", () => {
	const order = ["user", "tool", "approval", "assistant"];
	assert.deepEqual(kinds(wait(play(asked(), start("c1")))), order);
	assert.deepEqual(kinds(play(wait(asked()), start("c1"))), order);
	const two = wait(wait(play(asked(), start("c1"), start("c2"))), "q2", "c2");
	assert.deepEqual(kinds(two),
		["user", "tool", "approval", "tool", "approval", "assistant"]);
});

test("an approval told twice is one card", () => {
	const thread = wait(play(asked(), start("c1")));
	assert.equal(wait(thread), thread);
});

test("after a reload the approval stands after its question", () => {
	const history: StoredMessage[] = [
		{ role: "user", content: "old", historyIndex: 0, run_id: "r0" },
		{ role: "assistant", content: "yes", historyIndex: 1, run_id: "r0" },
		{ role: "user", content: "hi", historyIndex: 2, run_id: "r1" },
	];
	const thread = wait(loadHistory(OPEN, history, false));
	assert.deepEqual(kinds(thread), ["user", "assistant", "user", "approval"]);
	assert.deepEqual(kinds(play(thread, end("c1"), { state: "delta", text: "a" })),
		["user", "assistant", "user", "tool", "approval", "assistant"]);
});

test("a card that was decided here outlives the history", () => {
	const live = play(wait(play(asked(), start("c1"))), end("c1"),
		{ state: "final", text: "done", messageIndex: 3 });
	const thread = loadHistory(live, STORED, false);
	assert.deepEqual(kinds(thread), ["user", "assistant", "tool", "approval", "assistant"]);
});

/* ---- history --------------------------------------------------------- */

const STORED: StoredMessage[] = [
	{ role: "user", content: "hi", historyIndex: 0, run_id: "r1" },
	{ role: "assistant", content: "I look.", historyIndex: 1, run_id: "r1",
		tool_calls: [{ id: "c1", type: "function", function: {
			name: "exec", arguments: "{\"command\":\"ls\",\"timeout\":5}" } }] },
	{ role: "tool_result", tool_call_id: "c1", tool_name: "exec",
		arguments: { command: "ls" }, success: true, historyIndex: 2,
		result: { stdout: "a\n", stderr: "", exit_code: 0 } },
	{ role: "assistant", content: "done", historyIndex: 3, run_id: "r1" },
];

test("the history shows the same cards", () => {
	const thread = loadHistory(OPEN, STORED, false);
	assert.deepEqual(kinds(thread), ["user", "assistant", "tool", "assistant"]);
	const card = tool(thread);
	assert.equal(card.state, "done");
	assert.equal(card.output[0]?.text, "a\n");
	assert.deepEqual(card.args, { command: "ls", timeout: 5 });
	assert.equal(card.runId, "r1");
});

test("a result whose call is not shown has its own card", () => {
	const thread = loadHistory(OPEN, STORED.filter((one) => one.historyIndex !== 1), false);
	assert.deepEqual(kinds(thread), ["user", "tool", "assistant"]);
	assert.equal(commandOf(tool(thread)), "ls");
});

test("history after the live run doubles nothing and keeps the ids", () => {
	const live = play(asked(), { state: "delta", text: "I look." }, start("c1"),
		end("c1", { stdout: "a\n" }), { state: "final", text: "done", messageIndex: 3 });
	const thread = loadHistory(live, STORED, false);
	assert.deepEqual(thread.items.map((item) => item.id),
		live.items.map((item) => item.id));
});

test("a running call stays when the history is read again", () => {
	const live = play(asked(), { state: "delta", text: "I look." }, start("c1"),
		print("c1", "x"));
	const thread = loadHistory(live, STORED.slice(0, 1), false);
	assert.deepEqual(kinds(thread), ["user", "assistant", "tool", "assistant"]);
	assert.equal(tool(thread).state, "running");
});

test("the same call id in another run is another call", () => {
	const again = STORED.map((one) => ({ ...one,
		historyIndex: one.historyIndex! + 4,
		...(one.run_id === undefined ? {} : { run_id: "r2" }) }));
	const thread = loadHistory(OPEN, [...STORED, ...again], false);
	assert.equal(tools(thread).length, 2);
	assert.equal(new Set(thread.items.map((item) => item.id)).size, 8);
});

test("a call without a result and one that failed", () => {
	const thread = loadHistory(OPEN, [STORED[0]!, { ...STORED[1]!, tool_calls: [
		...STORED[1]!.tool_calls!, { id: "c2", function: { name: "read_file",
			arguments: "{\"path\":\"x\"" } }] },
	{ role: "tool_result", tool_call_id: "c1", tool_name: "exec", success: false,
		error: "approval timed out", historyIndex: 2 }], false);
	assert.deepEqual(tools(thread).map((item) => item.state), ["failed", "left"]);
	assert.equal(tools(thread)[0]?.error?.title, "approval timed out");
	assert.equal(subjectOf(tools(thread)[1]!), "{\"path\":\"x\"");
});

test("older pages bring their cards above", () => {
	const thread = mergeOlder(loadHistory(OPEN, STORED.slice(3), true),
		STORED.slice(0, 3), false);
	assert.deepEqual(kinds(thread), ["user", "assistant", "tool", "assistant"]);
});

test("files: a list, a text, a size", () => {
	const answer = (result: unknown) => tool(loadHistory(OPEN, [{
		role: "tool_result", tool_call_id: "c", tool_name: "list_files",
		success: true, result }], false)).answer;
	assert.equal(answer({ path: ".", truncated: false, entries: [
		{ name: "src", type: "folder" }, { name: "a", type: "file", size: 1200 }] }),
	"src/\na  1,200 bytes");
	assert.equal(answer({ path: ".", entries: [] }), "The folder is empty.");
	assert.equal(answer({ path: "a", content: "text", size: 4 }), "text");
	assert.equal(answer({ path: "a", bytes_written: 4 }), "4 bytes written.");
});

test("a command that a person changed shows what ran and what was asked", () => {
	const card = tool(play(asked(), start("c1", "rm a"), end("c1",
		{ command: "ls", asked: "rm a", changed_by_user: true })));
	assert.equal(commandOf(card), "ls");
	assert.equal(askedFor(card), "rm a");
	assert.equal(askedFor(tool(play(asked(), start("c1"), end("c1")))), null);
});
