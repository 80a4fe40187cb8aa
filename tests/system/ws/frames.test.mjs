// Frames that break the protocol, and bytes in amounts that nobody needs:
// the socket ends with the right code, and the worker goes on.

import test from "node:test";
import assert from "node:assert/strict";
import { sleep } from "../lib/moltis.mjs";
import { BINARY, CLOSE, PING, PONG, TEXT, closeAll, closePayload,
	frame, keyOf, rawConnected } from "../lib/rawws.mjs";

const full = await keyOf("operator.admin");
test.after(closeAll);

async function alive() {
	const ws = await rawConnected(full);
	assert.equal((await ws.call("health"))?.ok, true);
	ws.destroy();
}

// Each: what is sent, and the close codes that are right.
const broken = {
	"unmasked frame": [frame(TEXT, "{}", { mask: false }), [1002]],
	"reserved bit 1": [frame(TEXT, "{}", { rsv: 4 }), [1002]],
	"reserved bit 2": [frame(TEXT, "{}", { rsv: 2 }), [1002]],
	"reserved bit 3": [frame(TEXT, "{}", { rsv: 1 }), [1002]],
	"opcode 3": [frame(3, "x"), [1002]],
	"opcode 11": [frame(11, ""), [1002]],
	"opcode 15": [frame(15, "x"), [1002]],
	"binary": [frame(BINARY, "{}"), [1003]],
	"ping of 126 bytes": [frame(PING, "x".repeat(126)), [1002]],
	"fragmented ping": [frame(PING, "x", { fin: false }), [1002]],
	"continuation of nothing": [frame(0, "x"), [1002]],
	"text inside a message": [Buffer.concat([
		frame(TEXT, "{", { fin: false }), frame(TEXT, "}")]), [1002]],
	"length in a longer form": [frame(TEXT, "{}", { form: 16 }), [1002]],
	"length of 2^63": [frame(TEXT, "", { form: 64,
		length: 0x8000000000000000n }), [1002, 1009]],
	"a gigabyte announced": [frame(TEXT, "x", { form: 64,
		length: 1 << 30 }), [1009]],
	"close of one byte": [frame(CLOSE, "x"), [1002]],
	"close code 999": [frame(CLOSE, closePayload(999)), [1002]],
	"close code 1005": [frame(CLOSE, closePayload(1005)), [1002]],
	"close reason not UTF-8": [frame(CLOSE, Buffer.concat([
		closePayload(1000), Buffer.from([0xff])])), [1007]],
	"overlong slash": [frame(TEXT, Buffer.from([0xc0, 0xaf])), [1007]],
	"surrogate": [frame(TEXT, Buffer.from([0xed, 0xa0, 0x80])), [1007]],
	"half a character": [frame(TEXT, Buffer.from([0xc3])), [1007]],
};

for (const [name, [bytes, codes]] of Object.entries(broken)) {
	test(`${name} ends the socket`, async () => {
		const ws = await rawConnected(full);
		ws.send(bytes);
		const code = await ws.closed();
		assert.ok(codes.includes(code), `closed with ${code}`);
		ws.destroy();
	});
}

test("the worker is well after all that", alive);

test("a close is answered with its own code", async () => {
	for (const code of [1000, 1001, 3000, 4999]) {
		const ws = await rawConnected(full);
		ws.send(frame(CLOSE, closePayload(code, "bye")));
		assert.equal(await ws.closed(), code);
		await ws.gone;
	}
});

test("pings are answered, also inside a fragmented message", async () => {
	const ws = await rawConnected(full);
	const request = JSON.stringify({ type: "req", id: "f",
		method: "health" });
	const cut = Math.floor(request.length / 2);
	ws.send(frame(TEXT, request.slice(0, cut), { fin: false }));
	ws.send(frame(PING, "are you there"));
	assert.equal(String((await ws.find((f) => f.opcode === PONG))?.payload),
		"are you there");
	ws.send(frame(0, "", { fin: false }));
	ws.send(frame(0, request.slice(cut)));
	assert.equal((await ws.res("f"))?.ok, true);
	assert.ok(ws.frames.every((f) => !f.masked));
	ws.destroy();
});

