// A WebSocket client that does what it is told, also what is forbidden:
// unmasked frames, reserved bits, wrong lengths, half frames, no reading.
// Only Node's own modules.

import net from "node:net";
import tls from "node:tls";
import crypto from "node:crypto";
import { base, key, revoke } from "./moltis.mjs";

// A test that fails half way leaves sockets open, and node would wait for
// them for ever: what these two open is closed when the file is through.
const open = new Set();
const keys = new Map();
export async function closeAll() {
	for (const ws of open) ws.destroy();
	for (const made of keys.values()) await revoke((await made).id);
}

// One key a scope and test file: an account may have only so many.
export async function keyOf(scope) {
	if (!keys.has(scope)) keys.set(scope, key(scope, { full: true }));
	return (await keys.get(scope)).key;
}
export function tracked(connect) {
	return async (...args) => {
		const ws = await connect(...args);
		ws.destroy ??= () => ws.close();
		open.add(ws);
		return ws;
	};
}

export const TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10;

// Every raw client may come from an address of its own, so that limits of an
// address are not shared with other tests: "127.0.0.9" and the like.
function dial(localAddress) {
	const to = { host: base.hostname, port: Number(base.port)
		|| (base.protocol === "https:" ? 443 : 80), localAddress };
	return base.protocol === "https:"
		? tls.connect({ ...to, rejectUnauthorized: false }) : net.connect(to);
}

// Bytes of one frame.  `length` overrides the length that is written, `form`
// (7, 16, 64) how it is written; mask: false leaves the mask out.
export function frame(opcode, payload = "", opts = {}) {
	const { fin = true, rsv = 0, mask = true } = opts;
	const data = Buffer.from(payload);
	const length = opts.length ?? data.length;
	const form = opts.form ?? (length < 126 ? 7 : length < 65536 ? 16 : 64);
	const head = [((fin ? 0x80 : 0) | (rsv << 4) | opcode)];
	const bit = mask ? 0x80 : 0;
	if (form === 7) head.push(bit | length);
	else if (form === 16) head.push(bit | 126, length >> 8, length & 255);
	else {
		const long = Buffer.alloc(8);
		long.writeBigUInt64BE(BigInt(length));
		head.push(bit | 127, ...long);
	}
	if (!mask) return Buffer.concat([Buffer.from(head), data]);
	const key = crypto.randomBytes(4);
	for (let i = 0; i < data.length; i++) data[i] ^= key[i % 4];
	return Buffer.concat([Buffer.from(head), key, data]);
}

export function closePayload(code, reason = "") {
	const bytes = Buffer.alloc(2);
	bytes.writeUInt16BE(code);
	return Buffer.concat([bytes, Buffer.from(reason)]);
}

// Sends text as a request head; answers what came until the peer closed or
// `ms` passed without a byte.
export function exchange(head, { localAddress, ms = 1500 } = {}) {
	return new Promise((resolve) => {
		const socket = dial(localAddress);
		let got = "";
		const end = () => {
			socket.destroy();
			resolve({ status: Number(/^HTTP\/1\.[01] (\d+)/.exec(got)?.[1] ?? 0),
				text: got });
		};
		socket.setTimeout(ms, end);
		socket.on("data", (bytes) => { got += bytes.toString("latin1"); });
		socket.on("close", end);
		socket.on("error", end);
		socket.write(head);
	});
}

export function upgradeHead({ path = "/ws", lines = [] } = {}) {
	const key = crypto.randomBytes(16).toString("base64");
	return [`GET ${path} HTTP/1.1`, `Host: ${base.host}`,
		"Upgrade: websocket", "Connection: Upgrade",
		"Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${key}`,
		...lines, "", ""].join("\r\n");
}

