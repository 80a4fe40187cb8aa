/*
 * What waits for a person in this account: kept from events, read anew after
 * every connect, decided through here.  The rules are in approval_book.ts.
 */
import { computed, signal } from "@preact/signals";
import { ApiError, rest, type Decision } from "../api/rest";
import type {
	ApprovalList, ApprovalRequest, ApprovalResolved,
} from "../api/types";
import {
	EMPTY_BOOK, onAnswer, onList, onPast, onRefusal, onRequested, onResolved,
	pendingOf, type Book,
} from "./approval_book";
import { auth } from "./auth";
import { may, onEvent, onGap, onOnline, request } from "./link";

export const approvals = signal<Book>(EMPTY_BOOK);

export const pending = computed(() => pendingOf(approvals.value));

/* How many wait, by conversation. */
export const pendingBySession = computed(() => {
	const counts = new Map<string, number>();

	for (const { request: { sessionKey } } of pending.value)
		counts.set(sessionKey, (counts.get(sessionKey) ?? 0) + 1);
	return counts;
});

/* How far the server's clock is ahead of this one, in ms. */
let clockAhead = 0;

export function serverNow(): number {
	return Date.now() + clockAhead;
}

export function mayDecide(): boolean {
	return may("operator.approvals");
}

let asking = false;

/* Reads the list; the history only when something has ended unseen. */
export async function loadApprovals(): Promise<void> {
	if (asking || !mayDecide())
		return;
	asking = true;
	try {
		const list = await request<ApprovalList>("exec.approval.request");
		approvals.value = onList(approvals.value, list);
		if ([...approvals.value.values()].some((one) => one.state === "gone"))
			approvals.value = onPast(approvals.value, await rest.approvalHistory());
	} catch {
		/* An older server, or lost again: the next connect asks. */
	} finally {
		asking = false;
	}
}

function myName(): string {
	return auth.value.phase === "ready" ? auth.value.who.user.username : "";
}

/* Throws what the form must handle: a refused text, the question whether a
 * destructive command is meant. */
export async function decide(id: string, decision: Decision): Promise<void> {
	try {
		const answer = await rest.resolveApproval(id, decision);
		approvals.value = onAnswer(approvals.value, id, {
			decision: answer.decision, command: answer.command,
			note: decision.note ?? "", by: myName(),
		}, Date.now());
	} catch (err) {
		const final = err instanceof ApiError && (err.status === 404 ||
			(err.status === 409 && err.field === null));
		if (!final)
			throw err;
		approvals.value = onRefusal(approvals.value, id, err.message);
		void loadApprovals();
	}
}

onEvent("exec.approval.requested", (payload) => {
	const ev = payload as ApprovalRequest;

	if (typeof ev?.requestId !== "string" || typeof ev.command !== "string")
		return;
	approvals.value = onRequested(approvals.value, ev);
});

onEvent("exec.approval.resolved", (payload) => {
	const ev = payload as ApprovalResolved;

	if (typeof ev?.requestId !== "string" || typeof ev.decision !== "string")
		return;
	approvals.value = onResolved(approvals.value, ev, Date.now());
});

onEvent("tick", (payload) => {
	const ts = (payload as { ts?: unknown } | null)?.ts;

	/* Less than two seconds is the way it took. */
	if (typeof ts === "number")
		clockAhead = Math.abs(ts - Date.now()) < 2000 ? 0 : ts - Date.now();
});

onOnline(() => void loadApprovals());
onGap(() => void loadApprovals());
