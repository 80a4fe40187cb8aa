// SQL as the owner of the schema, whom only the operator can be: for what
// takes days to happen by itself.

import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { env } from "./moltis.mjs";

export function ownerSql(text) {
	const conf = fs.readFileSync(env.MOLTIS_CONF.split(":")[0], "utf8");
	const owner = /^\s*owner\s*=\s*"([^"]+)"/m.exec(conf)[1];
	return execFileSync("psql", ["-X", "-q", "-A", "-t", "-v",
		"ON_ERROR_STOP=1", "-c", text, owner], { encoding: "utf8" }).trim();
}
