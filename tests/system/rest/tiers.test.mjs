// Nothing a request says makes it local (requirements section 3, rows T1 to
// T10 and T12): straight to the program's socket, which is as near as
// anybody can come.  prepare.mjs does T1, T3, T4, T8 and T9 on the fresh
// deployment, through the edge.

import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import { base, env, password, rawUpgrade, until } from "../lib/moltis.mjs";
import { ownFolder, startOwn } from "../lib/ownfcgi.mjs";
import { direct, fcgi } from "../lib/rawfcgi.mjs";

const raw = direct(env);

const nearness = {
	"plain": {},
	"from loopback": { REMOTE_ADDR: "127.0.0.1" },
	"from IPv6 loopback": { REMOTE_ADDR: "::1" },
	"from mapped loopback": { REMOTE_ADDR: "::ffff:127.0.0.1" },
	"from a Unix socket": { REMOTE_ADDR: "unix:" },
	"without an address": { REMOTE_ADDR: null },
	"X-Forwarded-For": { HTTP_X_FORWARDED_FOR: "127.0.0.1" },
	"X-Real-IP": { HTTP_X_REAL_IP: "::1" },
	"Forwarded": { HTTP_FORWARDED: "for=127.0.0.1" },
	"CF-Connecting-IP": { HTTP_CF_CONNECTING_IP: "127.0.0.1" },
};
const hosts = { "our host": base.host, "localhost": "localhost",
	"a .localhost name": "x.localhost", "[::1]": "[::1]" };

for (const [near, params] of Object.entries(nearness))
	for (const [name, host] of Object.entries(hosts))
		test(`no credential, ${near}, ${name}`, async () => {
			const answer = await raw("GET", "/api/sessions", { params, host });
			if (host === base.host) {
				assert.equal(answer.status, 401);
				assert.equal(answer.json.code, "AUTH_NOT_AUTHENTICATED");
			} else {
				assert.ok([400, 421].includes(answer.status));
			}
		});

test("setup is over for everybody, however near", async () => {
	for (const params of Object.values(nearness)) {
		const answer = await raw("POST", "/api/auth/setup", { params,
			body: JSON.stringify({ setup_code: "AAAA-AAAA", password }) });
		assert.equal(answer.status, 403);
		assert.match(answer.json.error, /already completed/);
	}
});

test("a socket without credentials gets nowhere", async () => {
	const answer = await rawUpgrade({ path: "/ws/chat",
		headers: { Origin: "https://evil.example" } });
	assert.equal(answer.status, 403);
});

test("the programs listen on no TCP port", () => {
	const ports = ["tcp", "tcp6"].flatMap((name) =>
		fs.readFileSync(`/proc/net/${name}`, "utf8").split("\n").slice(1)
			.map((line) => line.trim().split(/\s+/))
			.filter((word) => word[3] === "0A")
			.map((word) => word[9]));
	for (const file of [env.MOLTIS_FCGI_PID_FILE, env.MOLTIS_WORKER_PID_FILE]) {
		const pid = fs.readFileSync(file, "utf8").trim();
		for (const fd of fs.readdirSync(`/proc/${pid}/fd`)) {
			let target = "";
			try {
				target = fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
			} catch { /* closed meanwhile */ }
			const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
			assert.ok(!ports.includes(inode), `${file} listens on TCP`);
		}
	}
});

test("switching the proxy off by environment changes nothing", async () => {
	const own = ownFolder();
	const master = startOwn(own, { MOLTIS_BEHIND_PROXY: "0" });
	const near = (host) => fcgi(own.socket, "GET", "/api/sessions", { host,
		params: { REMOTE_ADDR: "127.0.0.1",
			HTTPS: base.protocol === "https:" ? "on" : "" } });
	try {
		const answer = await until(async () => {
			const got = await near(base.host);
			return got.status !== 0 && got;
		}, 15000, "an answer");
		assert.equal(answer.status, 401);
		assert.equal(answer.json.code, "AUTH_NOT_AUTHENTICATED");
		assert.ok([400, 421].includes((await near("localhost")).status));
		assert.match(master.log, /MOLTIS_BEHIND_PROXY/);
	} finally {
		master.kill("SIGTERM");
		await master.ended;
		fs.rmSync(own.folder, { recursive: true });
	}
});
