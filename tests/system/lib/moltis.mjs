// One deployment as its users see it: REST, WebSocket, credentials.
//
// tests/run starts the deployment and tests/system/lib/prepare.mjs sets it up
// once; every test file is a process of its own and reads what was made then.

import { execFileSync } from "node:child_process";
import http from "node:http";
import https from "node:https";
import crypto from "node:crypto";
import fs from "node:fs";
import { after } from "node:test";
import WebSocket from "ws";
import { direct } from "./rawfcgi.mjs";

export const env = process.env;
export const base = new URL(env.MOLTIS_URL);
export const password = "correct-battery-horse-7";

const agent = (base.protocol === "https:" ? https : http);
const TLS = { rejectUnauthorized: false };

// Sends one request.  `body` is JSON unless it is text or bytes; a header set
// to null is not sent.  With a cookie the page's own Origin is added.
export function request(method, path, opts = {}) {
	const { body, cookie, key, headers = {}, timeout = 20000 } = opts;
	const all = { host: base.host };
	let data;
	if (body !== undefined) {
		data = typeof body === "string" || Buffer.isBuffer(body) ? body
			: JSON.stringify(body);
		all["content-type"] = "application/json";
		all["content-length"] = Buffer.byteLength(data);
	}
	if (cookie) {
		all.cookie = cookie;
		all.origin = base.origin;
	}
	if (key) all.authorization = `Bearer ${key}`;
	for (const [name, value] of Object.entries(headers)) {
		if (value === null) delete all[name.toLowerCase()];
		else all[name.toLowerCase()] = value;
	}
	return new Promise((resolve, reject) => {
		const req = agent.request({ ...TLS, method, path, headers: all,
			host: base.hostname, port: base.port, timeout, agent: false },
		(res) => {
			const parts = [];
			res.on("data", (part) => parts.push(part));
			res.on("error", reject);
			res.on("end", () => {
				const bytes = Buffer.concat(parts);
				const text = bytes.toString("utf8");
				let json;
				try { json = JSON.parse(text); } catch { /* not JSON */ }
				resolve({ status: res.statusCode, headers: res.headers,
					text, bytes, json });
			});
		});
		req.on("timeout", () => req.destroy(new Error("timeout")));
		req.on("error", reject);
		req.end(data);
	});
}
export const api = request;

const stateFile = () => `${env.MOLTIS_TEST_STATE}/prepared.json`;

// What prepare.mjs made: {cookie, username, password}.
export function setup() {
	return JSON.parse(fs.readFileSync(stateFile(), "utf8"));
}
export function remember(state) {
	fs.writeFileSync(stateFile(), JSON.stringify(state), { mode: 0o600 });
}

export function cookieOf(response) {
	const line = (response.headers["set-cookie"] ?? [])
		.find((text) => text.startsWith("moltis_session="));
	return line?.split(";")[0];
}

// What asks for a fresh proof works again for ten minutes.
export async function reauth(cookie = setup().cookie) {
	const answer = await request("POST", "/api/auth/reauth",
		{ cookie, body: { password } });
	if (answer.status !== 200)
		throw new Error(`no proof: ${answer.status} ${answer.text}`);
}

// Sends what may ask for a fresh proof, and gives it when it does.
export async function fresh(method, path, opts = {}) {
	const cookie = opts.cookie ?? setup().cookie;
	const answer = await request(method, path, { ...opts, cookie });
	if (answer.json?.code !== "REAUTH_REQUIRED") return answer;
	await reauth(cookie);
	return request(method, path, { ...opts, cookie });
}

// An invitation: {id, token, url}.  Into the account of `cookie` with
// `scopes`; without scopes, to an account of one's own.
export async function invite({ cookie, scopes, ...more } = {}) {
	const answer = await fresh("POST",
		scopes ? "/api/invites" : "/api/admin/invites", { cookie,
			body: scopes ? { scopes, ...more } : { kind: "account", ...more } });
	if (answer.status !== 200)
		throw new Error(`no invitation: ${answer.status} ${answer.text}`);
	return answer.json;
}

// Accepts as somebody at an address of his own, so that the many people of
// the tests are not one busy stranger; answers like request().
const stranger = direct(env);
export async function accept(body, params = {}) {
	const raw = await stranger("POST", "/api/auth/invite/accept",
		{ body: JSON.stringify(body), params });
	return { ...raw, headers: { ...raw.headers,
		"set-cookie": [raw.headers["set-cookie"] ?? ""] } };
}

