// Every operation and every path with the names and ids of another account
// (A23, A31): status, code and body are, letter by letter, those for names
// and ids that nobody has, over REST, frames and WebSocket; nothing of the
// other account is in an answer, and nothing of it changes.  And a socket that
// listens to everything hears nothing of it (A24).
//
// The operations come from `moltis ops list`, their parameters from their own
// lists, the paths from fcgi/routes.c: a parameter this file has no value for
// is a failure.

import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, test } from "node:test";
import { api, base, connectWs, invite, makePerson, request, signIn, sleep,
	sql, until } from "../lib/moltis.mjs";
import { Authenticator } from "../lib/authenticator.mjs";
import { operations, routes } from "../lib/routes.mjs";

const CANARY = `canary-${crypto.randomBytes(6).toString("hex")}`;
// A name that the other account sends too: its answers may repeat it.
const FILE = `file-${crypto.randomBytes(6).toString("hex")}.txt`;
const OCTETS = { "content-type": "application/octet-stream" };

const good = async (promise) => {
	const answer = await promise;
	assert.equal(answer.status, 200, answer.text);
	return answer.json;
};
const get = (path, cookie) => good(api("GET", path, { cookie }));
const post = (path, cookie, body) => good(api("POST", path, { cookie, body }));

// ---- the other account: one of everything -------------------------------

const v4 = { minProtocol: undefined, maxProtocol: undefined,
	protocol: { min: 3, max: 4 } };
const attacker = await makePerson();
const watch = await connectWs({ cookie: attacker.cookie, params: v4 });
await watch.call("subscribe", { events: ["*"] });
const watchAll = await connectWs({ cookie: attacker.cookie });
const call = await connectWs({ cookie: attacker.cookie });

const victim = await makePerson({ username: `v-${CANARY}` });
const cookie = victim.cookie;
const own = await connectWs({ cookie });

const AUTH = "/api/auth";
async function passkey() {
	const begun = await post(`${AUTH}/passkey/register/begin`, cookie, {});
	const { id } = await post(`${AUTH}/passkey/register/finish`, cookie, {
		challenge_id: begun.challenge_id, name: `passkey ${CANARY}`,
		credential: new Authenticator(base.origin).create(begun.options) });
	return id;
}

// A session with a finished run, its file, and a run that waits for a person.
async function chatOf() {
	await own.call("sessions.create", { label: `older ${CANARY}` });
	const { key } = await own.call("sessions.create",
		{ label: `session ${CANARY}` });
	const first = await own.call("chat.send", { sessionKey: key,
		text: `[[say answer ${CANARY}]] question ${CANARY}` });
	await own.chat("final", first.runId);
	const path = `/api/sessions/${key}/workspace/file?path=${FILE}`;
	await good(request("PUT", path, { cookie, body: Buffer.from(`in ${CANARY}`),
		headers: OCTETS, timeout: 40000 }));
	const { id: transfer } = await own.call("workspace.get",
		{ sessionKey: key, path: FILE });
	const idem = `idem-${CANARY}`;
	const { runId } = await own.call("chat.send", { sessionKey: key,
		idempotencyKey: idem,
		text: `[[tool exec {"command": "touch ${CANARY}"}]]` });
	const asked = await own.event((e) => e.event === "exec.approval.requested"
		&& e.payload.runId === runId, 40000, "a question");
	await own.call("chat.send", { sessionKey: key, text: `later ${CANARY}` });
	const { nextCursor } = await get("/api/sessions?limit=1", cookie);
	return { session: key, run: runId, request: asked.payload.requestId,
		transfer, idem, cursor: nextCursor };
}

const JOB = { schedule: { kind: "every", every_ms: 86400000 },
	payload: { kind: "agentTurn", message: `look ${CANARY}` } };

async function fill() {
	const second = await signIn(victim);
	const login = await get(`${AUTH}/whoami`, second);
	const mate = await makePerson({ cookie, scopes: ["operator.write"],
		username: `m-${CANARY}` });
	await good(api("PATCH", "/api/account",
		{ cookie, body: { name: `account ${CANARY}` } }));
	return { ...await chatOf(), passkey: await passkey(),
		key: (await post(`${AUTH}/api-keys`, cookie, { label: `k ${CANARY}`,
			scopes: ["operator.read"] })).id,
		login: login.credential_id, user: mate.user.id,
		account: victim.account.id, username: victim.username,
		job: (await own.call("cron.add", { name: `job ${CANARY}`, ...JOB })).id,
		invite: (await invite({ cookie, scopes: ["operator.read"],
			note: `note ${CANARY}` })).id,
		adminInvite: (await invite({ note: `for ${CANARY}` })).id };
}

