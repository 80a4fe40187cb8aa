// Every operation, by every kind of caller, over every transport and path:
// the verdict is the one of tests/data/op_verdicts.tsv for the right that
// tests/data/op_scopes.tsv gives the operation (A14).  The probe sends a
// parameter that does not exist: who may call gets "unknown parameter", who
// may not hears why, and nothing is changed either way.

import assert from "node:assert/strict";
import crypto from "node:crypto";
import { after, test } from "node:test";
import { accept, api, base, connectWs, env, fresh, growStale, invite, key,
	makePerson, openWs, signIn, sleep } from "../lib/moltis.mjs";
import { direct } from "../lib/rawfcgi.mjs";
import { operations, routes, rowsOf } from "../lib/routes.mjs";

const PROBE = { no_such_parameter: 1 };
const NOT_A_KEY = "this needs a signed-in person: an API key cannot do it";
const NOT_ADMINISTRATOR = "this is for administrators of the deployment";

const [[, , ...columns], ...rights] = rowsOf("op_verdicts.tsv");
const ops = new Map(rowsOf("op_scopes.tsv").map(([name, scope, demand]) => {
	const row = rights.find((r) => r[0] === scope && r[1] === demand);
	const verdicts = Object.fromEntries(columns.map((caller, i) =>
		[caller, row?.[i + 2]]));
	return [name, { name, scope, verdicts }];
}));

test("the tables name exactly the operations there are", () => {
	assert.deepEqual([...ops.keys()].sort(),
		operations.map((op) => op.name).sort());
	for (const { name, verdicts } of ops.values())
		for (const caller of columns)
			assert.ok(verdicts[caller], `${name} by ${caller}`);
});

// ---- callers ---------------------------------------------------------------

const keyOf = async ({ cookie }, scope) => {
	const answer = await api("POST", "/api/auth/api-keys", { cookie,
		body: { label: scope, scopes: [`operator.${scope}`] } });
	assert.equal(answer.status, 200, answer.text);
	return { key: answer.json.key };
};
const stale = async (person) => {
	const cookie = await signIn(person);
	await growStale(cookie);
	return { cookie };
};
// A session of PERSON in the account of HOST, where he may only read.
const guest = async (person, host) => {
	const { token } = await invite({ cookie: host.cookie,
		scopes: ["operator.read"] });
	const cookie = await signIn(person);
	const joined = await accept({ token }, { HTTP_COOKIE: cookie,
		HTTP_ORIGIN: base.origin });
	assert.equal(joined.status, 200, joined.text);
	const moved = await api("POST", "/api/accounts/switch", { cookie,
		body: { account_id: host.account.id } });
	assert.equal(moved.status, 200, moved.text);
	return { cookie };
};

const owner = await makePerson();
const administrator = await makePerson({ administrator: true });
const callers = { stranger: null, owner, administrator,
	"owner:stale": await stale(owner),
	"administrator:stale": await stale(administrator),
	"administrator:guest": await guest(administrator, owner) };
for (const scope of ["read", "write", "admin", "approvals", "pairing"]) {
	callers[`key:${scope}`] = await keyOf(administrator, scope);
	callers[`member:${scope}`] = await makePerson({ cookie: owner.cookie,
		scopes: [`operator.${scope}`] });
}

test("every caller of the table is tried, and no other", () => {
	assert.deepEqual(Object.keys(callers).sort(), [...columns].sort());
});

// ---- verdicts --------------------------------------------------------------

// What ERROR of STATUS (REST) or of a frame says; whole sentences, so that
// another refusal is not taken for the expected one.
function verdictOf(op, error, code) {
	if (code === "AUTH_NOT_AUTHENTICATED") return "login";
	if (code === "REAUTH_REQUIRED") return "fresh";
	if (error.startsWith("unknown parameter")) return "ok";
	return { [`missing scope: ${op.scope}`]: "scope", [NOT_A_KEY]: "person",
		[NOT_ADMINISTRATOR]: "administrator" }[error] ?? `${code} ${error}`;
}
const STATUS = { login: 401, fresh: 403, scope: 403, person: 403,
	administrator: 403, ok: 400 };
function ofRest(op, answer) {
	const { error, code } = answer.json;
	const got = verdictOf(op, error ?? "", code);
	return STATUS[got] === answer.status ? got : `${answer.status} ${got}`;
}
const ofFrame = (op, { ok, error }) => (ok ? "did it"
	: verdictOf(op, error.message, error.code));

const stranger = direct(env);
const body = JSON.stringify(PROBE);
const send = (method, path, caller, opts = {}) => (caller
	? api(method, path, { ...caller, ...opts })
	: stranger(method, path, { params: {
		CONTENT_TYPE: opts.headers?.["content-type"] ?? "application/json" },
	...(opts.body ? { body: JSON.stringify(opts.body) } : {}) }));

// A socket's own allowance is sixty calls a second.
async function frameOf(client, method) {
	for (;;) {
		const frame = await client.frame(method, PROBE);
		if (frame.error?.code !== "RATE_LIMITED") return frame;
		await sleep(frame.error.retryAfterMs ?? 100);
	}
}

