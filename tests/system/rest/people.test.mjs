// People and accounts: invitations, members, several accounts of one person,
// removal, disabling, quotas, the administration that reads no content
// (S140, S152, S162, A11, A15, A17, A23, A32).

import assert from "node:assert/strict";
import crypto from "node:crypto";
import test from "node:test";
import { accept, api, base, connectWs, cookieOf, env, fresh, invite,
	makePerson, password, setup, sleep, until }
	from "../lib/moltis.mjs";
import { direct } from "../lib/rawfcgi.mjs";

const owner = setup();
const ok = (answer) => {
	assert.equal(answer.status, 200, answer.text);
	return answer.json;
};
const get = async (path, cookie) => ok(await api("GET", path, { cookie }));
const raw = direct(env);
const lookup = (token, params = {}) => raw("POST", "/api/auth/invite/lookup",
	{ body: JSON.stringify({ token }), params });
const login = ({ username }, word = password) => raw("POST",
	"/api/auth/login", { body: JSON.stringify({ username, password: word }) });
const keyOf = async (person, scopes) => ok(await api("POST",
	"/api/auth/api-keys", { cookie: person.cookie,
		body: { label: "k", scopes } })).key;
const whoami = (opts) => api("GET", "/api/auth/whoami", opts);
const unique = () => crypto.randomUUID().slice(0, 8);

