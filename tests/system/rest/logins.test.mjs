// Where a person is signed in (S167, S169, S171, S172): the list, ending one
// or all others, the cookie that is replaced, and the second proof.

import assert from "node:assert/strict";
import test from "node:test";
import { api, connectWs, cookieOf, env, key, password, revoke, setup }
	from "../lib/moltis.mjs";
import { ownerSql } from "../lib/owner.mjs";
import { direct } from "../lib/rawfcgi.mjs";

const raw = direct(env);
const { username } = setup();

async function signIn(agent = "logins test") {
	const answer = await raw("POST", "/api/auth/login", {
		body: JSON.stringify({ username, password }),
		params: { HTTP_USER_AGENT: agent } });
	assert.equal(answer.status, 200, answer.text);
	return cookieOf({ headers: { "set-cookie": answer.headerList
		.filter(([name]) => name === "set-cookie").map(([, v]) => v) } });
}

const list = async (cookie) => {
	const answer = await api("GET", "/api/auth/sessions", { cookie });
	assert.equal(answer.status, 200, answer.text);
	return answer.json.sessions;
};
const alive = async (cookie) => (await api("GET", "/api/auth/whoami",
	{ cookie })).status === 200;

test("the list says where, how and since when", async () => {
	const cookie = await signIn("a browser of its own");
	const all = await list(cookie);
	const mine = all.filter((s) => s.current);
	assert.equal(mine.length, 1);
	assert.deepEqual(Object.keys(mine[0]).sort(), ["account_id",
		"account_name", "created_at", "current", "expires_at", "id",
		"last_seen_at", "method", "peer", "user_agent"]);
	assert.equal(mine[0].user_agent, "a browser of its own");
	assert.equal(mine[0].method, "password");
	assert.match(mine[0].peer, /^198\.18\./);
	assert.ok(Math.abs(mine[0].created_at - Date.now()) < 60000);
	assert.equal(mine[0].expires_at - mine[0].last_seen_at, 7 * 86400e3);
	assert.doesNotMatch(JSON.stringify(all), /hash|token/);
	await api("POST", "/api/auth/logout", { cookie, body: {} });
});

test("an ended session's cookie and sockets are worth nothing", async () => {
	const here = await signIn();
	const there = await signIn();
	const ws = await connectWs({ cookie: there });
	const id = (await list(there)).find((s) => s.current).id;
	const foreign = await api("DELETE",
		"/api/auth/sessions/00000000-0000-4000-8000-000000000000",
		{ cookie: here });
	assert.equal(foreign.status, 404);
	const odd = await api("DELETE", "/api/auth/sessions/x", { cookie: here });
	assert.ok([400, 404].includes(odd.status));
	const ended = await api("DELETE", `/api/auth/sessions/${id}`,
		{ cookie: here });
	assert.deepEqual(ended.json, { ok: true });
	assert.equal(await alive(there), false);
	assert.equal((await ws.closed).code, 1008);
	assert.equal((await api("DELETE", `/api/auth/sessions/${id}`,
		{ cookie: here })).status, 404, "it is gone");
	assert.equal(await alive(here), true);
	await api("POST", "/api/auth/logout", { cookie: here, body: {} });
});

test("all others end, this one stays", async (t) => {
	// The prepared session must live on: it is put aside meanwhile.
	const here = await signIn();
	const others = [await signIn(), await signIn()];
	const before = await list(here);
	const keep = before.filter((s) => !s.current
		&& s.user_agent !== "logins test").map((s) => `'${s.id}'`);
	ownerSql(`CREATE TABLE public.aside AS SELECT * FROM moltis.login_sessions
		WHERE id IN (${keep.join(",") || "NULL"})`);
	t.after(() => ownerSql("DROP TABLE public.aside"));
	const answer = await api("POST", "/api/auth/sessions/revoke-others",
		{ cookie: here, body: {} });
	assert.equal(answer.json.revoked, before.length - 1);
	ownerSql("INSERT INTO moltis.login_sessions SELECT * FROM public.aside");
	for (const cookie of others) assert.equal(await alive(cookie), false);
	assert.equal(await alive(here), true);
	assert.equal(await alive(setup().cookie), true, "put back");
	await api("POST", "/api/auth/logout", { cookie: here, body: {} });
});

