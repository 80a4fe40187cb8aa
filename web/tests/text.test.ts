/* Small rules: addresses, passwords, titles, times, server errors. */
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { errorFrom } from "../src/api/call";
import { chatPath, routeOf } from "../src/routes";
import { lengthCheck, matchCheck } from "../src/text/password";
import { newUuid, plural, sentence, titleFromText } from "../src/text/plain";
import { ago, dayGroup } from "../src/text/time";

/* Every browser has it, Node only from 20 on. */
globalThis.crypto ??= webcrypto as unknown as Crypto;

test("every address leads to its page and back", () => {
	assert.deepEqual(routeOf("/"), { page: "chat", key: "main" });
	const key = "session:8b1f7f0e-0000-4000-8000-000000000000";
	assert.equal(chatPath("main"), "/");
	assert.equal(chatPath(key), `/chat/${key}`);
	assert.deepEqual(routeOf(chatPath(key)), { page: "chat", key });
	assert.deepEqual(routeOf(chatPath("cron:a/b c")),
		{ page: "chat", key: "cron:a/b c" });
	assert.deepEqual(routeOf("/settings/api-keys"),
		{ page: "settings", section: "api-keys" });
	assert.deepEqual(routeOf("/onboarding"), { page: "setup" });
	assert.deepEqual(routeOf("/login/"), { page: "login" });
	assert.deepEqual(routeOf("/chat/%E0%A4%A"), { page: "missing" });
	assert.deepEqual(routeOf("/nowhere"), { page: "missing" });
});

test("a password is counted in characters, not in bytes", () => {
	assert.equal(lengthCheck("").text, "At least 12 characters.");
	assert.equal(lengthCheck("elevenchars").text, "1 more character (11 of 12).");
	assert.ok(lengthCheck("twelve chars").ok);
	assert.ok(!lengthCheck("🙂🙂🙂🙂🙂🙂").ok);
});

test("two passwords are compared once the second is begun", () => {
	assert.equal(matchCheck("abc", "").text, "");
	assert.ok(!matchCheck("abc", "ab").ok);
	assert.ok(matchCheck("abc", "abc").ok);
});

test("a first title is one short line without markup", () => {
	assert.equal(titleFromText("## Hello\n\n*world*"), "Hello world");
	assert.equal(titleFromText("   "), "New chat");
	const long = titleFromText("word ".repeat(30));
	assert.ok(long.length <= 49 && long.endsWith("word…"), long);
});

test("ids are version 4 and differ", () => {
	assert.match(newUuid(),
		/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
	assert.notEqual(newUuid(), newUuid());
});

test("a phrase of the server becomes a sentence", () => {
	assert.equal(sentence("no backend passed"), "No backend passed.");
	assert.equal(sentence(" Already one. "), "Already one.");
	assert.equal(sentence(""), "");
});

test("numbers have their noun", () => {
	assert.equal(plural(1, "second"), "1 second");
	assert.equal(plural(1200, "token"), "1,200 tokens");
});

test("conversations stand under their day", () => {
	const noon = new Date(2026, 5, 15, 12).getTime();
	const hour = 3_600_000;
	assert.equal(dayGroup(noon - hour, noon), "Today");
	assert.equal(dayGroup(noon - 13 * hour, noon), "Yesterday");
	assert.equal(dayGroup(noon - 72 * hour, noon), "Last 7 days");
	assert.equal(dayGroup(noon - 900 * hour, noon), "Older");
	assert.equal(ago(noon - 5 * 60_000, noon), "5 min ago");
});

test("an error of the server keeps its field and its wait", () => {
	const err = errorFrom(429, { error: "slow down", code: "RATE_LIMITED",
		field: "password", retry_after_seconds: 30 });
	assert.equal(err.message, "slow down");
	assert.equal(err.field, "password");
	assert.equal(err.retryAfterSecs, 30);
});

test("an answer that is not ours still gets a sentence", () => {
	assert.match(errorFrom(502, null).message, /cannot answer/);
	assert.match(errorFrom(413, null).message, /too large/);
	assert.equal(errorFrom(418, "tea").code, "HTTP_418");
});
