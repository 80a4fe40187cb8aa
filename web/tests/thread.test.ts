/* What each event does to a conversation on the screen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatEvent, StoredMessage } from "../src/api/types";
import {
	addOptimistic, dropLive, EMPTY_THREAD, isBusy, loadHistory, liveRun,
	loadTurns, markFailed, markGap, markSent, mergeOlder, reduceChat, type AssistantItem,
	type Item, type Thread, type UserItem,
} from "../src/state/thread";

const KEY = "main";
const OPEN: Thread = { ...EMPTY_THREAD, loaded: true };

function play(thread: Thread, ...events: Partial<ChatEvent>[]): Thread {
	return events.reduce((now: Thread, ev) => reduceChat(now,
		{ sessionKey: KEY, state: "", ...ev } as ChatEvent, 1000), thread);
}

const kinds = (thread: Thread) => thread.items.map((item) => item.kind);

function only<T extends Item>(thread: Thread, kind: T["kind"]): T {
	const found = thread.items.filter((item) => item.kind === kind);
	assert.equal(found.length, 1, `one ${kind} in ${kinds(thread).join()}`);
	return found[0] as T;
}

const asked = () => markSent(addOptimistic(OPEN, 7, "hi", 1), 7, "r1", false, 2);

test("an own message is on the screen before the server answers", () => {
	const user = only<UserItem>(addOptimistic(OPEN, 7, "hi", 1), "user");
	assert.equal(user.status, "sending");
	assert.equal(user.text, "hi");
});

test("an accepted message shows its answer as thinking at once", () => {
	const thread = asked();
	assert.deepEqual(kinds(thread), ["user", "assistant"]);
	assert.equal(liveRun(thread)?.state, "thinking");
	assert.ok(isBusy(thread));
});

test("the echo of an own message is matched by its seq", () => {
	const thread = play(addOptimistic(OPEN, 7, "hi", 1),
		{ state: "user_message", text: "hi", seq: 7, runId: "r1", messageIndex: 0 });
	const user = only<UserItem>(thread, "user");
	assert.equal(user.status, "sent");
	assert.equal(user.runId, "r1");
	assert.equal(user.index, 0);
});

test("the echo before and after the reply leaves one message", () => {
	const echo = { state: "user_message", text: "hi", seq: 7, runId: "r1",
		messageIndex: 0 };
	only(play(asked(), echo), "user");
	only(markSent(play(addOptimistic(OPEN, 7, "hi", 1), echo), 7, "r1", false, 2),
		"user");
});

test("a message of another tab with the same seq stays its own", () => {
	const thread = play(addOptimistic(OPEN, 7, "hi", 1),
		{ state: "user_message", text: "other", seq: 7, runId: "r9", messageIndex: 0 });
	assert.equal(thread.items.length, 2);
});

test("a message of another tab appears", () => {
	const thread = play(OPEN,
		{ state: "user_message", text: "from afar", seq: 3, runId: "r2", messageIndex: 4 });
	assert.equal(only<UserItem>(thread, "user").text, "from afar");
});

test("deltas add up and the final text replaces them", () => {
	let thread = play(asked(), { state: "thinking", runId: "r1" },
		{ state: "delta", text: "Hel", runId: "r1" },
		{ state: "delta", text: "lo", runId: "r1" });
	let answer = only<AssistantItem>(thread, "assistant");
	assert.equal(answer.text, "Hello");
	assert.equal(answer.state, "streaming");
	assert.equal(answer.partial, false);
	thread = play(thread, { state: "final", text: "Hello!", runId: "r1", model: "m",
		provider: "demo", inputTokens: 1, outputTokens: 2, messageIndex: 1 });
	answer = only<AssistantItem>(thread, "assistant");
	assert.equal(answer.text, "Hello!");
	assert.equal(answer.state, "done");
	assert.equal(answer.provider, "demo");
	assert.deepEqual(answer.tokens, { input: 1, output: 2 });
	assert.ok(!isBusy(thread));
});

test("items that did not change keep their identity", () => {
	const before = play(asked(), { state: "delta", text: "a", runId: "r1" });
	const after = play(before, { state: "delta", text: "b", runId: "r1" });
	assert.equal(after.items[0], before.items[0]);
	assert.notEqual(after.items[1], before.items[1]);
});

test("a retry drops the partial text of its run", () => {
	const thread = play(asked(), { state: "delta", text: "half", runId: "r1" },
		{ state: "retrying", runId: "r1" });
	assert.equal(liveRun(thread)?.text, "");
	assert.equal(liveRun(thread)?.state, "retrying");
	const again = play(thread, { state: "thinking", runId: "r1" },
		{ state: "delta", text: "whole", runId: "r1" });
	assert.equal(liveRun(again)?.text, "whole");
});

test("a stream joined in the middle says so until the final text", () => {
	let thread = play(OPEN, { state: "delta", text: "…end", runId: "r5" });
	assert.equal(liveRun(thread)?.partial, true);
	thread = play(thread, { state: "final", text: "all of it", runId: "r5" });
	assert.equal(only<AssistantItem>(thread, "assistant").partial, false);
});

test("an error takes the empty answer away and shows a card", () => {
	const thread = play(asked(), { state: "thinking", runId: "r1" },
		{ state: "error", runId: "r1", error: { type: "auth_error",
			title: "Refused", detail: "The key is wrong." } });
	assert.deepEqual(kinds(thread), ["user", "fault"]);
	assert.ok(!isBusy(thread));
});

test("an error in the middle keeps the text that came", () => {
	const thread = play(asked(), { state: "delta", text: "part", runId: "r1" },
		{ state: "error", runId: "r1", error: { title: "Broken" } });
	assert.deepEqual(kinds(thread), ["user", "assistant", "fault"]);
	assert.equal(only<AssistantItem>(thread, "assistant").state, "stopped");
});

test("a replayed error makes no second card", () => {
	const error = { state: "error", runId: "r1", error: { title: "Broken" } };
	only(play(asked(), error, error), "fault");
});

test("a time-out has its own title", () => {
	const thread = play(asked(), { state: "error", runId: "r1",
		error: { type: "timeout", message: "600 s passed" } });
	const fault = thread.items.find((item) => item.kind === "fault");
	assert.ok(fault?.kind === "fault");
	assert.equal(fault.title, "The answer took too long");
	assert.equal(fault.detail, "600 s passed");
});

test("a stopped answer keeps its text, late deltas do not revive it", () => {
	const thread = play(asked(), { state: "delta", text: "half", runId: "r1" },
		{ state: "aborted", runId: "r1" },
		{ state: "delta", text: " more", runId: "r1" });
	const answer = only<AssistantItem>(thread, "assistant");
	assert.equal(answer.state, "stopped");
	assert.equal(answer.text, "half");
});

test("a stop before the first word leaves a note", () => {
	const thread = play(asked(), { state: "aborted", runId: "r1" });
	assert.deepEqual(kinds(thread), ["user", "note"]);
	assert.ok(!isBusy(play(thread, { state: "thinking_done", runId: "r1" })));
});

test("a silent final leaves nothing behind, even if the reply comes late", () => {
	let thread = play(addOptimistic(OPEN, 7, "hi", 1),
		{ state: "user_message", text: "hi", seq: 7, runId: "r1", messageIndex: 0 },
		{ state: "thinking", runId: "r1" },
		{ state: "final", text: "", runId: "r1" });
	thread = markSent(thread, 7, "r1", false, 2);
	assert.deepEqual(kinds(thread), ["user"]);
	assert.ok(!isBusy(thread));
});

test("a queued message waits and its answer follows it", () => {
	let thread = play(asked(), { state: "delta", text: "one", runId: "r1" });
	thread = markSent(addOptimistic(thread, 8, "next", 3), 8, "r2", true, 4);
	thread = play(thread, { state: "queued", runId: "r2" });
	assert.deepEqual(kinds(thread), ["user", "assistant", "user"]);
	assert.equal((thread.items[2] as UserItem).status, "queued");
	thread = play(thread, { state: "final", text: "one", runId: "r1", messageIndex: 2 },
		{ state: "iteration", runId: "r2" });
	assert.equal((thread.items[2] as UserItem).status, "sent");
	assert.deepEqual(kinds(thread), ["user", "assistant", "user", "assistant"]);
});

test("a message queued in another tab appears as waiting, then is asked", () => {
	let thread = play(asked(),
		{ state: "queued", runId: "r2", text: "theirs", seq: 99, position: 1 } as never);
	assert.equal((thread.items[2] as UserItem).status, "queued");
	thread = play(thread,
		{ state: "user_message", runId: "r2", text: "theirs", seq: 99, messageIndex: 2 });
	assert.equal(thread.items.length, 3);
	assert.equal((thread.items[2] as UserItem).status, "sent");
});

test("an own message is queued by an event that overtakes the reply", () => {
	let thread = addOptimistic(asked(), 8, "next", 3);
	thread = play(thread, { state: "queued", runId: "r2", text: "next", seq: 8 });
	thread = markSent(thread, 8, "r2", true, 4);
	assert.deepEqual(kinds(thread), ["user", "assistant", "user"]);
	assert.equal((thread.items[2] as UserItem).status, "queued");
});

test("a queued message that was sent again still waits", () => {
	let thread = markSent(addOptimistic(asked(), 8, "next", 3), 8, "r2", true, 4);
	thread = markSent(thread, 8, "r2", false, 5);
	assert.deepEqual(kinds(thread), ["user", "assistant", "user"]);
});

test("a queued message stopped elsewhere leaves the queue", () => {
	let thread = markSent(addOptimistic(asked(), 8, "next", 3), 8, "r2", true, 4);
	thread = play(thread, { state: "aborted", runId: "r2" });
	assert.equal((thread.items[2] as UserItem).status, "cancelled");
	assert.ok(isBusy(thread));
});

test("a message whose reply was lost is not doubled by sending it again", () => {
	let thread = addOptimistic(OPEN, 8, "lost reply", 3);
	thread = loadHistory(thread, [
		{ role: "user", content: "lost reply", historyIndex: 0, run_id: "r8" },
		{ role: "assistant", content: "got it", historyIndex: 1, run_id: "r8" },
	], false);
	thread = markSent(thread, 8, "r8", false, 5);
	assert.deepEqual(kinds(thread), ["user", "assistant"]);
	assert.ok(!isBusy(thread));
});

test("a stopped answer is one, on the screen and from the history", () => {
	const thread = play(asked(), { state: "delta", text: "half", runId: "r1" },
		{ state: "aborted", runId: "r1" });
	const again = loadHistory(thread, [stored[1]!, { role: "assistant",
		content: "half", historyIndex: 2, run_id: "r1", aborted: true }], false);
	assert.equal(only<AssistantItem>(again, "assistant").state, "stopped");
});

test("clearing the queue marks only what waits", () => {
	let thread = markSent(addOptimistic(asked(), 8, "next", 3), 8, "r2", true, 4);
	thread = play(thread, { state: "queue_cleared", count: 1 });
	const users = thread.items.filter((item) => item.kind === "user") as UserItem[];
	assert.deepEqual(users.map((user) => user.status), ["sent", "cancelled"]);
});

test("a refused message says why", () => {
	const user = only<UserItem>(
		markFailed(addOptimistic(OPEN, 7, "hi", 1), 7, "no model"), "user");
	assert.equal(user.status, "failed");
	assert.equal(user.reason, "no model");
});

test("clearing the session empties it", () => {
	assert.deepEqual(play(asked(), { state: "session_cleared" }).items, []);
});

test("unknown states change nothing", () => {
	const thread = asked();
	assert.equal(play(thread, { state: "hologram", runId: "r1" }), thread);
});

/* ---- history ---------------------------------------------------------- */