test("an invitation is shown once, described, used once", async () => {
	const made = await invite({ scopes: ["operator.read"], note: "for Ann" });
	assert.match(made.token, /^inv_[A-Za-z0-9_-]{43}$/);
	assert.equal(made.url, `${base.origin}/invite#${made.token}`);
	assert.ok(Math.abs(made.expires_at - Date.now() - 72 * 3600e3) < 60e3);

	const listed = await api("GET", "/api/invites", { cookie: owner.cookie });
	const mine = listed.json.invites.find((one) => one.id === made.id);
	assert.deepEqual([mine.note, mine.scopes, mine.created_by],
		["for Ann", ["operator.read"], owner.username]);
	assert.ok(!listed.text.includes(made.token));

	const about = (await lookup(made.token)).json;
	assert.deepEqual([about.kind, about.scopes, about.administrator,
		about.signed_in], ["member", ["operator.read"], false, false]);
	assert.equal(about.account_name, (await whoami(owner)).json.account.name);
	assert.equal((await lookup(made.token, { HTTP_COOKIE: owner.cookie,
		HTTP_ORIGIN: base.origin })).json.signed_in, true);

	const name = `ann-${unique()}`;
	const first = await accept({ token: made.token, username: name, password });
	assert.equal(first.status, 200, first.text);
	assert.deepEqual(first.json, { ok: true });
	for (const flag of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"])
		assert.ok(first.headers["set-cookie"][0].includes(flag));
	const again = await accept({ token: made.token, username: `${name}-2`,
		password });
	assert.equal(again.status, 403);
	assert.ok(!(await get("/api/invites", owner.cookie)).invites
		.some((one) => one.id === made.id));
});

test("unknown, used and revoked tokens get one answer", async () => {
	const used = await invite({ scopes: ["operator.read"] });
	assert.equal((await accept({ token: used.token, username: `u-${unique()}`,
		password })).status, 200);
	const revoked = await invite({ scopes: ["operator.read"] });
	ok(await api("DELETE", `/api/invites/${revoked.id}`, owner));
	ok(await api("DELETE", `/api/invites/${revoked.id}`, owner));
	const answers = new Set();
	for (const token of [used.token, revoked.token, `inv_${"A".repeat(43)}`,
		"inv_x", "mk_x", "x", `inv_${"é".repeat(43)}`]) {
		for (const answer of [await lookup(token), await accept({ token,
			username: `u-${unique()}`, password }),
		await accept({ token, username: "owner", password: "short" })]) {
			delete answer.json.request_id;
			answers.add(`${answer.status} ${JSON.stringify(answer.json)}`);
		}
	}
	assert.equal(answers.size, 1, [...answers].join("\n"));
	assert.match([...answers][0], /^403 .*this invitation is not valid/);
});

test("guessing is counted against the address", async () => {
	const at = { REMOTE_ADDR: "203.0.113.99" };
	let n = 0, answer;
	do {
		answer = await lookup(`inv_${"B".repeat(43)}`, at);
		n++;
	} while (answer.status === 403 && n < 30);
	assert.deepEqual([answer.status, n], [429, 21]);
	assert.ok(Number(answer.headers["retry-after"]) >= 1);
	const good = await invite({ scopes: ["operator.read"] });
	assert.equal((await lookup(good.token, at)).status, 429);
	assert.equal((await lookup(good.token)).status, 200);
});

test("fifty people with one link: one gets in", async () => {
	const { token } = await invite({ scopes: ["operator.read"] });
	const name = unique();
	// Half of the threads hash passwords; whoever is too many tries again.
	const insist = async (body) => {
		for (;;) {
			const answer = await accept(body);
			if (answer.status !== 503) return answer;
			assert.ok(Number(answer.headers["retry-after"]) >= 1);
			await sleep(100 + Math.random() * 400);
		}
	};
	const answers = await Promise.all(Array.from({ length: 50 }, (_, i) =>
		insist({ token, username: `race-${name}-${i}`, password })));
	const counts = answers.map((a) => a.status).sort();
	assert.equal(counts.filter((s) => s === 200).length, 1, `${counts}`);
	assert.equal(counts.filter((s) => s === 403).length, 49, `${counts}`);
	const { members } = await get("/api/members", owner.cookie);
	assert.equal(members.filter((m) => m.username.startsWith(`race-${name}`))
		.length, 1);
});

test("what is wrong with a new person is said by field", async () => {
	const { token } = await invite({ scopes: ["operator.read"] });
	const bad = async (body, status, field) => {
		const answer = await accept({ token, ...body });
		assert.deepEqual([answer.status, answer.json.field], [status, field],
			answer.text);
	};
	await bad({ username: owner.username, password }, 409, "username");
	await bad({ username: "OWNER", password }, 409, "username");
	await bad({ password }, 400, "username");
	await bad({ username: "no blanks", password }, 400, "username");
	await bad({ username: `n-${unique()}`, password: "short" }, 400,
		"password");
	await bad({ username: `n-${unique()}` }, 400, "password");
	await bad({ username: "x", password, scopes: ["operator.admin"] }, 400,
		"scopes");
	assert.equal((await lookup(token)).status, 200, "still good");
});

test("a member may do what his scopes say, on both transports", async () => {
	const reader = await makePerson({ scopes: ["operator.read"] });
	const writer = await makePerson({ scopes: ["operator.write"] });
	assert.equal(reader.account.id, (await whoami(owner)).json.account.id);
	assert.deepEqual((await whoami(reader)).json.scopes, ["operator.read"]);
	await get("/api/sessions", reader.cookie);
	const denied = await api("POST", "/api/sessions", { ...reader, body: {} });
	assert.equal(denied.status, 403);
	assert.match(denied.json.error, /missing scope: operator.write/);
	ok(await api("POST", "/api/sessions", { ...writer, body: {} }));
	for (const [method, path, body] of [["GET", "/api/invites"],
		["POST", "/api/invites", { scopes: ["operator.read"] }],
		["PATCH", "/api/account", { name: "mine" }],
		["PATCH", `/api/members/${reader.user.id}`,
			{ scopes: ["operator.admin"] }],
		["DELETE", `/api/members/${reader.user.id}`],
		["GET", "/api/admin/users"], ["GET", "/api/admin/accounts"],
		["POST", "/api/admin/invites", { kind: "account" }]])
		assert.equal((await api(method, path, { ...writer, body })).status, 403,
			`${method} ${path}`);

	const socket = await connectWs({ cookie: reader.cookie });
	await socket.call("sessions.list", {});
	const frame = await socket.frame("sessions.create", {});
	assert.equal(frame.ok, false);
	assert.match(frame.error.message, /missing scope: operator.write/);
	assert.equal((await socket.frame("members.update", {
		user_id: reader.user.id, scopes: ["operator.admin"] })).ok, false);
	const key = await api("POST", "/api/auth/api-keys", { ...writer,
		body: { label: "more", scopes: ["operator.admin"] } });
	assert.equal(key.status, 403);
	socket.close();
});

test("an account's admin cannot touch the owner or the deployment",
	async () => {
		const admin = await makePerson({ scopes: ["operator.admin"] });
		const me = (await whoami(owner)).json.user.id;
		for (const [method, body] of [["DELETE"],
			["PATCH", { scopes: ["operator.read"] }]]) {
			const answer = await fresh(method, `/api/members/${me}`,
				{ ...admin, body });
			assert.equal(answer.status, 409, answer.text);
			assert.match(answer.json.error, /the owner of an account/);
		}
		for (const [method, path, body] of [["GET", "/api/admin/users"],
			["GET", "/api/admin/accounts"], ["GET", "/api/admin/invites"],
			["PATCH", `/api/admin/users/${admin.user.id}`,
				{ administrator: true }],
			["PATCH", `/api/admin/accounts/${admin.account.id}`,
				{ quotas: { members: 200 } }],
			["POST", "/api/admin/invites", { kind: "reset",
				username: owner.username }]]) {
			const answer = await api(method, path, { ...admin, body });
			assert.equal(answer.status, 403, `${method} ${path}`);
			assert.match(answer.json.error, /administrators of the deployment/);
		}
	});

test("no key manages people, whatever its scopes", async () => {
	const key = await keyOf(owner, ["operator.admin"]);
	for (const [method, path, body] of [["GET", "/api/members"],
		["GET", "/api/accounts"], ["GET", "/api/invites"],
		["POST", "/api/invites", { scopes: ["operator.read"] }],
		["GET", "/api/admin/users"], ["GET", "/api/admin/accounts"],
		["POST", "/api/admin/invites", { kind: "account" }],
		["PATCH", "/api/account", { name: "x" }],
		["POST", "/api/accounts/switch",
			{ account_id: crypto.randomUUID() }]]) {
		const answer = await api(method, path, { key, body });
		assert.equal(answer.status, 403, `${method} ${path} ${answer.text}`);
		assert.match(answer.json.error, /signed-in person/);
	}
});

test("changed scopes hold at once, and the page is told", async () => {
	const admin = await connectWs({ cookie: owner.cookie });
	const member = await makePerson({ scopes: ["operator.read"] });
	const joined = await admin.event((e) => e.event === "member"
		&& e.payload.username === member.username);
	assert.deepEqual([joined.payload.kind, joined.payload.scopes],
		["joined", ["operator.read"]]);
	const socket = await connectWs({ cookie: member.cookie });
	ok(await fresh("PATCH", `/api/members/${member.user.id}`,
		{ body: { scopes: ["operator.write", "operator.approvals"] } }));
	await admin.event((e) => e.event === "member"
		&& e.payload.kind === "updated"
		&& e.payload.user_id === member.user.id);
	assert.equal((await socket.frame("sessions.create", {})).ok, true);
	ok(await fresh("PATCH", `/api/members/${member.user.id}`,
		{ body: { scopes: ["operator.read"] } }));
	assert.equal((await socket.frame("sessions.create", {})).ok, false);
	assert.ok(!socket.events.some((e) => e.event === "member"),
		"events of members are for admins");
	socket.close();
	admin.close();
});

test("a removed member is out within two seconds, his key at once",
	async () => {
		const member = await makePerson({ scopes: ["operator.write"] });
		const key = await keyOf(member, ["operator.read"]);
		const byCookie = await connectWs({ cookie: member.cookie });
		const byKey = await connectWs({ key });
		const run = await byCookie.call("chat.send",
			{ text: "[[slow 200 100]]", sessionKey: `session:${
				crypto.randomUUID()}` });
		const start = Date.now();
		ok(await fresh("DELETE", `/api/members/${member.user.id}`));
		assert.equal((await whoami({ key })).status, 401);
		assert.equal((await whoami(member)).status, 401);
		const [one, two] = await Promise.all([byCookie.closed, byKey.closed]);
		assert.ok(Date.now() - start < 2000, `${Date.now() - start} ms`);
		assert.deepEqual([one.code, two.code], [1008, 1008]);
		assert.ok(run.runId);
		assert.ok(!(await get("/api/members", owner.cookie)).members
			.some((m) => m.user_id === member.user.id));
		/* He belongs nowhere now: that is said after the password only. */
		assert.equal((await login(member, "wrong-password-1")).status, 401);
		const right = await login(member);
		assert.equal(right.status, 403);
		assert.match(right.json.error, /you belong to no account any more/);
		assert.equal(right.headers["set-cookie"], undefined);
		assert.equal((await fresh("DELETE", `/api/members/${member.user.id}`))
			.status, 404);
	});

test("what runs for a removed member stops", async () => {
	const member = await makePerson({ scopes: ["operator.write"] });
	const watch = await connectWs({ cookie: owner.cookie });
	const key = `session:${crypto.randomUUID()}`;
	const sent = ok(await api("POST", `/api/sessions/${key}/messages`,
		{ ...member, body: { text: "[[slow 200 100]]", model: "fake-1" } }));
	const second = ok(await api("POST", `/api/sessions/${key}/messages`,
		{ ...member, body: { text: "and then", model: "fake-1" } }));
	ok(await fresh("DELETE", `/api/members/${member.user.id}`));
	await watch.chat("aborted", second.runId, 5000);
	await watch.event((e) => e.event === "chat" && e.payload.runId === sent.runId
		&& ["aborted", "final", "error"].includes(e.payload.state), 5000);
	const busy = await watch.call("chat.peek", { sessionKey: key });
	assert.equal(busy.active ?? false, false, JSON.stringify(busy));
	watch.close();
});

test("one person, two accounts: join, switch, leave", async () => {
	const person = await makePerson();
	const { token } = await invite({ scopes: ["operator.read"] });
	const cross = await accept({ token }, { HTTP_COOKIE: person.cookie });
	assert.equal(cross.status, 403, "a cookie needs our Origin");
	const as = { HTTP_COOKIE: person.cookie, HTTP_ORIGIN: base.origin };
	const joined = await accept({ token }, as);
	assert.equal(joined.status, 200, joined.text);
	assert.equal(joined.headers["set-cookie"][0], "", "the session stays");
	assert.equal((await accept({ token }, as)).status, 403);
	const twice = await invite({ scopes: ["operator.admin"] });
	const member = await accept({ token: twice.token }, as);
	assert.equal(member.status, 409, member.text);
	assert.equal((await lookup(twice.token)).status, 200, "not used up");

	const { accounts } = await get("/api/accounts", person.cookie);
	const [own, other] = accounts;
	assert.deepEqual([accounts.length, own.current, own.is_owner,
		other.current, other.is_owner, other.scopes, other.disabled],
	[2, true, true, false, false, ["operator.read"], false]);

	const socket = await connectWs({ cookie: person.cookie });
	const key = await keyOf(person, ["operator.read"]);
	const moved = ok(await api("POST", "/api/accounts/switch",
		{ ...person, body: { account_id: other.id } }));
	assert.deepEqual([moved.account.id, moved.scopes],
		[other.id, ["operator.read"]]);
	assert.equal((await socket.closed).code, 1008);
	const there = (await whoami(person)).json;
	assert.deepEqual([there.account.id, there.scopes],
		[other.id, ["operator.read"]]);
	assert.equal((await whoami({ key })).json.account.id, own.id,
		"a key stays in its account");
	assert.equal((await api("POST", "/api/sessions", { ...person, body: {} }))
		.status, 403);
	assert.deepEqual((await get("/api/auth/api-keys", person.cookie)).api_keys,
		[]);

	const back = await fresh("POST", "/api/accounts/leave",
		{ ...person, body: { account_id: own.id } });
	assert.equal(back.status, 409, "the owner cannot leave");
	ok(await fresh("POST", "/api/accounts/leave",
		{ ...person, body: { account_id: other.id } }));
	assert.equal((await whoami(person)).status, 401, "the session was there");
	assert.equal((await whoami({ key })).status, 200);
});

test("an account of others cannot be entered or named", async () => {
	const a = await makePerson();
	const b = await makePerson();
	const unknown = crypto.randomUUID();
	for (const path of ["/api/accounts/switch", "/api/accounts/leave"]) {
		const both = [];
		for (const account_id of [b.account.id, unknown]) {
			const answer = await api("POST", path,
				{ ...a, body: { account_id } });
			delete answer.json.request_id;
			both.push(`${answer.status} ${JSON.stringify(answer.json)}`);
		}
		assert.equal(both[0], both[1]);
		assert.match(both[0], /^404 /);
	}
	for (const [method, body] of [["DELETE"],
		["PATCH", { scopes: ["operator.read"] }]]) {
		const both = [];
		for (const id of [b.user.id, unknown]) {
			const answer = await api(method, `/api/members/${id}`,
				{ ...a, body });
			delete answer.json.request_id;
			both.push(`${answer.status} ${JSON.stringify(answer.json)}`);
		}
		assert.equal(both[0], both[1]);
		assert.match(both[0], /^404 /);
	}
	const theirs = await invite({ cookie: b.cookie,
		scopes: ["operator.read"] });
	assert.equal((await api("DELETE", `/api/invites/${theirs.id}`, a)).status,
		404);
	assert.equal((await lookup(theirs.token)).status, 200);
	assert.deepEqual((await get("/api/members", a.cookie)).members
		.map((m) => m.username), [a.username]);
});

test("an account is renamed by its admins, and pages hear it", async () => {
	const person = await makePerson();
	const socket = await connectWs({ cookie: person.cookie });
	const name = `Garden ${unique()}`;
	ok(await api("PATCH", "/api/account", { ...person, body: { name } }));
	const event = await socket.event((e) => e.event === "account");
	assert.deepEqual([event.payload.name, event.payload.id],
		[name, person.account.id]);
	assert.equal((await whoami(person)).json.account.name, name);
	for (const bad of ["", "   ", "x".repeat(65), "a\nb"])
		assert.equal((await api("PATCH", "/api/account",
			{ ...person, body: { name: bad } })).status, 400);
	socket.close();
});

test("a disabled person is out everywhere and comes back with nothing old",
	async () => {
		const person = await makePerson();
		const key = await keyOf(person, ["operator.read"]);
		const socket = await connectWs({ cookie: person.cookie });
		const start = Date.now();
		const set = (body) => fresh("PATCH",
			`/api/admin/users/${person.user.id}`, { body });
		ok(await set({ disabled: true }));
		assert.equal((await whoami(person)).status, 401);
		assert.equal((await whoami({ key })).status, 401);
		assert.equal((await socket.closed).code, 1008);
		assert.ok(Date.now() - start < 2000);
		assert.equal((await login(person)).status, 401, "as if unknown");
		ok(await set({ disabled: false }));
		assert.equal((await whoami(person)).status, 401);
		assert.equal((await whoami({ key })).status, 401);
		assert.equal((await login(person)).status, 200);
	});

test("a disabled account lets nobody in and nothing run", async () => {
	const person = await makePerson();
	const socket = await connectWs({ cookie: person.cookie });
	const { runId } = await socket.call("chat.send",
		{ text: "[[slow 200 100]]", model: "fake-1" });
	assert.ok(runId);
	const set = (body) => fresh("PATCH",
		`/api/admin/accounts/${person.account.id}`, { body });
	ok(await set({ disabled: true }));
	assert.equal((await socket.closed).code, 1008);
	assert.equal((await whoami(person)).status, 401);
	const refused = await login(person);
	assert.equal(refused.status, 403);
	assert.match(refused.json.error, /every account you belong to is disabled/);
	await sleep(1500);
	ok(await set({ disabled: false }));
	assert.equal((await whoami(person)).status, 401, "the session is gone");
	const again = { cookie: cookieOf({ headers: { "set-cookie":
		[(await login(person)).headers["set-cookie"]] } }) };
	const status = ok(await api("GET", "/api/status", again));
	assert.deepEqual([status.runningTurns, status.queuedTurns], [0, 0]);
});

test("quotas hold where rows are made", async () => {
	const person = await makePerson();
	const set = (quotas) => fresh("PATCH",
		`/api/admin/accounts/${person.account.id}`, { body: { quotas } });
	ok(await set({ members: 2, sessions: 3, turns_per_day: 2 }));
	const mine = (await get("/api/admin/accounts?limit=200", owner.cookie))
		.accounts.find((a) => a.id === person.account.id);
	assert.deepEqual(mine.quotas,
		{ members: 2, sessions: 3, turns_per_day: 2 });

	await makePerson({ cookie: person.cookie, scopes: ["operator.read"] });
	const full = await fresh("POST", "/api/invites", { ...person,
		body: { scopes: ["operator.read"] } });
	assert.equal(full.status, 409);
	assert.match(full.json.error, /may have 2 members/);

	for (let i = 0; i < 3; i++)
		ok(await api("POST", "/api/sessions", { ...person, body: {} }));
	const fourth = await api("POST", "/api/sessions", { ...person, body: {} });
	assert.equal(fourth.status, 429);
	assert.match(fourth.json.error, /at most 3 sessions/);

	const list = (await get("/api/sessions", person.cookie));
	const send = (i) => api("POST", `/api/sessions/${list[i].key}/messages`,
		{ ...person, body: { text: "hello" } });
	ok(await send(0));
	ok(await send(1));
	const third = await send(2);
	assert.equal(third.status, 429);
	assert.match(third.json.error, /may send 2 messages a day/);
	const wait = Number(third.headers["retry-after"]);
	assert.ok(wait >= 1 && wait <= 86400, `${wait}`);
	ok(await set({ turns_per_day: null, sessions: null }));
	ok(await send(2));

	for (const bad of [{ members: 0 }, { members: 201 }, { sessions: "5" },
		{ turns_per_day: -1 }, { disk: 1 }])
		assert.equal((await set(bad)).status, 400, JSON.stringify(bad));
});

test("the last administrator stays", async () => {
	const me = (await whoami(owner)).json;
	for (const body of [{ disabled: true }, { administrator: false }]) {
		const answer = await fresh("PATCH", `/api/admin/users/${me.user.id}`,
			{ body });
		assert.equal(answer.status, 409, answer.text);
		assert.match(answer.json.error, /without an administrator/);
	}
	const account = await fresh("PATCH",
		`/api/admin/accounts/${me.account.id}`, { body: { disabled: true } });
	assert.equal(account.status, 409);
	assert.equal((await whoami(owner)).status, 200);
	const second = await makePerson({ administrator: true });
	assert.equal(second.user.administrator, true);
	ok(await fresh("PATCH", `/api/admin/users/${second.user.id}`,
		{ ...second, body: { administrator: false } }));
	assert.equal((await api("GET", "/api/admin/users", second)).status, 403);
	assert.equal((await fresh("PATCH", `/api/admin/users/${crypto.randomUUID()}`,
		{ body: { disabled: true } })).status, 404);
});

test("an invitation outlives nobody's rights", async () => {
	const admin = await makePerson({ scopes: ["operator.admin"] });
	const { token } = await invite({ cookie: admin.cookie,
		scopes: ["operator.admin"] });
	assert.equal((await lookup(token)).status, 200);
	ok(await fresh("PATCH", `/api/members/${admin.user.id}`,
		{ body: { scopes: ["operator.read"] } }));
	assert.equal((await lookup(token)).status, 403);
	assert.equal((await accept({ token, username: `e-${unique()}`, password }))
		.status, 403);
});

test("a reset gives a way back and ends every session", async () => {
	const person = await makePerson();
	const key = await keyOf(person, ["operator.read"]);
	const socket = await connectWs({ cookie: person.cookie });
	const reset = await fresh("POST", "/api/admin/invites",
		{ body: { kind: "reset", username: person.username } });
	const { token } = ok(reset);
	const listed = (await get("/api/admin/invites", owner.cookie)).invites
		.find((one) => one.id === reset.json.id);
	assert.deepEqual([listed.kind, listed.username, listed.created_by],
		["reset", person.username, owner.username]);
	const about = (await lookup(token)).json;
	assert.deepEqual([about.kind, about.username], ["reset", person.username]);
	const word = "another-battery-staple-9";
	const done = await accept({ token, password: word });
	assert.equal(done.status, 200, done.text);
	assert.equal((await whoami({ cookie: cookieOf(done) })).json.user.username,
		person.username);
	assert.equal((await whoami(person)).status, 401);
	assert.equal((await socket.closed).code, 1008);
	assert.equal((await whoami({ key })).status, 200, "keys stay");
	assert.equal((await login(person)).status, 401);
	assert.equal((await login(person, word)).status, 200);
	for (const [body, field] of [[{ kind: "reset" }, "username"],
		[{ kind: "x" }, "kind"],
		[{ kind: "account", username: "z" }, "username"]]) {
		const bad = await fresh("POST", "/api/admin/invites", { body });
		assert.deepEqual([bad.status, bad.json.field], [400, field]);
	}
	assert.equal((await fresh("POST", "/api/admin/invites",
		{ body: { kind: "reset", username: `no-${unique()}` } })).status, 404);
});

test("administrators see counts, never content", async () => {
	const person = await makePerson();
	const canary = `canary-${unique()}`;
	ok(await api("POST", "/api/sessions",
		{ ...person, body: { label: canary } }));
	ok(await api("POST", "/api/sessions/main/messages",
		{ ...person, body: { text: canary } }));
	const all = [];
	for (const path of ["/api/admin/users", "/api/admin/accounts",
		"/api/admin/invites", "/api/sessions", "/api/members"]) {
		const answer = await api("GET", path, owner);
		assert.equal(answer.status, 200, path);
		assert.ok(!answer.text.includes(canary), path);
		all.push(answer.json);
	}
	const account = all[1].accounts.find((a) => a.id === person.account.id);
	assert.deepEqual(Object.keys(account).sort(), ["created_at", "disabled",
		"exec_off", "id", "members", "messages", "name", "owner", "quotas",
		"sessions"]);
	assert.deepEqual([account.owner, account.members, account.sessions],
		[person.username, 1, 2]);
	const user = all[0].users.find((u) => u.id === person.user.id);
	assert.deepEqual(Object.keys(user).sort(), ["accounts", "administrator",
		"created_at", "disabled", "has_password", "id", "last_seen_at",
		"passkeys", "username"]);
	const page = await get("/api/admin/users?limit=1", owner.cookie);
	assert.equal(page.users.length, 1);
	const next = await get(`/api/admin/users?limit=1&cursor=${page.nextCursor}`,
		owner.cookie);
	assert.notEqual(next.users[0].id, page.users[0].id);
});

test("keys are refused within moments of a removal, among many requests",
	async () => {
		const member = await makePerson({ scopes: ["operator.write"] });
		const key = await keyOf(member, ["operator.read"]);
		let late = 0, before = 0, gone = Infinity;
		/* A few after the first refusal: more would make the address of the
		 * tests a busy stranger. */
		const ask = async () => {
			for (let left = 5; left > 0;) {
				const at = Date.now();
				const { status } = await whoami({ key });
				if (status !== 200) left--;
				else if (at > gone) late++;
				else before++;
			}
		};
		const asking = Promise.all([ask(), ask(), ask(), ask()]);
		await until(() => before > 50, 5000, "first answers");
		ok(await fresh("DELETE", `/api/members/${member.user.id}`));
		gone = Date.now();
		await asking;
		assert.equal(late, 0);
		assert.ok(before > 0);
	});
