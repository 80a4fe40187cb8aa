// The program under bad records, crashes and signals, on a socket of its own
// (A3, A75, S290): children that die are replaced, a stop loses nothing.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import test from "node:test";
import { base, env, sleep, until } from "../lib/moltis.mjs";
import { ownFolder, program, startOwn } from "../lib/ownfcgi.mjs";
import { ABORT, PARAMS, STDIN, begin, edgeParams, encodePairs, exchange, fcgi,
	parse, record, requestBytes, stream } from "../lib/rawfcgi.mjs";

const own = ownFolder();
const { folder, pidFile, socket } = own;
const health = (at = socket) => fcgi(at, "GET", "/health");
const honest = () => requestBytes(edgeParams("GET", "/health"));

// libfcgi asks for 2^64 bytes: let it see the refusal, and let its abort be
// an abort.
const start = () => startOwn(own, { ASAN_OPTIONS: `${env.ASAN_OPTIONS ?? ""}`
	+ ":allocator_may_return_null=1:handle_abort=0" });
const ready = () => until(async () => (await health()).status === 200, 15000,
	"health");
const children = (pid) => fs.readFileSync(`/proc/${pid}/task/${pid}/children`,
	"utf8").trim().split(" ").filter(Boolean).map(Number);

let master;
test.before(async () => {
	master = start();
	await ready();
});
test.after(async () => {
	master.kill("SIGTERM");
	const end = await master.ended;
	fs.rmSync(folder, { recursive: true });
	assert.deepEqual(end, { code: 0, signal: null }, master.log);
	assert.doesNotMatch(master.log, /heap-|stack-|runtime error|LeakSanitizer/);
});

test("the socket is for owner and group", () => {
	assert.equal(fs.statSync(socket).mode & 0o777, 0o660);
	assert.equal(fs.statSync(env.MOLTIS_FCGI_SOCKET).mode & 0o007, 0);
	assert.equal(Number(fs.readFileSync(pidFile, "utf8")), master.pid);
});

test("the programs leave no core dumps", () => {
	for (const pid of [master.pid, ...children(master.pid)])
		assert.match(fs.readFileSync(`/proc/${pid}/limits`, "utf8"),
			/Max core file size\s+0\s+0/);
});

test("lengths that overflow cost one child and no more", async () => {
	/* Two name-value lengths of 0x7ffffffe: known to end libfcgi 2.4.2. */
	const evil = Buffer.concat([begin(), record(PARAMS,
		Buffer.from("fffffffefffffffe", "hex")), record(PARAMS)]);
	for (let i = 0; i < 6; i++) {
		await exchange(socket, evil, { ms: 2000 });
		await until(async () => (await health()).status === 200, 5000,
			"the next request");
	}
	await until(() => children(master.pid).length === 2, 5000, "both children");
	assert.equal(master.exitCode, null);
});

test("huge single lengths and cut pairs are survived", async () => {
	for (const hex of ["ffffffff00", "00ffffffff", "ffffffff", "80", "8000",
		"800000", "0a", "0a0a4141", "fffffff0ffffff0041", "7f7f"]) {
		const bytes = Buffer.concat([begin(),
			record(PARAMS, Buffer.from(hex, "hex")), record(PARAMS),
			record(STDIN)]);
		await exchange(socket, bytes, { ms: 2000, end: true });
		await until(async () => (await health()).status === 200, 5000, hex);
	}
});

test("names and values of 64 KiB are refused, not fatal", async () => {
	for (const pair of [["X".repeat(65536), "1"], ["HTTP_X", "1".repeat(65536)],
		["HTTP_COOKIE", "c".repeat(70000)],
		["HTTP_X".repeat(12000), "v".repeat(65536)]]) {
		const pairs = [...edgeParams("GET", "/api/sessions", {}, base.host),
			pair];
		const result = parse((await exchange(socket,
			requestBytes(pairs))).bytes);
		assert.ok([400, 401].includes(result.status), String(result.status));
	}
	const many = edgeParams("GET", "/health");
	for (let i = 0; i < 3000; i++)
		many.push([`HTTP_X${i}`, "v"]);
	assert.equal(parse((await exchange(socket, requestBytes(many))).bytes)
		.status, 400);
	const none = parse((await exchange(socket, requestBytes([]))).bytes);
	assert.equal(none.status, 400);
	assert.equal((await health()).status, 200);
});

test("parameters that end too early are not a request", async () => {
	const pairs = encodePairs(edgeParams("GET", "/health"));
	for (const parts of [[begin(), record(PARAMS, pairs)],
		[begin(), record(PARAMS, pairs, { length: pairs.length + 9 })]]) {
		const result = parse((await exchange(socket, Buffer.concat(parts),
			{ end: true })).bytes);
		assert.notEqual(result.status, 200);
	}
	assert.equal((await health()).status, 200);
});