const stored: StoredMessage[] = [
	{ role: "system", content: "be kind", historyIndex: 0 },
	{ role: "user", content: "q", historyIndex: 1, run_id: "r1", seq: 7 },
	{ role: "assistant", content: "a", historyIndex: 2, run_id: "r1" },
	{ role: "assistant", content: " ", historyIndex: 3 },
	{ role: "tool_result", historyIndex: 4 },
];

test("history shows questions and answers only", () => {
	const thread = loadHistory(EMPTY_THREAD, stored, false);
	assert.deepEqual(kinds(thread), ["user", "assistant"]);
	assert.ok(thread.loaded);
	assert.ok(!isBusy(thread));
});

test("history read again doubles nothing and keeps the ids", () => {
	const live = play(asked(), { state: "final", text: "a", runId: "r1",
		messageIndex: 2 });
	const thread = loadHistory(live, stored, false);
	assert.deepEqual(thread.items.map((item) => item.id),
		live.items.map((item) => item.id));
});

test("history keeps a running answer and messages on their way", () => {
	let thread = play(asked(), { state: "delta", text: "par", runId: "r1" });
	thread = addOptimistic(thread, 9, "unsent", 5);
	thread = loadHistory(thread, stored.slice(0, 2), false);
	assert.deepEqual(kinds(thread), ["user", "assistant", "user"]);
	assert.equal(liveRun(thread)?.text, "par");
});

