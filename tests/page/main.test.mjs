// The page in Debian's Chromium: a newcomer sets the deployment up, chats,
// makes a key, on a desktop and on a phone, in light and dark.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { MOLTIS_URL, MOLTIS_SETUP_CODE, MOLTIS_TEST_STATE } = process.env;
const SHOTS = process.env.MOLTIS_TEST_SHOTS
	?? `${MOLTIS_TEST_STATE}/log/screenshots`;
const PASSWORD = "correct-battery-horse-7";
const axe = fs.readFileSync(createRequire(import.meta.url)
	.resolve("axe-core/axe.min.js"), "utf8");

let browser, context, page;
const problems = [];

before(async () => {
	fs.mkdirSync(SHOTS, { recursive: true });
	browser = await chromium.launch({ executablePath: "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
			"--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync"] });
	context = await browser.newContext({ ignoreHTTPSErrors: true,
		viewport: { width: 1280, height: 800 } });
	await context.grantPermissions(["clipboard-read", "clipboard-write"]);
	page = await context.newPage();
	page.on("pageerror", (error) => problems.push(`page error: ${error}`));
	page.on("console", (message) => {
		if (/Content.Security.Policy|Refused to/i.test(message.text()))
			problems.push(`policy: ${message.text()}`);
	});
	page.on("request", (request) => {
		if (!request.url().startsWith(MOLTIS_URL)
			&& !/^(data|blob):/.test(request.url())
			&& !request.url().startsWith(MOLTIS_URL.replace("http", "ws")))
			problems.push(`foreign request: ${request.url()}`);
	});
});
after(() => browser?.close());

const id = (name) => page.getByTestId(name);
const shot = (name) => page.screenshot({ path: `${SHOTS}/${name}.png` });

async function accessible(where) {
	// Through the debugger, not as a script of the page: its policy holds.
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => globalThis.axe.run(
		document, { runOnly: ["wcag2a", "wcag2aa"] }));
	assert.deepEqual(violations.map((v) => `${where}: ${v.id} `
		+ v.nodes.map((n) => n.target).join(" ")), []);
}

test("a newcomer sets the deployment up", async () => {
	await page.goto(MOLTIS_URL);
	await id("setup-code").waitFor();
	await shot("1-setup");
	await accessible("setup");
	await id("setup-code").fill("AAAA-BBBB");
	await id("setup-password").fill(PASSWORD);
	await id("setup-password2").fill(PASSWORD);
	await id("setup-submit").click();
	await page.getByText(/invalid or missing setup code/i).waitFor();
	await shot("2-setup-wrong-code");
	await id("setup-code").fill(MOLTIS_SETUP_CODE);
	await id("setup-submit").click();
	await id("composer").waitFor();
	await shot("3-empty-chat");
	await accessible("empty chat");
});

test("a message is answered, streaming", async () => {
	await id("composer").fill("[[slow 80 40]]");
	await page.keyboard.press("Enter");
	await id("message-user").waitFor();
	await id("message-assistant").last().waitFor();
	const early = (await id("message-assistant").last().innerText()).length;
	await page.waitForTimeout(900);
	const later = (await id("message-assistant").last().innerText()).length;
	assert.ok(later > early, `${early} then ${later} characters`);
	await shot("4-streaming");
	await id("stop").waitFor({ state: "hidden", timeout: 20000 });
	assert.equal(await id("message-assistant").count(), 1);
});

test("Markdown is shown, script and remote images are not", async () => {
	await id("composer").fill("[[say # Title <img src=x onerror=alert(1)> "
		+ "![p](https://evil.example/p.png) [link](javascript:alert(1)) "
		+ "<script>window.hacked=1</script> **bold**]]");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.querySelectorAll(
		"[data-testid=message-assistant]").length === 2);
	await page.getByText("bold").last().waitFor();
	await page.waitForTimeout(500);
	assert.equal(await page.evaluate(() => window.hacked), undefined);
	const bad = await page.evaluate(() => [...document.querySelectorAll(
		"[data-testid=message-assistant] *")].filter((e) =>
		e.matches("script, img, iframe")
		|| [...e.attributes].some((a) => /^on/.test(a.name)
			|| /javascript:/i.test(a.value))).length);
	assert.equal(bad, 0);
});

