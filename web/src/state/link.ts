/*
 * The page's one connection.  Wires the socket client to the browser and lets
 * the stores say what they want to hear; it imports none of them.
 */
import { computed, signal } from "@preact/signals";
import { RpcError, SocketClient, type LinkStatus, type SocketLike } from "../api/socket";
import { auth, refreshAuth } from "./auth";

export const VERSION = "0.1.0";

export const link = signal<LinkStatus>({ state: "idle", attempt: 0, retryAt: null });

/* What this connection may do; until it has said so, what the login may. */
const helloScopes = signal<string[] | null>(null);
const scopes = computed(() => helloScopes.value ??
	(auth.value.phase === "ready" ? auth.value.who.scopes : []));

export function may(scope: string): boolean {
	return scopes.value.includes("operator.admin") ||
		scopes.value.includes(scope) ||
		(scope === "operator.read" && scopes.value.includes("operator.write"));
}

type EventHandler = (payload: unknown, name: string) => void;
const eventHandlers = new Map<string, EventHandler>();
const onlineHandlers: ((resumed: boolean) => void)[] = [];
const gapHandlers: (() => void)[] = [];
const lostHandlers: (() => void)[] = [];

/* One handler an event name, or for a whole family as in "security.*"; a store
 * claims its events at load. */
export function onEvent(name: string, fn: EventHandler): void {
	eventHandlers.set(name, fn);
}

/* Called after each successful connect, once events are subscribed. */
export function onOnline(fn: (resumed: boolean) => void): void {
	onlineHandlers.push(fn);
}

export function onGap(fn: () => void): void {
	gapHandlers.push(fn);
}

export function onLost(fn: () => void): void {
	lostHandlers.push(fn);
}

let greeted = false;

function openSocket(): SocketLike {
	const scheme = location.protocol === "https:" ? "wss:" : "ws:";
	return new WebSocket(`${scheme}//${location.host}/ws/chat`) as SocketLike;
}

const client = new SocketClient({
	open: openSocket,
	now: () => Date.now(),
	random: () => Math.random(),
	setTimer: (fn, ms) => setTimeout(fn, ms),
	clearTimer: (timer) => clearTimeout(timer as number),
}, {
	onStatus(status) {
		const before = link.value.state;
		link.value = status;
		if (before === "online" && status.state !== "online")
			lostHandlers.forEach((fn) => fn());
		/* A login that ended elsewhere shows first as a socket that does
		 * not come up. */
		if (status.state === "waiting" && status.attempt % 3 === 2)
			void refreshAuth();
	},
	onHello(hello, resumed) {
		helloScopes.value = hello.auth?.scopes ?? null;
		/* The cookie may be another person's since the last connect. */
		if (greeted)
			void refreshAuth();
		greeted = true;
		client.request("subscribe", { events: ["*"] }).then(
			() => onlineHandlers.forEach((fn) => fn(resumed)),
			() => { /* Lost again; the next hello comes here too. */ },
		);
	},
	onEvent(name, payload) {
		const handler = eventHandlers.get(name) ??
			eventHandlers.get(`${name.split(".")[0]}.*`);
		handler?.(payload, name);
	},
	onRefused(_error: RpcError) {
		void refreshAuth();
	},
	onGap() {
		gapHandlers.forEach((fn) => fn());
	},
}, VERSION);

export function startLink(): void {
	client.start();
}

export function stopLink(): void {
	client.stop();
}

export function retryLink(): void {
	client.retryNow();
}

export function request<T>(method: string, params: object = {}): Promise<T> {
	return client.request<T>(method, params);
}

addEventListener("online", retryLink);
document.addEventListener("visibilitychange", () => {
	if (document.visibilityState === "visible")
		retryLink();
});