test("a refused message keeps its place when the history is read again", () => {
	let thread = play(asked(), { state: "final", text: "a", runId: "r1", messageIndex: 2 });
	thread = markFailed(addOptimistic(thread, 8, "refused", 3), 8, "no");
	thread = markSent(addOptimistic(thread, 9, "later", 4), 9, "r9", false, 5);
	thread = loadHistory(thread, [...stored,
		{ role: "user", content: "later", historyIndex: 5, run_id: "r9" }], false);
	assert.deepEqual(thread.items.map((item) => "text" in item && item.text),
		["q", "a", "refused", "later", ""]);
});

test("a refused message that stood first stays first", () => {
	let thread = markFailed(addOptimistic(OPEN, 6, "refused", 1), 6, "no");
	thread = markSent(addOptimistic(thread, 7, "q", 1), 7, "r1", false, 2);
	thread = loadHistory(thread, stored, false);
	assert.deepEqual(thread.items.map((item) => "text" in item && item.text),
		["refused", "q", "a"]);
});

test("an answer found in the history replaces its running copy", () => {
	const thread = loadHistory(
		play(asked(), { state: "delta", text: "par", runId: "r1" }), stored, false);
	assert.equal(only<AssistantItem>(thread, "assistant").text, "a");
	assert.ok(!isBusy(thread));
});

