// From an open socket to an identity: the shapes of connect, the credentials,
// what is refused and how.

import test from "node:test";
import assert from "node:assert/strict";
import { connectWs as connectFree, openWs as openFree, password, setup }
	from "../lib/moltis.mjs";
import { closeAll, keyOf, rawWs, tracked } from "../lib/rawws.mjs";

const connectWs = tracked(connectFree);
const openWs = tracked(openFree);
test.after(closeAll);

const client = { id: "t", version: "1.0.0" };
const ALL = ["operator.admin", "operator.read", "operator.write",
	"operator.approvals", "operator.pairing"];

test("the documented short sample connects, without type or id", async () => {
	const ws = await rawWs({ path: "/ws" });
	ws.text({ method: "connect", params: { client,
		auth: { api_key: await keyOf("operator.read") } } });
	const hello = await ws.res("connect");
	assert.equal(hello.ok, true);
	const h = hello.payload;
	assert.equal(h.type, "hello-ok");
	assert.equal(h.protocol, 4);
	assert.match(h.server.version, /^\d+\.\d+/);
	assert.match(h.server.connId, /^[0-9a-f-]{36}$/);
	assert.deepEqual(h.policy, { maxPayload: 524288,
		maxBufferedBytes: 1572864, tickIntervalMs: 30000 });
	assert.deepEqual(h.auth.scopes, ["operator.read"]);
	assert.equal(h.auth.role, "operator");
	assert.equal(h.snapshot.resumed, false);
	ws.destroy();
});

test("flat and nested forms agree on a version", async () => {
	const cookie = setup().cookie;
	for (const [params, version] of [
		[{ minProtocol: 3, maxProtocol: 3 }, 3],
		[{ minProtocol: 4, maxProtocol: 4 }, 4],
		[{ minProtocol: 2, maxProtocol: 7 }, 4],
		[{ protocol: { min: 3, max: 4 } }, 4],
		[{ protocol: { min: 3, max: 3 } }, 3]]) {
		const ws = await openWs({ cookie });
		const hello = await ws.frame("connect", { client, ...params });
		assert.equal(hello.payload?.protocol, version, JSON.stringify(params));
		ws.close();
	}
});

test("a version mismatch is named, then closed", async () => {
	const ws = await openWs({ cookie: setup().cookie });
	const answer = await ws.frame("connect", { client, minProtocol: 5,
		maxProtocol: 6 });
	assert.equal(answer.ok, false);
	assert.equal(answer.error.message,
		"protocol mismatch: server=4, client=5-6");
	assert.equal((await ws.closed).code, 1002);
});

test("a cookie has all scopes; a key on the upgrade has its own", async () => {
	const byCookie = await connectWs({ cookie: setup().cookie });
	assert.deepEqual(byCookie.hello.auth.scopes, ALL);
	byCookie.close();
	const read = await keyOf("operator.read");
	const full = await keyOf("operator.admin");
	// The bearer decides: no union with the cookie or the key in connect.
	const both = await connectWs({ bearer: read, cookie: setup().cookie,
		key: full });
	assert.deepEqual(both.hello.auth.scopes, ["operator.read"]);
	assert.ok(!both.hello.features.methods.includes("chat.send"));
	assert.ok(both.hello.features.methods.includes("subscribe"));
	const refused = await both.frame("chat.send", { text: "no" });
	assert.equal(refused.error.message, "missing scope: operator.write");
	both.close();
});

test("a password in connect signs in", async () => {
	const ws = await openWs({ headers: {} });
	const hello = await ws.frame("connect", { client,
		auth: { username: setup().username, password } });
	assert.equal(hello.ok, true, JSON.stringify(hello.error));
	assert.deepEqual(hello.payload.auth.scopes, ALL);
	ws.close();
});

test("claimed scopes narrow and never widen", async () => {
	const read = await keyOf("operator.read");
	const wide = await connectWs({ bearer: read, params: { scopes: ALL } });
	assert.deepEqual(wide.hello.auth.scopes, ["operator.read"]);
	wide.close();
	const narrow = await connectWs({ cookie: setup().cookie,
		params: { scopes: ["operator.read"] } });
	assert.deepEqual(narrow.hello.auth.scopes, ["operator.read"]);
	const refused = await narrow.frame("sessions.create", {});
	assert.equal(refused.error.message, "missing scope: operator.write");
	narrow.close();
});

