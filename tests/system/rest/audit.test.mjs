// The audit trail over REST: read, filtered, exported; what a foreign page
// leaves in it (S276, S277, A78).

import assert from "node:assert/strict";
import test from "node:test";
import { api, base, connectWs, key, makePerson, rawUpgrade, setup, until }
	from "../lib/moltis.mjs";

const { cookie } = setup();
const list = async (query = "", opts = { cookie }) =>
	api("GET", `/api/audit${query}`, opts);
const entries = async (query) => (await list(query)).json.entries;

// Every page of it.
async function everything(query = "") {
	const all = [];
	for (let cursor = ""; cursor !== null;) {
		const page = (await list(`?limit=200${query}${cursor
			&& `&cursor=${cursor}`}`)).json;
		all.push(...page.entries);
		cursor = page.nextCursor;
	}
	return all;
}

// A parser of RFC 4180, strict: anything it does not know throws.
function csv(text) {
	const rows = [[]];
	const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy;
	while (cell.lastIndex < text.length) {
		const at = cell.lastIndex;
		const m = cell.exec(text);
		if (!m) throw new Error(`no CSV at ${at}: ${text.slice(at, at + 40)}`);
		rows.at(-1).push((m[1] ?? m[2]).replaceAll('""', '"'));
		if (m[3] === "\r\n") rows.push([]);
	}
	return rows.filter((row) => row.length > 0);
}

for (let i = 0; i < 7; i++) await key(["operator.read"],
	{ label: `=audit ${i}` });
const admin = await key(["operator.admin"]);
const reader = await key(["operator.read", "operator.write"]);

test("the trail is listed newest first, in the form of the contract",
	async () => {
		const all = await everything();
		assert.ok(all.length >= 9, `${all.length} entries`);
		for (const e of all) {
			assert.deepEqual(Object.keys(e), ["id", "at", "event", "severity",
				"user_id", "username", "actor", "via", "peer", "detail"]);
			assert.ok(Math.abs(Date.now() - e.at) < 86400e3);
		}
		assert.deepEqual(all.map((e) => e.id),
			all.map((e) => e.id).sort((a, b) => b - a));
		const made = all.find((e) => e.event === "auth.keys.create");
		assert.equal(made.username, "owner");
		assert.equal(made.via, "rest");
		assert.match(made.actor, /^session:[0-9a-f-]{36}$/);
		assert.equal(typeof made.detail.label, "string");
		assert.ok(all.some((e) => e.event === "auth.setup_completed"));
	});

test("pages neither overlap nor skip, while entries are added", async () => {
	const seen = [];
	let cursor = null;
	do {
		const page = (await list(`?limit=${seen.length < 2 ? 2 : 100}&event=auth.keys.*`
			+ (cursor ? `&cursor=${cursor}` : ""))).json;
		seen.push(...page.entries.map((e) => e.id));
		if (seen.length === 2) await key(["operator.read"]);
		cursor = page.nextCursor;
	} while (cursor !== null);
	const now = (await everything("&event=auth.keys.*"))
		.map((e) => e.id);
	assert.deepEqual(seen, now.slice(1));
});

test("filters by event, severity, actor and time", async () => {
	const made = await entries("?event=auth.keys.create&limit=200");
	assert.ok(made.length >= 9);
	assert.ok(made.every((e) => e.event === "auth.keys.create"));
	assert.deepEqual(await entries("?event=auth.keys.creat"), []);
	assert.ok((await entries("?severity=info")).length > 0);
	assert.ok((await entries("?severity=warn"))
		.every((e) => e.severity === "warn"));
	assert.ok((await entries("?actor=owner")).length > 0);
	assert.ok((await entries(`?actor=${made[0].user_id}`)).length > 0);
	assert.deepEqual(await entries("?actor=nobody"), []);
	const { at } = made[3];
	assert.ok((await entries(`?since=${at}&limit=200`))
		.every((e) => e.at >= at));
	assert.ok((await entries(`?until=${at}&limit=200`))
		.every((e) => e.at < at));
});

test("parameters that are none are refused by name", async () => {
	for (const [query, field] of [["?limit=0", "limit"],
		["?limit=201", "limit"], ["?limit=x", "limit"],
		["?cursor=x", "cursor"], ["?cursor=-1", "cursor"],
		["?severity=bad", "severity"], ["?since=x", "since"],
		["?since=-1", "since"], ["?nothing=1", "nothing"]]) {
		const answer = await list(query);
		assert.equal(answer.status, 400, query);
		assert.equal(answer.json.field, field, query);
	}
});