test("a replayed final that the history brought is dropped", () => {
	const thread = play(loadHistory(EMPTY_THREAD, stored, false),
		{ state: "user_message", text: "q", seq: 7, runId: "r1", messageIndex: 1 },
		{ state: "thinking", runId: "r1" },
		{ state: "final", text: "a", runId: "r1", messageIndex: 2 });
	assert.deepEqual(kinds(thread), ["user", "assistant"]);
});

test("a replayed final without run ids in the history is dropped too", () => {
	const bare = stored.map(({ run_id: _run, ...rest }) => rest);
	const thread = play(loadHistory(EMPTY_THREAD, bare, false),
		{ state: "thinking", runId: "r1" },
		{ state: "final", text: "a", runId: "r1", messageIndex: 2 });
	assert.deepEqual(kinds(thread), ["user", "assistant"]);
});

test("answers stand after their questions though stored later", () => {
	const thread = loadHistory(EMPTY_THREAD, [
		{ role: "user", content: "q1", historyIndex: 0, run_id: "r1" },
		{ role: "user", content: "q2", historyIndex: 1, run_id: "r2" },
		{ role: "assistant", content: "a1", historyIndex: 2, run_id: "r1" },
		{ role: "assistant", content: "a2", historyIndex: 3, run_id: "r2" },
	], false);
	assert.deepEqual(thread.items.map((item) => "text" in item && item.text),
		["q1", "a1", "q2", "a2"]);
});

