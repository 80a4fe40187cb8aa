// Does the time of an answer tell anything (A12, S165)?  For each pair of
// requests that must look alike, SAMPLES of both in turn; Welch's t over the
// fastest nine tenths of each, so that a pause of the machine decides nothing.
//
//   . STATE/env; COOKIE=... KEY=mk_... node tests/bench/guard/timing.mjs
//
// MOLTIS_CONF must name the owner's database: between logins the locks are
// taken away, or the second person would be locked and answered at once.
// A busy machine separates what is equal: run it on a quiet one.  Fails when
// |t| is 4.5 or more.

import { spawn } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import { performance } from "node:perf_hooks";
import { fcgi } from "../../system/lib/rawfcgi.mjs";

const { env } = process;
const url = new URL(env.MOLTIS_URL);
const https = url.protocol === "https:" ? "on" : "";
const SAMPLES = Number(env.SAMPLES ?? 200);
let next = Number(env.FIRST ?? 0);

// A new address every time: what is timed is the check, not the limit.
function ask(method, path, params, body) {
	next++;
	return fcgi(env.MOLTIS_FCGI_SOCKET, method, path, { host: url.host, body,
		ms: 60000, params: { HTTPS: https, REMOTE_ADDR:
			`100.${64 + ((next >> 16) & 63)}.${(next >> 8) & 255}.${next & 255}`,
		...params } });
}

const owner = spawn("psql", ["-X", "-q", "-A", "-t", /^\s*owner\s*=\s*"([^"]+)"/m
	.exec(fs.readFileSync(env.MOLTIS_CONF.split(":")[0], "utf8"))[1]],
{ stdio: ["pipe", "pipe", "inherit"] });
function unlock() {
	return new Promise((done) => {
		owner.stdout.once("data", done);
		owner.stdin.write("DELETE FROM moltis.bans; "
			+ "DELETE FROM moltis.login_failures; SELECT 1;\n");
	});
}

const random = (n) => crypto.randomBytes(n).toString("base64url");
const KEY = env.KEY ?? `mk_${random(32)}`;
const withKey = (key) => () => ask("GET", "/api/auth/whoami",
	{ HTTP_AUTHORIZATION: `Bearer ${key()}` });
const login = (name) => () => ask("POST", "/api/auth/login", {},
	JSON.stringify({ username: name(), password: "a wrong password" }));
const invite = (token) => () => ask("POST", "/api/auth/invite/lookup", {},
	JSON.stringify({ token: token() }));
const setup = (code) => () => ask("POST", "/api/auth/setup", {},
	JSON.stringify({ setup_code: code(), password: "quiet orange ladder" }));
const code = env.MOLTIS_SETUP_CODE || "ABCD-EFGH";
const flip = (text) => text.slice(0, -1) + (text.endsWith("A") ? "B" : "A");

const pairs = [
	["key: all but the last character right, nothing right",
		withKey(() => flip(KEY)), withKey(() => `mk_${random(32)}`)],
	["cookie: all but the last character right, nothing right",
		() => ask("GET", "/api/auth/whoami",
			{ HTTP_COOKIE: flip(env.COOKIE) }),
		() => ask("GET", "/api/auth/whoami",
			{ HTTP_COOKIE: `moltis_session=${random(32)}` })],
	["login: a person, nobody", login(() => env.NAME ?? "owner"),
		login(() => `nobody-${random(3)}`)],
	["setup code: first half right, nothing right",
		setup(() => `${code.slice(0, 5)}ZZZZ`), setup(() => "ZZZZ-ZZZZ")],
	["invitation: nearly right, nothing right",
		invite(() => flip(env.INVITE ?? `inv_${"A".repeat(43)}`)),
		invite(() => `inv_${random(32)}`)],
];

async function time(request, statuses) {
	await unlock();
	const began = performance.now();
	const answer = await request();
	const took = performance.now() - began;
	statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
	return took;
}

function moments(list) {
	const kept = [...list].sort((a, b) => a - b)
		.slice(0, Math.ceil(list.length * 0.9));
	const mean = kept.reduce((a, b) => a + b, 0) / kept.length;
	const variance = kept.reduce((a, b) => a + (b - mean) ** 2, 0)
		/ (kept.length - 1);
	return { mean, variance, n: kept.length };
}

function welch(a, b) {
	return (a.mean - b.mean) / Math.sqrt(a.variance / a.n + b.variance / b.n);
}

let separated = 0;
for (const [name, one, other] of pairs) {
	const times = [[], []];
	const statuses = [{}, {}];
	for (let i = 0; i < 10; i++) await (i % 2 ? one : other)();
	for (let i = 0; i < SAMPLES; i++)
		// Which goes first changes, or the order would be measured.
		for (const k of i % 2 ? [0, 1] : [1, 0])
			times[k].push(await time(k ? other : one, statuses[k]));
	const [a, b] = times.map(moments);
	const t = welch(a, b);
	if (Math.abs(t) >= 4.5) separated++;
	console.log(`${name}: ${a.mean.toFixed(3)} ms and ${b.mean.toFixed(3)} ms, `
		+ `t = ${t.toFixed(2)}, ${JSON.stringify(statuses)}`);
}
owner.stdin.end();
console.log(`${separated} of ${pairs.length} separated`);
process.exitCode = separated === 0 ? 0 : 1;
