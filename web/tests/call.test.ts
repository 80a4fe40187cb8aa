/* How a call is made, fails, and is made again after a fresh proof. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
	ApiError, call, NOT_PROVED, onReauth, onUnauthorized, query,
} from "../src/api/call";

interface Seen {
	method: string;
	path: string;
	body: unknown;
}

const seen: Seen[] = [];
let answers: [number, unknown][] = [];
let left = 0;
let asked = 0;

const REAUTH: [number, unknown] = [403, {
	error: "confirm that it is you", code: "REAUTH_REQUIRED",
}];

globalThis.fetch = (async (path: string, init: RequestInit) => {
	const [status, body] = answers.shift() ?? [500, null];
	seen.push({
		method: init.method ?? "GET", path,
		body: init.body === undefined ? null : JSON.parse(String(init.body)),
	});
	return new Response(JSON.stringify(body), { status });
}) as typeof fetch;

onUnauthorized(() => left++);

function proof(answer: boolean | Promise<boolean>): void {
	onReauth(() => {
		asked++;
		return Promise.resolve(answer);
	});
}

beforeEach(() => {
	seen.length = 0;
	answers = [];
	left = asked = 0;
	proof(true);
});

test("an answer is given as it came, and a GET has no body", async () => {
	answers = [[200, { a: 1 }]];
	assert.deepEqual(await call("GET", "/api/x"), { a: 1 });
	assert.deepEqual(seen, [{ method: "GET", path: "/api/x", body: null }]);
	assert.equal(asked, 0);
});

test("after a proof the call is made once more, the same", async () => {
	answers = [REAUTH, [200, { ok: true }]];
	assert.deepEqual(await call("POST", "/api/invites", { scopes: ["a"] }),
		{ ok: true });
	assert.equal(asked, 1);
	assert.equal(seen.length, 2);
	assert.deepEqual(seen[0], seen[1]);
});

test("without a proof nothing is sent again and the caller hears why", async () => {
	proof(false);
	answers = [REAUTH, [200, {}]];
	await assert.rejects(call("DELETE", "/api/members/1"),
		(err: ApiError) => err.code === NOT_PROVED && /not confirm/.test(err.message));
	assert.equal(seen.length, 1);
});

test("a second demand is not asked for again", async () => {
	answers = [REAUTH, REAUTH, [200, {}]];
	await assert.rejects(call("POST", "/api/x"),
		(err: ApiError) => err.code === "REAUTH_REQUIRED");
	assert.equal(asked, 1);
	assert.equal(seen.length, 2);
});

test("calls that fail together wait for one question", async () => {
	let answer: (proved: boolean) => void = () => {};
	proof(new Promise((resolve) => {
		answer = resolve;
	}));
	answers = [REAUTH, REAUTH, [200, 1], [200, 2]];
	const both = Promise.all([call("POST", "/api/a"), call("POST", "/api/b")]);
	await new Promise((resolve) => setTimeout(resolve, 20));
	answer(true);
	await both;
	assert.equal(asked, 1);
	assert.deepEqual(seen.map((one) => one.path),
		["/api/a", "/api/b", "/api/a", "/api/b"]);
});

test("the next demand asks anew", async () => {
	answers = [REAUTH, [200, 1], REAUTH, [200, 2]];
	await call("POST", "/api/a");
	await call("POST", "/api/b");
	assert.equal(asked, 2);
});

test("another refusal asks for nothing", async () => {
	answers = [[403, { error: "missing scope: operator.admin", code: "FORBIDDEN" }]];
	await assert.rejects(call("POST", "/api/x"),
		(err: ApiError) => err.status === 403 && err.code === "FORBIDDEN");
	assert.equal(asked, 0);
	assert.equal(left, 0);
});

test("a login that is gone is told to one place; a wrong password is not", async () => {
	answers = [[401, {}], [401, {}]];
	await assert.rejects(call("GET", "/api/members"));
	assert.equal(left, 1);
	await assert.rejects(call("POST", "/api/auth/login", { password: "x" }));
	assert.equal(left, 1);
});

test("a query holds what is there and escapes it", () => {
	assert.equal(query({}), "");
	assert.equal(query({ a: null, b: undefined, c: "", d: 0, e: "x&y" }),
		"?d=0&e=x%26y");
});
