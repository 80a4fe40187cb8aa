/*
 * Files of a conversation's workspace.  They are on another host than the one
 * that answers, so a question may come too early: whoever asks is told when to
 * come again, and asks again a few times.
 */
import { ApiError, call, errorFrom, part, query } from "./call";
import type { WorkspaceList } from "./types";

export const FILE_MAX_BYTES = 25 * 1024 * 1024;

const TRIES = 4;
const LONGEST_WAIT_MS = 5000;
const UNREACHABLE = "The server cannot be reached. Check the connection.";

function base(key: string): string {
	return `/api/sessions/${part(key).replace(/%3A/g, ":")}/workspace`;
}

function fileUrl(key: string, path: string): string {
	return `${base(key)}/file${query({ path })}`;
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
	for (let left = TRIES - 1; ; left--) {
		try {
			return await ask();
		} catch (err) {
			if (!(err instanceof ApiError) || left === 0 ||
			    err.retryAfterSecs === null ||
			    (err.status !== 503 && err.status !== 429))
				throw err;
			const wait = Math.min(err.retryAfterSecs * 1000, LONGEST_WAIT_MS);
			await new Promise((done) => setTimeout(done, wait));
		}
	}
}

async function fetchBlob(url: string): Promise<Blob> {
	let reply: Response;

	try {
		reply = await fetch(url, {
			credentials: "same-origin", cache: "no-store", redirect: "error",
		});
		if (reply.ok)
			return await reply.blob();
	} catch {
		throw new ApiError(UNREACHABLE, 0, "UNREACHABLE");
	}
	throw errorFrom(reply.status, await reply.json().catch(() => null));
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

/* XMLHttpRequest, because fetch does not say how much it has sent. */
function sendOnce(
	url: string, file: Blob, onProgress: (sent: number) => void,
): Promise<{ done: boolean }> {
	return new Promise((resolve, reject) => {
		const xhr = new XMLHttpRequest();

		xhr.open("PUT", url);
		xhr.setRequestHeader("Content-Type", "application/octet-stream");
		xhr.upload.onprogress = (ev) => onProgress(ev.loaded);
		xhr.onerror = xhr.onabort = xhr.ontimeout = () =>
			reject(new ApiError(UNREACHABLE, 0, "UNREACHABLE"));
		xhr.onload = () => {
			const body = parse(xhr.responseText);
			if (xhr.status >= 200 && xhr.status < 300)
				resolve({ done: (body as { done?: boolean })?.done !== false });
			else
				reject(errorFrom(xhr.status, body));
		};
		xhr.send(file);
	});
}

export const workspace = {
	list: (key: string, path: string) => patiently(() =>
		call<WorkspaceList>("GET", base(key) + query({ path }))),
	get: (key: string, path: string) => patiently(() =>
		fetchBlob(fileUrl(key, path))),
	/* `done` is false when the bytes are there but not yet in their place. */
	put: (key: string, path: string, file: Blob,
		onProgress: (sent: number) => void) => patiently(() =>
		sendOnce(fileUrl(key, path), file, onProgress)),
	remove: (key: string, path: string) => patiently(() =>
		call<unknown>("DELETE", fileUrl(key, path))),
};