export class RawWs {
	constructor(socket) {
		this.socket = socket;
		this.buffer = Buffer.alloc(0);
		this.frames = [];      // {opcode, payload}, all that came
		this.waiters = new Set();
		this.ended = false;
		this.code = undefined; // of the close frame
		this.gone = new Promise((done) => socket.on("close", () => {
			this.ended = true;
			this.wake();
			done();
		}));
		socket.on("error", () => {});
		socket.on("data", (bytes) => this.take(bytes));
	}
	take(bytes) {
		this.buffer = Buffer.concat([this.buffer, bytes]);
		while (this.buffer.length >= 2) {
			let at = 2, length = this.buffer[1] & 127;
			if (length === 126) {
				if (this.buffer.length < 4) break;
				length = this.buffer.readUInt16BE(2);
				at = 4;
			} else if (length === 127) {
				if (this.buffer.length < 10) break;
				length = Number(this.buffer.readBigUInt64BE(2));
				at = 10;
			}
			if (this.buffer.length < at + length) break;
			const payload = this.buffer.subarray(at, at + length);
			const opcode = this.buffer[0] & 15;
			this.frames.push({ opcode, payload: Buffer.from(payload),
				masked: this.buffer[1] > 127 });
			if (opcode === CLOSE)
				this.code = length >= 2 ? payload.readUInt16BE(0) : 1005;
			this.buffer = this.buffer.subarray(at + length);
		}
		this.wake();
	}
	wake() {
		for (const waiter of [...this.waiters]) waiter();
	}
	send(bytes) {
		this.socket.write(bytes);
	}
	text(value, opts) {
		this.send(frame(TEXT, typeof value === "string" ? value
			: JSON.stringify(value), opts));
	}
	// First frame that `test` accepts, or undefined after `ms` or the end.
	find(test, ms = 3000) {
		return new Promise((resolve) => {
			const look = () => {
				const hit = this.frames.find(test);
				if (!hit && !this.ended) return;
				clearTimeout(timer);
				this.waiters.delete(look);
				resolve(hit);
			};
			const timer = setTimeout(() => {
				this.waiters.delete(look);
				resolve(undefined);
			}, ms);
			this.waiters.add(look);
			look();
		});
	}
	async json(test, ms) {
		const hit = await this.find((f) => f.opcode === TEXT
			&& test(JSON.parse(f.payload)), ms);
		return hit && JSON.parse(hit.payload);
	}
	res(id, ms) {
		return this.json((o) => o.type === "res" && o.id === id, ms);
	}
	async call(method, params, id = crypto.randomUUID()) {
		this.text({ type: "req", id, method, params });
		return this.res(id);
	}
	// Code of the server's close frame, 1006 when it just went away.
	async closed(ms = 5000) {
		await this.find((f) => f.opcode === CLOSE, ms);
		return this.code ?? (this.ended ? 1006 : undefined);
	}
	destroy() {
		this.socket.destroy();
	}
}

// Opens a raw WebSocket; refuses anything but 101.
export function rawWs({ path, lines, localAddress } = {}) {
	return new Promise((resolve, reject) => {
		const socket = dial(localAddress);
		let head = Buffer.alloc(0);
		const onData = (bytes) => {
			head = Buffer.concat([head, bytes]);
			const end = head.indexOf("\r\n\r\n");
			if (end < 0) return;
			socket.off("data", onData);
			if (!head.toString("latin1").startsWith("HTTP/1.1 101")) {
				socket.destroy();
				reject(new Error(head.toString("latin1").split("\r\n")[0]));
				return;
			}
			const ws = new RawWs(socket);
			open.add(ws);
			if (head.length > end + 4) ws.take(head.subarray(end + 4));
			resolve(ws);
		};
		socket.on("data", onData);
		socket.on("error", reject);
		socket.write(upgradeHead({ path, lines }));
	});
}

// The same, connected: the key goes on the upgrade.
export async function rawConnected(key, { params = {}, localAddress } = {}) {
	const ws = await rawWs({ localAddress,
		lines: [`Authorization: Bearer ${key}`] });
	const hello = await ws.call("connect", { client: { id: "raw",
		version: "1" }, ...params });
	if (!hello?.ok) throw new Error(`no hello: ${JSON.stringify(hello)}`);
	ws.hello = hello.payload;
	return ws;
}