test("aborted, mixed and wrong records are survived", async () => {
	const pairs = encodePairs(edgeParams("POST", "/api/auth/login",
		{ CONTENT_LENGTH: "100", CONTENT_TYPE: "application/json" },
		base.host));
	const rows = {
		"abort before parameters": [begin(), record(ABORT)],
		"abort in the body": [begin(), stream(PARAMS, pairs),
			record(STDIN, "{"), record(ABORT)],
		"wrong version": [record(1, Buffer.alloc(8), { version: 9 })],
		"begin twice": [begin(), begin(), stream(PARAMS, pairs)],
		"another request id": [begin({ id: 1 }), stream(PARAMS, pairs, 2)],
		"unknown role": [begin({ role: 9 }), stream(PARAMS, pairs)],
		"authorizer": [begin({ role: 2 }), stream(PARAMS, pairs),
			record(STDIN)],
		"short begin": [record(1, Buffer.alloc(3))],
		"body before parameters": [begin(), record(STDIN, "{}")],
		"management": [record(9, encodePairs([["FCGI_MAX_CONNS", ""]]),
			{ id: 0 }), honest()],
		"many management names": [record(9, encodePairs(
			Array.from({ length: 200 }, () => ["FCGI_MAX_CONNS", ""])),
		{ id: 0 })],
		"unknown management": [record(99, "x", { id: 0 })],
		"nothing": [],
		"HTTP": ["GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
	};
	for (const [name, parts] of Object.entries(rows)) {
		await exchange(socket, Buffer.concat(parts.map((p) => Buffer.from(p))),
			{ end: true, ms: 5000 });
		await until(async () => (await health()).status === 200, 5000, name);
	}
});

test("random records do no harm", async () => {
	/* The seed is printed by a failure, so that it can be repeated. */
	const seed = crypto.randomBytes(4).readUInt32BE();
	let state = seed;
	const random = (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state % n;
	};
	const valid = honest();
	for (let i = 0; i < 300; i++) {
		let bytes;
		if (i % 3 === 0) {
			bytes = Buffer.from(Array.from({ length: random(2000) },
				() => random(256)));
		} else if (i % 3 === 1) {
			bytes = Buffer.from(valid);
			for (let j = 0; j < 1 + random(6); j++)
				bytes[random(bytes.length)] = random(256);
		} else {
			bytes = Buffer.concat(Array.from({ length: 1 + random(6) }, () =>
				record(random(13), crypto.randomBytes(random(80)), {
					id: random(3), padding: random(256),
					length: random(4) ? undefined : random(65536) })));
		}
		await exchange(socket, bytes, { end: true, ms: 3000 });
	}
	await until(async () => (await health()).status === 200, 5000,
		`health after seed ${seed}`);
	await until(() => children(master.pid).length === 2, 5000,
		`both children after seed ${seed}`);
});

test("a killed child is replaced at once", async () => {
	const before = children(master.pid);
	for (const pid of before)
		process.kill(pid, "SIGKILL");
	const started = Date.now();
	await until(async () => (await health()).status === 200, 5000, "health");
	assert.ok(Date.now() - started < 3000);
	await until(() => children(master.pid)
		.filter((pid) => !before.includes(pid)).length === 2, 5000,
	"two new children");
});

test("slow clients do not hold up the others", async () => {
	const slow = Array.from({ length: 4 }, () => {
		const connection = net.connect(socket);
		connection.on("error", () => {});
		connection.write(begin());
		return connection;
	});
	await sleep(200);
	for (let i = 0; i < 10; i++)
		assert.equal((await health()).status, 200);
	for (const connection of slow)
		connection.destroy();
});

test("a second master on the same socket gives up", () => {
	const second = spawnSync(program, own.args, { encoding: "utf8",
		timeout: 20000, env });
	assert.equal(second.status, 1);
	assert.match(second.stderr, /another process/);
});

test("a file in the socket's place is not removed", () => {
	const bad = ownFolder({ socket: "precious" });
	fs.writeFileSync(bad.socket, "keep");
	const other = spawnSync(program, bad.args, { encoding: "utf8",
		timeout: 20000, env });
	assert.equal(other.status, 1);
	assert.match(other.stderr, /is no socket/);
	assert.equal(fs.readFileSync(bad.socket, "utf8"), "keep");
	fs.rmSync(bad.folder, { recursive: true });
});

test("bad arguments end with 2, a bad configuration with 1", () => {
	const run = (args) => spawnSync(program, args,
		{ encoding: "utf8", timeout: 20000, env });
	assert.equal(run(["--nonsense"]).status, 2);
	assert.equal(run(["--conf"]).status, 2);
	const missing = run(["--conf", path.join(folder, "none.conf")]);
	assert.equal(missing.status, 1);
	assert.match(missing.stderr, /none\.conf/);
});

test("a killed master takes its children along and can be started again",
	async () => {
		const [child] = children(master.pid);
		master.kill("SIGKILL");
		await master.ended;
		assert.ok(fs.existsSync(socket), "the socket is left behind");
		await until(() => !fs.existsSync(`/proc/${child}`)
			|| /\bZ\b/.test(fs.readFileSync(`/proc/${child}/stat`, "utf8")),
		25000, "the children's end");
		master = start();
		await ready();
		assert.equal(Number(fs.readFileSync(pidFile, "utf8")), master.pid);
	});

test("a stop serves what has begun and removes the socket", async () => {
	/* A request whose body is still on its way when the signal comes. */
	const body = JSON.stringify({});
	const pairs = edgeParams("POST", "/api/auth/logout",
		{ CONTENT_LENGTH: String(body.length), REMOTE_ADDR: "198.18.255.1",
			CONTENT_TYPE: "application/json",
			HTTPS: base.protocol === "https:" ? "on" : "" }, base.host);
	const connection = net.connect(socket);
	const parts = [];
	connection.on("data", (part) => parts.push(part));
	const closed = new Promise((done) => connection.once("close", done));
	connection.write(Buffer.concat([begin(),
		stream(PARAMS, encodePairs(pairs))]));
	await sleep(300);
	master.kill("SIGTERM");
	await until(() => !fs.existsSync(socket), 5000, "the socket's end");
	await sleep(300);
	connection.end(stream(STDIN, body));
	await closed;
	const answer = parse(Buffer.concat(parts));
	assert.equal(answer.status, 200, answer.text);
	assert.deepEqual(await master.ended, { code: 0, signal: null }, master.log);
	assert.ok(!fs.existsSync(pidFile));
	master = start();
	await ready();
});
