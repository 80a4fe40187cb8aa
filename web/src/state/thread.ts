/*
 * One conversation as the screen shows it, and how it changes.
 *
 * Pure functions from a thread and something that happened to the next
 * thread; nothing here reads a clock, a socket or the page, so that every rule
 * (echoes, replays, retries, stops) can be tested.  Items that did not change
 * keep their identity, and the parts that draw them rely on that.
 */
import type {
	ChatEvent, ChatFault, Content, FailedTurn, QueuedTurn, StoredMessage,
} from "../api/types";
import {
	emptyTool, endTool, ghostTool, leaveTool, printTool, startTool,
	storedTools, type ToolItem,
} from "./tools";

export interface UserItem {
	kind: "user";
	id: string;
	text: string;
	at: number;
	index: number | null;
	seq: number | null;
	runId: string | null;
	status: "sending" | "sent" | "queued" | "cancelled" | "failed";
	/* When "failed": why. */
	reason: string | null;
	/* Its run has ended, with or without an answer to show. */
	over: boolean;
}

export interface AssistantItem {
	kind: "assistant";
	id: string;
	text: string;
	at: number;
	index: number | null;
	runId: string | null;
	state: "thinking" | "retrying" | "streaming" | "done" | "stopped";
	/* The beginning of the text was missed; the final text will have it. */
	partial: boolean;
	model: string | null;
	provider: string | null;
	tokens: { input: number; output: number } | null;
	/* Said on the way to a tool call: not the answer of its run. */
	step: boolean;
	/* While it thinks: the tool it waits for. */
	waitsFor: string | null;
}

/* Where a command waits for a person; what it is about is in approvals.ts. */
export interface ApprovalItem {
	kind: "approval";
	id: string;
	at: number;
	runId: string | null;
	requestId: string;
	callId: string | null;
}

export interface FaultItem {
	kind: "fault";
	id: string;
	at: number;
	runId: string | null;
	title: string;
	detail: string;
	resetsAt: number | null;
}

export interface NoteItem {
	kind: "note";
	id: string;
	at: number;
	text: string;
}

export type Item =
	| UserItem | AssistantItem | FaultItem | NoteItem | ToolItem | ApprovalItem;

export interface Thread {
	items: Item[];
	/* The history was read at least once. */
	loaded: boolean;
	/* Older messages exist on the server. */
	more: boolean;
	/* The server says a run is active, though none is on the screen yet. */
	busy: boolean;
}

export const EMPTY_THREAD: Thread = {
	items: [], loaded: false, more: false, busy: false,
};

export function textOfContent(content: Content | undefined): string {
	if (content === undefined)
		return "";
	if (typeof content === "string")
		return content;
	return content.map((block) =>
		block.type === "text" ? block.text ?? "" : "[image]").join("\n\n");
}

export function isLive(item: Item): item is AssistantItem {
	return item.kind === "assistant" && item.state !== "done" &&
		item.state !== "stopped";
}

/* The run that a stop button would stop. */
export function liveRun(thread: Thread): AssistantItem | null {
	return thread.items.find(isLive) ?? null;
}

export function isBusy(thread: Thread): boolean {
	return thread.busy || liveRun(thread) !== null;
}

function replace(thread: Thread, old: Item, next: Item): Thread {
	return {
		...thread,
		items: thread.items.map((item) => (item === old ? next : item)),
	};
}

function remove(thread: Thread, old: Item): Thread {
	return { ...thread, items: thread.items.filter((item) => item !== old) };
}

/* An answer stands after its question even when others were asked since. */
function insertAfterRun(thread: Thread, runId: string | null, item: Item): Thread {
	const items = thread.items.slice();
	let at = items.length;

	if (runId !== null) {
		for (let i = items.length - 1; i >= 0; i--) {
			const other = items[i];
			if (other !== undefined && other.kind !== "note" &&
			    other.runId === runId) {
				at = i + 1;
				break;
			}
		}
	}
	items.splice(at, 0, item);
	return { ...thread, items };
}