test("an error is a card that can be read", async () => {
	await id("composer").fill("[[status 401]]");
	await page.keyboard.press("Enter");
	await id("error-card").first().waitFor();
	await shot("5-error");
	await accessible("error card");
});

test("stop works", async () => {
	await id("composer").fill("[[slow 400 40]]");
	await page.keyboard.press("Enter");
	await id("stop").waitFor();
	await page.waitForTimeout(600);
	await id("stop").click();
	await id("stop").waitFor({ state: "hidden" });
});

test("sessions can be made and switched", async () => {
	await id("session-new").first().click();
	await page.waitForURL(/\/chat\/session/);
	await id("composer").fill("[[say in the second session]]");
	await page.keyboard.press("Enter");
	await page.getByText("in the second session", { exact: true }).last()
		.waitFor();
	assert.ok(await id("session-item").count() >= 2);
	await shot("6-two-sessions");
});

test("reload keeps everything", async () => {
	await page.reload();
	await page.getByText("in the second session", { exact: true }).last()
		.waitFor();
	assert.deepEqual(await page.evaluate(() => Object.entries(localStorage)
		.filter(([, value]) => /mk_|password|[A-Za-z0-9_-]{43}/.test(value))),
	[]);
});

test("an API key is made, shown once, works, and is revoked", async () => {
	await page.goto(`${MOLTIS_URL}/settings/api-keys`);
	await id("key-label").fill("From the page");
	await id("key-scope-operator.read").check();
	await id("key-create").click();
	const value = (await id("key-value").innerText()).trim();
	assert.match(value, /^mk_[A-Za-z0-9_-]{43}$/);
	await shot("7-key-shown-once");
	await accessible("API keys");
	const ask = () => page.request.get(`${MOLTIS_URL}/api/sessions`,
		{ headers: { Authorization: `Bearer ${value}`, Cookie: "" } });
	assert.equal((await ask()).status(), 200);
	await page.reload();
	await id("key-row").first().waitFor();
	assert.ok(!(await page.content()).includes(value));
	await id("key-revoke").first().click();
	if (await id("dialog-confirm").isVisible().catch(() => false))
		await id("dialog-confirm").click();
	else await id("dialog-confirm").click({ timeout: 3000 }).catch(() => {});
	await page.waitForFunction(() => document.querySelectorAll(
		"[data-testid=key-row]").length === 0);
	assert.equal((await ask()).status(), 401);
});

test("on a phone and in the dark it is usable", async () => {
	await page.setViewportSize({ width: 390, height: 800 });
	await page.goto(MOLTIS_URL);
	await id("composer").waitFor();
	const wide = await page.evaluate(() =>
		document.documentElement.scrollWidth - window.innerWidth);
	assert.ok(wide <= 0, `the page is ${wide} px too wide`);
	await shot("8-phone");
	await page.emulateMedia({ colorScheme: "dark" });
	await shot("9-phone-dark");
	await accessible("phone, dark");
	await page.setViewportSize({ width: 1280, height: 800 });
	await shot("10-dark");
});

test("a signed-out browser sees the login page and gets back in", async () => {
	await page.emulateMedia({ colorScheme: "light" });
	await context.clearCookies();
	await page.goto(MOLTIS_URL);
	await id("login-password").waitFor();
	await shot("11-login");
	await accessible("login");
	await id("login-username").fill("owner");
	await id("login-password").fill("wrong-password-1");
	await id("login-submit").click();
	await page.getByText(/invalid user name or password/i).waitFor();
	await id("login-password").fill(PASSWORD);
	await id("login-submit").click();
	await id("composer").waitFor();
});

test("nothing went wrong in between", () => {
	assert.deepEqual(problems, []);
});
