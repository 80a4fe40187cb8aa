// Every operation with every single scope over both transports, against the
// table in tests/data/op_scopes.tsv.  The probe sends a parameter that does
// not exist: who may call gets "unknown parameter", who may not hears of the
// missing scope, and nothing is changed either way.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { test } from "node:test";
import { api, connectWs, env, key, setup } from "../lib/moltis.mjs";

const SCOPES = ["operator.read", "operator.write", "operator.admin",
	"operator.approvals", "operator.pairing"];
const PROBE = { no_such_parameter: 1 };

const table = fs.readFileSync(
	`${env.MOLTIS_TEST_ROOT}/tests/data/op_scopes.tsv`, "utf8").split("\n")
	.filter((line) => line && !line.startsWith("#"))
	.map((line) => line.split("\t"))
	.map(([method, scope, demand]) => ({ method, scope,
		interactive: demand !== "any" }));

function may(have, op) {
	if (op.interactive) return false; // every caller here is a key
	if (have === "operator.admin" || have === op.scope) return true;
	return have === "operator.write" && op.scope === "operator.read";
}

function expected(have, op) {
	if (may(have, op)) return "may";
	const holds = have === "operator.admin" || have === op.scope
		|| (have === "operator.write" && op.scope === "operator.read");
	return holds ? "person" : "scope";
}

function verdict(message) {
	if (/^unknown parameter/.test(message)) return "may";
	if (/signed-in person/.test(message)) return "person";
	if (/^missing scope: /.test(message)) return "scope";
	return message;
}

test("the table names exactly the operations there are", () => {
	const listed = JSON.parse(execFileSync(env.MOLTIS_CLI,
		["ops", "list", "--json"], { encoding: "utf8" }));
	assert.deepEqual(table.map((op) => op.method).sort(),
		listed.map((op) => op.name).sort());
});

const counted = { tried: 0, leaks: 0 };
for (const scope of SCOPES) {
	test(`${scope} opens what it should and nothing else`, async () => {
		const text = await key(scope);
		const client = await connectWs({ key: text });
		for (const op of table) {
			const rest = await api("POST", `/api/rpc/${op.method}`,
				{ key: text, body: PROBE });
			const frame = await client.frame(op.method, PROBE);
			for (const [via, message] of [["rest", rest.json.error],
				["ws", frame.error.message]]) {
				counted.tried++;
				const got = verdict(message);
				const want = expected(scope, op);
				if (got === "may" && want !== "may") counted.leaks++;
				assert.equal(got, want, `${op.method} ${scope} by ${via}`);
			}
			if (!may(scope, op)) assert.equal(rest.status, 403);
		}
		client.close();
	});
}

test("an unknown method is unknown to administrators only", async () => {
	const admin = await key("operator.admin");
	const read = await key("operator.read");
	const body = {};
	const a = await api("POST", "/api/rpc/no.such", { key: admin, body });
	assert.match(a.json.error, /^unknown method: no.such/);
	const b = await api("POST", "/api/rpc/no.such", { key: read, body });
	assert.equal(b.json.error, "missing scope: operator.admin");
	const c = await api("POST", "/api/rpc/no.such", { body });
	assert.equal(c.status, 401);
});

test("scopes asked for at connect narrow and never widen", async () => {
	const both = await key(["operator.read", "operator.write"]);
	const narrow = await connectWs({ key: both,
		params: { scopes: ["operator.read"] } });
	assert.deepEqual(narrow.hello.auth.scopes, ["operator.read"]);
	assert.equal((await narrow.frame("chat.send", { text: "x" })).error.message,
		"missing scope: operator.write");
	narrow.close();
	const wide = await connectWs({ key: await key("operator.read"),
		params: { scopes: ["operator.admin"], role: "operator" } });
	assert.ok(!wide.hello.auth.scopes.includes("operator.admin"));
	assert.equal((await wide.frame("chat.send", { text: "x" })).ok, false);
	wide.close();
	const node = await connectWs({ key: both, params: { role: "node" } });
	assert.match((await node.frame("health", {})).error.message,
		/unauthorized role: node/);
	node.close();
});

test("figures", () => {
	console.log(`# ${table.length} operations x ${SCOPES.length} scopes x 2 `
		+ `transports: ${counted.tried} tried, ${counted.leaks} leaks`);
	assert.equal(counted.tried, table.length * SCOPES.length * 2);
	assert.equal(counted.leaks, 0);
	assert.ok(setup().cookie);
});
