// What there is to call, read from where it is written: the operations as
// `moltis ops list` prints them, the routes from the table in fcgi/routes.c,
// the rights from tests/data.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { env } from "./moltis.mjs";

const source = (path) => fs.readFileSync(`${env.MOLTIS_TEST_ROOT}/${path}`,
	"utf8");

// [{name, scope, demands, readOnly, params: [{name, type, required}]}]
export const operations = JSON.parse(execFileSync(env.MOLTIS_CLI,
	["ops", "list", "--json"], { encoding: "utf8" }));

// Routes that move bytes are handlers of their own and name no operation in
// the table; this is the one they begin.
const BEHIND = {
	"GET /api/sessions/{sessionKey}/workspace": "workspace.list",
	"GET /api/sessions/{sessionKey}/workspace/file": "workspace.get",
	"PUT /api/sessions/{sessionKey}/workspace/file": "workspace.put",
	"DELETE /api/sessions/{sessionKey}/workspace/file": "workspace.remove",
};
// What a query must have, and may not have of the operation's parameters.
const QUERY = {
	"GET /api/sessions/{sessionKey}/workspace/file": { needs: { path: "x" } },
	"PUT /api/sessions/{sessionKey}/workspace/file": { needs: { path: "x" },
		refuses: ["content"] }, // is the body
	"GET /api/audit/export": { needs: { format: "jsonl" },
		refuses: ["cursor", "limit"] },
};
// Every operation by its name: not a path of its own.
const BY_NAME = ["POST /api/rpc", "POST /api/rpc/{method}"];

// [{id: "GET /api/x/{y}", method, path, args: ["y"], op, open, bytes, numbers,
// needs, refuses}]; op is the operation's name, or undefined for what needs
// none; bytes: the body is a file; numbers: its query has some.
function read() {
	const text = source("fcgi/routes.c");
	const table = text.slice(text.indexOf("routes_table[] = {"),
		text.indexOf("{ .pattern = NULL }"));
	const rows = table.split(/^\t\{ (?=HTTP_)/m).slice(1);
	assert.equal(rows.length, table.match(/\bHTTP_[A-Z]+,/g).length,
		"a row of routes.c is written in a way this cannot read");
	return rows.map((row) => {
		const [, method, path] = /^HTTP_([A-Z]+), "([^"]+)"/.exec(row);
		const id = `${method} ${path}`;
		const named = /\.op = "([^"]+)"/.exec(row)?.[1];
		const open = /\.open =/.test(row);
		const op = named ?? BEHIND[id];
		assert.ok(op || open || BY_NAME.includes(id),
			`${id}: say in tests/system/lib/routes.mjs what it calls`);
		return { id, method, path, op, open,
			args: [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]),
			bytes: row.includes(".takes_bytes"),
			numbers: row.includes(".query ="),
			needs: {}, refuses: [], ...QUERY[id] };
	}).filter((route) => !BY_NAME.includes(route.id));
}
export const routes = read();

export const rowsOf = (name) => source(`tests/data/${name}`).split("\n")
	.filter((line) => line && !line.startsWith("#"))
	.map((line) => line.split("\t"));
