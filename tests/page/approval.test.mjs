// Commands in the page, in Debian's Chromium: what is asked, denied, approved,
// changed, and what the cards say of it.  Runs on the deployment that
// main.test.mjs has set up, as the person it has made.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { MOLTIS_URL, MOLTIS_TEST_STATE } = process.env;
const SHOTS = process.env.MOLTIS_TEST_SHOTS
	?? `${MOLTIS_TEST_STATE}/log/screenshots`;
const PASSWORD = "correct-battery-horse-7";
const axe = fs.readFileSync(createRequire(import.meta.url)
	.resolve("axe-core/axe.min.js"), "utf8");
// The buttons of a card sleep a moment, and programs under test are slow.
const SLOW = { timeout: 30000 };

let browser, context, page;
const problems = [];

before(async () => {
	fs.mkdirSync(SHOTS, { recursive: true });
	browser = await chromium.launch({ executablePath: "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
			"--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync"] });
	context = await browser.newContext({ ignoreHTTPSErrors: true,
		viewport: { width: 1280, height: 900 } });
	// The clock of the page can be moved, to see the time run out.
	await context.addInitScript(() => {
		const now = Date.now;
		globalThis.shiftMs = 0;
		Date.now = () => now() + globalThis.shiftMs;
	});
	page = await context.newPage();
	page.on("pageerror", (error) => problems.push(`page error: ${error}`));
	page.on("console", (message) => {
		if (/Content.Security.Policy|Refused to/i.test(message.text()))
			problems.push(`policy: ${message.text()}`);
	});
	await page.goto(MOLTIS_URL);
	await page.getByTestId("login-password")
		.or(page.getByTestId("setup-code")).waitFor(SLOW);
	assert.equal(await page.getByTestId("setup-code").count(), 0,
		"the deployment is not set up: run main.test.mjs before this file");
	await page.getByTestId("login-username").fill("owner");
	await page.getByTestId("login-password").fill(PASSWORD);
	await page.getByTestId("login-submit").click();
	await page.getByTestId("composer").waitFor(SLOW);
});
after(() => browser?.close());

const id = (name) => page.getByTestId(name);
const card = () => id("approval-card").last();
const inCard = (name) => card().getByTestId(name);
const tool = () => id("tool-card").last();
const shot = (name) => page.screenshot({ path: `${SHOTS}/${name}.png` });

// As the page itself asks, with its cookie and its origin.
const rpc = (method, params = {}) => page.evaluate(async ([name, body]) => {
	const reply = await fetch(`/api/rpc/${name}`, { method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(body) });
	return reply.json();
}, [method, params]);

async function accessible(where) {
	await page.waitForTimeout(300);
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => globalThis.axe.run(
		document, { runOnly: ["wcag2a", "wcag2aa"] }));
	assert.deepEqual(violations.map((v) => `${where}: ${v.id} `
		+ v.nodes.map((n) => n.target).join(" ")), []);
}

async function newSession() {
	const before = page.url();
	await id("session-new").first().click();
	await page.waitForFunction((url) => location.href !== url
		&& location.pathname.startsWith("/chat/"), before);
	await id("composer").waitFor();
	await id("suggestion").first().waitFor();
}

async function send(text) {
	await id("composer").fill(text);
	await page.keyboard.press("Enter");
}
const exec = (command) => send(`[[tool exec ${JSON.stringify({ command })}]]`);

// The turn is over: there is nothing to stop any more.
const over = () => id("stop").waitFor({ state: "hidden", timeout: 40000 });

async function state(name) {
	await page.waitForFunction((wanted) => [...document.querySelectorAll(
		"[data-testid=approval-card]")].at(-1)?.dataset.state === wanted,
	name, SLOW);
}

async function output() {
	await tool().waitFor();
	if (await tool().getByTestId("tool-toggle")
		.getAttribute("aria-expanded") === "false")
		await tool().getByTestId("tool-toggle").click();
	return tool().getByTestId("tool-output").innerText();
}

async function files() {
	await send("[[tool list_files {}]]");
	await page.waitForFunction(() => [...document.querySelectorAll(
		"[data-testid=tool-card]")].at(-1)?.dataset.tool === "list_files",
	undefined, SLOW);
	await over();
	return output();
}

test("commands can run here, and the settings say where", async () => {
	const end = Date.now() + 40000;
	let status = await rpc("sandbox.status");
	while (!status.available && Date.now() < end) {
		await page.waitForTimeout(500);
		status = await rpc("sandbox.status");
	}
	assert.equal(status.available, true, JSON.stringify(status));
	await page.goto(`${MOLTIS_URL}/settings/commands`);
	await page.getByText(/Commands run in a sandbox/).waitFor();
	assert.ok((await id("sandbox-status").innerText())
		.includes(status.backend));
	await accessible("sandbox");
	await page.goto(MOLTIS_URL);
	await newSession();
	await page.getByText("Run `ls -la` for me").waitFor();
});

