// What nobody may gain by where he comes from or what his headers claim
// (requirements section 3, rows T1 to T7): the same probes before the
// deployment is set up, when the answer is "set it up", and afterwards, when
// it is "who are you".  Through the edge as it is shipped, through a bare
// nginx in front of it that adds no header at all, and straight on the
// programs' sockets, which is as near as anybody can come.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { api, base, env, until } from "./moltis.mjs";
import { ownFolder, startOwn } from "./ownfcgi.mjs";
import { fcgi } from "./rawfcgi.mjs";
import { frame, rawWs, TEXT, upgradeHead } from "./rawws.mjs";

const https = base.protocol === "https:" ? "on" : "";

export const claims = {
	"no header": {},
	"X-Forwarded-For 127.0.0.1": { "X-Forwarded-For": "127.0.0.1" },
	"X-Forwarded-For, a list": { "X-Forwarded-For": "127.0.0.1, ::1" },
	"X-Real-IP ::1": { "X-Real-IP": "::1" },
	"CF-Connecting-IP 127.0.0.1": { "CF-Connecting-IP": "127.0.0.1" },
	"Forwarded for=127.0.0.1": {
		Forwarded: "for=127.0.0.1;host=localhost;proto=https" },
	"X-Forwarded-Host localhost": { "X-Forwarded-Host": "localhost" },
	"X-Moltis-Peer 127.0.0.1": { "X-Moltis-Peer": "127.0.0.1" },
	"empty ones": { "X-Forwarded-For": "", Forwarded: "" },
	"all of them": { "X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1",
		"CF-Connecting-IP": "::1", Forwarded: "for=localhost",
		"X-Forwarded-Proto": "https", "Remote-Addr": "127.0.0.1" },
};
export const foreignHosts = ["localhost", "LOCALHOST", "127.0.0.1", "[::1]",
	"x.localhost", "localhost.", "localhost:1", "evil.example"];
// The first two are enough where the address is everybody's: a stranger may
// ask 180 times a minute.
const routes = [["GET", "/api/sessions"], ["GET", "/api/auth/whoami"],
	["POST", "/api/rpc/sessions.list"], ["GET", "/api/no/such/path"]];
const peers = ["127.0.0.1", "::ffff:127.0.0.1", "::1", "unix:", "",
	"192.0.2.1"];

// A nginx that only passes on, on a port of its own.
async function bareProxy() {
	const port = await new Promise((done) => {
		const probe = net.createServer().listen(0, "127.0.0.1", () => {
			const found = probe.address().port;
			probe.close(() => done(found));
		});
	});
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moltis-bare-"));
	const file = path.join(folder, "nginx.conf");
	const temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
		.map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
	const tls = https ? "proxy_ssl_server_name on; proxy_ssl_verify off;" : "";
	fs.writeFileSync(file, `${process.getuid() === 0 ? "user root;" : ""}
		daemon off; worker_processes 1; pid ${folder}/pid;
		error_log ${folder}/error.log;
		events { worker_connections 64; }
		http { access_log off; ${temp} ${tls}
			server { listen 127.0.0.1:${port};
				location / { proxy_pass ${base.origin}; } } }`);
	const child = spawn("nginx", ["-c", file, "-p", folder],
		{ stdio: "ignore" });
	await until(() => new Promise((done) => {
		const socket = net.connect(port, "127.0.0.1");
		socket.on("connect", () => { socket.destroy(); done(true); });
		socket.on("error", () => done(false));
	}), 10000, "a bare proxy");
	return { port, end: async () => {
		const ended = new Promise((done) => child.once("exit", done));
		child.kill("SIGTERM");
		await ended;
		fs.rmSync(folder, { recursive: true });
	} };
}

function bare(port, method, uri, headers) {
	return new Promise((resolve, reject) => {
		const req = http.request({ method, path: uri, port, agent: false,
			host: "127.0.0.1", headers: { host: "whatever.example",
				...(method === "POST" ? { "content-type": "application/json" }
					: {}), ...headers } },
		(res) => {
			let text = "";
			res.on("data", (part) => { text += part; });
			res.on("end", () => resolve({ status: res.statusCode,
				json: JSON.parse(text) }));
		});
		req.on("error", reject);
		req.end(method === "POST" ? "{}" : undefined);
	});
}

const asParams = (headers) => Object.fromEntries(Object.entries(headers)
	.map(([name, value]) => [`HTTP_${name.toUpperCase().replaceAll("-", "_")}`,
		value]));

function straight(socket, method, uri, headers, host = base.host,
	peer = "127.0.0.1") {
	return fcgi(socket, method, uri, { host,
		body: method === "POST" ? "{}" : "",
		params: { HTTPS: https, REMOTE_ADDR: peer, ...asParams(headers) } });
}

