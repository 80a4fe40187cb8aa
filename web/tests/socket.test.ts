/* The socket client, step by step, with a fake socket and a fake clock. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
	backoffMs, DISCONNECTED, RpcError, SocketClient, type LinkState,
	type SocketLike,
} from "../src/api/socket";

type Frame = { id: string; method: string; params: Record<string, unknown> };

class FakeSocket implements SocketLike {
	onopen: (() => void) | null = null;
	onmessage: ((ev: { data: unknown }) => void) | null = null;
	onclose: ((ev?: { code?: number }) => void) | null = null;
	sent: Frame[] = [];
	closed = false;

	send(text: string): void {
		this.sent.push(JSON.parse(text) as Frame);
	}
	close(): void {
		this.closed = true;
	}
	last(): Frame {
		const frame = this.sent[this.sent.length - 1];
		assert.ok(frame);
		return frame;
	}
	push(frame: unknown): void {
		this.onmessage?.({ data: JSON.stringify(frame) });
	}
	answer(payload: unknown): void {
		this.push({ type: "res", id: this.last().id, ok: true, payload });
	}
	refuse(code: string, message: string): void {
		this.push({ type: "res", id: this.last().id, ok: false,
			error: { code, message } });
	}
	event(event: string, payload: unknown, seq?: number): void {
		this.push({ type: "event", event, payload, seq });
	}
}

function hello(seq: number, resumed: boolean) {
	return {
		type: "hello-ok", protocol: 4, server: { version: "1" },
		policy: { maxPayload: 1000, tickIntervalMs: 30_000 },
		snapshot: { seq, resumed },
	};
}

function setUp() {
	let now = 0;
	let nextTimer = 1;
	const timers = new Map<number, { at: number; fn: () => void }>();
	const sockets: FakeSocket[] = [];
	const seen = {
		states: [] as LinkState[],
		hellos: [] as boolean[],
		events: [] as unknown[],
		refused: [] as string[],
		gaps: 0,
	};
	const client = new SocketClient({
		open() {
			const socket = new FakeSocket();
			sockets.push(socket);
			return socket;
		},
		now: () => now,
		random: () => 0.5,
		setTimer(fn, ms) {
			timers.set(nextTimer, { at: now + ms, fn });
			return nextTimer++;
		},
		clearTimer: (id) => {
			timers.delete(id as number);
		},
	}, {
		onStatus: (status) => seen.states.push(status.state),
		onHello: (_hello, resumed) => seen.hellos.push(resumed),
		onEvent: (event, payload) => seen.events.push([event, payload]),
		onRefused: (error) => seen.refused.push(error.message),
		onGap: () => {
			seen.gaps++;
		},
	}, "1.0");
	const advance = (ms: number) => {
		const end = now + ms;
		for (;;) {
			const due = [...timers].filter(([, timer]) => timer.at <= end)
				.sort(([, a], [, b]) => a.at - b.at)[0];
			if (due === undefined)
				break;
			timers.delete(due[0]);
			now = due[1].at;
			due[1].fn();
		}
		now = end;
	};
	const socket = () => {
		const last = sockets[sockets.length - 1];
		assert.ok(last);
		return last;
	};
	/* Opens the newest socket and answers its connect. */
	const greet = (seq: number, resumed: boolean) => {
		socket().onopen?.();
		socket().answer(hello(seq, resumed));
	};
	const settle = () => new Promise((resolve) => setImmediate(resolve));
	return { client, sockets, socket, seen, advance, greet, settle, timers };
}

test("the first frame is connect in the v4 form, without a last seq", () => {
	const t = setUp();
	t.client.start();
	t.socket().onopen?.();
	const frame = t.socket().last();
	assert.equal(frame.method, "connect");
	assert.deepEqual(frame.params["protocol"], { min: 3, max: 4 });
	assert.deepEqual(frame.params["client"], {
		id: "web-chat-ui", version: "1.0", platform: "browser", mode: "operator",
	});
	assert.equal(frame.params["extensions"], undefined);
	assert.equal(t.client.status.state, "connecting");
});

