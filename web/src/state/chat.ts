/*
 * The open conversations: reads their history, sends messages, applies the
 * chat events.  The rules of what an event does are in thread.ts; this module
 * has the side effects.
 */
import { effect, signal, untracked, type Signal } from "@preact/signals";
import { rest } from "../api/rest";
import { DISCONNECTED, RpcError } from "../api/socket";
import type {
	ChatEvent, FailedTurn, PeekResult, SendResult, SwitchResult,
} from "../api/types";
import { MAIN_KEY } from "../routes";
import { newUuid, titleFromText } from "../text/plain";
import { pendingOf } from "./approval_book";
import { approvals, pending } from "./approvals";
import { link, may, onEvent, onGap, onLost, onOnline, request } from "./link";
import { loadModels } from "./models";
import {
	activeEntry, activeKey, loadSessions, onDeleted, reloadSessionsSoon,
	renameSession, running, setRunning, setUnread, sessions, touchSession,
	unread,
} from "./sessions";
import {
	addOptimistic, dropLive, EMPTY_THREAD, loadHistory, liveRun, loadTurns,
	markFailed, markGap, markSent, mergeOlder, placeApproval, placeFailures,
	reduceChat, removeItem,
	type Thread,
} from "./thread";
import { showError } from "./toasts";

/* Text events are applied together: at most 25 redraws a second. */
const FLUSH_MS = 40;
const GAP_REFRESH_MS = 10_000;
const PAGE = 60;

interface Outgoing {
	key: string;
	text: string;
	idempotencyKey: string;
	inFlight: boolean;
}

const threads = new Map<string, Signal<Thread>>();
/* Raised whenever a tool call ends, in any conversation. */
export const toolsEnded = signal(0);
/* Why a conversation could not be opened. */
export const openError = signal<string | null>(null);
export const drafts = new Map<string, string>();

const outbox = new Map<number, Outgoing>();
const loading = new Map<string, ChatEvent[]>();
const cursors = new Map<string, string | null>();
/* Runs that failed, also those whose question is on an older page. */
const failures = new Map<string, FailedTurn[]>();
let buffered: ChatEvent[] = [];
let flushTimer: ReturnType<typeof setTimeout> | null = null;
let lastGapRefresh = 0;
/* Starts at random so that two tabs of one account do not take each other's
 * echo for their own. */
let seq = crypto.getRandomValues(new Uint32Array(1))[0]! >>> 2;

export function threadOf(key: string): Signal<Thread> {
	let thread = threads.get(key);

	if (thread === undefined) {
		thread = signal(EMPTY_THREAD);
		threads.set(key, thread);
	}
	return thread;
}

function change(key: string, fn: (thread: Thread) => Thread): void {
	const thread = threadOf(key);
	thread.value = fn(thread.value);
}

/* ---- opening --------------------------------------------------------- */

/* Whoever may only read opens nothing: that would be a change. */
async function readSession(key: string): Promise<Pick<SwitchResult, "history" | "hasMore">> {
	if (may("operator.write")) {
		cursors.delete(key);
		return request<SwitchResult>("sessions.switch", { key });
	}
	const page = await rest.history(key, PAGE, null);
	cursors.set(key, page.nextCursor);
	return page;
}

/* Reads the conversation.  Events that arrive meanwhile wait, so that they
 * meet the history they belong to. */
async function load(key: string): Promise<void> {
	if (loading.has(key))
		return;
	loading.set(key, []);
	try {
		const result = await readSession(key);
		const turns = await peek(key);
		const { active, queued = [], failed = [] } = turns;
		const first = result.history[0]?.historyIndex ?? 0;
		change(key, (thread) => {
			const kept = active ? thread : dropLive(thread);
			const next = loadHistory(kept, result.history,
				result.hasMore ?? first > 0);
			return {
				...loadTurns(next, queued, failed, key),
				busy: active && liveRun(kept) === null,
			};
		});
		failures.set(key, failed);
		setRunning(key, active);
		placeApprovals(key);
		if (key === activeKey.value)
			openError.value = null;
	} catch (err) {
		if (key === activeKey.value && !isDisconnect(err))
			openError.value = (err as Error).message;
	} finally {
		const waiting = loading.get(key) ?? [];
		loading.delete(key);
		waiting.forEach(apply);
	}
}

