// A moltis-fcgi of a test's own beside the deployment's: same configuration
// and database, another socket, so that it can be killed and fed with bad
// records without disturbing anybody.

import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { env } from "./moltis.mjs";

export const program = path.join(path.dirname(env.MOLTIS_CLI), "moltis-fcgi");

// A folder with a configuration that puts the socket and the pid file there.
export function ownFolder({ socket = "socket", pid = "pid", processes = 2,
	threads = 3 } = {}) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moltis-own-"));
	const own = {
		folder,
		socket: path.join(folder, socket),
		pidFile: path.join(folder, pid),
		conf: path.join(folder, "own.conf"),
	};
	own.args = ["--conf", env.MOLTIS_CONF, "--conf", own.conf];
	fs.writeFileSync(own.conf, `fcgi: { socket = ${JSON.stringify(own.socket)}; `
		+ `pid_file = ${JSON.stringify(own.pidFile)}; `
		+ `processes = ${processes}; threads = ${threads}; };\n`);
	return own;
}

// Starts a master; `.log` is what it wrote, `.ended` its end.
export function startOwn(own, more = {}) {
	const child = spawn(program, own.args, { stdio: ["ignore", "ignore", "pipe"],
		env: { ...env, ...more } });
	child.log = "";
	child.stderr.on("data", (part) => { child.log += part; });
	child.ended = new Promise((done) => child.once("exit",
		(code, signal) => done({ code, signal })));
	return child;
}