function findUser(thread: Thread, runId: string | null): UserItem | undefined {
	return thread.items.find((item): item is UserItem =>
		item.kind === "user" && runId !== null && item.runId === runId);
}

function findAnswer(thread: Thread, runId: string | null): AssistantItem | undefined {
	return thread.items.find((item): item is AssistantItem =>
		item.kind === "assistant" && !item.step && runId !== null &&
		item.runId === runId);
}

/* What happens on the way to an answer stands before it. */
function insertBeforeAnswer(thread: Thread, runId: string | null, item: Item): Thread {
	const answer = runId === null ? liveRun(thread) : findAnswer(thread, runId);

	if (answer === undefined || answer === null)
		return insertAfterRun(thread, runId, item);
	const items = thread.items.slice();
	items.splice(items.indexOf(answer), 0, item);
	return { ...thread, items };
}

function isOfCall(item: Item, callId: string, runId: string | null): boolean {
	return (item.kind === "tool" || item.kind === "approval") &&
		item.callId === callId && (item.runId === runId ||
			item.runId === null || runId === null);
}

function findTool(
	thread: Thread, callId: string, runId: string | null,
): ToolItem | undefined {
	return thread.items.find((item): item is ToolItem =>
		item.kind === "tool" && isOfCall(item, callId, runId));
}

/* ---- what the reader does ------------------------------------------- */

export function addOptimistic(
	thread: Thread, seq: number, text: string, now: number,
): Thread {
	const item: UserItem = {
		kind: "user", id: `o:${seq}`, text, at: now, index: null, seq,
		runId: null, status: "sending", reason: null, over: false,
	};
	return { ...thread, items: [...thread.items, item] };
}

function bySeq(thread: Thread, seq: number): UserItem | undefined {
	return thread.items.find((item): item is UserItem =>
		item.kind === "user" && item.seq === seq);
}

/* The server took the message.  Unless it waits in the queue, its answer is on
 * the screen at once: the first event of the run may take a moment. */
export function markSent(
	thread: Thread, seq: number, runId: string | null, queued: boolean,
	now: number,
): Thread {
	const item = bySeq(thread, seq);

	if (item === undefined)
		return thread;
	const run = runId ?? item.runId;
	/* Sent again after a break: the history has brought it meanwhile. */
	if (thread.items.some((other) => other !== item && other.kind === "user" &&
	    run !== null && other.runId === run))
		return remove(thread, item);
	/* The run's events may have overtaken the server's reply. */
	const started = item.over || findAnswer(thread, run) !== undefined ||
		isSettled(thread, run) ||
		(item.index !== null && item.status !== "queued");
	const next = replace(thread, item, {
		...item,
		runId: run,
		status: queued && !started ? "queued" : "sent",
		reason: null,
	});
	return queued || started || run === null || item.status === "queued" ? next
		: insertAfterRun(next, run, newAnswer(run, now));
}

export function markFailed(thread: Thread, seq: number, reason: string): Thread {
	const item = bySeq(thread, seq);

	return item === undefined ? thread :
		replace(thread, item, { ...item, status: "failed", reason });
}

export function removeItem(thread: Thread, id: string): Thread {
	return { ...thread, items: thread.items.filter((item) => item.id !== id) };
}

/* The stream had a hole: what is there is the beginning, the rest is lost
 * until the final text comes. */
export function markGap(thread: Thread): Thread {
	const runs = (item: Item): item is ToolItem =>
		item.kind === "tool" && item.state === "running";

	if (!thread.items.some((item) => isLive(item) || runs(item)))
		return thread;
	return {
		...thread,
		items: thread.items.map((item) => (isLive(item)
			? { ...item, text: "", partial: true, state: "thinking" as const }
			: runs(item) ? { ...item, partial: true } : item)),
	};
}

/* The server runs nothing here: whatever still looks alive has ended unseen. */
export function dropLive(thread: Thread): Thread {
	return {
		...thread, busy: false,
		items: thread.items.filter((item) => !isLive(item)).map((item) =>
			(item.kind === "tool" ? leaveTool(item) : item)),
	};
}