/* What waits for a person stands in its conversation, also when the page came
 * later than the question. */
function placeApprovals(key: string): void {
	const asks = pendingOf(approvals.value, key);

	if (asks.length === 0)
		return;
	flush();
	change(key, (thread) => asks.reduce((next, { id, request: ask }) =>
		placeApproval(next, {
			requestId: id, runId: ask.runId ?? null,
			callId: ask.toolCallId ?? null,
		}, Date.now()), thread));
}

/* What the server is doing there right now, and what failed. */
function peek(key: string): Promise<PeekResult> {
	return request<PeekResult>("chat.peek", { sessionKey: key });
}

function isDisconnect(err: unknown): boolean {
	return err instanceof RpcError && err.code === DISCONNECTED;
}

export function openSession(key: string): void {
	activeKey.value = key;
	openError.value = null;
	setUnread(key, false);
	if (link.value.state === "online" && !threadOf(key).value.loaded)
		void load(key);
}

export async function loadOlder(key: string): Promise<void> {
	try {
		const page = await rest.history(key, PAGE, cursors.get(key) ?? null);
		cursors.set(key, page.nextCursor);
		change(key, (thread) => placeFailures(
			mergeOlder(thread, page.history, page.hasMore),
			failures.get(key) ?? [], key));
	} catch (err) {
		showError(err);
	}
}

/* ---- sending --------------------------------------------------------- */

export function send(key: string, text: string): void {
	const entry = activeEntry.value;
	const number = ++seq;

	if (key !== MAIN_KEY && entry?.key === key && !entry.label &&
	    threadOf(key).value.items.length === 0) {
		renameSession(key, titleFromText(text))
			.catch(() => { /* The message matters more than its title. */ });
	}
	change(key, (thread) => addOptimistic(thread, number, text, Date.now()));
	outbox.set(number, {
		key, text, idempotencyKey: newUuid(), inFlight: false,
	});
	void deliver(number);
}

/* A message that was under way when the connection broke is sent again with
 * the same key: the server takes it once. */
async function deliver(number: number): Promise<void> {
	const out = outbox.get(number);

	if (out === undefined || out.inFlight || link.value.state !== "online")
		return;
	out.inFlight = true;
	const model = sessions.value?.find((entry) => entry.key === out.key)?.model;
	try {
		const result = await request<SendResult>("chat.send", {
			text: out.text,
			sessionKey: out.key,
			_seq: number,
			idempotencyKey: out.idempotencyKey,
			...(model ? { model } : {}),
		});
		outbox.delete(number);
		flush();
		change(out.key, (thread) => markSent(thread, number,
			result.runId ?? null, result.queued === true, Date.now()));
	} catch (err) {
		out.inFlight = false;
		if (isDisconnect(err))
			return;
		outbox.delete(number);
		change(out.key, (thread) => markFailed(thread, number,
			(err as Error).message));
	}
}

export function sendAgain(key: string, id: string, text: string): void {
	change(key, (thread) => removeItem(thread, id));
	send(key, text);
}

export async function stopRun(key: string): Promise<void> {
	const run = liveRun(threadOf(key).value);

	try {
		await request("chat.abort", {
			sessionKey: key,
			...(run?.runId ? { runId: run.runId } : {}),
		});
	} catch (err) {
		showError(err);
	}
}

/* Takes one waiting message out of the queue, or all when it has no name. */
export async function cancelQueued(key: string, runId: string | null): Promise<void> {
	try {
		if (runId === null)
			await request("chat.cancel_queued", { sessionKey: key });
		else
			await request("chat.abort", { runId });
	} catch (err) {
		showError(err);
	}
}

/* ---- events ---------------------------------------------------------- */

function flush(): void {
	const events = buffered;

	buffered = [];
	if (flushTimer !== null)
		clearTimeout(flushTimer);
	flushTimer = null;
	events.forEach(applyNow);
}