test("only administrators of the account read it", async () => {
	assert.equal((await list("", {})).status, 401);
	assert.equal((await list("", { key: reader })).status, 403);
	assert.equal((await list("", { key: admin })).status, 200);
	for (const [opts, status] of [[{}, 401], [{ key: reader }, 403],
		[{ key: admin }, 200], [{ cookie }, 200]]) {
		const answer = await api("GET", "/api/audit/export?format=csv", opts);
		assert.equal(answer.status, status);
		if (status !== 200) assert.ok(answer.json.error);
	}
});

test("the deployment's own trail is for its administrators", async () => {
	assert.equal((await api("GET", "/api/admin/audit", {})).status, 401);
	assert.equal((await api("GET", "/api/admin/audit", { key: admin })).status,
		403);
	const own = await api("GET", "/api/admin/audit?limit=200", { cookie });
	assert.equal(own.status, 200);
	assert.ok(own.json.entries.some((e) => e.event === "auth.setup_completed"
		&& e.username === "owner"));
});

test("the CSV has a row an entry and is sent as a file", async () => {
	const answer = await api("GET", "/api/audit/export?format=csv",
		{ cookie });
	assert.equal(answer.status, 200);
	assert.match(answer.headers["content-type"], /^text\/csv/);
	assert.match(answer.headers["content-disposition"],
		/^attachment; filename="moltis-audit-\d{4}-\d\d-\d\d\.csv"/);
	assert.equal(answer.headers["x-content-type-options"], "nosniff");
	assert.match(answer.headers["content-security-policy"],
		/default-src 'none'/);
	assert.equal(answer.headers["cache-control"], "no-store");
	const rows = csv(answer.text);
	assert.deepEqual(rows[0], ["id", "at", "event", "severity", "user_id",
		"username", "actor", "via", "peer", "detail"]);
	const all = await everything();
	assert.deepEqual(rows.slice(1).map((row) => Number(row[0])),
		all.map((e) => e.id));
	for (const row of rows.slice(1)) {
		assert.equal(row.length, 10);
		assert.doesNotMatch(row.join(""), /[\u0000-\u001f\u007f]/u);
		assert.ok(row.every((value) => !/^[=+\-@\t\r]/.test(value)));
		JSON.parse(row[9]);
	}
});

test("the JSON lines are the entries of the list", async () => {
	const answer = await api("GET",
		"/api/audit/export?format=jsonl&event=auth.keys.create", { cookie });
	assert.equal(answer.headers["content-type"], "application/x-ndjson");
	assert.match(answer.headers["content-disposition"], /filename="[^"]*\.jsonl"/);
	assert.ok(answer.text.endsWith("\n"));
	const lines = answer.text.trimEnd().split("\n").map(JSON.parse);
	assert.deepEqual(lines,
		await everything("&event=auth.keys.create"));
});

test("an export longer than a page arrives whole", async () => {
	for (let i = 0; i < 210; i++) {
		const made = await key(["operator.read"], { full: true });
		await api("DELETE", `/api/auth/api-keys/${made.id}`, { cookie });
	}
	const answer = await api("GET", "/api/audit/export?format=jsonl",
		{ cookie });
	const ids = answer.text.trimEnd().split("\n").map((l) => JSON.parse(l).id);
	assert.ok(ids.length > 400, `${ids.length}`);
	assert.deepEqual(ids, Array.from({ length: ids.length },
		(_, i) => ids[0] - i));
});

test("an export without a format, or with pages, is refused", async () => {
	for (const query of ["", "?format=xml", "?format=csv&limit=5",
		"?format=csv&cursor=3", "?format=csv&since=x", "?format=csv&x=1"]) {
		const answer = await api("GET", `/api/audit/export${query}`,
			{ cookie });
		assert.equal(answer.status, 400, query);
		assert.ok(answer.json.request_id);
	}
	const head = await api("HEAD", "/api/audit/export?format=csv", { cookie });
	assert.equal(head.status, 200);
	assert.equal(head.text, "");
});

/* A person of this file: what is said once a minute was not said yet. */
const lured = await makePerson();
const rejected = async (via) => (await list("?event=origin.rejected",
	{ cookie: lured.cookie })).json.entries.filter((e) => e.detail.via === via);

const foreign = () => api("POST", "/api/sessions", { cookie: lured.cookie,
	body: {}, headers: { origin: "https://evil.example" } });

