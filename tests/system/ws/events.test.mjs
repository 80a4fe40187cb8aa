// Events: numbered without gaps, in order, once a socket, resumed after a
// break, only for those who may get them, and not a second longer than that.

import test from "node:test";
import assert from "node:assert/strict";
import { api, connectWs as connectFree, key, revoke, setup, sleep }
	from "../lib/moltis.mjs";
import { closeAll, keyOf, tracked } from "../lib/rawws.mjs";

const connectWs = tracked(connectFree);
test.after(closeAll);

const cookie = () => setup().cookie;
const seqs = (ws) => ws.events.filter((e) => e.seq !== undefined)
	.map((e) => e.seq);
const named = (s) => (e) => e.event === "session"
	&& e.payload.sessionKey === s.key;

function gapFree(list, what) {
	for (let i = 1; i < list.length; i++)
		assert.equal(list[i], list[i - 1] + 1, `${what}: ${list}`);
}

async function remove(ws, ...sessions) {
	for (const s of sessions) await ws.call("sessions.delete", { key: s.key });
}

test("every socket of an account gets every event once, in order", async () => {
	const sockets = await Promise.all([1, 2, 3].map(() =>
		connectWs({ cookie: cookie() })));
	const made = [];
	for (let i = 0; i < 10; i++)
		made.push(await sockets[i % 3].call("sessions.create", {}));
	for (const ws of sockets) {
		await ws.event(named(made[9]), 5000, "last event");
		for (const s of made)
			assert.equal(ws.events.filter(named(s)).length, 1);
		gapFree(seqs(ws), "seq");
	}
	await remove(sockets[0], ...made);
	sockets.forEach((ws) => ws.close());
});

test("what REST changes is heard on the socket", async () => {
	const ws = await connectWs({ cookie: cookie() });
	const answer = await api("POST", "/api/sessions", { cookie: cookie(),
		body: {} });
	await ws.event(named(answer.json), 6000, "event of a REST change");
	await remove(ws, answer.json);
	ws.close();
});

test("a client that comes back gets what it missed, once", async () => {
	const first = await connectWs({ cookie: cookie() });
	const seen = await first.call("sessions.create", {});
	await first.event(named(seen));
	const last = Math.max(...seqs(first));
	first.close();
	const other = await connectWs({ cookie: cookie() });
	const missed = [];
	for (let i = 0; i < 5; i++)
		missed.push(await other.call("sessions.create", {}));
	for (const params of [{ lastSeq: last }, { protocol: { min: 3, max: 4 },
		minProtocol: undefined, maxProtocol: undefined,
		extensions: { moltis: { lastSeq: last } } }]) {
		const back = await connectWs({ cookie: cookie(), params });
		assert.equal(back.hello.snapshot.resumed, true);
		assert.ok(back.hello.snapshot.seq >= last + 5);
		if (params.protocol) {
			back.close();
			continue;
		}
		await back.event(named(missed[4]), 5000, "replay");
		assert.ok(!back.events.some(named(seen)), "seen before");
		for (const s of missed)
			assert.equal(back.events.filter(named(s)).length, 1);
		const fresh = await other.call("sessions.create", {});
		await back.event(named(fresh), 5000, "live after replay");
		gapFree(seqs(back), "replay and live");
		assert.equal(seqs(back)[0], last + 1);
		missed.push(fresh);
		back.close();
	}
	await remove(other, seen, ...missed);
	other.close();
});

test("a number from the future is not resumed", async () => {
	const ws = await connectWs({ cookie: cookie(),
		params: { lastSeq: 1e12 } });
	assert.equal(ws.hello.snapshot.resumed, false);
	ws.close();
});

test("a client without a number starts from now", async () => {
	const ws = await connectWs({ cookie: cookie() });
	const made = await ws.call("sessions.create", {});
	await ws.event(named(made));
	assert.equal(seqs(ws)[0], ws.hello.snapshot.seq + 1);
	await remove(ws, made);
	ws.close();
});

test("a key for approvals alone hears nothing of sessions", async () => {
	const quiet = await connectWs({ bearer: await keyOf("operator.approvals") });
	const reader = await connectWs({ bearer: await keyOf("operator.read") });
	const writer = await connectWs({ cookie: cookie() });
	const made = await writer.call("sessions.create", {});
	await reader.event(named(made), 5000, "reader hears");
	await sleep(300);
	assert.ok(!quiet.events.some((e) => e.event === "session"));
	await remove(writer, made);
	[quiet, reader, writer].forEach((ws) => ws.close());
});

test("a revoked key's sockets are closed within a second", async () => {
	const made = await key("operator.admin", { full: true });
	const sockets = await Promise.all([connectWs({ bearer: made.key }),
		connectWs({ key: made.key })]);
	const other = await connectWs({ cookie: cookie() });
	const begun = Date.now();
	assert.equal((await revoke(made.id)).status, 200);
	for (const ws of sockets) {
		const { code, reason } = await ws.closed;
		assert.equal(code, 1008);
		assert.equal(reason, "credential revoked");
		assert.ok(Date.now() - begun < 2000, `${Date.now() - begun} ms`);
	}
	await assert.rejects(connectWs({ key: made.key }),
		/authentication failed/);
	assert.equal((await other.frame("health")).ok, true, "others stay");
	other.close();
});
