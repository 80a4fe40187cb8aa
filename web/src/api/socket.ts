/*
 * The WebSocket client: one connection kept alive, requests matched to their
 * answers, events handed on once and in order.
 *
 * A plain state machine with its clock, its dice and its socket given from
 * outside, so that the tests can drive it step by step.  It knows nothing of
 * chats: what an event means is the business of state/.
 */
import type { Hello, WireError } from "./types";

export type LinkState =
	| "idle"		/* start() has not been called */
	| "connecting"		/* the socket opens, or connect is unanswered;
				 * guarded by HANDSHAKE_MS */
	| "online"		/* hello-ok seen; guarded by the tick watchdog */
	| "waiting"		/* backing off; guarded by the retry timer */
	| "stopped";		/* stop() was called; nothing will happen */

export interface LinkStatus {
	state: LinkState;
	/* Failed tries since the last hello-ok. */
	attempt: number;
	/* When "waiting": the time of the next try, epoch ms. */
	retryAt: number | null;
}

export interface SocketLike {
	onopen: (() => void) | null;
	onmessage: ((ev: { data: unknown }) => void) | null;
	onclose: ((ev?: { code?: number }) => void) | null;
	send(text: string): void;
	close(): void;
}

export interface SocketEnv {
	open(): SocketLike;
	now(): number;
	random(): number;
	setTimer(fn: () => void, ms: number): unknown;
	clearTimer(timer: unknown): void;
}

export interface SocketHandlers {
	onStatus(status: LinkStatus): void;
	/* resumed: the server replays what was missed.  Otherwise everything
	 * that is on the screen may be stale. */
	onHello(hello: Hello, resumed: boolean): void;
	onEvent(event: string, payload: unknown): void;
	/* connect was answered with an error, or the server ended the connection
	 * because its rights changed; the retry is already planned. */
	onRefused(error: RpcError): void;
	/* An event is missing between two that came. */
	onGap(): void;
}

export class RpcError extends Error {
	constructor(message: string, readonly code: string) {
		super(message);
		this.name = "RpcError";
	}
}

/* The connection went away before the answer: the request may or may not
 * have been carried out. */
export const DISCONNECTED = "DISCONNECTED";

/* The close code of a socket whose credential no longer holds as it did. */
const RIGHTS_CHANGED = 1008;
const HANDSHAKE_MS = 10_000;
const REQUEST_MS = 30_000;
const BACKOFF_FIRST_MS = 1000;
const BACKOFF_FACTOR = 1.6;
const BACKOFF_MAX_MS = 15_000;
const TICKS_MISSED = 2.5;

interface Pending {
	resolve(payload: unknown): void;
	reject(error: RpcError): void;
	timer: unknown;
}

/* Delay before try number ATTEMPT (from 1), spread by a fifth either way so
 * that a thousand pages do not come back in the same second. */
export function backoffMs(attempt: number, random: number): number {
	const plain = Math.min(BACKOFF_MAX_MS,
		BACKOFF_FIRST_MS * BACKOFF_FACTOR ** (attempt - 1));
	return Math.round(plain * (0.8 + 0.4 * random));
}

export class SocketClient {
	private state: LinkState = "idle";
	private attempt = 0;
	private retryAt: number | null = null;
	private socket: SocketLike | null = null;
	private timer: unknown = null;
	private watchdog: unknown = null;
	private nextId = 1;
	private pending = new Map<string, Pending>();
	private lastSeq: number | null = null;
	private maxPayload = 524_288;
	private tickMs = 30_000;

	constructor(
		private readonly env: SocketEnv,
		private readonly on: SocketHandlers,
		private readonly version: string,
	) {}

	get status(): LinkStatus {
		return { state: this.state, attempt: this.attempt, retryAt: this.retryAt };
	}

	start(): void {
		if (this.state === "idle" || this.state === "stopped")
			this.connect();
	}

	/* Ends the connection and forgets where the account's events stood. */
	stop(): void {
		this.drop();
		this.attempt = 0;
		this.lastSeq = null;
		this.enter("stopped");
	}

	/* Skips what is left of the backoff. */
	retryNow(): void {
		if (this.state === "waiting")
			this.connect();
	}

	request<T>(method: string, params: object = {}): Promise<T> {
		if (this.state !== "online")
			return Promise.reject(new RpcError("Not connected.", DISCONNECTED));
		return this.ask<T>(method, params);
	}

	private enter(state: LinkState): void {
		this.state = state;
		if (state !== "waiting")
			this.retryAt = null;
		this.on.onStatus(this.status);
	}

	private connect(): void {
		this.drop();
		this.enter("connecting");
		this.timer = this.env.setTimer(() => this.lost(), HANDSHAKE_MS);
		let socket: SocketLike;
		try {
			socket = this.env.open();
		} catch {
			this.lost();
			return;
		}
		this.socket = socket;
		/* A socket that was replaced may still call back. */
		socket.onopen = () => {
			if (socket === this.socket)
				this.shakeHands();
		};
		socket.onmessage = (ev) => {
			if (socket === this.socket)
				this.receive(ev.data);
		};
		socket.onclose = (ev) => {
			if (socket !== this.socket)
				return;
			this.lost();
			if (ev?.code === RIGHTS_CHANGED) {
				this.on.onRefused(new RpcError(
					"The server ended this connection.", "POLICY"));
			}
		};
	}