/* A command of this conversation waits for a person: after its call, else
 * before the answer it is needed for. */
export function placeApproval(
	thread: Thread,
	ask: { requestId: string; runId: string | null; callId: string | null },
	now: number,
): Thread {
	const item: ApprovalItem = { kind: "approval", id: `p:${ask.requestId}`, at: now, ...ask };

	if (thread.items.some((other) => other.id === item.id))
		return thread;
	return insertOfRun(thread, item);
}

function insertOfRun(thread: Thread, item: ApprovalItem | ToolItem): Thread {
	const { callId } = item;
	const at = callId === null ? -1 : thread.items.findIndex((other) =>
		isOfCall(other, callId, item.runId));

	if (at < 0)
		return insertBeforeAnswer(thread, item.runId, item);
	const items = thread.items.slice();
	items.splice(item.kind === "approval" ? at + 1 : at, 0, item);
	return { ...thread, items };
}

/* ---- history --------------------------------------------------------- */

/* Of a run without an id of its own: that of the message before it. */
function itemsFromStored(history: StoredMessage[]): Item[] {
	const out: Item[] = [];
	let runId: string | null = null;

	history.forEach((message, position) => {
		runId = message.run_id ?? (message.role === "user" ? null : runId);
		const item = itemFromStored(message, position);
		if (item !== null)
			out.push(item);
		if (message.tool_calls !== undefined || message.role === "tool_result")
			storedTools(out, message, position, runId);
	});
	return out;
}

function itemFromStored(message: StoredMessage, position: number): Item | null {
	const index = message.historyIndex ?? position;
	const text = textOfContent(message.content);
	const at = message.created_at ?? 0;
	const runId = message.run_id ?? null;

	if (message.role === "user") {
		return {
			kind: "user", id: `h:${index}`, text, at, index,
			seq: message.seq ?? null, runId, status: "sent", reason: null,
			over: true,
		};
	}
	if (message.role === "assistant" && text.trim() !== "") {
		return {
			kind: "assistant", id: `h:${index}`, text, at, index, runId,
			state: message.aborted === true ? "stopped" : "done",
			partial: false,
			model: message.model ?? null,
			provider: message.provider ?? null,
			tokens: message.outputTokens === undefined ? null : {
				input: message.inputTokens ?? 0,
				output: message.outputTokens,
			},
			step: (message.tool_calls ?? []).length > 0,
			waitsFor: null,
		};
	}
	return null;
}

function sameMessage(a: Item, b: Item): boolean {
	if (a.kind === "user" && b.kind === "user") {
		return (a.index !== null && a.index === b.index) ||
			(a.runId !== null && a.runId === b.runId) ||
			(a.seq !== null && a.seq === b.seq && a.text === b.text);
	}
	if (a.kind === "assistant" && b.kind === "assistant") {
		return (a.index !== null && a.index === b.index) ||
			(a.runId !== null && a.runId === b.runId && a.step === b.step &&
				(a.step ? a.text.trim() === b.text.trim()
					: a.state !== "done" || b.state !== "done"));
	}
	if (a.kind === "tool" && b.kind === "tool")
		return isOfCall(a, b.callId, b.runId);
	return false;
}

/* A question that waited in the queue is stored before the answer to the one
 * before it; on the screen each answer follows its question. */
function answersAfterQuestions(items: Item[]): Item[] {
	const asked = new Map<string, UserItem>();
	const answers = new Map<UserItem, Item[]>();
	const out: Item[] = [];

	for (const item of items) {
		if (item.kind === "user" && item.runId !== null)
			asked.set(item.runId, item);
	}
	const questionOf = (item: Item) =>
		((item.kind === "assistant" || item.kind === "tool") &&
		item.runId !== null ? asked.get(item.runId) : undefined);

	for (const item of items) {
		const user = questionOf(item);
		if (user !== undefined)
			answers.set(user, [...answers.get(user) ?? [], item]);
	}
	for (const item of items) {
		if (questionOf(item) !== undefined)
			continue;
		out.push(item);
		if (item.kind === "user")
			out.push(...answers.get(item) ?? []);
	}
	return out;
}