test("a foreign page with a valid cookie is told to the owner, once a minute",
	async () => {
		const owner = await connectWs({ cookie: lured.cookie });
		const listener = await connectWs({ cookie: lured.cookie,
			params: { scopes: ["operator.read"] } });
		for (let i = 0; i < 20; i++)
			assert.equal((await foreign()).status, 403);
		const event = await owner.event((e) =>
			e.event === "security.origin.rejected");
		assert.equal(event.payload.severity, "warn");
		assert.equal(event.payload.origin, "https://evil.example");
		assert.equal(event.payload.via, "rest");
		assert.ok(event.payload.at > 0);
		const notes = await rejected("rest");
		assert.equal(notes.length, 1);
		assert.equal(notes[0].severity, "warn");
		assert.equal(notes[0].detail.origin, "https://evil.example");
		assert.ok(!listener.events.some((e) =>
			e.event.startsWith("security.")), "only for administrators");
		owner.close();
		listener.close();
	});

test("so is a foreign page that opens a WebSocket", async () => {
	for (let i = 0; i < 5; i++) {
		const answer = await rawUpgrade({ headers: { Cookie: lured.cookie,
			Origin: "https://evil.example" } });
		assert.equal(answer.status, 403);
	}
	await until(async () => (await rejected("websocket")).length > 0, 5000,
		"note");
	assert.equal((await rejected("websocket")).length, 1);
});

test("a foreign page without a valid cookie leaves nothing", async () => {
	const before = (await list("?limit=1")).json.entries[0].id;
	const other = { "content-type": "application/json",
		origin: "https://evil.example" };
	await api("POST", "/api/sessions", { body: {}, headers: other });
	await api("POST", "/api/sessions", { body: {}, headers: { ...other,
		cookie: `moltis_session=${"A".repeat(43)}` } });
	assert.equal((await list("?limit=1")).json.entries[0].id, before);
	assert.ok(base);
});

test("an id nobody has is not found, and leaves nothing", async () => {
	const before = (await list("?limit=1")).json.entries[0].id;
	const id = crypto.randomUUID();
	assert.equal((await api("DELETE", `/api/auth/api-keys/${id}`,
		{ cookie })).status, 404);
	assert.equal((await list("?limit=1")).json.entries[0].id, before);
});

test("an id of another account: the same answer, and the administrator is "
	+ "warned, by REST and WebSocket", async () => {
	const other = await makePerson();
	const theirs = (await api("GET", "/api/auth/sessions",
		{ cookie: other.cookie })).json.sessions[0].id;
	const prober = await makePerson();
	const mine = await connectWs({ cookie: prober.cookie });
	const socket = await connectWs({ cookie });
	const path = (id) => `/api/auth/sessions/${id}`;
	const none = await api("DELETE", path(crypto.randomUUID()),
		{ cookie: prober.cookie });
	const hit = await api("DELETE", path(theirs), { cookie: prober.cookie });
	assert.equal(hit.status, 404);
	const blur = (text) => text.replace(/[0-9a-f-]{36}/g, "~");
	assert.equal(blur(hit.text), blur(none.text));
	const event = await socket.event((e) =>
		e.event === "security.tenancy.foreign_id");
	assert.equal(event.payload.severity, "warn");
	assert.equal(event.payload.via, "rest");
	assert.ok(!JSON.stringify(event).includes(theirs));

	const second = await makePerson();
	const frames = await connectWs({ cookie: second.cookie });
	const refused = await frames.frame("auth.sessions.revoke",
		{ id: theirs });
	assert.equal(refused.error.code, "NOT_FOUND");
	const told = await socket.event((e) =>
		e.event === "security.tenancy.foreign_id"
		&& e.payload.via === "websocket");
	assert.equal(told.payload.severity, "warn");
	for (const asker of [prober, second]) {
		const own = await api("GET", "/api/audit?event=tenancy.*",
			{ cookie: asker.cookie });
		assert.deepEqual(own.json.entries, [], "who asks learns nothing");
	}
	const log = (await api("GET", "/api/admin/audit?event=tenancy.*",
		{ cookie })).json.entries;
	assert.equal(log.filter((e) => e.detail.ids.includes(theirs)).length, 2);
	assert.equal((await api("GET", "/api/auth/whoami",
		{ cookie: other.cookie })).status, 200, "and nothing ended");
	socket.close();
	mine.close();
	frames.close();
});
