/*
 * The list of conversations, which of them have something unread and in which
 * an answer is being written.
 */
import { computed, signal } from "@preact/signals";
import { rest } from "../api/rest";
import type { SessionEntry, SessionEvent } from "../api/types";
import { MAIN_KEY } from "../routes";
import { onEvent, request } from "./link";

export const sessions = signal<SessionEntry[] | null>(null);
export const unread = signal<ReadonlySet<string>>(new Set());
export const running = signal<ReadonlySet<string>>(new Set());
export const activeKey = signal<string>(MAIN_KEY);

export const activeEntry = computed(() =>
	sessions.value?.find((entry) => entry.key === activeKey.value) ?? null);

const RELOAD_MS = 150;
let reloadTimer: ReturnType<typeof setTimeout> | null = null;
const deletedHandlers: ((key: string) => void)[] = [];

export function onDeleted(fn: (key: string) => void): void {
	deletedHandlers.push(fn);
}

function withKey(set: ReadonlySet<string>, key: string, present: boolean) {
	if (set.has(key) === present)
		return set;
	const next = new Set(set);
	if (present)
		next.add(key);
	else
		next.delete(key);
	return next;
}

export function setUnread(key: string, present: boolean): void {
	unread.value = withKey(unread.value, key, present);
}

export function setRunning(key: string, present: boolean): void {
	running.value = withKey(running.value, key, present);
}

export function titleOf(entry: { key: string; label: string | null }): string {
	if (entry.label !== null && entry.label.trim() !== "")
		return entry.label;
	return entry.key === MAIN_KEY ? "Main" : "New chat";
}

function put(entry: SessionEntry): void {
	const list = sessions.value ?? [];
	const at = list.findIndex((other) => other.key === entry.key);

	sessions.value = at < 0 ? [...list, entry]
		: list.map((other, i) => (i === at ? { ...other, ...entry } : other));
}

export async function loadSessions(): Promise<void> {
	const before = new Map(sessions.value?.map((entry) =>
		[entry.key, entry.messageCount]));
	const list = await request<SessionEntry[]>("sessions.list");

	/* Messages that came while the page was away. */
	for (const entry of list) {
		const count = before.get(entry.key);
		if (count !== undefined && entry.messageCount > count &&
		    entry.key !== activeKey.value)
			setUnread(entry.key, true);
	}
	sessions.value = list;
}

/* Several changes in a row cost one reload. */
export function reloadSessionsSoon(): void {
	if (reloadTimer !== null)
		return;
	reloadTimer = setTimeout(() => {
		reloadTimer = null;
		loadSessions().catch(() => { /* The next connect loads it. */ });
	}, RELOAD_MS);
}

/* A message came or went: keeps order and counts right without a reload. */
export function touchSession(key: string, now: number, added: number): void {
	const entry = sessions.value?.find((other) => other.key === key);

	if (sessions.value === null)
		return;
	if (entry === undefined) {
		reloadSessionsSoon();
		return;
	}
	put({ ...entry, updatedAt: now, messageCount: entry.messageCount + added });
}

export async function createSession(): Promise<SessionEntry> {
	const entry = await rest.createSession();
	put(entry);
	return entry;
}

export async function renameSession(key: string, label: string): Promise<void> {
	put(await rest.patchSession(key, { label }));
}

export async function setSessionModel(key: string, model: string): Promise<void> {
	put(await rest.patchSession(key, { model }));
}

export async function archiveSession(key: string, archived: boolean): Promise<void> {
	put(await rest.patchSession(key, { archived }));
}

function forget(key: string): void {
	sessions.value = sessions.value?.filter((entry) => entry.key !== key) ?? null;
	setUnread(key, false);
	setRunning(key, false);
	deletedHandlers.forEach((fn) => fn(key));
}

export async function deleteSession(key: string): Promise<void> {
	await rest.deleteSession(key);
	forget(key);
}

onEvent("session", (payload) => {
	const ev = payload as SessionEvent;

	if (ev.kind === "deleted")
		forget(ev.sessionKey);
	else
		reloadSessionsSoon();
});