/* Puts ITEM, known to OLD only, where it stood: after its question, or after
 * the nearest earlier item that is still there. */
function insertKept(next: Thread, old: Thread, item: Item): Thread {
	if (item.kind === "tool" || item.kind === "approval")
		return insertOfRun(next, item);
	if (item.kind === "assistant" && item.step)
		return insertBeforeAnswer(next, item.runId, item);
	if (item.kind !== "note" && next.items.some((other) =>
		other.kind === "user" && item.runId !== null &&
		other.runId === item.runId))
		return insertAfterRun(next, item.runId, item);
	for (let i = old.items.indexOf(item) - 1; i >= 0; i--) {
		const at = next.items.findIndex((other) => other.id === old.items[i]?.id);
		if (at >= 0) {
			const items = next.items.slice();
			items.splice(at + 1, 0, item);
			return { ...next, items };
		}
	}
	/* It stood first: before whatever followed it. */
	const follower = next.items.findIndex((other) =>
		old.items.some((one) => one.id === other.id));
	const at = follower < 0 ? next.items.length : follower;
	return {
		...next,
		items: [...next.items.slice(0, at), item, ...next.items.slice(at)],
	};
}

/* What the server has stored wins; what only this page knows (messages on
 * their way, a running answer, error cards) stays. */
export function loadHistory(
	thread: Thread, history: StoredMessage[], more: boolean,
): Thread {
	const items = itemsFromStored(history).map((item) => {
		const old = thread.items.find((other) => sameMessage(other, item));
		return old === undefined ? item : { ...item, id: old.id };
	});
	let next: Thread = {
		items: answersAfterQuestions(items), loaded: true, more,
		busy: thread.busy,
	};

	for (const item of thread.items) {
		const mine = item.kind === "fault" || item.kind === "approval" ||
			(item.kind === "assistant" && (item.state !== "done" ||
				(item.step && item.index === null))) ||
			((item.kind === "user" || item.kind === "tool") &&
				item.index === null);
		if (mine && !items.some((other) => sameMessage(item, other)))
			next = insertKept(next, thread, item);
	}
	return next;
}

/* Runs that failed, each at its question, if that is here. */
export function placeFailures(
	thread: Thread, failed: FailedTurn[], sessionKey: string,
): Thread {
	return failed.reduce((now, turn) => {
		if (findUser(now, turn.runId) === undefined)
			return now;
		const next = onError(now, {
			state: "error", sessionKey, runId: turn.runId,
			...(turn.error === null ? {} : { error: turn.error }),
		}, turn.at);
		return { ...next, busy: now.busy };
	}, thread);
}

/* What the history does not hold: runs that failed, and messages that wait.  A
 * waiting one that the server does not know any more was taken out elsewhere. */
export function loadTurns(
	thread: Thread, queued: QueuedTurn[], failed: FailedTurn[], sessionKey: string,
): Thread {
	const next = queued.reduce((now, turn) => onQueued(now, {
		state: "queued", sessionKey, runId: turn.runId, text: turn.text,
		seq: turn.seq ?? null,
	}, turn.createdAt), placeFailures(thread, failed, sessionKey));

	return {
		...next,
		items: next.items.map((item) => (item.kind === "user" &&
			item.status === "queued" && item.runId !== null &&
			!queued.some((turn) => turn.runId === item.runId)
			? { ...item, status: "cancelled" as const } : item)),
	};
}

/* Older messages, from whatever page of the history they came. */
export function mergeOlder(
	thread: Thread, history: StoredMessage[], more: boolean,
): Thread {
	const fresh = itemsFromStored(history).filter((item) =>
		!thread.items.some((other) => sameMessage(other, item)));
	const first = thread.items.find((item) => "index" in item && item.index !== null);
	const limit = first !== undefined && "index" in first ? first.index : null;
	const older = fresh.filter((item) => "index" in item &&
		(limit === null || (item.index !== null && item.index < limit)));

	return { ...thread, items: [...older, ...thread.items], more };
}

