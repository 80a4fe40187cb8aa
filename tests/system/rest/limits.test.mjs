// Bodies: sizes, lengths that lie, JSON that attacks a parser (A68, A70-A72).

import assert from "node:assert/strict";
import test from "node:test";
import { api, env, key } from "../lib/moltis.mjs";
import { direct, encodePairs, begin, stream, record, exchange, parse,
	edgeParams, PARAMS, STDIN } from "../lib/rawfcgi.mjs";

const raw = direct(env);
const MIB = 1024 * 1024;
const write = await key(["operator.write", "operator.read"]);
const auth = { HTTP_AUTHORIZATION: `Bearer ${write}` };

// A JSON object of exactly N bytes that the operation then refuses by name.
function padded(n) {
	const frame = "{\"nonsense\":\"\"}";
	return frame.replace("\"\"", `"${"x".repeat(n - frame.length)}"`);
}

test("a body of exactly 2 MiB is read, one byte more is refused", async () => {
	const fits = await raw("POST", "/api/sessions",
		{ params: auth, body: padded(2 * MIB), ms: 20000 });
	assert.equal(fits.status, 400);
	assert.equal(fits.json.field, "nonsense");
	const over = await raw("POST", "/api/sessions",
		{ params: auth, body: padded(2 * MIB + 1), ms: 20000 });
	assert.equal(over.status, 413);
	assert.equal(over.json.code, "PAYLOAD_TOO_LARGE");
});

test("the edge refuses 2 MiB and one byte as well", async () => {
	let status;
	try {
		status = (await api("POST", "/api/sessions",
			{ key: write, body: padded(2 * MIB + 1) })).status;
	} catch (e) {
		/* It may close before we have sent everything. */
		assert.match(String(e.code), /ECONNRESET|EPIPE/);
		return;
	}
	assert.equal(status, 413);
});

test("a stranger's big body gets its 401 through the edge", async () => {
	const body = padded(2 * MIB - 1);
	for (const opts of [{}, { key: `mk_${"A".repeat(43)}` }]) {
		const answer = await api("POST", "/api/sessions", { ...opts, body });
		assert.equal(answer.status, 401, answer.text);
	}
});

test("a length that is not a length is refused", async () => {
	for (const length of ["-1", "+2", "2 ", "0x2", "1e3", "2, 2", "two"]) {
		const answer = await raw("POST", "/api/sessions",
			{ params: { ...auth, CONTENT_LENGTH: length }, body: "{}" });
		assert.equal(answer.status, 400, length);
	}
	for (const length of ["9".repeat(40), "9223372036854775808",
		"4294967298"]) {
		const answer = await raw("POST", "/api/sessions",
			{ params: { ...auth, CONTENT_LENGTH: length }, body: "{}" });
		assert.equal(answer.status, 413, length);
	}
});

test("a body shorter or longer than its length is refused", async () => {
	for (const [length, body] of [["3", "{}"], ["100", "{}"], ["1", "{}"],
		["0", "{}"], ["", "{}"]]) {
		const answer = await raw("POST", "/api/sessions",
			{ params: { ...auth, CONTENT_LENGTH: length }, body });
		assert.equal(answer.status, 400, `${length} for ${body}`);
		assert.match(answer.json.error, /Content-Length/);
	}
});

test("a body that ends in the middle of a record changes nothing", async () => {
	const url = new URL(env.MOLTIS_URL);
	const label = `cut ${Date.now()}`;
	const body = JSON.stringify({ label });
	const pairs = edgeParams("POST", "/api/sessions", { ...auth,
		CONTENT_TYPE: "application/json",
		CONTENT_LENGTH: String(body.length),
		HTTPS: url.protocol === "https:" ? "on" : "" }, url.host);
	const bytes = Buffer.concat([begin(), stream(PARAMS, encodePairs(pairs)),
		record(STDIN, body.slice(0, 5), { length: body.length })]);
	const result = await exchange(env.MOLTIS_FCGI_SOCKET, bytes,
		{ end: true });
	assert.notEqual(parse(result.bytes).status, 200);
	const list = await raw("GET", "/api/sessions", { params: auth });
	assert.equal(list.status, 200);
	assert.ok(!list.text.includes(label));
});

test("GET takes no body", async () => {
	const answer = await raw("GET", "/api/sessions",
		{ params: auth, body: "{}" });
	assert.equal(answer.status, 400);
});

const bombs = {
	"depth of brackets": "[".repeat(100000),
	"depth of objects": "{\"a\":".repeat(100000),
	"33 levels": `${"{\"a\":".repeat(33)}1${"}".repeat(33)}`,
	"many keys": `{${Array.from({ length: 100000 },
		(_, i) => `"k${i}":1`).join(",")}}`,
	"huge number": "{\"label\":1e400}",
	"huge integer": `{"label":${"9".repeat(400)}}`,
	"duplicate key": "{\"label\":\"a\",\"label\":\"b\"}",
	"duplicate key by escape": "{\"label\":\"a\",\"l\\u0061bel\":\"b\"}",
	"lone surrogate": "{\"label\":\"\\ud800\"}",
	"reversed surrogates": "{\"label\":\"\\udc00\\ud800\"}",
	"NUL by escape": "{\"label\":\"a\\u0000b\"}",
	"NUL byte": "{\"label\":\"a\0b\"}",
	"trailing data": "{} {}",
	"trailing comma": "{\"label\":\"a\",}",
	"byte order mark": "\ufeff{}",
	"comment": "{} /* x */",
	"line comment": "// x\n{}",
	"single quotes": "{'label':'a'}",
	"bare word": "{label:1}",
	"NaN": "{\"label\":NaN}",
	"an array": "[]",
	"a text": "\"label\"",
	"null": "null",
	"white space alone": "   ",
};

for (const [name, body] of Object.entries(bombs))
	test(`JSON is refused: ${name}`, async () => {
		const started = Date.now();
		const answer = await raw("POST", "/api/sessions",
			{ params: auth, body, ms: 20000 });
		assert.equal(answer.status, 400, answer.text);
		assert.equal(answer.json.code, "INVALID_REQUEST");
		assert.ok(Date.now() - started < 5000);
	});

test("text that is not UTF-8 is refused", async () => {
	for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80],
		[0xf4, 0x90, 0x80, 0x80], [0xc3], [0xe2, 0x82]]) {
		const body = Buffer.concat([Buffer.from("{\"label\":\""),
			Buffer.from(bytes), Buffer.from("\"}")]);
		const answer = await raw("POST", "/api/sessions",
			{ params: auth, body });
		assert.equal(answer.status, 400, Buffer.from(bytes).toString("hex"));
	}
});

test("keys that collide in a weak hash cost no more than others", async () => {
	/* Same length and sum of characters: bad for additive hashes. */
	const keys = [];
	for (let i = 0; i < 900; i++)
		keys.push(`"${String.fromCharCode(97 + i % 26)}${"ab".repeat(i % 30)}`
			+ `${"ba".repeat(30 - i % 30)}${i}":1`);
	const started = Date.now();
	const answer = await raw("POST", "/api/sessions",
		{ params: auth, body: `{${keys.join(",")}}` });
	assert.equal(answer.status, 400);
	assert.ok(Date.now() - started < 2000);
});
