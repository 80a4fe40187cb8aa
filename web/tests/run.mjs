/*
 * Bundles tests/*.test.ts and runs them with Node's own test runner.  Bundled
 * because Node 18 reads no TypeScript.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const names = (await readdir(here)).filter((name) => name.endsWith(".test.ts"));
/* Below node_modules, so that the external packages are found from there. */
const out = await mkdtemp(path.join(here, "../node_modules/.tests-"));
let status = 1;

try {
	await esbuild.build({
		entryPoints: names.map((name) => path.join(here, name)),
		outdir: out,
		outExtension: { ".js": ".mjs" },
		bundle: true,
		platform: "node",
		format: "esm",
		target: "node18",
		packages: "external",
		sourcemap: "inline",
		logLevel: "warning",
	});
	const files = (await readdir(out)).map((name) => path.join(out, name));
	const run = spawnSync(process.execPath,
		["--enable-source-maps", "--test", ...files], { stdio: "inherit" });
	status = run.status ?? 1;
} finally {
	await rm(out, { recursive: true, force: true });
}
process.exit(status);