test("hello-ok brings the client online, not resumed the first time", () => {
	const t = setUp();
	t.client.start();
	t.greet(7, false);
	assert.equal(t.client.status.state, "online");
	assert.deepEqual(t.seen.hellos, [false]);
});

test("answers find their requests by id, in any order", async () => {
	const t = setUp();
	t.client.start();
	t.greet(0, false);
	const a = t.client.request("a");
	const b = t.client.request("b");
	const [fa, fb] = t.socket().sent.slice(-2);
	t.socket().push({ type: "res", id: fb?.id, ok: true, payload: "B" });
	t.socket().push({ type: "res", id: fa?.id, ok: true, payload: "A" });
	assert.equal(await a, "A");
	assert.equal(await b, "B");
});

test("an error answer carries the server's code and words", async () => {
	const t = setUp();
	t.client.start();
	t.greet(0, false);
	const wait = t.client.request("chat.send");
	t.socket().refuse("UNAVAILABLE", "no model");
	await assert.rejects(wait, (err: RpcError) =>
		err.code === "UNAVAILABLE" && err.message === "no model");
});

test("a lost connection rejects what is open and retries with backoff", async () => {
	const t = setUp();
	t.client.start();
	t.greet(0, false);
	const wait = t.client.request("slow");
	t.socket().onclose?.();
	await assert.rejects(wait, (err: RpcError) => err.code === DISCONNECTED);
	assert.equal(t.client.status.state, "waiting");
	assert.equal(t.client.status.retryAt, 1000);
	t.advance(999);
	assert.equal(t.sockets.length, 1);
	t.advance(1);
	assert.equal(t.sockets.length, 2);
	t.socket().onclose?.();
	assert.equal(t.client.status.attempt, 2);
	t.advance(1600);
	assert.equal(t.sockets.length, 3);
});

test("the backoff grows to its limit and is spread by a fifth", () => {
	assert.equal(backoffMs(1, 0.5), 1000);
	assert.equal(backoffMs(1, 0), 800);
	assert.equal(backoffMs(1, 1), 1200);
	assert.equal(backoffMs(30, 0.5), 15_000);
});

test("a reconnect tells the last seq and keeps it when resumed", () => {
	const t = setUp();
	t.client.start();
	t.greet(10, false);
	t.socket().event("chat", 11, 11);
	t.socket().onclose?.();
	t.advance(1000);
	t.socket().onopen?.();
	assert.deepEqual(t.socket().last().params["extensions"],
		{ moltis: { lastSeq: 11 } });
	t.socket().answer(hello(13, true));
	t.socket().event("chat", 12, 12);
	t.socket().event("chat", 13, 13);
	assert.deepEqual(t.seen.hellos, [false, true]);
	assert.deepEqual(t.seen.events.map((e) => (e as unknown[])[1]), [11, 12, 13]);
	assert.equal(t.seen.gaps, 0);
});

test("a reconnect that is not resumed starts from the server's head", () => {
	const t = setUp();
	t.client.start();
	t.greet(10, false);
	t.socket().onclose?.();
	t.advance(1000);
	t.greet(3, false);
	t.socket().event("chat", "new", 4);
	assert.deepEqual(t.seen.hellos, [false, false]);
	assert.equal(t.seen.events.length, 1);
	assert.equal(t.seen.gaps, 0);
});

test("an event that was already seen is not delivered twice", () => {
	const t = setUp();
	t.client.start();
	t.greet(5, false);
	t.socket().event("chat", "a", 6);
	t.socket().event("chat", "a", 6);
	t.socket().event("chat", "old", 2);
	assert.equal(t.seen.events.length, 1);
});

test("a hole in the numbers is reported, the event still delivered", () => {
	const t = setUp();
	t.client.start();
	t.greet(5, false);
	t.socket().event("chat", "late", 9);
	assert.equal(t.seen.gaps, 1);
	assert.equal(t.seen.events.length, 1);
});

test("events without a number always pass", () => {
	const t = setUp();
	t.client.start();
	t.greet(5, false);
	t.socket().event("tick", {});
	t.socket().event("chat", "delta");
	assert.equal(t.seen.events.length, 2);
});