const show = (answer) => `${answer.status} ${JSON.stringify(answer.json)}`;

// Every route, by every way, with every claim: CODE and nothing else.
// Answers how many were tried.
export async function probeRest(code) {
	const proxy = await bareProxy();
	let tried = 0;
	const expect = (answer, what) => {
		assert.equal(answer.status, 401, `${what}: ${show(answer)}`);
		assert.equal(answer.json.code, code, what);
		tried++;
	};
	try {
		for (const [claim, headers] of Object.entries(claims))
			for (const [method, uri] of routes) {
				const body = method === "POST" ? {} : undefined;
				const what = `${method} ${uri}, ${claim}`;
				const few = routes.findIndex((r) => r[1] === uri) < 2;
				if (few) {
					expect(await api(method, uri, { headers, body }),
						`edge, ${what}`);
					expect(await bare(proxy.port, method, uri, headers),
						`bare proxy, ${what}`);
				}
				for (const peer of few ? peers : peers.slice(2))
					expect(await straight(env.MOLTIS_FCGI_SOCKET, method, uri,
						headers, base.host, peer), `socket, ${peer}, ${what}`);
			}
		for (const host of foreignHosts) {
			const near = await straight(env.MOLTIS_FCGI_SOCKET, "GET",
				"/api/sessions", {}, host);
			assert.ok([400, 421].includes(near.status),
				`socket, Host ${host}: ${show(near)}`);
			const edge = await api("GET", "/api/sessions",
				{ headers: { host } });
			assert.ok([400, 404, 421].includes(edge.status),
				`edge, Host ${host}: ${edge.status}`);
			tried += 2;
		}
	} finally {
		await proxy.end();
	}
	return tried;
}

// The environment of a program cannot take it out of the proxy (T6).
export async function probeEnvironment(code) {
	const own = ownFolder();
	const master = startOwn(own, { MOLTIS_BEHIND_PROXY: "0" });
	try {
		const answer = await until(async () => {
			const got = await straight(own.socket, "GET", "/api/sessions", {});
			return got.status !== 0 && got;
		}, 15000, "an answer");
		assert.equal(answer.status, 401);
		assert.equal(answer.json.code, code);
		const named = await straight(own.socket, "GET", "/api/sessions", {},
			"localhost");
		assert.ok([400, 421].includes(named.status));
		assert.match(master.log, /MOLTIS_BEHIND_PROXY/);
	} finally {
		master.kill("SIGTERM");
		await master.ended;
		fs.rmSync(own.folder, { recursive: true });
	}
}

// The worker's socket, as the edge speaks to it.
function workerSocket(lines, host = base.host) {
	return new Promise((resolve) => {
		const socket = net.connect(env.MOLTIS_WORKER_SOCKET);
		let got = "";
		const end = () => { socket.destroy(); resolve(got); };
		socket.setTimeout(3000, end);
		socket.on("data", (bytes) => {
			const first = got === "";
			got += bytes.toString("latin1");
			if (got.includes("authentication failed")) end();
			else if (first && got.startsWith("HTTP/1.1 101"))
				socket.write(frame(TEXT, JSON.stringify({ type: "req", id: "1",
					method: "connect", params: { client: { id: "t",
						version: "1" } } })));
		});
		socket.on("close", end);
		socket.on("error", end);
		socket.write(upgradeHead({ lines }).replace(/Host: .*\r\n/,
			`Host: ${host}\r\n`));
	});
}

// A socket may be opened by a stranger, but connect without a credential is
// the end of it.
export async function probeSockets() {
	let at = 60, tried = 0;
	for (const [claim, headers] of Object.entries(claims)) {
		const lines = Object.entries(headers)
			.map(([name, value]) => `${name}: ${value}`);
		const ws = await rawWs({ lines, localAddress: `127.0.0.${at++}` });
		const answer = await ws.call("connect",
			{ client: { id: "t", version: "1" } });
		assert.equal(answer?.ok, false, claim);
		assert.equal(answer.error.message, "authentication failed", claim);
		assert.equal(await ws.closed(), 1008, claim);
		ws.destroy();
		const near = await workerSocket(["X-Moltis-Peer: 127.0.0.1",
			...lines.filter((line) => !line.startsWith("X-Moltis-Peer"))]);
		assert.match(near, /authentication failed|HTTP\/1\.1 4\d\d/, claim);
		assert.doesNotMatch(near, /hello-ok/, claim);
		tried += 2;
	}
	for (const host of foreignHosts) {
		assert.match(await workerSocket(["X-Moltis-Peer: 127.0.0.1"], host),
			/^HTTP\/1\.1 4(00|21)/, host);
		tried++;
	}
	return tried;
}
