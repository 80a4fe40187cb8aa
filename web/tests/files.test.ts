/* The order of a folder and how paths are put together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesText } from "../src/text/plain";
import { joinPath, sorted } from "../src/text/files";

const entry = (name: string, type: "file" | "folder" | "other") =>
	({ name, type, modifiedAt: 0 });

test("folders come first, numbers count, other things last", () => {
	const list = sorted([entry("b10", "file"), entry("x", "other"),
		entry("b9", "file"), entry("z", "folder"), entry("a", "folder")]);
	assert.deepEqual(list.map((one) => one.name), ["a", "z", "b9", "b10", "x"]);
});

test("a name in the top folder has no slash before it", () => {
	assert.equal(joinPath("", "a"), "a");
	assert.equal(joinPath("a/b", "c"), "a/b/c");
});

test("sizes are said in units", () => {
	assert.equal(bytesText(0), "0 bytes");
	assert.equal(bytesText(1536), "1.5 KB");
	assert.equal(bytesText(25 * 1024 * 1024), "25 MB");
});
