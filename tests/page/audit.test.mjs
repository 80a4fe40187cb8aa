// The audit trail in the page, in Debian's Chromium: rows, filters, files,
// warnings, the deployment's log.  Runs on the deployment on which
// account.test.mjs has made something to tell of.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
	accessible, ask, close, launch, open, PASSWORD, problems, shot, signIn,
	SLOW, sql,
} from "./lib/people.mjs";

const { MOLTIS_URL } = process.env;

let owner;

before(async () => {
	await launch();
	owner = await open();
	await signIn(owner, "owner", PASSWORD);
	await owner.id("composer").waitFor(SLOW);
});
after(close);

test("what happened is in the audit trail, can be filtered and saved", async () => {
	await owner.to("/settings/audit");
	await owner.id("audit-row").first().waitFor(SLOW);
	await owner.id("audit-row").first().locator("summary").click();
	await shot(owner, "49-audit");
	await accessible(owner, "audit");
	await owner.id("audit-event").fill("member.joined");
	await owner.waitForFunction(() => {
		const rows = [...document.querySelectorAll("[data-testid=audit-row]")];
		return rows.length > 0 && rows.every((one) =>
			one.dataset.event === "member.joined");
	}, undefined, SLOW);
	await owner.id("audit-until").fill("2001-01-01");
	await owner.getByText("Nothing that fits.").waitFor(SLOW);
	await owner.id("audit-until").fill("");
	for (const [name, type] of [["audit-csv", /text\/csv/],
		["audit-jsonl", /ndjson/]]) {
		const path = await owner.id(name).getAttribute("href");
		const reply = await owner.request.get(`${MOLTIS_URL}${path}`);
		assert.equal(reply.status(), 200, path);
		assert.match(reply.headers()["content-type"], type);
		assert.match(reply.headers()["content-disposition"], /attachment/);
		assert.match(await reply.text(), /member\.joined/);
	}
});

test("a warning is a toast, and a badge until it was looked at", async () => {
	await owner.to("/");
	await owner.id("session-item").first().waitFor(SLOW);
	await owner.waitForTimeout(1500);
	sql("SELECT moltis.security_note(account_id, 'key.new_address', NULL, "
		+ "'192.0.2.7', 'warn', '{\"label\":\"backup\"}') "
		+ "FROM moltis.accounts WHERE account_id = '"
		+ (await ask(owner, "GET", "/api/auth/whoami")).json.account.id + "'");
	await owner.locator(".toast-warn").filter({
		hasText: "API key used from a new address: backup" }).waitFor(SLOW);
	assert.ok(Number(await owner.id("alerts-count").innerText()) >= 1);
	await shot(owner, "50-warning");
	await owner.id("open-settings").click();
	await owner.waitForURL(/\/settings\/audit$/);
	await owner.locator("[data-event='key.new_address']").first()
		.waitFor(SLOW);
	assert.equal(await owner.id("alerts-count").count(), 0);
});

test("the deployment's log tells of failed sign-ins", async () => {
	const stranger = await open();
	await signIn(stranger, "nobody-of-that-name", "wrong-password-1");
	await stranger.context().close();
	await owner.to("/admin/log");
	await owner.id("audit-row").first().waitFor(SLOW);
	await shot(owner, "51-log");
	await accessible(owner, "deployment log");
});

test("nothing went wrong in between", () => {
	assert.deepEqual(problems, []);
});
