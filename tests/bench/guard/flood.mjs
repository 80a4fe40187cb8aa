// A flood of logins (A76): 1,000 at once, each from an address of its own,
// straight on the program's socket, while signed-in people go on reading.
//
//   . STATE/env; COOKIE=moltis_session=... node tests/bench/guard/flood.mjs
//
// Prints what became of the logins, how the reads fared before and during the
// flood, and how much memory the processes took.  Fails when a read was not
// answered 200.

import fs from "node:fs";
import { performance } from "node:perf_hooks";
import { fcgi } from "../../system/lib/rawfcgi.mjs";

const { env } = process;
const url = new URL(env.MOLTIS_URL);
const https = url.protocol === "https:" ? "on" : "";
const LOGINS = Number(env.LOGINS ?? 1000);
const ask = (method, path, params, body) => fcgi(env.MOLTIS_FCGI_SOCKET, method,
	path, { host: url.host, body, ms: 120000, params: { HTTPS: https, ...params } });

// Resident size of the master and its children, in MiB: now and at most.
function memory() {
	const master = fs.readFileSync(env.MOLTIS_FCGI_PID_FILE, "utf8").trim();
	const kids = fs.readFileSync(
		`/proc/${master}/task/${master}/children`, "utf8").trim().split(" ");
	return kids.map((pid) => {
		const text = fs.readFileSync(`/proc/${pid}/status`, "utf8");
		const of = (name) => Math.round(Number(
			new RegExp(`${name}:\\s+(\\d+)`).exec(text)[1]) / 1024);
		return { now: of("VmRSS"), peak: of("VmHWM") };
	});
}

function numbers(list) {
	const sorted = [...list].sort((a, b) => a - b);
	const at = (p) => sorted[Math.floor((sorted.length - 1) * p)]?.toFixed(1);
	return `${list.length} reads, p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, `
		+ `max ${at(1)} ms`;
}

const bad = {};
async function reads(until) {
	const times = [];
	await Promise.all([1, 2].map(async () => {
		while (!until.done) {
			const began = performance.now();
			const answer = await ask("GET", "/api/auth/whoami",
				{ REMOTE_ADDR: "192.0.2.1", HTTP_COOKIE: env.COOKIE });
			times.push(performance.now() - began);
			if (answer.status !== 200)
				bad[answer.status] = (bad[answer.status] ?? 0) + 1;
			await new Promise((next) => setTimeout(next, 10));
		}
	}));
	return times;
}

console.log("memory before:", JSON.stringify(memory()));
const calm = { done: false };
setTimeout(() => { calm.done = true; }, 3000);
console.log("calm:         ", numbers(await reads(calm)));

const flood = { done: false };
const during = reads(flood);
const began = performance.now();
const counts = {};
await Promise.all(Array.from({ length: LOGINS }, async (_, i) => {
	const peer = `198.${20 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
	const body = JSON.stringify({ username: `nobody-${i}`,
		password: "a wrong password" });
	// As a client does that was told to try again.
	for (;;) {
		const answer = await ask("POST", "/api/auth/login",
			{ REMOTE_ADDR: peer }, body);
		counts[answer.status] = (counts[answer.status] ?? 0) + 1;
		if (answer.status !== 503 || env.ONCE) return;
		await new Promise((next) => setTimeout(next,
			1000 + Math.random() * 2000));
	}
}));
const took = (performance.now() - began) / 1000;
flood.done = true;
console.log("in the flood: ", numbers(await during));
console.log(`${LOGINS} logins in ${took.toFixed(1)} s:`, JSON.stringify(counts));
console.log("memory after: ", JSON.stringify(memory()));
console.log("reads that were not answered 200:", JSON.stringify(bad));
process.exitCode = Object.keys(bad).length === 0 ? 0 : 1;