test("a harmless command runs at once, in a card", async () => {
	await exec("pwd");
	await over();
	assert.equal(await id("approval-card").count(), 0);
	assert.equal(await tool().getByTestId("tool-exit").innerText(), "exit 0");
	assert.equal((await output()).trim(), "/workspace");
	assert.match(await tool().innerText(), /pwd/);
});

test("a command that needs a person waits in a card", async () => {
	await newSession();
	await exec("touch /workspace/x && echo done");
	await card().waitFor(SLOW);
	assert.equal(await inCard("approval-command").innerText(),
		"touch /workspace/x && echo done");
	assert.match(await inCard("approval-countdown").innerText(), /\d:\d\d/);
	assert.match(await card().innerText(), /Why you are asked: \S/);
	assert.match(await card().innerText(), /\/workspace/);
	await page.waitForTimeout(700);
	assert.notEqual(await page.evaluate(() =>
		document.activeElement?.getAttribute("data-testid")),
	"approval-approve", "the focus stays where it was");
	for (const key of ["a", "y", "Enter"])
		await page.keyboard.press(key);
	await page.waitForTimeout(300);
	await state("pending");
	assert.equal(await id("approvals-count").innerText()
		.then((text) => text.match(/\d+/)[0]), "1");
	await shot("20-approval");
	await accessible("approval");
});

test("a reload keeps the card", async () => {
	await page.reload();
	await card().waitFor(SLOW);
	assert.equal(await inCard("approval-command").innerText(),
		"touch /workspace/x && echo done");
	assert.equal(await id("approval-card").count(), 1);
});

test("denied, it does not run", async () => {
	await inCard("approval-deny-note").click();
	await inCard("approval-note").fill("Not on a Friday.");
	await inCard("approval-deny").click();
	await state("denied");
	assert.match(await inCard("approval-state").innerText(),
		/Denied by owner/);
	await over();
	assert.equal(await id("approvals-count").count(), 0);
	assert.ok(!(await files()).split(/\s/).includes("x"));
	await shot("21-denied");
	await accessible("denied");
});

test("approved, it runs and its output is in the card", async () => {
	await newSession();
	await exec("touch /workspace/x && echo done");
	await inCard("approval-approve").click(SLOW);
	await state("approved");
	await over();
	assert.equal((await output()).trim(), "done");
	assert.equal(await tool().getByTestId("tool-exit").innerText(), "exit 0");
	await shot("22-approved");
	await accessible("approved");
	assert.ok((await files()).split(/\s/).includes("x"));
});

test("after a reload the history has the same cards", async () => {
	await page.reload();
	await id("tool-card").first().waitFor(SLOW);
	assert.equal(await id("tool-card").count(), 2);
	const first = id("tool-card").first();
	assert.equal(await first.getByTestId("tool-exit").innerText(), "exit 0");
	await first.getByTestId("tool-toggle").click();
	assert.equal((await first.getByTestId("tool-output").innerText()).trim(),
		"done");
	assert.match(await first.innerText(), /touch \/workspace\/x/);
});

test("edited, the edited command runs", async () => {
	await newSession();
	await exec("rm -f /workspace/kept");
	await inCard("approval-edit").click(SLOW);
	assert.equal(await inCard("approval-edit-text").inputValue(),
		"rm -f /workspace/kept");
	await inCard("approval-edit-text").fill("touch kept && echo changed");
	await inCard("approval-approve").click();
	await state("modified");
	await over();
	assert.equal((await output()).trim(), "changed");
	assert.match(await card().innerText(), /touch kept && echo changed/);
	assert.ok((await files()).split(/\s/).includes("kept"));
	await shot("23-edited");
});

test("an edit that destroys needs a second word", async () => {
	await newSession();
	await exec("touch y");
	await inCard("approval-edit").click(SLOW);
	await inCard("approval-edit-text").fill("mkfs.ext4 /dev/sda");
	await inCard("approval-approve").click();
	await inCard("approval-confirm-dangerous").waitFor();
	await state("pending");
	await shot("24-dangerous");
	await accessible("dangerous");
	await inCard("approval-edit-text").fill("echo harmless");
	await inCard("approval-approve").click();
	await state("modified");
	await over();
	assert.equal((await output()).trim(), "harmless");
});

test("remembered, the same command does not ask again", async () => {
	await newSession();
	await exec("touch again");
	await inCard("approval-remember").check();
	await inCard("approval-approve").click(SLOW);
	await state("approved");
	await over();
	await exec("touch again");
	await page.waitForFunction(() => document.querySelectorAll(
		"[data-testid=tool-card]").length === 2, undefined, SLOW);
	await over();
	assert.equal(await id("approval-card").count(), 1);
});

