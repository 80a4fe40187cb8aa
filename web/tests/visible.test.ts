/* Commands and output as they are shown: nothing hides. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanOutput, lastLine } from "../src/text/output";
import {
	foldSegments, hasForeign, hasMarks, previewText, rawLength, segmentsOf,
	visibleText,
} from "../src/text/visible";

test("a plain command is shown as it is", () => {
	const command = "find . -name '*.c' | xargs wc -l >out.txt 2>&1\n  echo $HOME";
	assert.equal(visibleText(command), command);
	assert.ok(!hasMarks(segmentsOf(command)));
	assert.ok(!hasForeign(segmentsOf(command)));
});

test("every character that moves text about becomes a marker", () => {
	for (const code of [0x200e, 0x200f, 0x061c, 0x202a, 0x202b, 0x202c, 0x202d,
		0x202e, 0x2066, 0x2067, 0x2068, 0x2069]) {
		const shown = visibleText(`ls ${String.fromCodePoint(code)}txt`);
		const name = code.toString(16).toUpperCase().padStart(4, "0");
		assert.equal(shown, `ls ⟦U+${name}⟧txt`);
	}
});

test("what has no width or no ink becomes a marker", () => {
	for (const code of [0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad, 0x34f,
		0x115f, 0x1160, 0x17b4, 0x180e, 0x2028, 0x2029, 0x2800, 0x3164,
		0xffa0, 0xfe0f, 0xe0041, 0xe0101, 0xa0, 0x2003, 0x3000, 0xe000,
		0xfff9, 0x206a]) {
		const char = String.fromCodePoint(code);
		const shown = visibleText(`r${char}m`);
		assert.ok(!shown.includes(char), code.toString(16));
		assert.match(shown, /^r⟦U\+[0-9A-F]{4,5}⟧m$/);
	}
});

test("control characters become markers, line breaks stay", () => {
	for (let code = 0; code < 0xa0; code++) {
		if ((code >= 0x20 && code < 0x7f) || code === 0x0a)
			continue;
		const shown = visibleText(`a${String.fromCharCode(code)}b`);
		assert.match(shown, /^a⟦U\+00[0-9A-F]{2}⟧b$/, code.toString(16));
	}
	assert.equal(visibleText("a\nb"), "a\nb");
	assert.equal(visibleText("ls\r\nrm x"), "ls⟦U+000D⟧\nrm x");
	assert.equal(visibleText("\u001b[2Kls"), "⟦U+001B⟧[2Kls");
});

test("half a surrogate pair is no secret", () => {
	assert.equal(visibleText("a\ud800b"), "a⟦U+D800⟧b");
});

test("a command behind 5000 spaces is in sight", () => {
	const command = `ls${" ".repeat(5000)}; rm -rf x`;
	assert.equal(visibleText(command), "ls⟦5000 spaces⟧; rm -rf x");
	assert.equal(rawLength(segmentsOf(command)), command.length);
	assert.equal(visibleText("a    b"), "a    b");
});

test("a command behind many empty lines is in sight", () => {
	assert.equal(visibleText(`ls${"\n".repeat(300)}rm x`),
		"ls⟦300 line breaks⟧\nrm x");
});

test("letters outside ASCII are told apart, in a Latin word they are named", () => {
	const greeting = segmentsOf("echo grüße");
	assert.deepEqual(greeting.map((one) => one.kind),
		["plain", "foreign", "plain"]);
	assert.ok(!hasMarks(greeting));
	assert.equal(visibleText("сurl x"), "с⟦U+0441⟧url x");
	assert.ok(hasForeign(segmentsOf("echo привет")));
	assert.ok(!hasMarks(segmentsOf("echo привет")));
});

test("marks that pile up on one letter are named", () => {
	assert.equal(visibleText("e\u0301"), "e\u0301");
	assert.match(visibleText(`e${"\u0335".repeat(5)}`), /(⟦U\+0335⟧){3}$/);
});

test("16 KiB are shown whole, folded with both ends and a true count", () => {
	const command = "echo " + "word ".repeat(3270) + "&& rm -rf /tail";
	const list = segmentsOf(command);
	const fold = foldSegments(list);
	assert.ok(command.length > 16_300);
	assert.equal(list.map((one) => one.text).join(""), command);
	assert.ok(fold !== null);
	assert.ok(fold.tail.map((one) => one.text).join("").endsWith("&& rm -rf /tail"));
	assert.ok(fold.head[0]!.text.startsWith("echo word"));
	assert.equal(rawLength(fold.head) + fold.hidden + rawLength(fold.tail),
		command.length);
});

test("a fold of 16 KiB of marks is fast, true and cuts none", () => {
	const command = "\u202e".repeat(5460);
	const start = Date.now();
	const fold = foldSegments(segmentsOf(command))!;
	assert.ok(Date.now() - start < 500, `${Date.now() - start} ms`);
	assert.equal(rawLength(fold.head) + fold.hidden + rawLength(fold.tail), 5460);
	for (const one of [...fold.head, ...fold.tail])
		assert.equal(one.text, "⟦U+202E⟧");
});

test("many short lines are folded and counted too", () => {
	const fold = foldSegments(segmentsOf("x=1\n".repeat(200) + "rm last"))!;
	assert.ok(fold.hiddenLines > 100);
	assert.ok(fold.tail.map((one) => one.text).join("").endsWith("rm last"));
});

test("what nearly fits is not folded", () => {
	assert.equal(foldSegments(segmentsOf("a".repeat(1450))), null);
	assert.equal(foldSegments(segmentsOf("")), null);
});

test("a preview keeps both ends of a long command", () => {
	const shown = previewText(`start ${"a".repeat(9000)} ; rm end`);
	assert.ok(shown.startsWith("start aaa"));
	assert.ok(shown.endsWith("; rm end"));
	assert.match(shown, /⟦8\d\d\d more⟧/);
	assert.equal(previewText("a\nb"), "a ⏎ b");
});

test("terminal sequences are taken out of output", () => {
	assert.equal(cleanOutput("\u001b[1;32mok\u001b[0m\n"), "ok\n");
	assert.equal(cleanOutput("\u001b]0;title\u0007text"), "text");
	assert.equal(cleanOutput("\u001b]8;;https://x\u001b\\link\u001b]8;;\u001b\\"), "link");
	assert.equal(cleanOutput("a\u001b[2J\u001b(Bb\u001bcd"), "abd");
	assert.equal(cleanOutput("half\u001b["), "half");
});

test("a progress line shows how it ended", () => {
	assert.equal(cleanOutput("10%\r50%\r100%\ndone\r\n"), "100%\ndone\n");
});

test("other control and bidi characters of output are visible", () => {
	assert.equal(cleanOutput("a\u0008b\u202ec\u0000"), "a⟦U+0008⟧b⟦U+202E⟧c⟦U+0000⟧");
	assert.equal(cleanOutput("a\tb\n"), "a\tb\n");
});

test("the last line of output that says something", () => {
	assert.equal(lastLine("one\n\u001b[31mtwo\u001b[0m\n\n  \n"), "two");
	assert.equal(lastLine(""), "");
});