/* ---- events ---------------------------------------------------------- */

function newAnswer(runId: string | null, now: number): AssistantItem {
	return {
		kind: "assistant", id: `a:${runId ?? now}`, text: "", at: now,
		index: null, runId, state: "thinking", partial: false, model: null,
		provider: null, tokens: null, step: false, waitsFor: null,
	};
}

/* The live answer of a run; undefined when the run is already over. */
function ensureLive(
	thread: Thread, ev: ChatEvent, now: number,
): [Thread, AssistantItem | undefined] {
	const runId = ev.runId ?? liveRun(thread)?.runId ?? null;
	const known = runId === null ? liveRun(thread) : findAnswer(thread, runId);

	if (known !== undefined && known !== null)
		return [thread, isLive(known) ? known : undefined];
	if (isSettled(thread, runId))
		return [thread, undefined];
	const item = newAnswer(runId, now);
	/* A stream joined in the middle starts with a piece of text. */
	item.partial = ev.state === "delta";
	let next = insertAfterRun({ ...thread, busy: false }, runId, item);
	const user = findUser(next, runId);
	if (user !== undefined && user.status !== "sent")
		next = replace(next, user, { ...user, status: "sent" });
	return [next, item];
}

/* The run ended in an error or was stopped before its first word. */
function isSettled(thread: Thread, runId: string | null): boolean {
	return runId !== null && thread.items.some((item) =>
		item.id === `f:${runId}` || item.id === `n:${runId}`);
}

function onUserMessage(thread: Thread, ev: ChatEvent, now: number): Thread {
	const index = ev.messageIndex ?? null;
	const runId = ev.runId ?? null;
	const found = thread.items.find((item): item is UserItem =>
		item.kind === "user" && (
			(runId !== null && item.runId === runId) ||
			(index !== null && item.index === index) ||
			(item.seq !== null && item.seq === ev.seq &&
				item.text === ev.text && item.index === null)));

	if (found !== undefined) {
		return replace(thread, found, {
			...found,
			index: index ?? found.index,
			runId: runId ?? found.runId,
			status: "sent",
			reason: null,
		});
	}
	const item: UserItem = {
		kind: "user", id: `u:${runId ?? now}`, text: ev.text ?? "", at: now,
		index, seq: null, runId, status: "sent", reason: null, over: false,
	};
	return insertAfterRun(thread, null, item);
}

/* A waiting message joins the history only when its turn comes; until then
 * this event is all that other tabs learn of it. */
function onQueued(thread: Thread, ev: ChatEvent, now: number): Thread {
	const runId = ev.runId ?? null;
	const item = findUser(thread, runId) ?? thread.items.find(
		(one): one is UserItem => one.kind === "user" && one.runId === null &&
			one.seq !== null && one.seq === ev.seq && one.text === ev.text);

	if (item !== undefined) {
		return item.over || findAnswer(thread, runId) !== undefined ? thread
			: replace(thread, item, { ...item, runId, status: "queued" });
	}
	if (ev.text === undefined || runId === null)
		return thread;
	return insertAfterRun(thread, null, {
		kind: "user", id: `u:${runId}`, text: ev.text, at: now, index: null,
		seq: null, runId, status: "queued", reason: null, over: false,
	});
}

function onQueueCleared(thread: Thread): Thread {
	return {
		...thread,
		items: thread.items.map((item) =>
			(item.kind === "user" && item.status === "queued"
				? { ...item, status: "cancelled" as const } : item)),
	};
}

function onStream(thread: Thread, ev: ChatEvent, now: number): Thread {
	const [next, live] = ensureLive(thread, ev, now);

	if (live === undefined)
		return next;
	if (ev.state === "delta") {
		return replace(next, live, {
			...live, text: live.text + (ev.text ?? ""), state: "streaming",
			waitsFor: null,
		});
	}
	if (ev.state === "retrying") {
		return replace(next, live, {
			...live, text: "", partial: false, state: "retrying",
		});
	}
	if (ev.state === "thinking" && live.state === "retrying" && live.text === "")
		return replace(next, live, { ...live, state: "thinking" });
	return next;
}

