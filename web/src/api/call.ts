/*
 * How the page asks the server.  Every failure is an ApiError with a sentence
 * fit for the screen.
 *
 * Two answers concern whoever is at the page and not the caller, and are told
 * to one place each: a 401 (the login is gone), and REAUTH_REQUIRED (the
 * person must prove himself again).  After a proof the call is made once more,
 * so that no page knows of it.
 */
const TIMEOUT_MS = 20_000;

export class ApiError extends Error {
	constructor(
		message: string,
		readonly status: number,
		readonly code: string,
		readonly field: string | null = null,
		readonly retryAfterSecs: number | null = null,
	) {
		super(message);
		this.name = "ApiError";
	}
}

let unauthorized: () => void = () => {};
let askProof: () => Promise<boolean> = () => Promise.resolve(false);
let proof: Promise<boolean> | null = null;

export function onUnauthorized(fn: () => void): void {
	unauthorized = fn;
}

/* FN resolves to whether the person has proved himself. */
export function onReauth(fn: () => Promise<boolean>): void {
	askProof = fn;
}

/* Calls that fail together wait for one question. */
function prove(): Promise<boolean> {
	proof ??= askProof().finally(() => {
		proof = null;
	});
	return proof;
}

function textOf(body: unknown, name: string): string | null {
	if (typeof body !== "object" || body === null)
		return null;
	const value = (body as Record<string, unknown>)[name];
	return typeof value === "string" && value !== "" ? value : null;
}

/* The edge and the browser may answer without our JSON shape (a 502 page,
 * for one), hence the sentences by status. */
export function errorFrom(status: number, body: unknown): ApiError {
	const wait = (body as { retry_after_seconds?: unknown } | null)
		?.retry_after_seconds;
	let message = textOf(body, "error");

	if (message === null) {
		if (status === 413)
			message = "This is too large for the server.";
		else if (status === 429)
			message = "Too many attempts. Wait a moment and try again.";
		else if (status >= 500)
			message = "The server cannot answer right now. Try again shortly.";
		else
			message = `The server refused the request (${status}).`;
	}
	return new ApiError(message, status, textOf(body, "code") ?? `HTTP_${status}`,
		textOf(body, "field"), typeof wait === "number" ? wait : null);
}

async function once<T>(method: string, path: string, body?: unknown): Promise<T> {
	const stop = new AbortController();
	const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
	const headers: Record<string, string> = { Accept: "application/json" };
	let reply: Response;
	let parsed: unknown = null;

	if (method !== "GET")
		headers["Content-Type"] = "application/json";
	try {
		reply = await fetch(path, {
			method,
			headers,
			credentials: "same-origin",
			cache: "no-store",
			redirect: "error",
			signal: stop.signal,
			...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
		});
		const text = await reply.text();
		try {
			parsed = text === "" ? null : JSON.parse(text);
		} catch {
			/* Not ours; errorFrom finds a sentence by status. */
		}
	} catch {
		throw new ApiError("The server cannot be reached. Check the connection.",
			0, "UNREACHABLE");
	} finally {
		clearTimeout(timer);
	}
	if (!reply.ok) {
		if (reply.status === 401 && !path.startsWith("/api/auth/login"))
			unauthorized();
		throw errorFrom(reply.status, parsed);
	}
	return parsed as T;
}

export const NOT_PROVED = "REAUTH_CANCELLED";

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
	try {
		return await once<T>(method, path, body);
	} catch (err) {
		if (!(err instanceof ApiError) || err.code !== "REAUTH_REQUIRED")
			throw err;
	}
	if (!await prove()) {
		throw new ApiError("Nothing was changed: you did not confirm that it is you.",
			403, NOT_PROVED);
	}
	return once<T>(method, path, body);
}

/* One part of a path. */
export function part(id: string | number): string {
	return encodeURIComponent(id);
}

/* "?a=1&b=2" of what is there; "" when nothing is. */
export function query(values: Record<string, string | number | null | undefined>): string {
	const pairs = Object.entries(values)
		.filter(([, value]) => value !== null && value !== undefined && value !== "")
		.map(([name, value]) => `${name}=${encodeURIComponent(value!)}`);
	return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