test("a key neither sees nor ends any", async () => {
	const made = await key(["operator.admin"], { full: true });
	assert.equal((await api("GET", "/api/auth/sessions", { key: made.key }))
		.status, 403);
	assert.equal((await api("POST", "/api/auth/sessions/revoke-others",
		{ key: made.key, body: {} })).status, 403);
	assert.equal((await api("POST", "/api/auth/reauth",
		{ key: made.key, body: { password } })).status, 403);
	await revoke(made.id);
});

test("the cookie is replaced once a day; sockets go on", async () => {
	const old = await signIn();
	const id = (await list(old)).find((s) => s.current).id;
	const ws = await connectWs({ cookie: old });
	ownerSql(`UPDATE moltis.login_sessions SET rotated_at = now()
		- interval '25 hours' WHERE id = '${id}'`);
	assert.equal((await ws.frame("health", {})).ok, true);
	const answers = await Promise.all([1, 2, 3, 4, 5].map(() =>
		api("GET", "/api/auth/whoami", { cookie: old })));
	assert.ok(answers.every((a) => a.status === 200));
	const fresh = answers.map(cookieOf).filter(Boolean);
	assert.equal(fresh.length, 1, "one of five at once gets it");
	assert.notEqual(fresh[0], old);
	const line = answers.find(cookieOf).headers["set-cookie"].join();
	for (const part of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"])
		assert.ok(line.includes(part), line);
	assert.equal(await alive(fresh[0]), true);
	assert.equal(await alive(old), true, "for what was under way");
	assert.equal((await list(fresh[0])).find((s) => s.current).id, id,
		"the session is the same");
	ownerSql(`UPDATE moltis.login_sessions SET prev_until = now()
		WHERE id = '${id}'`);
	assert.equal(await alive(old), false, "a minute later it is nothing");
	await assert.rejects(connectWs({ cookie: old }));
	assert.equal((await ws.frame("sessions.list", {})).ok, true,
		"the open socket goes on");
	await api("POST", "/api/auth/logout", { cookie: fresh[0], body: {} });
	assert.equal((await ws.closed).code, 1008, "until its session ends");
});

test("a socket never replaces a cookie", async () => {
	const cookie = await signIn();
	const id = (await list(cookie)).find((s) => s.current).id;
	ownerSql(`UPDATE moltis.login_sessions SET rotated_at = now()
		- interval '25 hours' WHERE id = '${id}'`);
	const ws = await connectWs({ cookie });
	assert.equal((await ws.frame("health", {})).ok, true);
	assert.equal(ownerSql(`SELECT prev_hash IS NULL FROM moltis.login_sessions
		WHERE id = '${id}'`), "t");
	ws.close();
	await api("POST", "/api/auth/logout", { cookie, body: {} });
});

test("what is sensitive asks for the person again", async () => {
	const cookie = await signIn();
	const id = (await list(cookie)).find((s) => s.current).id;
	const me = async () => (await api("GET", "/api/auth/whoami",
		{ cookie })).json;
	assert.ok((await me()).fresh_until > Date.now() + 8 * 60e3);
	ownerSql(`UPDATE moltis.login_sessions SET proved_at = now()
		- interval '10 minutes' WHERE id = '${id}'`);
	assert.equal((await me()).fresh_until, null);
	const make = () => api("POST", "/api/auth/api-keys", { cookie,
		body: { label: "fresh", scopes: ["operator.read"] } });
	const stale = await make();
	assert.equal(stale.status, 403);
	assert.equal(stale.json.code, "REAUTH_REQUIRED");
	const prove = (body) => api("POST", "/api/auth/reauth", { cookie, body });
	const wrong = await prove({ password: "not the password" });
	assert.equal(wrong.status, 403);
	assert.equal(wrong.json.field, "password");
	assert.equal((await prove({})).status, 400);
	assert.equal((await api("POST", "/api/auth/reauth",
		{ body: { password } })).status, 401, "nobody proves nothing");
	assert.equal((await api("POST", "/api/auth/reauth", { cookie,
		headers: { origin: "https://evil.example" }, body: { password } }))
		.status, 403, "nor a foreign page");
	const right = await prove({ password });
	assert.deepEqual(right.json, { ok: true });
	assert.equal(right.headers["set-cookie"], undefined);
	const made = await make();
	assert.equal(made.status, 200, made.text);
	await api("DELETE", `/api/auth/api-keys/${made.json.id}`, { cookie });
	assert.equal((await me()).method, "password");
	await api("POST", "/api/auth/logout", { cookie, body: {} });
});