/* What the model said before it called a tool stays, above the call; what it
 * says next is the answer. */
function splitStep(thread: Thread, live: AssistantItem): Thread {
	if (live.text.trim() === "")
		return thread;
	const steps = thread.items.filter((item) => item.kind === "assistant" &&
		item.step && item.runId === live.runId).length;
	const step: AssistantItem = {
		...live, id: `s:${live.runId ?? live.id}:${steps}`, step: true,
		state: "done",
	};
	const items = thread.items.flatMap((item): Item[] => (item === live
		? [step, { ...live, text: "", state: "thinking", partial: false }]
		: [item]));
	return { ...thread, items };
}

function setWaits(thread: Thread, runId: string | null, tool: string | null): Thread {
	const live = runId === null ? liveRun(thread) : findAnswer(thread, runId);

	return live === undefined || live === null || !isLive(live) ||
		live.waitsFor === tool ? thread
		: replace(thread, live, { ...live, waitsFor: tool });
}

function onToolStart(thread: Thread, ev: ChatEvent, now: number): Thread {
	const runId = ev.runId ?? liveRun(thread)?.runId ?? null;
	const callId = ev.toolCallId ?? "";
	const old = findTool(thread, callId, runId);

	if (old !== undefined)
		return replace(thread, old, startTool(old, ev));
	const [next, live] = ensureLive(thread, ev, now);
	if (live === undefined)
		return next;
	return setWaits(insertOfRun(splitStep(next, live),
		startTool(emptyTool(callId, runId, now), ev)), runId, ev.toolName ?? null);
}

/* Of a call whose start was missed there is at least what comes now. */
function onToolNews(thread: Thread, ev: ChatEvent, now: number): Thread {
	const runId = ev.runId ?? liveRun(thread)?.runId ?? null;
	const callId = ev.toolCallId ?? "";
	let next = thread;
	let tool = findTool(next, callId, runId);

	if (tool === undefined) {
		if (callId === "" || isSettled(thread, runId) ||
		    findAnswer(thread, runId)?.state === "done")
			return thread;
		tool = ghostTool(callId, runId, now, ev.toolName ?? "");
		next = insertOfRun(next, tool);
	}
	if (ev.state === "tool_output")
		return replace(next, tool, printTool(tool, ev));
	next = replace(next, tool, endTool(tool, ev, now));
	const running = next.items.find((item): item is ToolItem =>
		item.kind === "tool" && item.runId === runId && item.state === "running");
	return setWaits(next, runId, running?.name ?? null);
}

function onFinal(thread: Thread, ev: ChatEvent, now: number): Thread {
	const index = ev.messageIndex ?? null;
	const live = ev.runId === undefined ? liveRun(thread)
		: findAnswer(thread, ev.runId);
	const stored = thread.items.find((item) => item !== live &&
		item.kind === "assistant" && index !== null && item.index === index);

	if (stored !== undefined) {
		/* Replayed: the history already brought it. */
		return live !== undefined && live !== null && isLive(live)
			? remove(thread, live) : thread;
	}
	/* A silent answer. */
	if ((ev.text ?? "").trim() === "") {
		return live !== undefined && live !== null && isLive(live)
			? remove(thread, live) : thread;
	}
	const base = live ?? newAnswer(ev.runId ?? null, now);
	const done: AssistantItem = {
		...base,
		text: ev.text ?? "",
		index: index ?? base.index,
		state: "done",
		partial: false,
		waitsFor: null,
		model: ev.model ?? null,
		provider: ev.provider ?? null,
		tokens: ev.outputTokens === undefined ? null : {
			input: ev.inputTokens ?? 0, output: ev.outputTokens,
		},
	};
	if (live !== undefined && live !== null)
		return replace(thread, live, done);
	return insertAfterRun({ ...thread, busy: false }, done.runId, done);
}