test("another role connects and can call nothing", async () => {
	const ws = await connectWs({ cookie: setup().cookie,
		params: { role: "viewer" } });
	assert.deepEqual(ws.hello.features.methods, []);
	for (const method of ["health", "subscribe", "chat.send"]) {
		const answer = await ws.frame(method, {});
		assert.equal(answer.error?.message, "unauthorized role: viewer");
	}
	ws.close();
});

test("keys that are not quite keys do not connect", async () => {
	const full = await keyOf("operator.admin");
	const bad = [full.slice(0, -1), `${full} `, `${full}\n`, `${full}x`,
		full.toUpperCase(), full.slice(3), `mk_${"A".repeat(43)}`, ""];
	for (const [i, api_key] of bad.entries()) {
		const ws = await rawWs({ localAddress: `127.0.0.${30 + i}` });
		const answer = await ws.call("connect", { client,
			auth: { api_key } });
		assert.equal(answer?.ok, false, JSON.stringify(api_key));
		assert.equal(answer.error.message, "authentication failed");
		assert.equal(await ws.closed(), 1008);
		ws.destroy();
	}
});

test("a bad bearer is not saved by a good key in connect", async () => {
	const full = await keyOf("operator.admin");
	for (const bearer of [`mk_${"A".repeat(43)}`, ` ${full}`, "x"]) {
		const ws = await rawWs({ localAddress: "127.0.0.23",
			lines: [`Authorization: Bearer ${bearer}`] });
		const answer = await ws.call("connect", { client,
			auth: { api_key: full } });
		assert.equal(answer?.error?.message, "authentication failed");
		ws.destroy();
	}
});

test("a key in the query or a cookie is no credential", async () => {
	const full = await keyOf("operator.admin");
	for (const opts of [{ path: `/ws?api_key=${full}` },
		{ lines: [`X-Api-Key: ${full}`] }]) {
		const ws = await rawWs({ ...opts, localAddress: "127.0.0.24" });
		const answer = await ws.call("connect", { client });
		assert.equal(answer?.error?.message, "authentication failed");
		ws.destroy();
	}
});

test("anything but connect first is closed without a word", async () => {
	for (const [i, text] of ['{"type":"req","id":"1","method":"health"}',
		"{", "[]", '{"type":"res","id":"1","ok":true}',
		'{"type":"event","event":"x"}', "\"connect\"",
		'{"type":"req","id":7,"method":"connect"}'].entries()) {
		const ws = await rawWs({ localAddress: `127.0.0.${40 + i}` });
		ws.text(text);
		assert.equal(await ws.closed(), 1002, text);
		assert.equal(ws.frames.filter((f) => f.opcode === 1).length, 0, text);
		ws.destroy();
	}
});

test("wrong members of connect are named", async () => {
	for (const [params, message] of [
		[{ client: 7 }, "client must be an object"],
		[{ client, minProtocol: "3" }, "minProtocol must be a whole number"],
		[{ client, auth: { api_key: 1 } }, "auth.api_key must be text"],
		[{ client, lastSeq: -1 }, "lastSeq must not be negative"]]) {
		const ws = await openWs({ cookie: setup().cookie });
		const answer = await ws.frame("connect", params);
		assert.equal(answer.error?.message, message);
		await ws.closed;
	}
});

test("requests behind connect wait for its answer", async () => {
	const ws = await rawWs({ lines: [
		`Authorization: Bearer ${await keyOf("operator.read")}`] });
	ws.text({ type: "req", id: "a", method: "connect", params: { client } });
	ws.text({ type: "req", id: "b", method: "health" });
	ws.text({ type: "req", id: "c", method: "sessions.list" });
	for (const id of ["a", "b", "c"])
		assert.equal((await ws.res(id))?.ok, true, id);
	ws.destroy();
});

test("a socket that says nothing is closed after ten seconds", async () => {
	const begun = Date.now();
	const ws = await rawWs({ localAddress: "127.0.0.25" });
	assert.equal(await ws.closed(15000), 1008);
	const took = Date.now() - begun;
	assert.ok(took > 8000 && took < 13000, `${took} ms`);
	ws.destroy();
});
