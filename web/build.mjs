/*
 * Builds the page: bundles src/ with esbuild, hashes every file name and
 * writes index.html from static/index.html with the hashed names filled in.
 *
 *   node build.mjs [--outdir DIR] [--sourcemap]
 *
 * Only DIR/assets and DIR/index.html are replaced; nothing else in DIR is
 * touched, so that a wrong --outdir cannot empty a folder.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));

function readOptions() {
	try {
		const { values } = parseArgs({
			options: {
				outdir: { type: "string" },
				sourcemap: { type: "boolean", default: false },
			},
		});
		return values;
	} catch (err) {
		console.error(`build: ${err.message}`);
		console.error("usage: node build.mjs [--outdir DIR] [--sourcemap]");
		process.exit(2);
	}
}

/* The output whose entry point is SOURCE, as the address the page uses. */
function addressOf(metafile, source, kind) {
	for (const [file, output] of Object.entries(metafile.outputs)) {
		if (output.entryPoint === source && file.endsWith(kind))
			return "/assets/" + path.basename(file);
	}
	throw new Error(`no ${kind} output for ${source}`);
}

/* Assets that only index.html names (the icon) come out of the same run:
 * esbuild lists the copied file with the source among its inputs. */
function addressOfAsset(metafile, source) {
	for (const [file, output] of Object.entries(metafile.outputs)) {
		if (Object.keys(output.inputs).includes(source) &&
		    path.extname(file) === path.extname(source))
			return "/assets/" + path.basename(file);
	}
	throw new Error(`no output for ${source}`);
}

async function build(outdir, sourcemap) {
	const assets = path.join(outdir, "assets");

	await rm(assets, { recursive: true, force: true });
	await mkdir(assets, { recursive: true });
	const result = await esbuild.build({
		absWorkingDir: here,
		entryPoints: ["src/main.tsx", "src/theme_boot.ts", "src/style/index.css"],
		outdir: assets,
		entryNames: "[name]-[hash]",
		chunkNames: "chunk-[hash]",
		assetNames: "[name]-[hash]",
		publicPath: "/assets",
		bundle: true,
		splitting: true,
		format: "esm",
		target: ["es2021", "chrome100", "firefox100", "safari15.4"],
		jsx: "automatic",
		jsxImportSource: "preact",
		loader: { ".svg": "file", ".woff2": "file" },
		minify: true,
		legalComments: "linked",
		sourcemap,
		metafile: true,
		logLevel: "warning",
	});
	const page = await readFile(path.join(here, "static/index.html"), "utf8");
	const names = {
		SCRIPT: addressOf(result.metafile, "src/main.tsx", ".js"),
		THEME: addressOf(result.metafile, "src/theme_boot.ts", ".js"),
		STYLE: addressOf(result.metafile, "src/style/index.css", ".css"),
		ICON: addressOfAsset(result.metafile, "src/assets/logo.svg"),
	};
	const filled = page.replace(/%([A-Z]+)%/g, (whole, name) => {
		if (!(name in names))
			throw new Error(`static/index.html: unknown name ${whole}`);
		return names[name];
	});
	await writeFile(path.join(outdir, "index.html"), filled);
	return result.metafile;
}

const options = readOptions();
const outdir = path.resolve(options.outdir ?? path.join(here, "dist"));
const metafile = await build(outdir, options.sourcemap);
let bytes = 0;
for (const output of Object.values(metafile.outputs))
	bytes += output.bytes;
console.log(`web: ${Object.keys(metafile.outputs).length} files, ` +
	`${Math.round(bytes / 1024)} KB in ${outdir}`);