test("nothing in a command hides", async () => {
	await newSession();
	await exec(`touch a\u202eb${" ".repeat(3000)}; touch tail`);
	await card().waitFor(SLOW);
	const text = await inCard("approval-command").innerText();
	assert.equal(text, "touch a⟦U+202E⟧b⟦3000 spaces⟧; touch tail");
	await inCard("approval-deny").click(SLOW);
	await state("denied");
	await over();
	const long = `touch ${"long-name ".repeat(1000)}&& touch the-end`;
	await exec(long);
	await page.waitForFunction(() => document.querySelectorAll(
		"[data-testid=approval-card]").length === 2, undefined, SLOW);
	assert.match(await inCard("approval-command").innerText(),
		/characters hidden here\. Show all[\s\S]*&& touch the-end$/);
	await card().getByRole("button", { name: /Show all/ }).click();
	await card().getByRole("button", { name: /Show all/ })
		.waitFor({ state: "detached" });
	assert.equal(await inCard("approval-command").innerText(), long);
	await inCard("approval-deny").click();
	await state("denied");
	await over();
});

test("when the time is up the card says so and takes no answer", async () => {
	await newSession();
	await exec("touch late");
	await card().waitFor(SLOW);
	await page.evaluate(() => {
		globalThis.shiftMs = 3600000;
	});
	await inCard("approval-state").waitFor();
	assert.match(await inCard("approval-state").innerText(), /Timed out/);
	assert.equal(await inCard("approval-approve").isDisabled(), true);
	assert.equal(await inCard("approval-deny").isDisabled(), true);
	await page.evaluate(() => {
		globalThis.shiftMs = 0;
	});
	await inCard("approval-countdown").waitFor();
	// Stopping the turn ends the question.
	await id("stop").click();
	await state("cancelled");
	await over();
});

test("decided elsewhere first, the card says what was decided", async () => {
	await newSession();
	await exec("touch raced");
	await card().waitFor(SLOW);
	const requestId = await card().getAttribute("data-request");
	// The answer of this page is held back until another has decided.
	let release;
	const held = new Promise((done) => {
		release = done;
	});
	await page.route("**/api/approvals/*/resolve", async (route) => {
		await held;
		await route.continue();
	});
	await inCard("approval-approve").click(SLOW);
	const first = await rpc("exec.approval.resolve",
		{ requestId, decision: "denied" });
	assert.equal(first.decision, "denied", JSON.stringify(first));
	release();
	await page.getByText(/already decided: denied/).waitFor();
	await state("denied");
	await page.unroute("**/api/approvals/*/resolve");
	await over();
});

test("a question elsewhere shows in the list and on its page", async () => {
	await newSession();
	await exec("touch elsewhere");
	await card().waitFor(SLOW);
	await page.goto(MOLTIS_URL);
	await id("composer").waitFor();
	assert.equal(await id("approval-card").count(), 0);
	await id("approvals-count").waitFor();
	await id("session-approvals").waitFor();
	await shot("25-elsewhere");
	await id("approvals-link").click();
	await page.waitForURL(/\/approvals$/);
	await card().waitFor();
	assert.equal(await inCard("approval-command").innerText(),
		"touch elsewhere");
	await shot("26-approvals");
	await accessible("approvals");
	await inCard("approval-deny").click(SLOW);
	await state("denied");
	const past = id("approval-past").filter({ hasText: "touch elsewhere" });
	await past.waitFor();
	assert.match(await past.innerText(), /Denied\s*by owner/);
});

test("an account can be stricter than the server", async () => {
	await id("approval-mode-always").check();
	await page.getByText(/Saved/).first().waitFor();
	assert.equal((await rpc("exec.approvals.get")).mode, "always");
	await page.goto(MOLTIS_URL);
	await newSession();
	await exec("pwd");
	await inCard("approval-approve").click(SLOW);
	await state("approved");
	await over();
	await page.goto(`${MOLTIS_URL}/approvals`);
	assert.equal(await id("approval-mode-never").isDisabled(), true);
	await id("approval-mode-smart").check();
	await page.waitForFunction(() => document.querySelector(
		"[data-testid=approval-mode-smart]").checked);
	assert.equal((await rpc("exec.approvals.get")).mode, "smart");
});

test("on a phone, also in the dark, the card is usable", async () => {
	await page.setViewportSize({ width: 360, height: 780 });
	const { key } = await page.evaluate(async () => (await fetch(
		"/api/sessions", { method: "POST", body: "{}",
			headers: { "content-type": "application/json" } })).json());
	await page.goto(`${MOLTIS_URL}/chat/${key}`);
	await id("suggestion").first().waitFor();
	await exec(`touch ${"a-long-name-without-a-space".repeat(9)}`);
	await card().waitFor(SLOW);
	const tooWide = () => page.evaluate(() =>
		document.documentElement.scrollWidth - window.innerWidth);
	assert.ok(await tooWide() <= 0);
	await shot("27-phone");
	await accessible("phone");
	await page.emulateMedia({ colorScheme: "dark" });
	await inCard("approval-edit").click(SLOW);
	assert.ok(await tooWide() <= 0);
	await shot("28-phone-dark");
	await accessible("phone, dark");
	await card().getByRole("button", { name: "Back" }).click();
	await inCard("approval-deny").click();
	await state("denied");
	await over();
	await page.goto(`${MOLTIS_URL}/approvals`);
	await id("approval-past").first().waitFor();
	assert.ok(await tooWide() <= 0);
	await accessible("approvals, phone, dark");
});

test("nothing went wrong in between", () => {
	assert.deepEqual(problems, []);
});