const counted = { tried: 0, leaks: 0, wrong: [] };
function count(what, caller, got, want) {
	counted.tried++;
	if (got === want) return;
	if (want !== "ok") counted.leaks += got === "ok" || got === "did it";
	counted.wrong.push(`${what} by ${caller}: ${got}, not ${want}`);
}

async function byRest(name) {
	for (const op of ops.values()) {
		const answer = await send("POST", `/api/rpc/${op.name}`, callers[name],
			{ body: PROBE });
		count(`rest ${op.name}`, name, ofRest(op, answer), op.verdicts[name]);
	}
}

async function bySocket(name) {
	const client = await connectWs(callers[name]);
	for (const op of ops.values())
		count(`ws ${op.name}`, name,
			ofFrame(op, await frameOf(client, op.name)), op.verdicts[name]);
	// What the server says it offers is what it lets this caller do, at
	// once or after a fresh proof.
	const offered = [...ops.values()].filter((op) =>
		["ok", "fresh"].includes(op.verdicts[name])).map((op) => op.name);
	assert.deepEqual(client.hello.features.methods
		.filter((method) => !/^(un)?subscribe$/.test(method)), offered);
	client.close();
}

// A stranger's frame is not even answered; each from another address, or the
// address would be shut out.
async function unanswered() {
	let n = 0;
	for (const op of ops.values()) {
		const client = await openWs({
			localAddress: `127.0.${100 + (n >> 7)}.${1 + (n++ & 127)}` });
		const got = await client.frame(op.name, PROBE)
			.then((frame) => ofFrame(op, frame), () => "login");
		assert.equal((await client.closed).code, 1002);
		count(`ws ${op.name}`, "stranger", got, op.verdicts.stranger);
	}
}

for (const name of columns) {
	test(`${name} gets his verdict by every name`, async () => {
		await Promise.all([byRest(name),
			callers[name] ? bySocket(name) : unanswered()]);
		assert.deepEqual(counted.wrong, []);
	});
}

// By a path of its own there is the same verdict.  A path that reads takes no
// body: who may reads, what there is or not.
async function byPath(route, name) {
	const op = ops.get(route.op);
	const reads = route.method === "GET" || route.bytes;
	const path = route.path.replace(/\{\w+\}/g, crypto.randomUUID());
	const query = new URLSearchParams(route.needs).toString();
	const answer = await send(route.method, query ? `${path}?${query}` : path,
		callers[name],
		route.method === "GET" ? {} : { body: route.bytes ? "x" : PROBE,
			headers: route.bytes
				? { "content-type": "application/octet-stream" } : {} });
	const may = reads && [200, 404].includes(answer.status);
	count(route.id, name, may ? "ok" : ofRest(op, answer), op.verdicts[name]);
}

const paths = routes.filter((route) => route.op);
for (const name of columns) {
	test(`${name} gets the same by every path`, async () => {
		for (const route of paths) await byPath(route, name);
		assert.deepEqual(counted.wrong, []);
	});
}

// ---- beside the table ------------------------------------------------------

test("an unknown method is unknown to administrators only", async () => {
	const ask = (scope) => api("POST", "/api/rpc/no.such",
		{ ...callers[`key:${scope}`], body: {} });
	assert.match((await ask("admin")).json.error, /^unknown method: no.such/);
	assert.equal((await ask("read")).json.error,
		"missing scope: operator.admin");
	assert.equal((await stranger("POST", "/api/rpc/no.such", { body }))
		.status, 401);
});

test("scopes asked for at connect narrow and never widen", async () => {
	const both = await key(["operator.read", "operator.write"]);
	const narrow = await connectWs({ key: both,
		params: { scopes: ["operator.read"] } });
	assert.deepEqual(narrow.hello.auth.scopes, ["operator.read"]);
	assert.equal((await narrow.frame("chat.send", { text: "x" })).error.message,
		"missing scope: operator.write");
	narrow.close();
	const wide = await connectWs({ ...callers["key:read"],
		params: { scopes: ["operator.admin"], role: "operator" } });
	assert.ok(!wide.hello.auth.scopes.includes("operator.admin"));
	assert.equal((await wide.frame("chat.send", { text: "x" })).ok, false);
	wide.close();
	const node = await connectWs({ key: both, params: { role: "node" } });
	assert.match((await node.frame("health", {})).error.message,
		/unauthorized role: node/);
	node.close();
});

// Other files count on the one administrator they know.
test("the second administrator is none any more", async () => {
	const answer = await fresh("PATCH",
		`/api/admin/users/${administrator.user.id}`,
		{ body: { administrator: false } });
	assert.equal(answer.status, 200, answer.text);
});

after(() => {
	const tried = columns.length * (2 * ops.size + paths.length);
	console.log(`# (${ops.size} operations x 2 transports + ${paths.length} `
		+ `paths) x ${columns.length} callers: ${counted.tried} tried, `
		+ `leaks ${counted.leaks}, wrong verdicts ${counted.wrong.length}`);
	assert.equal(counted.tried, tried, "every cell is tried");
});
