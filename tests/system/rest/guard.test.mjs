// Tries that are counted and people who are not held up by them: logins,
// bans and locks (S166, S223-S225, A10), known browsers, limits of a person's
// calls, networks of keys.

import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import test from "node:test";
import { api, base, connectWs, env, key, password, reauth, revoke, setup,
	until } from "../lib/moltis.mjs";
import { ownerSql } from "../lib/owner.mjs";
import { ownFolder, startOwn } from "../lib/ownfcgi.mjs";
import { direct, fcgi } from "../lib/rawfcgi.mjs";

const raw = direct(env);
const { cookie, username } = setup();
const read = await key(["operator.read"], { full: true });
const bearer = { HTTP_AUTHORIZATION: `Bearer ${read.key}` };
// What this file locks would be locked for the next one as well.
test.after(async () => {
	ownerSql("TRUNCATE moltis.bans, moltis.login_failures");
	await revoke(read.id);
});

const login = (peer, body, params = {}) => raw("POST", "/api/auth/login", {
	body: JSON.stringify(body), params: { REMOTE_ADDR: peer, ...params } });

// Through the edge, from an address of the test's own.
function fromAddress(localAddress, body, headers) {
	const client = base.protocol === "https:" ? https : http;
	const data = JSON.stringify(body);
	return new Promise((resolve, reject) => {
		const req = client.request({ method: "POST", path: "/api/auth/login",
			host: "127.0.0.1", port: base.port, localAddress, agent: false,
			servername: base.hostname, rejectUnauthorized: false,
			headers: { host: base.host, "content-type": "application/json",
				"content-length": Buffer.byteLength(data), ...headers } },
		(res) => {
			let text = "";
			res.on("data", (part) => { text += part; });
			res.on("end", () => resolve({ status: res.statusCode,
				headers: res.headers, json: JSON.parse(text) }));
		});
		req.on("error", reject);
		req.end(data);
	});
}

function refused(answer) {
	assert.equal(answer.status, 429, JSON.stringify(answer.json));
	assert.equal(answer.json.code, "RATE_LIMITED");
	assert.match(answer.headers["retry-after"], /^[1-9]\d*$/);
	assert.equal(answer.json.retry_after_seconds,
		Number(answer.headers["retry-after"]));
}

test("the sixth login of an address waits, whatever it forwards", async () => {
	const claim = (i) => ({ "x-forwarded-for": `203.0.113.${i}`,
		"x-real-ip": `203.0.113.${i}`, forwarded: `for=203.0.113.${i}`,
		"cf-connecting-ip": `203.0.113.${i}` });
	for (let i = 0; i < 5; i++) {
		const answer = await fromAddress("127.0.0.77",
			{ username: `nobody-${i}`, password }, claim(i));
		assert.equal(answer.status, 401);
	}
	for (let i = 5; i < 8; i++)
		refused(await fromAddress("127.0.0.77", { username, password },
			claim(i)));
	const other = await fromAddress("127.0.0.78", { username, password }, {});
	assert.equal(other.status, 200, "another address may");
});

test("who is signed in is not held up by a stranger of the same address",
	async () => {
		const peer = "198.51.100.66";
		for (let i = 0; i < 6; i++)
			await login(peer, { username: "nobody", password });
		refused(await login(peer, { username, password }));
		const strange = () => raw("GET", "/api/sessions",
			{ params: { REMOTE_ADDR: peer } });
		let answer = await strange();
		for (let i = 0; i < 400 && answer.status === 401; i++)
			answer = await strange();
		refused(answer);
		for (const params of [{ HTTP_COOKIE: cookie }, bearer]) {
			const mine = await raw("GET", "/api/sessions",
				{ params: { REMOTE_ADDR: peer, ...params } });
			assert.equal(mine.status, 200);
			const state = await raw("GET", "/api/auth/status",
				{ params: { REMOTE_ADDR: peer, ...params } });
			assert.equal(state.json.authenticated, true);
		}
		const wrong = await raw("GET", "/api/sessions", { params: {
			REMOTE_ADDR: peer,
			HTTP_AUTHORIZATION: `Bearer mk_${"A".repeat(43)}` } });
		assert.equal(wrong.status, 429, "a key that is none is a stranger");
	});

