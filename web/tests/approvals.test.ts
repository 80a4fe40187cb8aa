/* What each event does to the commands that wait for a person. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApprovalPast, ApprovalRequest } from "../src/api/types";
import {
	clockText, EMPTY_BOOK, onAnswer, onList, onPast, onRefusal, onRequested,
	onResolved, pendingOf, secondsLeft, type Book,
} from "../src/state/approval_book";

function ask(requestId: string, over: Partial<ApprovalRequest> = {}): ApprovalRequest {
	return {
		requestId, command: "touch x", cwd: "/workspace", timeoutSecs: 30,
		reason: "not known to be harmless", floor: false, sessionKey: "main",
		runId: "r1", toolCallId: "c1", createdAt: 1000, expiresAt: 121_000,
		sandbox: { backend: "bwrap", image: "", network: "none" }, envNames: [],
		...over,
	};
}

const one = () => onRequested(EMPTY_BOOK, ask("a"));
const state = (book: Book, id = "a") => book.get(id)?.state;

test("a request waits, once, however often it is told", () => {
	const book = onRequested(one(), ask("a", { command: "something else" }));
	assert.equal(pendingOf(book).length, 1);
	assert.equal(book.get("a")?.request.command, "touch x");
});

test("the oldest question comes first, each in its conversation", () => {
	let book = onRequested(one(), ask("b", { createdAt: 500, sessionKey: "s2" }));
	book = onRequested(book, ask("c", { createdAt: 2000 }));
	assert.deepEqual(pendingOf(book).map((entry) => entry.id), ["b", "a", "c"]);
	assert.deepEqual(pendingOf(book, "main").map((entry) => entry.id), ["a", "c"]);
});

test("each decision is shown as what it is", () => {
	for (const decision of ["approved", "denied", "modified", "timeout", "cancelled"]) {
		const book = onResolved(one(), { requestId: "a", decision,
			command: "touch y", decidedBy: "ann", via: "web" }, 5);
		assert.equal(state(book), decision);
		assert.equal(book.get("a")?.decidedBy, "ann");
		assert.equal(book.get("a")?.finalCommand,
			decision === "modified" ? "touch y" : null);
		assert.equal(pendingOf(book).length, 0);
	}
});

test("a replayed request does not wake what was decided", () => {
	const done = onResolved(one(), { requestId: "a", decision: "denied",
		decidedBy: "ann", via: "web" }, 5);
	assert.equal(onRequested(done, ask("a")), done);
});

test("the first decision stays, whatever comes later", () => {
	const done = onResolved(one(), { requestId: "a", decision: "timeout" }, 5);
	assert.equal(state(onResolved(done, { requestId: "a", decision: "approved",
		decidedBy: "ann" }, 6)), "timeout");
	assert.equal(onResolved(done, { requestId: "a", decision: "timeout" }, 9)
		.get("a")?.decidedAt, 5);
});

test("a decision on an unknown request changes nothing", () => {
	assert.equal(onResolved(EMPTY_BOOK, { requestId: "z", decision: "denied" }, 1),
		EMPTY_BOOK);
	assert.equal(onRefusal(EMPTY_BOOK, "z", "no such request"), EMPTY_BOOK);
});

test("the list brings what came before this page", () => {
	const book = onList(EMPTY_BOOK, { pending: ["a", "b"],
		requests: [ask("a"), ask("b")] });
	assert.equal(pendingOf(book).length, 2);
});

test("what is no longer on the list has ended; the history says how", () => {
	const book = onList(one(), { pending: [], requests: [] });
	assert.equal(state(book), "gone");
	const past: ApprovalPast = { ...ask("a"), status: "finished",
		decision: "modified", finalCommand: "ls", decidedAt: 77,
		decidedBy: "ann", decidedVia: "api_key", exitCode: 0, note: null };
	const known = onPast(book, [past]);
	assert.equal(state(known), "modified");
	assert.equal(known.get("a")?.finalCommand, "ls");
	assert.equal(known.get("a")?.via, "api_key");
});

test("the history does not touch what still waits", () => {
	const past: ApprovalPast = { ...ask("a"), status: "denied",
		decision: "denied", decidedAt: 1, decidedBy: "x", exitCode: null };
	const book = one();
	assert.equal(onPast(book, [past]), book);
});

test("an event tells the end of what ended unseen", () => {
	const gone = onList(one(), { pending: [], requests: [] });
	assert.equal(state(onResolved(gone, { requestId: "a", decision: "denied",
		decidedBy: "ann" }, 9)), "denied");
});

test("the server's answer and its event together are one decision", () => {
	const answered = onAnswer(one(), "a", { decision: "denied", command: "touch x",
		note: "no", by: "ann" }, 5);
	const both = onResolved(answered, { requestId: "a", decision: "denied",
		decidedBy: "ann", via: "web" }, 9);
	assert.equal(both.get("a")?.note, "no");
	assert.equal(both.get("a")?.decidedAt, 5);
	/* The event may be first. */
	const early = onResolved(one(), { requestId: "a", decision: "denied",
		decidedBy: "ann", via: "web" }, 4);
	assert.equal(onAnswer(early, "a", { decision: "denied", command: "touch x",
		note: "no", by: "ann" }, 5).get("a")?.note, "no");
});

test("an unchanged command is approved, not changed", () => {
	const book = onAnswer(one(), "a", { decision: "approved", command: "touch x",
		note: "", by: "ann" }, 5);
	assert.equal(book.get("a")?.finalCommand, null);
});

test("somebody was faster: the card says what was decided", () => {
	const book = onRefusal(one(), "a", "already decided: denied");
	assert.equal(state(book), "denied");
	assert.equal(book.get("a")?.refusal, "already decided: denied");
});

test("nothing to decide any more is said as it is", () => {
	const book = onRefusal(one(), "a", "no such request: it is unknown");
	assert.equal(state(book), "gone");
	const late = onRefusal(onResolved(one(), { requestId: "a",
		decision: "timeout" }, 1), "a", "no such request");
	assert.equal(state(late), "timeout");
});

test("the time left is never below zero and reads as minutes", () => {
	assert.equal(secondsLeft(ask("a"), 1000), 120);
	assert.equal(secondsLeft(ask("a"), 120_500), 1);
	assert.equal(secondsLeft(ask("a"), 999_999), 0);
	assert.equal(clockText(120), "2:00");
	assert.equal(clockText(9), "0:09");
});