test("a message that comes byte by byte is read", async () => {
	const ws = await rawConnected(full);
	const bytes = frame(TEXT, JSON.stringify({ type: "req", id: "s",
		method: "health" }));
	for (const byte of bytes) {
		ws.send(Buffer.from([byte]));
		await sleep(2);
	}
	assert.equal((await ws.res("s"))?.ok, true);
	ws.destroy();
});

test("524288 bytes are read, one more is told and closed", async () => {
	const ws = await rawConnected(full);
	const wrap = (n) => {
		const empty = JSON.stringify({ type: "req", id: "big",
			method: "health", x: "" });
		return empty.replace('"x":""', `"x":"${"y".repeat(n - empty.length)}"`);
	};
	ws.text(wrap(524288));
	assert.equal((await ws.res("big"))?.ok, true);
	ws.text(wrap(524289));
	const told = await ws.json((o) => o.event === "error");
	assert.deepEqual(told.payload, { message: "payload too large",
		maxBytes: 524288, code: "PAYLOAD_TOO_LARGE" });
	assert.equal(await ws.closed(), 1009);
	ws.destroy();
});

test("the limit is of the message, however it is cut", async () => {
	const ws = await rawConnected(full);
	ws.send(frame(TEXT, "x".repeat(300000), { fin: false }));
	ws.send(frame(0, "x".repeat(300000)));
	assert.equal(await ws.closed(), 1009);
	ws.destroy();
});

test("twenty invalid frames are told, the next one ends it", async () => {
	const ws = await rawConnected(full);
	for (let i = 0; i < 20; i++) ws.text("{");
	assert.equal((await ws.call("health"))?.ok, true);
	const told = ws.frames.filter((f) => f.opcode === TEXT
		&& JSON.parse(f.payload).event === "error");
	assert.equal(told.length, 20);
	assert.deepEqual(JSON.parse(told[0].payload).payload,
		{ message: "invalid frame" });
	ws.text("{");
	assert.equal(await ws.closed(), 1008);
	ws.destroy();
});

test("JSON that is no request is an invalid frame", async () => {
	const ws = await rawConnected(full);
	const bad = ["[".repeat(10000), '{"a":'.repeat(40) + "1" + "}".repeat(40),
		'{"type":"req","id":"1","id":"2","method":"health"}',
		'{"type":"req","id":1,"method":"health"}',
		'{"type":"req","id":"","method":"health"}',
		`{"type":"req","id":"${"x".repeat(65)}","method":"health"}`,
		'{"id":"1","method":"health"}', '{"type":"req","id":"1"}',
		'{"type":"req","id":"1","method":"health","params":1e400}',
		'{"type":"req","id":"1","method":"health"} x',
		'\ufeff{"type":"req","id":"1","method":"health"}'];
	for (const text of bad) ws.text(text);
	await ws.call("health");
	const told = ws.frames.filter((f) => f.opcode === TEXT
		&& JSON.parse(f.payload).event === "error");
	assert.equal(told.length, bad.length);
	ws.destroy();
});

test("a flood of pings is ended", async () => {
	const ws = await rawConnected(full);
	ws.send(Buffer.concat(Array.from({ length: 5000 },
		() => frame(PING, "x"))));
	assert.equal(await ws.closed(), 1008);
	ws.destroy();
	await alive();
});

// Answers pile up at somebody who does not read; the worker gives up on him
// and on nobody else.
test("a client that asks and never reads is closed", async () => {
	const ws = await rawConnected(full);
	ws.socket.pause();
	let sent = 0;
	const end = Date.now() + 20000;
	while (!ws.socket.destroyed && Date.now() < end && sent < 20000) {
		for (let i = 0; i < 10; i++, sent++)
			ws.text({ type: "req", id: `r${sent}`,
				method: "x".repeat(120) });
		await sleep(1);
		if (sent % 1000 === 0) await alive();
	}
	ws.socket.resume();
	const code = await ws.closed(3000);
	assert.ok([1013, 1006, undefined].includes(code), String(code));
	ws.destroy();
	await alive();
});