test("a known browser signs in through a locked name", async () => {
	const first = await login("198.51.100.70", { username, password });
	assert.equal(first.status, 200);
	const lines = first.headerList.filter(([name]) => name === "set-cookie")
		.map(([, value]) => value);
	assert.equal(lines.length, 2);
	const device = lines.find((l) => l.startsWith("moltis_device="));
	assert.match(device, new RegExp("^moltis_device=[A-Za-z0-9_-]{43}; "
		+ "HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age=15552000$"));
	const known = { HTTP_COOKIE: device.split(";")[0] };
	assert.equal((await raw("GET", "/api/sessions", { params: known })).status,
		401, "it opens nothing");
	for (let i = 0; i < 3; i++)
		assert.equal((await login(`198.51.100.8${i}`,
			{ username, password: "not-the-password" })).status, 401);
	refused(await login("198.51.100.90", { username, password }));
	const mine = await login("198.51.100.90", { username, password }, known);
	assert.equal(mine.status, 200, mine.text);
	assert.ok(!mine.headerList.some(([name, value]) => name === "set-cookie"
		&& value.startsWith("moltis_device=")), "it keeps its name");
	const twice = await login("198.51.100.90", { username, password },
		{ HTTP_COOKIE: `${known.HTTP_COOKIE}; ${known.HTTP_COOKIE}` });
	refused(twice);
	// A success of the person does not open the name to strangers.
	refused(await login("198.51.100.91", { username, password }));
	// And a signed-in person notices nothing.
	assert.equal((await api("GET", "/api/auth/whoami", { cookie })).status, 200);
});

test("a key is good in its networks only, also on a socket", async (t) => {
	await reauth();
	const make = (networks) => api("POST", "/api/auth/api-keys", { cookie,
		body: { label: "near", scopes: ["operator.read"], networks } });
	const bad = await make(["203.0.113.0/24", "203.0.113.1/24"]);
	assert.equal(bad.status, 400);
	assert.equal(bad.json.field, "networks");
	assert.match(bad.json.error, /networks\[1\]/);
	const far = (await make(["203.0.113.0/24", "2001:db8:9::/48"])).json;
	const near = (await make(["127.0.0.0/8"])).json;
	t.after(async () => {
		await revoke(far.id);
		await revoke(near.id);
	});
	const from = async (made, peer) => (await raw("GET", "/api/auth/whoami", {
		params: { REMOTE_ADDR: peer, HTTP_X_FORWARDED_FOR: "203.0.113.9",
			HTTP_AUTHORIZATION: `Bearer ${made.key}` } })).status;
	assert.equal(await from(far, "203.0.113.9"), 200);
	assert.equal(await from(far, "2001:db8:9:1::1"), 200);
	assert.equal(await from(far, "192.0.2.9"), 403);
	assert.equal(await from(far, "2001:db8:a::1"), 403);
	await assert.rejects(connectWs({ key: far.key }),
		/may not be used from this address/);
	for (const how of [{ key: near.key }, { bearer: near.key }]) {
		const ws = await connectWs(how);
		assert.equal((await ws.frame("health", {})).ok, true);
		ws.close();
	}
	const list = (await api("GET", "/api/auth/api-keys", { cookie })).json;
	const row = list.api_keys.find((k) => k.id === far.id);
	assert.deepEqual(row.networks, ["203.0.113.0/24", "2001:db8:9::/48"]);
	assert.equal(row.last_used_from, "2001:db8:9:1::1");
});

test("the owner hears of a key that is used from a new address", async (t) => {
	const made = await key(["operator.read"], { full: true });
	t.after(() => revoke(made.id));
	const ws = await connectWs({ cookie });
	const use = (peer) => raw("GET", "/api/status", { params: {
		REMOTE_ADDR: peer, HTTP_AUTHORIZATION: `Bearer ${made.key}` } });
	await use("203.0.113.20");
	await use("203.0.113.21");
	const event = await ws.event((e) =>
		e.event === "security.key.new_address", 10000, "the alert");
	assert.equal(event.payload.severity, "alert");
	assert.equal(event.payload.key_id, made.id);
	assert.equal(event.payload.address, "203.0.113.21");
	ws.close();
});

test("a person may only call so often", async () => {
	const own = ownFolder({ processes: 2, threads: 2 });
	fs.appendFileSync(own.conf, "limits: { calls_per_min = 60; };\n");
	const master = startOwn(own);
	const call = (params) => fcgi(own.socket, "GET", "/api/status",
		{ host: base.host, params: { REMOTE_ADDR: "192.0.2.33",
			HTTPS: base.protocol === "https:" ? "on" : "", ...params } });
	try {
		await until(async () => (await call({})).status === 401, 15000);
		ownerSql("DELETE FROM moltis.throttle WHERE class LIKE 'calls.%'");
		let good = 0, last;
		for (let i = 0; i < 80; i++) {
			last = await call(bearer);
			good += last.status === 200;
		}
		// Blocks of two: each process may let one more through.
		assert.ok(good >= 60 && good <= 62, `${good} of 60`);
		refused(last);
		// By cookie it is the same person; the other process may have
		// its one left.
		for (let i = 0; i < 3 && last.status !== 200; i++)
			last = await call({ HTTP_COOKIE: cookie });
		for (let i = 0; i < 3 && last.status === 200; i++)
			last = await call({ HTTP_COOKIE: cookie });
		refused(last);
		assert.equal((await call({})).status, 401, "a stranger is a stranger");
		assert.equal((await raw("GET", "/api/auth/whoami",
			{ params: bearer })).status, 200, "limits are the deployment's");
	} finally {
		master.kill("SIGTERM");
		await master.ended;
		fs.rmSync(own.folder, { recursive: true });
	}
});