const theirs = await fill();
const uuid = crypto.randomUUID;
const nobodys = { ...Object.fromEntries(Object.keys(theirs)
	.map((kind) => [kind, uuid()])), session: `session:${uuid()}` };
nobodys.cursor = theirs.cursor.replace(theirs.session, nobodys.session);
nobodys.username = `n-${uuid().slice(0, 8)}`;

// What the victim himself reads, without what his reading changes.
async function seen() {
	const all = [];
	for (const path of ["/api/sessions", "/api/members", "/api/invites",
		"/api/approvals", "/api/approvals/history", "/api/status",
		"/api/cron/jobs", `/api/cron/jobs/${theirs.job}/runs`,
		"/api/accounts", `${AUTH}/api-keys`, `${AUTH}/passkeys`,
		`${AUTH}/sessions`, `${AUTH}/whoami`,
		`/api/sessions/${theirs.session}/history`,
		`/api/sessions/${theirs.session}/workspace`])
		all.push(await get(path, cookie));
	for (const op of ["exec.approvals.get", "chat.peek", "workspace.result"])
		all.push(await post(`/api/rpc/${op}`, cookie,
			op === "chat.peek" ? { sessionKey: theirs.session }
				: op === "workspace.result" ? { id: theirs.transfer } : {}));
	return JSON.stringify(all, (name, value) =>
		(/^(last_seen|last_used|uptime)/.test(name) ? null : value), 1);
}

// Every row of his, in every table there is or will be, without what time
// alone changes.
const TABLES = sql(`SELECT table_name FROM information_schema.columns
	JOIN information_schema.tables USING (table_schema, table_name)
	WHERE table_schema = 'moltis' AND column_name = 'account_id'
		AND table_type = 'BASE TABLE' ORDER BY 1`).split("\n");
const digest = () => sql(TABLES.map((name) => `SELECT '${name}', count(*),
	md5(string_agg(j, ',' ORDER BY j)) FROM (SELECT (to_jsonb(t)
		- '{lease_until,last_seen_at,last_used_at}'::text[])::text AS j
	FROM moltis.${name} t WHERE account_id = '${theirs.account}') x`)
	.join(" UNION ALL ") + " ORDER BY 1");

// Tests begin when this file waits for nothing any more: sockets are closed
// as soon as no test is left.
const before = { seen: await seen(), digest: digest() };

test("a socket that listens to everything heard nothing of it (A24)", () => {
	const names = new Set(own.events.map((e) => e.event));
	for (const name of ["chat", "session", "exec.approval.requested",
		"cron.job.created", "workspace.done", "member"])
		assert.ok(names.has(name), `${name} among ${[...names]}`);
	for (const socket of [watch, watchAll])
		assert.deepEqual(socket.events.filter((e) => e.event !== "tick"), []);
	console.log(`# events: ${own.events.length} to the account, `
		+ "0 to the other");
});

// ---- values -----------------------------------------------------------------

const id = (kind) => ({ kind });
const is = (value) => ({ value });
const VALUES = {
	"admin.accounts.list cursor": id("account"),
	"admin.accounts.update id": id("account"),
	"admin.audit.list cursor": is("99"),
	"admin.invites.revoke id": id("adminInvite"),
	"admin.users.list cursor": id("user"),
	"admin.users.update id": id("user"),
	"audit.list cursor": is("99"),
	"auth.keys.revoke id": id("key"),
	"auth.passkeys.remove id": id("passkey"),
	"auth.passkeys.rename id": id("passkey"),
	"auth.sessions.revoke id": id("login"),
	"chat.history cursor": is("99"),
	"cron.add id": id("job"),
	"cron.remove id": id("job"),
	"cron.run id": id("job"),
	"cron.runs id": id("job"),
	"cron.update id": id("job"),
	"invites.revoke id": id("invite"),
	"sessions.list cursor": id("cursor"),
	"workspace.append id": id("transfer"),
	"workspace.forget id": id("transfer"),
	"workspace.put size": is(undefined), // of what comes later
	"workspace.read id": id("transfer"),
	"workspace.result id": id("transfer"),
	_seq: is(3),
	account_id: id("account"),
	actor: id("user"),
	administrator: is(true),
	archived: is(true),
	command: is("echo mine"),
	confirm_dangerous: is(true),
	content: is("aGVsbG8="),
	decision: is("approved"),
	deleteAfterRun: is(false),
	disabled: is(true),
	enabled: is(true),
	event: is(null),
	exec_off: is(true),
	expires_at: is(null),
	expires_hours: is(5),
	force: is(true),
	forkPoint: is(1),
	idempotencyKey: id("idem"),
	index: is(0),
	key: id("session"),
	kind: is("reset"),
	label: is("mine"),
	limit: is(20),
	mode: is("always"),
	model: is(null),
	name: is("mine"),
	networks: is(["192.0.2.0/24"]),
	note: is("mine"),
	paged: is(true),
	patch: is({ name: "mine" }),
	path: is(FILE),
	payload: is({ kind: "agentTurn", message: "mine" }),
	project_id: is(null),
	query: is("canary-"),
	quotas: is({ members: 3 }),
	remember: is(true),
	requestId: id("request"),
	runId: id("run"),
	sandbox: is(null),
	schedule: is(JOB.schedule),
	scopes: is(["operator.read"]),
	sessionKey: id("session"),
	sessionTarget: is("isolated"),
	session_key: id("session"),
	severity: is(null),
	since: is(0),
	system: is(false),
	text: is("mine"),
	timeout: is(5),
	until: is(null),
	user_id: id("user"),
	username: id("username"),
};
const valueOf = (op, name) => VALUES[`${op.name} ${name}`] ?? VALUES[name];