function markOver(thread: Thread, runId: string | null): Thread {
	const user = findUser(thread, runId);
	const done = { ...thread, items: thread.items.map((item) =>
		(item.kind === "tool" && runId !== null && item.runId === runId
			? leaveTool(item) : item)) };

	return user === undefined || user.over ? done
		: replace(done, user, { ...user, over: true });
}

/* Ends what the run has on the screen: kept as stopped when there is text,
 * taken away otherwise. */
function settle(thread: Thread, runId: string | null, text: string | null): Thread {
	const live = runId === null ? liveRun(thread) : findAnswer(thread, runId);

	if (live === undefined || live === null || !isLive(live))
		return { ...thread, busy: false };
	const kept = text !== null && text !== "" ? text : live.text;
	return kept === ""
		? remove({ ...thread, busy: false }, live)
		: replace({ ...thread, busy: false }, live,
			{ ...live, text: kept, state: "stopped" });
}

export function faultText(fault: ChatFault | undefined): [string, string] {
	if (fault?.type === "timeout")
		return ["The answer took too long", fault.message ?? fault.detail ?? ""];
	return [
		fault?.title ?? "The answer failed",
		fault?.detail ?? fault?.message ?? "",
	];
}

function onError(thread: Thread, ev: ChatEvent, now: number): Thread {
	const runId = ev.runId ?? liveRun(thread)?.runId ?? null;
	const id = `f:${runId ?? now}`;

	if (thread.items.some((item) => item.id === id))
		return thread;
	const [title, detail] = faultText(ev.error);
	return insertAfterRun(settle(thread, runId, null), runId, {
		kind: "fault", id, at: now, runId, title, detail,
		resetsAt: ev.error?.resetsAt ?? null,
	});
}

function onAborted(thread: Thread, ev: ChatEvent, now: number): Thread {
	const runId = ev.runId ?? liveRun(thread)?.runId ?? null;
	const partial = textOfContent(ev.partialMessage?.content);
	const before = runId === null ? liveRun(thread) : findAnswer(thread, runId);
	const user = findUser(thread, runId);

	if (user?.status === "queued")
		return replace(thread, user, { ...user, status: "cancelled" });
	const next = settle(thread, runId, partial);

	if (before !== undefined && before !== null &&
	    next.items.some((item) => item.id === before.id))
		return next;
	const id = `n:${runId ?? now}`;
	if (next.items.some((item) => item.id === id))
		return next;
	return insertAfterRun(next, runId,
		{ kind: "note", id, at: now, text: "Stopped before an answer." });
}

/* Applies one chat event.  Unknown states change nothing, so that an older
 * page survives a newer server. */
export function reduceChat(thread: Thread, ev: ChatEvent, now: number): Thread {
	switch (ev.state) {
	case "user_message":
		return onUserMessage(thread, ev, now);
	case "queued":
		return onQueued(thread, ev, now);
	case "queue_cleared":
		return onQueueCleared(thread);
	case "iteration":
	case "thinking":
	case "thinking_done":
	case "delta":
	case "retrying":
		return onStream(thread, ev, now);
	case "tool_call_start":
		return onToolStart(thread, ev, now);
	case "tool_output":
	case "tool_call_end":
		return onToolNews(thread, ev, now);
	case "final":
		return markOver(onFinal(thread, ev, now), ev.runId ?? null);
	case "error":
		return markOver(onError(thread, ev, now), ev.runId ?? null);
	case "aborted":
		return markOver(onAborted(thread, ev, now), ev.runId ?? null);
	case "session_cleared":
		return { ...thread, items: [], more: false, busy: false };
	case "notice":
		return insertAfterRun(thread, null, {
			kind: "note", id: `n:${now}:${thread.items.length}`, at: now,
			text: [ev.title, ev.message].filter(Boolean).join(": "),
		});
	default:
		return thread;
	}
}