function applyNow(ev: ChatEvent): void {
	change(ev.sessionKey, (thread) => reduceChat(thread, ev, Date.now()));
}

function apply(ev: ChatEvent): void {
	const waiting = loading.get(ev.sessionKey);

	if (waiting !== undefined) {
		waiting.push(ev);
		return;
	}
	/* Never opened: the history will tell. */
	if (!threadOf(ev.sessionKey).value.loaded)
		return;
	if (ev.state === "delta" || ev.state === "tool_output") {
		buffered.push(ev);
		flushTimer ??= setTimeout(flush, FLUSH_MS);
		return;
	}
	flush();
	applyNow(ev);
}

const STARTS = new Set(["iteration", "thinking", "delta", "retrying",
	"tool_call_start"]);
const ENDS = new Set(["final", "error", "aborted"]);

function noteInList(ev: ChatEvent): void {
	const key = ev.sessionKey;
	const stored = ev.state === "user_message" || ev.state === "final";

	if (STARTS.has(ev.state))
		setRunning(key, true);
	else if (ENDS.has(ev.state))
		setRunning(key, false);
	if (stored)
		touchSession(key, Date.now(), 1);
	if ((stored || ev.state === "error") && key !== activeKey.value)
		setUnread(key, true);
	if (ev.state === "session_cleared")
		reloadSessionsSoon();
	if (ev.state === "tool_call_end")
		toolsEnded.value++;
}

/* Of a run that was joined in the middle the history has the rest. */
function readMissed(ev: ChatEvent): void {
	const missed = ENDS.has(ev.state) && threadOf(ev.sessionKey).value.items
		.some((item) => item.kind === "tool" && item.partial &&
			item.runId === (ev.runId ?? null));

	if (missed)
		void load(ev.sessionKey).catch(() => { /* The next connect reads it. */ });
}

onEvent("chat", (payload) => {
	const ev = payload as ChatEvent;

	if (typeof ev?.sessionKey !== "string" || typeof ev.state !== "string")
		return;
	noteInList(ev);
	apply(ev);
	readMissed(ev);
});

/* ---- connection ------------------------------------------------------ */

function markAllStale(): void {
	running.value = new Set();
	for (const [key, thread] of threads) {
		if (key !== activeKey.value && thread.value.loaded)
			thread.value = { ...thread.value, loaded: false };
	}
}

async function refresh(): Promise<void> {
	await Promise.all([loadSessions(), loadModels(), load(activeKey.value)]);
}

onOnline((resumed) => {
	if (!resumed)
		markAllStale();
	/* Even after a resume the open conversation is read again: deltas are
	 * never replayed, so a run may have ended or lost its beginning. */
	refresh().then(
		() => outbox.forEach((_out, number) => void deliver(number)),
		(err) => {
			if (!isDisconnect(err))
				showError(err);
		},
	);
});

onLost(() => {
	flush();
	for (const thread of threads.values())
		thread.value = markGap(thread.value);
});

onGap(() => {
	const now = Date.now();

	if (now - lastGapRefresh < GAP_REFRESH_MS)
		return;
	lastGapRefresh = now;
	markAllStale();
	refresh().catch(() => { /* The next connect refreshes. */ });
});

onDeleted((key) => {
	threads.delete(key);
	drafts.delete(key);
	failures.delete(key);
});

effect(() => {
	const keys = new Set(pending.value.map((ask) => ask.request.sessionKey));

	for (const key of keys) {
		if (!loading.has(key) && untracked(() => threadOf(key).value.loaded))
			untracked(() => placeApprovals(key));
	}
});

/* The page's title names what is open and that something else is new. */
effect(() => {
	const entry = activeEntry.value;
	const mark = unread.value.size > 0 ? `(${unread.value.size}) ` : "";
	const asks = pending.value.length > 0 ? "Approval needed · " : "";
	document.title = `${mark}${asks}${entry?.label ? `${entry.label} · ` : ""}Moltis`;
});