	private shakeHands(): void {
		const params: Record<string, unknown> = {
			protocol: { min: 3, max: 4 },
			client: {
				id: "web-chat-ui",
				version: this.version,
				platform: "browser",
				mode: "operator",
			},
			role: "operator",
		};

		if (this.lastSeq !== null)
			params["extensions"] = { moltis: { lastSeq: this.lastSeq } };
		this.ask<Hello>("connect", params).then(
			() => {},
			(err: RpcError) => {
				if (err.code === DISCONNECTED || this.state !== "connecting")
					return;
				this.lost();
				this.on.onRefused(err);
			},
		);
	}

	private greet(hello: Hello): void {
		const asked = this.lastSeq !== null;
		const head = hello.snapshot?.seq;
		const resumed = asked && hello.snapshot?.resumed === true;

		this.env.clearTimer(this.timer);
		this.timer = null;
		this.attempt = 0;
		this.maxPayload = hello.policy?.maxPayload ?? this.maxPayload;
		this.tickMs = hello.policy?.tickIntervalMs ?? this.tickMs;
		/* When resumed, the events up to head are still to come. */
		if (!resumed)
			this.lastSeq = typeof head === "number" ? head : null;
		this.enter("online");
		this.watch();
		this.on.onHello(hello, resumed);
	}

	private ask<T>(method: string, params: object): Promise<T> {
		const id = `w${this.nextId++}`;
		const text = JSON.stringify({ type: "req", id, method, params });

		if (new TextEncoder().encode(text).length > this.maxPayload) {
			return Promise.reject(new RpcError(
				"This is too long to send. Shorten it and try again.",
				"PAYLOAD_TOO_LARGE"));
		}
		return new Promise<T>((resolve, reject) => {
			const timer = this.env.setTimer(() => {
				this.pending.delete(id);
				reject(new RpcError("The server took too long to answer.",
					"TIMEOUT"));
			}, REQUEST_MS);
			this.pending.set(id, {
				resolve: resolve as (payload: unknown) => void,
				reject,
				timer,
			});
			this.socket?.send(text);
		});
	}

	private receive(data: unknown): void {
		let frame: Record<string, unknown>;

		try {
			frame = JSON.parse(String(data)) as Record<string, unknown>;
		} catch {
			return;
		}
		this.watch();
		if (frame["type"] === "res")
			this.settle(frame);
		else if (frame["type"] === "event" && this.state === "online")
			this.deliver(frame);
	}

	private settle(frame: Record<string, unknown>): void {
		const id = String(frame["id"]);
		const wait = this.pending.get(id);

		if (wait === undefined)
			return;
		this.pending.delete(id);
		this.env.clearTimer(wait.timer);
		if (frame["ok"] === true) {
			const payload = frame["payload"] as { type?: string } | null;
			/* At once and not in the promise: replayed events may follow
			 * in the same batch. */
			if (this.state === "connecting" && payload?.type === "hello-ok")
				this.greet(payload as Hello);
			wait.resolve(payload);
			return;
		}
		const error = frame["error"] as Partial<WireError> | undefined;
		wait.reject(new RpcError(error?.message ?? "The server refused.",
			error?.code ?? "UNKNOWN"));
	}

	private deliver(frame: Record<string, unknown>): void {
		const seq = frame["seq"];

		if (typeof seq === "number") {
			if (this.lastSeq !== null && seq <= this.lastSeq)
				return;
			const gap = this.lastSeq !== null && seq > this.lastSeq + 1;
			this.lastSeq = seq;
			this.on.onEvent(String(frame["event"]), frame["payload"]);
			if (gap)
				this.on.onGap();
			return;
		}
		this.on.onEvent(String(frame["event"]), frame["payload"]);
	}

	/* A dead path (laptop asleep, network changed) closes nothing: silence
	 * longer than a few ticks counts as a loss. */
	private watch(): void {
		this.env.clearTimer(this.watchdog);
		this.watchdog = null;
		if (this.state === "online") {
			this.watchdog = this.env.setTimer(() => this.lost(),
				this.tickMs * TICKS_MISSED);
		}
	}

	private lost(): void {
		if (this.state === "stopped")
			return;
		this.drop();
		this.attempt++;
		const delay = backoffMs(this.attempt, this.env.random());
		this.retryAt = this.env.now() + delay;
		this.timer = this.env.setTimer(() => this.connect(), delay);
		this.enter("waiting");
	}

	private drop(): void {
		const socket = this.socket;

		this.env.clearTimer(this.timer);
		this.env.clearTimer(this.watchdog);
		this.timer = null;
		this.watchdog = null;
		this.socket = null;
		if (socket !== null) {
			socket.onopen = socket.onmessage = socket.onclose = null;
			socket.close();
		}
		for (const wait of this.pending.values()) {
			this.env.clearTimer(wait.timer);
			wait.reject(new RpcError("The connection was lost.", DISCONNECTED));
		}
		this.pending.clear();
	}
}
