/*
 * The commands that wait for a person, and what became of those this page has
 * seen.  Pure: from a book and something that happened to the next book.
 *
 * The server's word wins in every case; what was decided never waits again,
 * whatever is replayed or comes late.
 */
import type {
	ApprovalList, ApprovalPast, ApprovalRequest, ApprovalResolved,
} from "../api/types";

export type ApprovalState =
	| "pending"
	| "approved"
	| "modified"
	| "denied"
	| "timeout"
	| "cancelled"
	| "gone";	/* no longer waiting, and nobody said why */

export interface Approval {
	id: string;
	request: ApprovalRequest;
	state: ApprovalState;
	/* What runs, when that is another text than was asked for. */
	finalCommand: string | null;
	decidedBy: string;
	via: string;
	note: string;
	decidedAt: number | null;
	/* Said by the server when it refused a decision made here. */
	refusal: string | null;
}

export type Book = ReadonlyMap<string, Approval>;

export const EMPTY_BOOK: Book = new Map();

const DECIDED: Record<string, ApprovalState> = {
	approved: "approved", modified: "modified", denied: "denied",
	timeout: "timeout", cancelled: "cancelled",
	/* Rows of the history say how far they came. */
	ready: "approved", started: "approved", finished: "approved",
};

export function stateOf(word: string): ApprovalState {
	return DECIDED[word] ?? "gone";
}

function put(book: Book, entry: Approval): Book {
	return new Map(book).set(entry.id, entry);
}

function fresh(request: ApprovalRequest): Approval {
	return {
		id: request.requestId, request, state: "pending", finalCommand: null,
		decidedBy: "", via: "", note: "", decidedAt: null, refusal: null,
	};
}

export function onRequested(book: Book, request: ApprovalRequest): Book {
	return book.has(request.requestId) ? book : put(book, fresh(request));
}

/* Nothing is known of a request that was not seen: no card, no change. */
export function onResolved(book: Book, ev: ApprovalResolved, now: number): Book {
	const entry = book.get(ev.requestId);

	if (entry === undefined)
		return book;
	const open = entry.state === "pending" || entry.state === "gone";
	if (!open && entry.decidedBy !== "")
		return book;
	const state = open ? stateOf(ev.decision) : entry.state;
	const final = state === "modified" && ev.command !== undefined
		? ev.command : entry.finalCommand;
	return put(book, {
		...entry, state, finalCommand: final,
		decidedBy: ev.decidedBy ?? "", via: ev.via ?? "",
		decidedAt: entry.decidedAt ?? now,
	});
}

/* The server's list of what waits.  What the page thought to be waiting and
 * is not on the list has ended unseen; how, the history tells. */
export function onList(book: Book, list: ApprovalList): Book {
	const waiting = new Set(list.pending);
	let next = list.requests.reduce(onRequested, book);

	for (const entry of next.values()) {
		if (entry.state === "pending" && !waiting.has(entry.id))
			next = put(next, { ...entry, state: "gone" });
	}
	return next;
}

/* Fills in how those ended of which only that is known. */
export function onPast(book: Book, past: ApprovalPast[]): Book {
	let next = book;

	for (const row of past) {
		const entry = next.get(row.requestId);
		if (entry === undefined || entry.state !== "gone" || row.status === "pending")
			continue;
		next = put(next, {
			...entry, state: stateOf(row.decision ?? row.status),
			finalCommand: row.decision === "modified"
				? row.finalCommand ?? null : null,
			decidedBy: row.decidedBy ?? "", via: row.decidedVia ?? "",
			note: row.note ?? "", decidedAt: row.decidedAt,
		});
	}
	return next;
}

/* Decided here: the answer of the server, before its event comes. */
export function onAnswer(
	book: Book, id: string,
	answer: { decision: string; command: string; note: string; by: string },
	now: number,
): Book {
	const entry = book.get(id);

	if (entry === undefined)
		return book;
	if (entry.state !== "pending")
		return put(book, { ...entry, note: answer.note });
	const state = stateOf(answer.decision);
	return put(book, {
		...entry, state, note: answer.note, decidedAt: now,
		decidedBy: answer.by, via: "web",
		finalCommand: state === "modified" ? answer.command : null,
	});
}

/* The server would not take the decision: somebody was faster, or there is
 * nothing to decide any more. */
export function onRefusal(book: Book, id: string, text: string): Book {
	const entry = book.get(id);

	if (entry === undefined)
		return book;
	const word = /already decided: (\w+)/.exec(text)?.[1];
	const state = entry.state !== "pending" ? entry.state
		: word === undefined ? "gone" : stateOf(word);
	return put(book, { ...entry, state, refusal: text });
}

export function pendingOf(book: Book, sessionKey?: string): Approval[] {
	return [...book.values()]
		.filter((entry) => entry.state === "pending" &&
			(sessionKey === undefined || entry.request.sessionKey === sessionKey))
		.sort((a, b) => a.request.createdAt - b.request.createdAt);
}

/* Seconds left, never below 0. */
export function secondsLeft(request: ApprovalRequest, now: number): number {
	return Math.max(0, Math.ceil((request.expiresAt - now) / 1000));
}

export function clockText(seconds: number): string {
	const rest = String(seconds % 60).padStart(2, "0");
	return `${Math.floor(seconds / 60)}:${rest}`;
}
