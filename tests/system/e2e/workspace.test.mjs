// Files of a session's workspace: what goes in comes out, nothing else does,
// and nothing outside is reached (S57, A34-A37, A68).

import assert from "node:assert/strict";
import crypto from "node:crypto";
import fs from "node:fs";
import { test } from "node:test";
import { connectWs, env, key, request, setup, sleep, until }
	from "../lib/moltis.mjs";
import { direct } from "../lib/rawfcgi.mjs";

const { cookie } = setup();
const MIB = 1 << 20;
const MAX = 25 * MIB;

const fileUrl = (session, path) => `/api/sessions/${session}/workspace/file`
	+ `?path=${encodeURIComponent(path)}`;
const listUrl = (session, path) => `/api/sessions/${session}/workspace`
	+ (path === undefined ? "" : `?path=${encodeURIComponent(path)}`);
const octets = { "content-type": "application/octet-stream" };
const put = (session, path, body, opts = {}) => request("PUT",
	fileUrl(session, path), { cookie, body: Buffer.from(body), timeout: 60000,
		...opts, headers: { ...octets, ...opts.headers } });
const get = (session, path, opts = {}) => request("GET",
	fileUrl(session, path), { cookie, timeout: 60000, ...opts });
const list = (session, path) => request("GET", listUrl(session, path),
	{ cookie });
const remove = (session, path) => request("DELETE", fileUrl(session, path),
	{ cookie });
const sha = (bytes) => crypto.createHash("sha256").update(bytes).digest("hex");

async function session() {
	const answer = await request("POST", "/api/sessions",
		{ cookie, body: {} });
	assert.equal(answer.status, 200);
	return answer.json.key;
}

// A command in the session's own sandbox, approved here.
async function shell(client, sessionKey, command) {
	const { runId } = await client.call("chat.send", { sessionKey,
		text: `[[tool exec ${JSON.stringify({ command })}]]` });
	const next = await client.event((e) => e.payload?.runId === runId
		&& (e.event === "exec.approval.requested"
			|| e.payload.state === "tool_call_end"), 20000, "the command");
	if (next.event === "exec.approval.requested")
		await client.call("exec.approval.resolve", { decision: "approved",
			requestId: next.payload.requestId });
	const end = await client.chat("tool_call_end", runId);
	await client.chat("final", runId);
	return end.payload.result;
}

test("what is written is read: 0 B, 1 B, 1 MiB + 1, 25 MiB", async () => {
	const key = await session();
	for (const size of [0, 1, MIB, MIB + 1, MAX]) {
		const bytes = crypto.randomBytes(size);
		const path = `a/b c/${size}.bin`;
		const begun = Date.now();
		const sent = await put(key, path, bytes);
		assert.equal(sent.status, 200, sent.text);
		assert.equal(sent.json.done, true);
		assert.equal(sent.json.size, size);
		const middle = Date.now();
		const back = await get(key, path);
		assert.equal(back.status, 200, back.text.slice(0, 200));
		assert.equal(back.bytes.length, size);
		assert.equal(sha(back.bytes), sha(bytes));
		console.log(`# ${size} bytes: in ${middle - begun} ms, out `
			+ `${Date.now() - middle} ms`);
	}
	const entries = (await list(key, "a/b c")).json.entries;
	assert.deepEqual(entries.map((e) => [e.name, e.type, e.size])
		.sort((a, b) => a[2] - b[2]),
	[0, 1, MIB, MIB + 1, MAX].map((n) => [`${n}.bin`, "file", n]));
	assert.ok(entries.every((e) => Math.abs(e.modifiedAt - Date.now())
		< 120000));
	assert.deepEqual((await list(key)).json.entries.map((e) =>
		[e.name, e.type, e.size]), [["a", "folder", undefined]]);
	assert.equal((await remove(key, "a/b c/0.bin")).status, 200);
	assert.equal((await get(key, "a/b c/0.bin")).status, 404);
	assert.equal((await remove(key, "a/b c/0.bin")).status, 404);
	assert.equal((await remove(key, "a")).status, 200);
	assert.deepEqual((await list(key)).json.entries, []);
});

