// Who may open a socket: Origin, Host, credentials on the upgrade, forms of
// the request.

import test from "node:test";
import assert from "node:assert/strict";
import { base, rawUpgrade, setup } from "../lib/moltis.mjs";
import { closeAll, exchange, keyOf, upgradeHead } from "../lib/rawws.mjs";

test.after(closeAll);

const from = { localAddress: "127.0.0.21" };
const good = base.origin;
const REFUSAL = "cross-origin WebSocket connections are not allowed";

async function upgrade(headers, path) {
	const answer = await rawUpgrade({ headers, path });
	answer.socket?.destroy();
	return answer;
}

test("both paths upgrade and carry a request id", async () => {
	const cookie = setup().cookie;
	for (const path of ["/ws", "/ws/chat", "/ws?token=x"]) {
		const { status, headers } = await upgrade({ Cookie: cookie,
			Origin: good }, path);
		assert.equal(status, 101, path);
		assert.match(headers["x-request-id"], /^[0-9a-f-]{36}$/);
	}
});

test("a cookie with any other origin, or none, is refused", async () => {
	const { cookie } = setup();
	const { hostname, port } = base;
	const bad = ["https://evil.example", "null", "", `${good}.evil.example`,
		`${base.protocol}//${base.host}@evil.example`,
		`${base.protocol === "https:" ? "http" : "https"}://${base.host}`,
		`${base.protocol}//${hostname}:${Number(port || 443) + 1}`,
		`${good}/`, `${good} https://evil.example`,
		`${base.protocol}//${hostname}.:${port}`];
	for (const origin of bad) {
		const { status, body } = await upgrade({ Cookie: cookie,
			Origin: origin });
		assert.equal(status, 403, JSON.stringify(origin));
		assert.equal(body, REFUSAL);
	}
	assert.equal((await upgrade({ Cookie: cookie })).status, 403);
	// A list is no origin: the edge may refuse it before the worker does.
	const list = await upgrade({ Cookie: cookie, Origin: `${good}, ${good}` });
	assert.ok([400, 403].includes(list.status), list.body);
	const twice = await exchange(upgradeHead({ lines: [`Cookie: ${cookie}`,
		`Origin: ${good}`, "Origin: https://evil.example"] }), from);
	assert.ok([400, 403].includes(twice.status), twice.text);
});

test("a foreign origin is refused whatever the credential", async () => {
	const bearer = { Authorization: `Bearer ${await keyOf("operator.read")}` };
	const foreign = { Origin: "https://evil.example" };
	assert.equal((await upgrade({ ...bearer, ...foreign })).status, 403);
	assert.equal((await upgrade(foreign)).status, 403);
	assert.equal((await upgrade(bearer)).status, 101, "no origin is fine");
	assert.equal((await upgrade({ ...bearer, Origin: good })).status, 101);
	assert.equal((await upgrade({ ...bearer, Cookie: setup().cookie })).status,
		101, "a bearer decides over a cookie, and needs no origin");
});

test("forwarded headers do not move the origin or the host", async () => {
	for (const headers of [{ "X-Forwarded-Host": "evil.example" },
		{ "X-Original-Host": "evil.example" },
		{ Forwarded: "host=evil.example" }]) {
		const { status } = await upgrade({ ...headers, Cookie: setup().cookie,
			Origin: "https://evil.example" });
		assert.equal(status, 403, JSON.stringify(headers));
	}
	for (const host of ["evil.example", `${base.hostname}.evil.example`]) {
		const { status } = await upgrade({ Host: host });
		assert.ok([400, 404, 421].includes(status), `${host}: ${status}`);
	}
});

test("what is no proper upgrade gets an answer and no socket", async () => {
	const bearer = `Authorization: Bearer ${await keyOf("operator.read")}`;
	const heads = {
		"no key": upgradeHead({ lines: [bearer] })
			.replace(/Sec-WebSocket-Key: .*\r\n/, ""),
		"short key": upgradeHead({ lines: [bearer] })
			.replace(/(Sec-WebSocket-Key: ).*\r\n/, "$1abcd\r\n"),
		"version 8": upgradeHead({ lines: [bearer] })
			.replace("Version: 13", "Version: 8"),
		"no version": upgradeHead({ lines: [bearer] })
			.replace("Sec-WebSocket-Version: 13\r\n", ""),
		"plain GET": `GET /ws HTTP/1.1\r\nHost: ${base.host}\r\n`
			+ "Connection: close\r\n\r\n",
		"POST": upgradeHead({ lines: [bearer, "Content-Length: 0"] })
			.replace("GET", "POST"),
		"two keys": upgradeHead({ lines: [bearer,
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="] }),
		"two bearers": upgradeHead({ lines: [bearer, bearer] }),
		"two hosts": upgradeHead({ lines: [bearer, "Host: evil.example"] }),
		"large head": upgradeHead({ lines: [bearer,
			`X-Large: ${"x".repeat(40000)}`] }),
		"other path": upgradeHead({ path: "/ws/other", lines: [bearer] }),
	};
	// RFC 9112 5.2: a proxy may refuse a folded line or unfold it; Caddy does
	// the latter, so that the worker never sees one.
	if (process.env.MOLTIS_TEST_EDGE !== "caddy")
		heads["folded line"] = upgradeHead({ lines: [bearer, "X-A: b", " c"] });
	for (const [name, head] of Object.entries(heads)) {
		const { status, text } = await exchange(head, from);
		assert.ok(status !== 101 && status < 500, `${name}: ${text}`);
	}
});

test("a compression offer is not taken up", async () => {
	const { status, headers } = await upgrade({ Cookie: setup().cookie,
		Origin: good,
		"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
		"Sec-WebSocket-Protocol": "chat" });
	assert.equal(status, 101);
	assert.equal(headers["sec-websocket-extensions"], undefined);
	assert.equal(headers["sec-websocket-protocol"], undefined);
});

test("an address may not have many strangers", async () => {
	const own = { localAddress: "127.0.0.22", ms: 400 };
	const answers = [];
	for (let i = 0; i < 34; i++)
		answers.push(await exchange(`${upgradeHead()}\x81`, { ...own, ms: 20 }));
	const last = await exchange(upgradeHead(), own);
	assert.equal(last.status, 429, last.text);
	assert.match(last.text, /retry-after: [1-9]\d*\r\n/i);
	assert.match(last.text, /"code":"RATE_LIMITED"/);
	const known = await exchange(upgradeHead({ lines: [
		`Authorization: Bearer ${await keyOf("operator.read")}`] }), own);
	assert.equal(known.status, 101, "who is known is not kept out");
});