// Names of the parameters of each call to try: all there are, every optional
// id without the others, so that none is refused in its place, and to read
// without any.
function variantsOf(op) {
	const optional = op.params.filter((p) => !p.required
		&& valueOf(op, p.name).kind);
	const few = [...optional.length > 1 ? optional : [],
		...optional.length && op.readOnly ? [undefined] : []].map((one) =>
		op.params.filter((p) => p === one || !optional.includes(p)));
	return [op.params, ...few].map((list) => list.map((p) => p.name));
}

test("every parameter and every path has a value here", () => {
	for (const op of operations)
		for (const { name } of op.params)
			assert.ok(valueOf(op, name), `${op.name}: no value for "${name}"`);
	for (const route of routes.filter((r) => r.args.length)) {
		assert.ok(route.op, route.id);
		const op = operations.find((o) => o.name === route.op);
		for (const name of route.args)
			assert.ok(valueOf(op, name)?.kind, `${route.id}: ${name}`);
	}
});

// ---- the calls --------------------------------------------------------------

const params = (op, list, ids) => Object.fromEntries(list.map((name) => {
	const { kind, value } = valueOf(op, name);
	return [name, kind ? ids[kind] : value];
}));

// A socket's own allowance is sixty calls a second.
async function frameOf(method, values) {
	for (;;) {
		const frame = await call.frame(method, values);
		if (frame.error?.code !== "RATE_LIMITED" || frame.ok) return frame;
		assert.match(frame.error.message, /on this connection/);
		await sleep(frame.error.retryAfterMs ?? 100);
	}
}

const rest = async (method, path, opts) => {
	const { status, headers, text, json } = await api(method, path,
		{ cookie: attacker.cookie, timeout: 40000, ...opts });
	return { status, type: headers["content-type"], text, json };
};
const TRANSPORTS = {
	rest: (op, values) => rest("POST", `/api/rpc/${op.name}`,
		{ body: values }),
	frame: (op, values) => rest("POST", "/api/rpc",
		{ body: { method: op.name, params: values } }),
	ws: async (op, values) => {
		const { ok, payload, error } = await frameOf(op.name, values);
		return { status: ok ? "ok" : error.code, text: JSON.stringify({ ok, payload, error }),
			json: payload ?? error };
	},
};

// Values that are not part of the path go where the method has room.
function byPath(route, values) {
	const left = { ...values };
	const path = route.path.replace(/\{(\w+)\}/g, (_, name) => {
		delete left[name];
		return encodeURIComponent(values[name]);
	});
	delete left.session_key;
	if (route.method !== "GET" && !/\/file$/.test(route.path))
		return rest(route.method, path, { body: left });
	const query = Object.entries({ ...route.needs, ...left }).filter(
		([name, value]) => !route.refuses.includes(name) && (route.numbers
			? ["string", "number"] : ["string"]).includes(typeof value));
	return rest(route.method, `${path}?${new URLSearchParams(query)}`,
		route.method === "PUT" ? { body: Buffer.from("mine"), headers: OCTETS }
			: {});
}