// A new person, {username, password, cookie, user, account}: with an account
// of his own, or with `scopes` a member of the account of `cookie` (else the
// prepared person's).
export async function makePerson({ username, ...invitation } = {}) {
	const name = username ?? `person-${crypto.randomUUID().slice(0, 8)}`;
	const { token } = await invite(invitation);
	const answer = await accept({ token, username: name, password });
	if (answer.status !== 200)
		throw new Error(`no person: ${answer.status} ${answer.text}`);
	const cookie = cookieOf(answer);
	const who = (await request("GET", "/api/auth/whoami", { cookie })).json;
	return { username: name, password, cookie, user: who.user,
		account: who.account };
}

// A new API key of the prepared person; `full` answers the whole reply.
export async function key(scopes, { label = "test", full = false } = {}) {
	const list = Array.isArray(scopes) ? scopes : [scopes];
	const make = () => request("POST", "/api/auth/api-keys",
		{ cookie: setup().cookie, body: { label, scopes: list } });
	let answer = await make();
	if (answer.json?.code === "REAUTH_REQUIRED") {
		await reauth();
		answer = await make();
	}
	if (answer.status !== 200)
		throw new Error(`no key: ${answer.status} ${answer.text}`);
	return full ? answer.json : answer.json.key;
}

// As the operator, who alone can be nobody in particular.
export const sql = (text) => execFileSync("psql", ["-X", "-q", "-A", "-t",
	"-v", "ON_ERROR_STOP=1", "-h", env.MOLTIS_PG_SOCKET_DIR, "-U", "postgres",
	"-d", "moltis", "-c", text], { encoding: "utf8" }).trim();

// A further session of a person, signed in at an address of its own.
export async function signIn({ username }) {
	const answer = await stranger("POST", "/api/auth/login",
		{ body: JSON.stringify({ username, password }) });
	if (answer.status !== 200)
		throw new Error(`no session: ${answer.status} ${answer.text}`);
	return answer.headers["set-cookie"].split(";")[0];
}

// As if the last proof of this session were of yesterday.
export async function growStale(cookie) {
	const who = await request("GET", "/api/auth/whoami", { cookie });
	sql(`UPDATE moltis.login_sessions SET proved_at = now() - interval '1 day'
		WHERE id = '${who.json.credential_id}'`);
}