test("blocks of a message become text", () => {
	const thread = loadHistory(EMPTY_THREAD, [{ role: "user", historyIndex: 0,
		content: [{ type: "text", text: "look" },
			{ type: "image_url", image_url: { url: "data:image/png;base64," } }] }],
	false);
	assert.equal(only<UserItem>(thread, "user").text, "look\n\n[image]");
});

test("older messages go in front, whatever else the page holds", () => {
	const thread = loadHistory(EMPTY_THREAD, stored.slice(1, 3), true);
	const more = mergeOlder(thread, [
		{ role: "user", content: "first", historyIndex: 0 },
		...stored.slice(1, 3),
	], false);
	assert.deepEqual(more.items.map((item) => "text" in item && item.text),
		["first", "q", "a"]);
	assert.ok(!more.more);
});

test("a broken connection empties running answers, not finished ones", () => {
	const thread = markGap(play(asked(), { state: "delta", text: "half", runId: "r1" }));
	assert.equal(liveRun(thread)?.text, "");
	assert.equal(liveRun(thread)?.partial, true);
	const done = play(asked(), { state: "final", text: "x", runId: "r1" });
	assert.equal(markGap(done), done);
});

test("a run that ended unseen is taken off the screen", () => {
	const thread = dropLive({ ...asked(), busy: true });
	assert.deepEqual(kinds(thread), ["user"]);
	assert.ok(!isBusy(thread));
});

const STORED: StoredMessage[] = [
	{ role: "user", content: "one", run_id: "r1", historyIndex: 0 },
	{ role: "user", content: "two", run_id: "r2", historyIndex: 1 },
	{ role: "assistant", content: "answer", run_id: "r2", historyIndex: 2 },
];
const FAILED = [{ runId: "r1", messageIndex: 0, at: 5,
	error: { type: "auth_error", title: "Refused", detail: "the key" } }];

test("a failed run is shown at its question when the page is opened", () => {
	const thread = loadTurns(loadHistory(EMPTY_THREAD, STORED, false), [], FAILED,
		KEY);
	assert.deepEqual(kinds(thread), ["user", "fault", "user", "assistant"]);
	const fault = thread.items[1];
	assert.ok(fault?.kind === "fault" && fault.title === "Refused" &&
		fault.detail === "the key" && fault.at === 5);
	assert.equal(isBusy(thread), false);
});

test("it is there once, however often the history is read", () => {
	const once = loadTurns(loadHistory(EMPTY_THREAD, STORED, false), [], FAILED,
		KEY);
	const twice = loadTurns(loadHistory(once, STORED, false), [], FAILED, KEY);
	assert.deepEqual(kinds(twice), kinds(once));
});

test("a failure whose question is on an older page waits for it", () => {
	const late = loadTurns(loadHistory(EMPTY_THREAD, STORED.slice(1), true), [],
		FAILED, KEY);
	assert.deepEqual(kinds(late), ["user", "assistant"]);
});

test("waiting messages are shown again, and those taken out are not", () => {
	const queued = [
		{ runId: "q1", text: "first", createdAt: 1, seq: null },
		{ runId: "q2", text: "second", createdAt: 2, seq: null },
	];
	const base = { ...loadHistory(EMPTY_THREAD, STORED, false), busy: true };
	const thread = loadTurns(base, queued, [], KEY);
	const users = thread.items.filter((item): item is UserItem =>
		item.kind === "user");
	assert.deepEqual(users.map((item) => [item.text, item.status]),
		[["one", "sent"], ["two", "sent"], ["first", "queued"],
			["second", "queued"]]);
	assert.ok(isBusy(thread), "the run before them goes on");
	const later = loadTurns(thread, queued.slice(1), [], KEY);
	assert.deepEqual(later.items.filter((item): item is UserItem =>
		item.kind === "user").map((item) => item.status),
	["sent", "sent", "cancelled", "queued"]);
});