test("a file is an attachment that no browser opens as a page", async () => {
	const key = await session();
	const name = "x\"; filename=evil.html ü €.html";
	const html = "<svg onload=alert(1)><script>alert(1)</script>";
	assert.equal((await put(key, name, html)).status, 200);
	const back = await get(key, name);
	assert.equal(back.text, html);
	const h = back.headers;
	assert.equal(h["content-type"], "application/octet-stream");
	assert.equal(h["x-content-type-options"], "nosniff");
	assert.match(h["content-security-policy"], /default-src 'none'.*sandbox/);
	assert.equal(h["cache-control"], "no-store");
	assert.match(h["content-disposition"], /^attachment; filename="/);
	assert.equal(h["content-disposition"].split('"').length, 3,
		"the name ends where it should");
	assert.ok(h["content-disposition"].endsWith("filename*=UTF-8''"
		+ "x%22%3B%20filename%3Devil.html%20%C3%BC%20%E2%82%AC.html"));
	const head = await request("HEAD", fileUrl(key, name), { cookie });
	assert.equal(head.status, 200);
	assert.equal(head.text, "");
});

test("no path leads out, in any spelling", async () => {
	const key = await session();
	const raw = ["..%2fx", "%2e%2e/x", "%2e%2e%2fx", "a/../../x", "..%5cx",
		"..\\x", "a%5c..%5cx", "/etc/passwd", "%2fetc%2fpasswd", "",
		".", "..", "a/", "a//b", "./a", "a%00b", "a%0ab", "a%0db", "%7f",
		"%ff", "%c0%ae%c0%ae/x", "%ef%bc%8e%ef%bc%8e/x",
		"%e2%80%a4%e2%80%a4/x", "..%ef%bc%8e", "x".repeat(256),
		`${"y/".repeat(520)}z`];
	for (const path of raw) {
		const url = `/api/sessions/${key}/workspace/file?path=${path}`;
		for (const method of ["GET", "PUT", "DELETE"]) {
			const answer = await request(method, url, { cookie,
				...method === "PUT" ? { body: Buffer.from("evil"),
					headers: octets } : {} });
			assert.ok([400, 404].includes(answer.status),
				`${method} ${path}: ${answer.status} ${answer.text}`);
			assert.ok(answer.json, `${method} ${path} is answered as JSON`);
		}
	}
	const named = await put(key, "../x", "evil");
	assert.equal(named.status, 400);
	assert.equal(named.json.field, "path");
	assert.match(named.json.error, /^'path' /);
	// What only looks strange is a name like another.
	for (const path of [".hidden", "con", "%2e%2e%2fx", "..a", "-rf", "a;b"]) {
		assert.equal((await put(key, path, path)).status, 200, path);
		assert.equal((await get(key, path)).text, path);
	}
	const names = (await list(key)).json.entries.map((e) => e.name).sort();
	assert.deepEqual(names,
		["%2e%2e%2fx", "-rf", "..a", ".hidden", "a;b", "con"]);
	for (const twice of ["path=a&path=b", "path=a&other=b"]) {
		const answer = await request("GET",
			`/api/sessions/${key}/workspace/file?${twice}`, { cookie });
		assert.equal(answer.status, 400, twice);
	}
});

test("links, devices, FIFOs, holes: refused, and nothing hangs", async () => {
	const client = await connectWs({ cookie });
	const key = await session();
	await shell(client, key, "ln -s /etc/passwd link; ln -s / root; "
		+ "ln -s /proc/self/root magic; mkfifo fifo; mkdir folder; "
		+ "echo twice > one; ln one two; truncate -s 1T none; truncate -s 200M hole; "
		+ "mknod null c 1 3; ln -s one inner; truncate -s 26214401 over; "
		+ "printf x > 'bad'$'\\n''name'");
	const begun = Date.now();
	const cases = { link: 403, "root/etc/passwd": 403,
		"magic/etc/passwd": 403, "root/etc": 403, fifo: 400, folder: 400,
		inner: 403, hole: 413, over: 413, "one/x": 404 };
	for (const [path, status] of Object.entries(cases)) {
		const answer = await get(key, path);
		assert.equal(answer.status, status, `${path}: ${answer.text}`);
		assert.doesNotMatch(answer.text, /root:/);
	}
	assert.ok([400, 404].includes((await get(key, "null")).status));
	assert.equal((await get(key, "two")).text, "twice\n",
		"a second name of one's own file is one's own file");
	for (const path of ["root/tmp/x", "link/x", "fifo/x", "magic/tmp/x"])
		assert.ok((await put(key, path, "evil")).status >= 400, path);
	// An upload takes a name over; it never writes through it.
	assert.equal((await put(key, "link", "mine")).status, 200);
	assert.equal((await get(key, "link")).text, "mine");
	assert.equal((await put(key, "fifo", "mine")).status, 200);
	assert.equal((await put(key, "folder", "x")).status, 409);
	const entries = (await list(key)).json.entries;
	const kind = (name) => entries.find((e) => e.name === name)?.type;
	assert.equal(kind("root"), "other");
	assert.equal(kind("inner"), "other");
	assert.equal(kind("folder"), "folder");
	assert.equal(kind("hole"), "file");
	assert.ok(entries.every((e) => !/\n/.test(e.name)));
	assert.equal((await remove(key, "root")).status, 200);
	assert.ok(Date.now() - begun < 30000);
	const passwd = fs.readFileSync("/etc/passwd", "utf8");
	assert.match(passwd, /^root:/m, "the host's file is as it was");
	client.close();
});

test("a name that is swapped for a link all the time never leaks",
	async () => {
		const client = await connectWs({ cookie });
		const key = await session();
		const swap = shell(client, key, "perl -e '$n = 0; "
			+ "while (time - $^T < 8) { symlink \"/etc\", \"s\"; unlink \"s\"; "
			+ "mkdir \"s\"; open F, \">\", \"s/passwd\"; print F \"inside\\n\"; "
			+ "close F; unlink \"s/passwd\"; rmdir \"s\"; $n++ } print $n'");
		const seen = new Map();
		let over = false;
		const end = swap.finally(() => { over = true; });
		end.catch(() => {});
		while (!over) {
			const answer = await get(key, "s/passwd");
			seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
			if (answer.status === 200)
				assert.ok(["inside\n", ""].includes(answer.text), answer.text);
			else
				assert.ok([400, 403, 404, 429, 503].includes(answer.status),
					answer.text);
		}
		const { stdout } = await end;
		console.log(`# ${stdout} swaps; answers:`,
			JSON.stringify(Object.fromEntries(seen)));
		assert.ok(Number(stdout) > 200);
		client.close();
	});

test("the quota of the workspace holds, and leaves nothing half", async () => {
	const client = await connectWs({ cookie });
	const key = await session();
	const filled = await shell(client, key, "for i in 1 2 3 4 5; do "
		+ "head -c 250M /dev/zero > f$i || break; done; ls | wc -l");
	assert.ok(filled);
	const answer = await put(key, "more", crypto.randomBytes(20 * MIB));
	if (answer.status === 200) {
		// The command was stopped at the quota and its files are there;
		// the rest of the room is filled from here.
		let last = answer;
		for (let i = 0; i < 60 && last.status === 200; i++)
			last = await put(key, `more${i}`, crypto.randomBytes(20 * MIB));
		assert.equal(last.status, 429, last.text);
	} else {
		assert.equal(answer.status, 429, answer.text);
		assert.match(answer.json.error, /full|no space/);
	}
	const names = (await list(key)).json.entries.map((e) => e.name);
	assert.equal(names.some((n) => n.startsWith(".moltis")), false);
	const seen = await shell(client, key, "rm -f f* more*; ls -A | wc -l");
	assert.equal(seen.stdout.trim(), "0", "no half upload is left");
	client.close();
});

test("a session is reached by its own account, and another's is a missing one",
	async () => {
		const one = await session();
		const two = await session();
		await put(one, "only-one", "1");
		assert.equal((await get(two, "only-one")).status, 404);
		assert.deepEqual((await list(two)).json.entries, []);
		const missing = `session:${crypto.randomUUID()}`;
		const blur = (r) => r.text.replace(/"request_id":"[^"]*"/, "");
		for (const call of [(k) => list(k), (k) => get(k, "x"),
			(k) => put(k, "x", "x"), (k) => remove(k, "x")]) {
			const a = await call(missing);
			assert.equal(a.status, 404);
			assert.equal(a.json.error, "no such session");
			const b = await call("session:not-a-key");
			assert.equal(blur(a), blur(b));
		}
	});

test("reading needs read, writing needs write, nothing needs less",
	async () => {
		const session1 = await session();
		const read = await key("operator.read");
		const approvals = await key("operator.approvals");
		const as = (k) => ({ key: k, cookie: undefined });
		assert.equal((await put(session1, "f", "x")).status, 200);
		assert.equal((await get(session1, "f", as(read))).text, "x");
		assert.equal((await put(session1, "f", "y", as(read))).status, 403);
		assert.equal((await request("DELETE", fileUrl(session1, "f"),
			{ key: read })).status, 403);
		for (const url of [listUrl(session1), fileUrl(session1, "f")]) {
			assert.equal((await request("GET", url, { key: approvals }))
				.status, 403);
			assert.equal((await request("GET", url)).status, 401);
			assert.equal((await request("GET", url, { key: "mk_no" }))
				.status, 401);
		}
		assert.equal((await get(session1, "f")).text, "x");
	});

test("sizes: 25 MiB and a byte is 413, other paths keep 2 MiB", async () => {
	const key = await session();
	// The length alone decides; an edge may close before the rest is sent.
	const over = await put(key, "over", "the beginning",
		{ headers: { "content-length": MAX + 1 } });
	assert.equal(over.status, 413, over.text);
	assert.equal(over.json.code, "PAYLOAD_TOO_LARGE");
	const json = await request("POST", "/api/sessions", { cookie,
		body: `{"label":"${"x".repeat(2 * MIB)}"}` });
	assert.equal(json.status, 413);
	assert.deepEqual((await list(key)).json.entries, []);
	// The wrong type is what a form of another site could send.
	for (const type of ["text/plain", "application/json",
		"application/x-www-form-urlencoded", "multipart/form-data"]) {
		const answer = await put(key, "f", "x",
			{ headers: { "content-type": type } });
		assert.equal(answer.status, 415, type);
	}
	const foreign = await put(key, "f", "x",
		{ headers: { origin: "https://evil.example" } });
	assert.equal(foreign.status, 403);
	const stranger = await put(key, "f", Buffer.alloc(MAX),
		{ cookie: undefined });
	assert.equal(stranger.status, 401);
});

test("lengths that lie leave nothing, and hold no place", async () => {
	const sessionKey = await session();
	const write = await key(["operator.read", "operator.write"]);
	const send = (length, body) => direct(env)("PUT", fileUrl(sessionKey, "f"),
		{ body, ms: 20000, params: { CONTENT_TYPE: "application/octet-stream",
			HTTP_AUTHORIZATION: `Bearer ${write}`, CONTENT_LENGTH: length } });
	const lies = [["2000000", Buffer.alloc(1500000)], ["5", "longer"],
		["0", "x"], ["", "x"], ["-1", "x"], ["1e3", "x"],
		[String(MAX + 1), "x"], ["99999999999999999999", "x"]];
	for (let round = 0; round < 3; round++) {
		for (const [length, body] of lies) {
			const answer = await send(length, body);
			assert.ok([400, 413].includes(answer.status),
				`${length}: ${answer.status}`);
		}
	}
	assert.deepEqual((await list(sessionKey)).json.entries, []);
	assert.equal((await send("3", "abc")).status, 200);
	assert.equal((await get(sessionKey, "f")).text, "abc");
});

test("over WebSocket: ids, an event, base64 up to 256 KiB", async () => {
	const client = await connectWs({ cookie });
	const sessionKey = await session();
	const done = async (id) => (await client.event((e) =>
		e.event === "workspace.done" && e.payload.id === id)).payload;
	const bytes = crypto.randomBytes(256 << 10);
	const { id } = await client.call("workspace.put", { sessionKey,
		path: "dir/small", content: bytes.toString("base64") });
	assert.deepEqual(await done(id), { id, sessionKey, kind: "put",
		path: "dir/small", ok: true });
	const got = await client.call("workspace.get",
		{ sessionKey, path: "dir/small" });
	assert.equal((await done(got.id)).ok, true);
	const result = await client.call("workspace.result", { id: got.id });
	assert.equal(result.size, bytes.length);
	assert.equal(sha(Buffer.from(result.content, "base64")), sha(bytes));
	const listed = await client.call("workspace.list",
		{ sessionKey, path: "dir" });
	await done(listed.id);
	assert.deepEqual((await client.call("workspace.result",
		{ id: listed.id })).entries.map((e) => [e.name, e.size]),
	[["small", bytes.length]]);
	const gone = await client.call("workspace.get",
		{ sessionKey, path: "nothing" });
	const failed = await done(gone.id);
	assert.equal(failed.ok, false);
	assert.equal(failed.code, "NOT_FOUND");
	assert.equal(failed.error, "there is no such file");
	const large = await client.frame("workspace.put", { sessionKey, path: "x",
		content: Buffer.alloc((256 << 10) + 1).toString("base64") });
	assert.equal(large.ok, false);
	assert.match(large.error.message, /PUT \/api\/sessions\/\{key\}\/workspace/);
	assert.equal((await put(sessionKey, "large", Buffer.alloc(300000)))
		.status, 200);
	const far = await client.call("workspace.get",
		{ sessionKey, path: "large" });
	await done(far.id);
	const told = await client.call("workspace.result", { id: far.id });
	assert.equal(told.content, undefined);
	assert.match(told.contentOmitted, /GET \/api\/sessions\/\{key\}\/workspace/);
	const removed = await client.call("workspace.remove",
		{ sessionKey, path: "dir" });
	assert.equal((await done(removed.id)).ok, true);
	assert.equal((await get(sessionKey, "dir/small")).status, 404);
	client.close();
});

test("many at once: those without a place are told when to come again",
	async () => {
		const key = await session();
		await put(key, "f", "x");
		const answers = await Promise.all(Array.from({ length: 40 },
			() => get(key, "f")));
		const count = {};
		for (const a of answers) {
			count[a.status] = (count[a.status] ?? 0) + 1;
			assert.ok([200, 429, 503].includes(a.status), a.text);
			if (a.status !== 200)
				assert.ok(Number(a.headers["retry-after"]) >= 1, a.text);
			else assert.equal(a.text, "x");
		}
		console.log("# 40 at once:", JSON.stringify(count));
		assert.ok(count[200] > 0);
		assert.equal((await request("GET", "/api/auth/whoami", { cookie }))
			.status, 200, "the rest goes on");
		await until(async () => (await get(key, "f")).status === 200, 10000,
			"a place");
	});

test("a worker killed in the middle is replaced and the upload is whole",
	{ timeout: 120000 }, async () => {
		const key = await session();
		const bytes = crypto.randomBytes(MAX);
		const sending = put(key, "big", bytes);
		await sleep(900);
		process.kill(Number(fs.readFileSync(env.MOLTIS_WORKER_PID_FILE)),
			"SIGKILL");
		const sent = await sending;
		assert.equal(sent.status, 200, sent.text);
		console.log("# answered while the worker was away:",
			JSON.stringify(sent.json));
		const back = await until(async () => {
			const answer = await get(key, "big").catch(() => null);
			return answer?.status === 200 && answer;
		}, 60000, "the file");
		assert.equal(sha(back.bytes), sha(bytes));
		const names = (await list(key)).json.entries.map((e) => e.name);
		assert.deepEqual(names, ["big"]);
	});