export function revoke(id) {
	return request("DELETE", `/api/auth/api-keys/${id}`,
		{ cookie: setup().cookie });
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Polls until `probe` answers something truthy.
export async function until(probe, ms = 15000, what = "condition") {
	const end = Date.now() + ms;
	for (;;) {
		const value = await probe();
		if (value) return value;
		if (Date.now() > end) throw new Error(`${what}: not in ${ms} ms`);
		await sleep(50);
	}
}

// A test that failed half way leaves its sockets open, and an open socket
// keeps the process.
const sockets = new Set();
after(() => {
	for (const socket of sockets) socket.terminate();
});

// A chat client over WebSocket.
export class Client {
	constructor(socket) {
		this.socket = socket;
		this.next = 1;
		this.calls = new Map();
		this.events = [];
		this.waiters = new Set();
		this.closed = new Promise((done) => socket.on("close",
			(code, reason) => {
				this.closeCode = code;
				for (const call of this.calls.values())
					call.reject(new Error(`closed ${code}`));
				this.calls.clear();
				this.check();
				done({ code, reason: String(reason) });
			}));
		socket.on("message", (data) => this.onFrame(JSON.parse(data)));
		socket.on("error", () => {});
	}
	onFrame(frame) {
		if (frame.type === "res") {
			const call = this.calls.get(frame.id);
			this.calls.delete(frame.id);
			call?.resolve(frame);
			return;
		}
		this.events.push({ ...frame, at: Date.now() });
		this.check();
	}
	check() {
		for (const waiter of [...this.waiters]) waiter();
	}
	// Response frame of a call, ok or not.
	frame(method, params, extra = {}) {
		const id = String(this.next++);
		return new Promise((resolve, reject) => {
			this.calls.set(id, { resolve, reject });
			this.socket.send(JSON.stringify({ type: "req", id, method, params,
				...extra }));
		});
	}
	async call(method, params) {
		const frame = await this.frame(method, params);
		if (!frame.ok)
			throw Object.assign(new Error(frame.error.message),
				{ error: frame.error });
		return frame.payload;
	}
	// First event (also among those already here) that `test` accepts.
	event(test, ms = 15000, what = "event") {
		return new Promise((resolve, reject) => {
			const find = () => {
				const hit = this.events.find(test);
				if (!hit && this.closeCode === undefined) return;
				clearTimeout(timer);
				this.waiters.delete(find);
				if (hit) resolve(hit);
				else reject(new Error(`${what}: closed ${this.closeCode}`));
			};
			const timer = setTimeout(() => {
				this.waiters.delete(find);
				reject(new Error(`${what}: not in ${ms} ms; last events: `
					+ JSON.stringify(this.events.slice(-5)).slice(0, 4000)));
			}, ms);
			this.waiters.add(find);
			find();
		});
	}
	chat(state, runId, ms) {
		return this.event((e) => e.event === "chat" && e.payload.state === state
			&& (!runId || e.payload.runId === runId), ms, `chat ${state}`);
	}
	close() {
		this.socket.terminate();
	}
}

export function wsUrl(path = "/ws") {
	return `${base.protocol === "https:" ? "wss" : "ws"}://${base.host}${path}`;
}

// Opens a socket and sends nothing; `localAddress` is where it comes from.  Past
// the edge, when `worker` is the path of a worker's own socket.
export function openWs({ path, cookie, headers = {}, bearer, localAddress,
	worker } = {}) {
	const all = { ...headers };
	if (worker) Object.assign(all, { Host: base.host,
		"X-Moltis-Peer": "127.0.0.1" });
	if (cookie) {
		all.Cookie = cookie;
		all.Origin ??= base.origin;
	}
	if (bearer) all.Authorization = `Bearer ${bearer}`;
	const socket = new WebSocket(worker ? `ws+unix:${worker}:/ws`
		: wsUrl(path), { ...TLS, headers: all,
		perMessageDeflate: false, localAddress });
	const client = new Client(socket);
	sockets.add(socket);
	return new Promise((resolve, reject) => {
		socket.on("open", () => resolve(client));
		socket.on("error", reject);
		socket.on("unexpected-response", (req, res) => reject(Object.assign(
			new Error(`HTTP ${res.statusCode}`), { status: res.statusCode })));
	});
}

// As any client does that is told to come back: 503 is what the edge says while
// a worker that a test has killed is started again, up to 5 s later.
async function openPatiently(opts) {
	const end = Date.now() + 10000;
	for (;;) {
		try {
			return await openWs(opts);
		} catch (error) {
			if (error.status !== 503 || Date.now() > end) throw error;
		}
		await sleep(100);
	}
}

// Opens a socket and connects: by `key` in connect, or by cookie or bearer on
// the upgrade.  `params` are added to the connect parameters.
export async function connectWs({ key: apiKey, params = {}, ...opts } = {}) {
	const client = await openPatiently(opts);
	const frame = await client.frame("connect", {
		minProtocol: 3, maxProtocol: 4,
		client: { id: "test", version: "1.0.0", platform: "node",
			mode: "operator" },
		...(apiKey ? { auth: { api_key: apiKey } } : {}),
		...params,
	});
	if (!frame.ok)
		throw Object.assign(new Error(frame.error.message),
			{ error: frame.error, client });
	client.hello = frame.payload;
	return client;
}

// An upgrade request by hand: answers status, headers and body, or the socket
// when it was accepted.
export function rawUpgrade({ path = "/ws", headers = {} } = {}) {
	const all = { Host: base.host, Upgrade: "websocket",
		Connection: "Upgrade", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": crypto.randomBytes(16).toString("base64"),
		...headers };
	for (const name of Object.keys(all)) if (all[name] === null) delete all[name];
	return new Promise((resolve, reject) => {
		const req = agent.request({ ...TLS, host: base.hostname,
			port: base.port, path, headers: all, agent: false });
		req.on("upgrade", (res, socket) => resolve({ status: res.statusCode,
			headers: res.headers, socket, body: "" }));
		req.on("response", (res) => {
			let body = "";
			res.on("data", (part) => { body += part; });
			res.on("end", () => resolve({ status: res.statusCode,
				headers: res.headers, body }));
		});
		req.on("error", reject);
		req.end();
	});
}

// The fake model provider's record of what it was asked.
export async function providerRequests() {
	const answer = await fetch(`${env.MOLTIS_FAKE_PROVIDER}/requests`);
	return answer.json();
}
