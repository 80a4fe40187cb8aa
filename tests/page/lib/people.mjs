// What the tests of people share: a browser for everybody, signing in, looking
// at a page with axe, asking the server as the page does.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { MOLTIS_URL, MOLTIS_TEST_STATE, MOLTIS_PG_SOCKET_DIR } = process.env;
const SHOTS = process.env.MOLTIS_TEST_SHOTS
	?? `${MOLTIS_TEST_STATE}/log/screenshots`;
const axe = fs.readFileSync(createRequire(import.meta.url)
	.resolve("axe-core/axe.min.js"), "utf8");

export const PASSWORD = "correct-battery-horse-7";
export const SLOW = { timeout: 30000 };
// What no test may leave behind.
export const problems = [];

let browser;

export async function launch() {
	fs.mkdirSync(SHOTS, { recursive: true });
	browser = await chromium.launch({ executablePath: "/usr/bin/chromium",
		args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
			"--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync"] });
}
export const close = () => browser?.close();

// A person's browser: nothing is shared with another's.
export async function open() {
	const context = await browser.newContext({ ignoreHTTPSErrors: true,
		viewport: { width: 1280, height: 900 } });
	const page = await context.newPage();
	page.on("pageerror", (error) => problems.push(`page error: ${error}`));
	page.on("console", (message) => {
		if (/Content.Security.Policy|Refused to/i.test(message.text()))
			problems.push(`policy: ${message.text()}`);
	});
	page.id = (name) => page.getByTestId(name);
	page.to = async (path) => {
		await page.goto(`${MOLTIS_URL}${path}`);
		await page.locator("h1").first().waitFor(SLOW);
	};
	return page;
}

// Sign-ins of one address are counted; whoever tries too often waits.
export async function signIn(page, username, password) {
	await page.to("/login");
	for (;;) {
		await page.id("login-username").fill(username);
		await page.id("login-password").fill(password);
		await page.id("login-submit").click();
		const wait = page.getByText(/Try again in \d/);
		await page.id("composer").or(page.locator(".form-error")).first()
			.waitFor(SLOW);
		if (await wait.count() === 0)
			return;
		const secs = Number((await wait.innerText()).match(/\d+/)[0]);
		assert.ok(secs <= 60, `${secs} s to wait`);
		await page.waitForTimeout(secs * 1000 + 500);
	}
}

export const shot = (page, name) => page.screenshot({ path: `${SHOTS}/${name}.png` });

export async function accessible(page, where) {
	await page.waitForTimeout(300);
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => globalThis.axe.run(
		document, { runOnly: ["wcag2a", "wcag2aa"] }));
	assert.deepEqual(violations.map((v) => `${where}: ${v.id} `
		+ v.nodes.map((n) => n.target).join(" ")), []);
}

// As the page itself asks, with its cookie and its origin.
export const ask = (page, method, path, body) => page.evaluate(
	async ([how, where, what]) => {
		const reply = await fetch(where, { method: how,
			headers: { "content-type": "application/json" },
			...(how === "GET" ? {} : { body: JSON.stringify(what ?? {}) }) });
		return { status: reply.status, json: await reply.json() };
	}, [method, path, body]);

export const sql = (text) => execFileSync("psql", ["-X", "-q", "-A", "-t",
	"-v", "ON_ERROR_STOP=1", "-c", text,
	`host=${MOLTIS_PG_SOCKET_DIR} port=5432 dbname=moltis user=postgres`],
{ encoding: "utf8" });