test("events before hello-ok are ignored", () => {
	const t = setUp();
	t.client.start();
	t.socket().onopen?.();
	t.socket().event("chat", "early", 1);
	assert.equal(t.seen.events.length, 0);
});

test("no hello within ten seconds counts as a failed try", () => {
	const t = setUp();
	t.client.start();
	t.socket().onopen?.();
	t.advance(9999);
	assert.equal(t.client.status.state, "connecting");
	t.advance(1);
	assert.equal(t.client.status.state, "waiting");
	assert.ok(t.sockets[0]?.closed);
});

test("a refused connect is told once and tried again later", async () => {
	const t = setUp();
	t.client.start();
	t.socket().onopen?.();
	t.socket().refuse("INVALID_REQUEST", "authentication failed");
	await t.settle();
	assert.deepEqual(t.seen.refused, ["authentication failed"]);
	assert.equal(t.client.status.state, "waiting");
	assert.equal(t.client.status.attempt, 1);
});

test("silence longer than two and a half ticks is a loss", () => {
	const t = setUp();
	t.client.start();
	t.greet(0, false);
	t.advance(60_000);
	t.socket().event("tick", {});
	t.advance(60_000);
	assert.equal(t.client.status.state, "online");
	t.advance(15_000);
	assert.equal(t.client.status.state, "waiting");
});

test("retryNow skips the wait and only the wait", () => {
	const t = setUp();
	t.client.start();
	t.client.retryNow();
	assert.equal(t.sockets.length, 1);
	t.socket().onclose?.();
	t.client.retryNow();
	assert.equal(t.sockets.length, 2);
	t.advance(5000);
	assert.equal(t.sockets.length, 2);
});

test("stop closes, leaves no timer and forgets the position", () => {
	const t = setUp();
	t.client.start();
	t.greet(10, false);
	t.client.stop();
	assert.equal(t.client.status.state, "stopped");
	assert.ok(t.socket().closed);
	assert.equal(t.timers.size, 0);
	t.client.start();
	t.socket().onopen?.();
	assert.equal(t.socket().last().params["extensions"], undefined);
});

test("a request longer than the server takes is refused here", async () => {
	const t = setUp();
	t.client.start();
	t.greet(0, false);
	const before = t.socket().sent.length;
	await assert.rejects(t.client.request("chat.send", { text: "x".repeat(1000) }),
		(err: RpcError) => err.code === "PAYLOAD_TOO_LARGE");
	assert.equal(t.socket().sent.length, before);
});

test("an unanswered request ends after thirty seconds", async () => {
	const t = setUp();
	t.client.start();
	t.greet(0, false);
	const wait = t.client.request("slow");
	t.advance(30_000);
	await assert.rejects(wait, (err: RpcError) => err.code === "TIMEOUT");
});

test("a request while offline is refused at once", async () => {
	const t = setUp();
	t.client.start();
	await assert.rejects(t.client.request("health"),
		(err: RpcError) => err.code === DISCONNECTED);
});

test("broken frames and unknown answers change nothing", () => {
	const t = setUp();
	t.client.start();
	t.greet(0, false);
	t.socket().onmessage?.({ data: "{not json" });
	t.socket().push({ type: "res", id: "nobody", ok: true });
	assert.equal(t.client.status.state, "online");
});

test("a replaced socket that still calls back is ignored", () => {
	const t = setUp();
	t.client.start();
	const old = t.socket();
	const onclose = old.onclose;
	t.client.stop();
	t.client.start();
	onclose?.();
	assert.equal(t.client.status.state, "connecting");
	assert.equal(t.sockets.length, 2);
});

test("a socket closed because rights changed asks at once who is there", () => {
	const t = setUp();
	t.client.start();
	t.socket().onopen?.();
	t.socket().answer(hello(1, false));
	t.socket().onclose?.({ code: 1006 });
	assert.deepEqual(t.seen.refused, []);
	t.advance(60_000);
	t.socket().onopen?.();
	t.socket().answer(hello(1, true));
	t.socket().onclose?.({ code: 1008 });
	assert.equal(t.seen.refused.length, 1);
	assert.equal(t.seen.states.at(-1), "waiting");
});
