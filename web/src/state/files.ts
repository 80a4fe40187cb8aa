/*
 * The files of the open conversation: which folder is looked at, what is in it,
 * what is on its way there.
 */
import { batch, effect, signal, untracked } from "@preact/signals";
import { ApiError } from "../api/call";
import type { WorkspaceDone, WorkspaceEntry } from "../api/types";
import { FILE_MAX_BYTES, workspace } from "../api/workspace";
import { joinPath, sorted } from "../text/files";
import { refreshAuth } from "./auth";
import { toolsEnded } from "./chat";
import { onEvent } from "./link";
import { activeKey } from "./sessions";
import { showError, showToast } from "./toasts";

export interface Upload {
	id: number;
	key: string;
	name: string;
	size: number;
	sent: number;
	state: "waiting" | "sending" | "failed";
	reason: string | null;
}

export interface Folder {
	key: string;
	path: string;
	/* null: being read. */
	entries: WorkspaceEntry[] | null;
	truncated: boolean;
	failed: string | null;
}

const RELOAD_MS = 300;

export const filesOpen = signal(false);
export const folder = signal<Folder>({
	key: "", path: "", entries: null, truncated: false, failed: null,
});
export const uploads = signal<Upload[]>([]);
/* Paths that are being fetched. */
export const fetching = signal<ReadonlySet<string>>(new Set());

let turn = 0;
let nextUpload = 1;
let reloadTimer: ReturnType<typeof setTimeout> | null = null;
let sending = false;
const waiting: { upload: Upload; path: string; file: File }[] = [];

function noteFailure(err: unknown): void {
	if (err instanceof ApiError && err.status === 401)
		void refreshAuth();
}

function reasonOf(err: unknown): string {
	noteFailure(err);
	return err instanceof Error ? err.message : "Something went wrong.";
}

/* Reads the folder anew.  What is on the screen stays until the answer comes;
 * an answer that was overtaken says nothing any more. */
export async function readFolder(key: string, path: string): Promise<void> {
	const mine = ++turn;
	const now = folder.value;

	if (now.key !== key || now.path !== path)
		folder.value = { key, path, entries: null, truncated: false, failed: null };
	try {
		const list = await workspace.list(key, path);
		if (mine === turn) {
			folder.value = { key, path, entries: sorted(list.entries),
				truncated: list.truncated, failed: null };
		}
	} catch (err) {
		if (mine !== turn)
			return;
		/* A conversation nobody has written in yet has no files. */
		const none = err instanceof ApiError && err.status === 404 && path === "";
		folder.value = { ...folder.value, truncated: false,
			entries: none ? [] : folder.value.entries,
			failed: none ? null : reasonOf(err) };
	}
}

export function reloadFolder(): void {
	void readFolder(folder.value.key, folder.value.path);
}

/* Several changes in a row cost one reload. */
function reloadSoon(): void {
	if (reloadTimer !== null || !filesOpen.value)
		return;
	reloadTimer = setTimeout(() => {
		reloadTimer = null;
		if (filesOpen.value)
			reloadFolder();
	}, RELOAD_MS);
}

/* ---- uploads --------------------------------------------------------- */

function changeUpload(id: number, change: Partial<Upload>): void {
	uploads.value = uploads.value.map((one) =>
		(one.id === id ? { ...one, ...change } : one));
}

export function dismissUpload(id: number): void {
	uploads.value = uploads.value.filter((one) => one.id !== id);
}

async function sendOne(upload: Upload, path: string, file: File): Promise<void> {
	changeUpload(upload.id, { state: "sending" });
	try {
		await workspace.put(upload.key, path, file, (sent) =>
			changeUpload(upload.id, { sent: Math.min(sent, upload.size) }));
		dismissUpload(upload.id);
		if (folder.value.key === upload.key)
			reloadSoon();
	} catch (err) {
		changeUpload(upload.id, { state: "failed", reason: reasonOf(err) });
	}
}

async function sendAll(): Promise<void> {
	if (sending)
		return;
	sending = true;
	for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
		await sendOne(next.upload, next.path, next.file);
	sending = false;
}

/* One after the other, into the folder that is open now. */
export function uploadFiles(files: Iterable<File>): void {
	const { key, path } = folder.value;

	batch(() => {
		for (const file of files) {
			const upload: Upload = {
				id: nextUpload++, key, name: file.name, size: file.size,
				sent: 0, state: "waiting", reason: null,
			};
			if (file.size > FILE_MAX_BYTES) {
				upload.state = "failed";
				upload.reason = "This file is larger than 25 MB and was not sent.";
			} else
				waiting.push({ upload, path: joinPath(path, file.name), file });
			uploads.value = [...uploads.value, upload];
		}
	});
	void sendAll();
}

/* ---- downloads and removal ------------------------------------------- */

function setFetching(path: string, present: boolean): void {
	const next = new Set(fetching.value);

	if (present)
		next.add(path);
	else
		next.delete(path);
	fetching.value = next;
}

export async function downloadFile(key: string, path: string): Promise<void> {
	if (fetching.value.has(path))
		return;
	setFetching(path, true);
	try {
		const blob = await workspace.get(key, path);
		const url = URL.createObjectURL(blob);
		const link = document.createElement("a");
		link.href = url;
		link.download = path.slice(path.lastIndexOf("/") + 1);
		link.click();
		setTimeout(() => URL.revokeObjectURL(url), 60_000);
	} catch (err) {
		noteFailure(err);
		showError(err);
	} finally {
		setFetching(path, false);
	}
}

export async function removePath(key: string, path: string): Promise<void> {
	try {
		await workspace.remove(key, path);
	} catch (err) {
		noteFailure(err);
		showError(err);
	}
	reloadSoon();
}

/* ---- what happens elsewhere ------------------------------------------ */

onEvent("workspace.done", (payload) => {
	const ev = payload as WorkspaceDone;

	if (ev.kind !== "put" && ev.kind !== "remove")
		return;
	if (ev.sessionKey !== folder.value.key)
		return;
	if (ev.ok)
		reloadSoon();
	else if (!filesOpen.value)
		showToast(`${ev.path}: ${ev.error ?? "this did not work"}`, "error");
});

/* A command may have written files. */
effect(() => {
	if (toolsEnded.value > 0)
		untracked(reloadSoon);
});

/* The panel shows the conversation that is open, from its top. */
effect(() => {
	const key = activeKey.value;

	if (filesOpen.value)
		untracked(() => void readFolder(key, folder.value.key === key
			? folder.value.path : ""));
});