// What A started, with a name of his own choosing, goes on by itself; the next
// call finds it ended.
async function settle(op, { json }) {
	const transfer = json?.id ?? json?.payload?.id;
	if (op.name === "chat.send" || op.name === "cron.run")
		for (const sessionKey of [theirs.session, nobodys.session, "main"])
			await until(async () => !(await frameOf("chat.peek",
				{ sessionKey })).payload?.active, 20000, "quiet");
	if (op.name === "cron.add")
		sql(`DELETE FROM moltis.cron_creations
			WHERE account_id = '${attacker.account.id}'`);
	if (!transfer || !/^workspace\.(get|list|put|remove)$/.test(op.name))
		return;
	await until(async () => "ok" in (await frameOf("workspace.result",
		{ id: transfer })).payload, 20000, "the transfer");
	await frameOf("workspace.forget", { id: transfer });
}

// What differs from call to call: the ids that were sent, and in what A made
// himself the fresh ones, times and secrets.
function blurred(answer, ids) {
	let text = answer.text;
	for (const [kind, value] of Object.entries(ids).sort(([, a], [, b]) =>
		b.length - a.length))
		text = text.replaceAll(value, `<${kind}>`);
	text = text.replaceAll(ids.session.slice(8), "<session>")
		.replace(/"request_id":"[^"]*"/g, '"request_id":"~"');
	if (answer.json?.error || answer.json?.code) return text;
	return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "~")
		.replace(/\b(mk|inv)_[\w-]+/g, "$1_~").replace(/\d{13}/g, "~");
}

// Ids of the victim that nobody sent; the names that A may give his own
// sessions and runs are in his lists from then on.
const secrets = [CANARY, ...["run", "request", "transfer", "passkey", "key",
	"login", "user", "account", "job", "invite", "adminInvite"]
	.map((kind) => theirs[kind])];
function leaks(text, values) {
	const sent = JSON.stringify(values);
	return secrets.filter((secret) => text.includes(secret)
		&& !sent.includes(secret));
}

const counted = { tried: 0, leaks: [], differ: [], answers: {} };
async function tryPair(op, where, list, send) {
	const answers = [];
	for (const ids of [theirs, nobodys]) {
		const values = params(op, list, ids);
		const answer = await send(values);
		counted.tried++;
		answers.push(answer);
		counted.answers[answer.status] = 1
			+ (counted.answers[answer.status] ?? 0);
		for (const secret of leaks(answer.text, values))
			counted.leaks.push(`${where}: ${secret} in ${answer.text}`);
		// An answer to something else proves nothing.
		assert.ok(![400, 429, 500, 503].includes(answer.status),
			`${where} (${list}): ${answer.text}`);
		await settle(op, answer);
	}
	const [a, b] = answers.map((answer, i) =>
		`${answer.status} ${answer.type} `
		+ blurred(answer, i ? nobodys : theirs));
	if (a !== b) counted.differ.push(`${where} (${list}):\n${a}\n${b}`);
}

test("his own lists hold every id that is tried", () => {
	for (const kind of ["session", "run", "request", "passkey", "key", "login",
		"user", "account", "job", "invite", "transfer"])
		assert.ok(before.seen.includes(theirs[kind]), kind);
});

for (const op of operations) {
	test(`${op.name}: his ids are answered like ids of nobody`, async () => {
		for (const list of variantsOf(op)) {
			for (const [via, send] of Object.entries(TRANSPORTS))
				await tryPair(op, `${op.name} by ${via}`, list,
					(values) => send(op, values));
			for (const route of routes.filter((r) => r.op === op.name
				&& r.args.every((name) => list.includes(name))))
				await tryPair(op, route.id, list,
					(values) => byPath(route, values));
		}
		assert.deepEqual(counted.differ.splice(0), []);
		assert.deepEqual(counted.leaks, []);
	});
}

test("nothing of his has changed", async () => {
	assert.equal(digest(), before.digest);
	assert.equal(await seen(), before.seen);
	assert.equal((await request("GET", `/api/sessions/${theirs.session}`
		+ `/workspace/file?path=${FILE}`, { cookie })).text,
	`in ${CANARY}`);
	for (const socket of [watch, watchAll, call])
		for (const event of socket.events)
			assert.deepEqual(leaks(JSON.stringify(event), {}), []);
});

after(() => {
	console.log(`# ${operations.length} operations x 3 transports and `
		+ `${routes.filter((r) => r.op).length} paths: ${counted.tried} `
		+ `calls with ids of another account and of nobody, leaks `
		+ `${counted.leaks.length}`, JSON.stringify(counted.answers));
});
