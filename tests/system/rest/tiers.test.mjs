// Nothing a request says makes it local (requirements section 3, rows T1 to
// T10 and T12), once there is an administrator.  prepare.mjs does the same on
// the fresh deployment, and T8 and T9.

import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import { env, password, rawUpgrade } from "../lib/moltis.mjs";
import { direct } from "../lib/rawfcgi.mjs";
import { closeAll } from "../lib/rawws.mjs";
import { probeEnvironment, probeRest, probeSockets } from "../lib/tiers.mjs";

const raw = direct(env);
test.after(closeAll);

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
test("no claim of any kind gains anything, by any way", async (t) => {
	t.diagnostic(`${await probeRest("AUTH_NOT_AUTHENTICATED")} requests`);
});

test("nor does it open a socket", async (t) => {
	t.diagnostic(`${await probeSockets()} sockets`);
});

test("switching the proxy off by environment changes nothing", () =>
	probeEnvironment("AUTH_NOT_AUTHENTICATED"));

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
