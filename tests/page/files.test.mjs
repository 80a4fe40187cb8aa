// Files of a conversation in the page, in Debian's Chromium; and what a reload
// brings back: failed answers, waiting messages, conversations put away.  Runs
// on the deployment that main.test.mjs has set up.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import crypto from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const { MOLTIS_URL, MOLTIS_TEST_STATE } = process.env;
const SHOTS = process.env.MOLTIS_TEST_SHOTS
	?? `${MOLTIS_TEST_STATE}/log/screenshots`;
const PASSWORD = "correct-battery-horse-7";
const axe = fs.readFileSync(createRequire(import.meta.url)
	.resolve("axe-core/axe.min.js"), "utf8");
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
		viewport: { width: 1360, height: 850 }, acceptDownloads: true });
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
const row = (name) => page.locator(
	`[data-testid=file-row][data-name="${name}"]`);
const shot = (name) => page.screenshot({ path: `${SHOTS}/${name}.png` });

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
	await page.waitForFunction((url) => location.href !== url, before, SLOW);
	await id("composer").waitFor(SLOW);
}

async function send(text) {
	await id("composer").fill(text);
	await page.keyboard.press("Enter");
}

// Drops files as a file manager does.
async function drop(files) {
	const transfer = await page.evaluateHandle((list) => {
		const data = new DataTransfer();
		for (const [name, text] of list)
			data.items.add(new File([text], name));
		return data;
	}, files);
	await id("files-panel").dispatchEvent("dragover", { dataTransfer: transfer });
	await page.getByText("Drop to upload").waitFor(SLOW);
	await shot("files-3-dropping");
	await id("files-panel").dispatchEvent("drop", { dataTransfer: transfer });
}

test("the panel opens beside the conversation and is empty", async () => {
	await newSession();
	await id("files-open").click();
	await id("files-empty").waitFor(SLOW);
	await shot("files-1-empty");
	await accessible("empty files");
});

test("files are uploaded with the button, and what is large is named",
	async () => {
		await id("files-input").setInputFiles([
			{ name: "notes ü.txt", mimeType: "text/plain",
				buffer: Buffer.from("some notes\n") },
			{ name: "photo.jpg", mimeType: "image/jpeg",
				buffer: crypto.randomBytes(3_000_000) },
		]);
		await row("notes ü.txt").waitFor(SLOW);
		await row("photo.jpg").waitFor(SLOW);
		await id("upload").waitFor({ state: "detached", ...SLOW });
		assert.match(await row("photo.jpg").innerText(), /2\.9 MB/);
		assert.match(await row("notes ü.txt").innerText(), /11 bytes/);
		let sent = 0;
		page.on("request", (request) => {
			sent += request.method() === "PUT";
		});
		await page.evaluate(() => {
			const data = new DataTransfer();
			data.items.add(new File([new Uint8Array(25 * 1024 * 1024 + 1)],
				"huge.bin"));
			const input = document.querySelector("[data-testid=files-input]");
			input.files = data.files;
			input.dispatchEvent(new Event("change", { bubbles: true }));
		});
		await id("upload-failed").waitFor(SLOW);
		assert.match(await id("upload-failed").innerText(), /larger than 25 MB/);
		assert.equal(sent, 0, "it was not sent");
		await shot("files-2-uploaded");
		await accessible("files");
		await page.getByLabel("Dismiss huge.bin").click();
	});

test("dropped files arrive in the open folder", async () => {
	await send('[[tool exec {"command":"mkdir -p data/deep && '
		+ 'echo made > data/made.txt && ln -s /etc/passwd data/link"}]]');
	await id("approval-approve").last().click(SLOW);
	await row("data").waitFor(SLOW);
	await row("data").getByTestId("file-open").click();
	await row("made.txt").waitFor(SLOW);
	assert.match(await row("link").innerText(), /cannot be fetched/);
	await drop([["dropped.csv", "a,b\n1,2\n"], ["empty", ""]]);
	await row("dropped.csv").waitFor(SLOW);
	await row("empty").waitFor(SLOW);
	await shot("files-4-folder");
	await accessible("a folder");
});

test("a file is downloaded as it is", async () => {
	const wanted = page.waitForEvent("download", SLOW);
	await row("dropped.csv").getByTestId("file-open").click();
	const download = await wanted;
	assert.equal(download.suggestedFilename(), "dropped.csv");
	assert.equal(fs.readFileSync(await download.path(), "utf8"), "a,b\n1,2\n");
});

test("a file and a folder are deleted after a question", async () => {
	await row("empty").getByTestId("file-delete").click();
	await page.getByText("“empty” will be gone for good.").waitFor(SLOW);
	await page.getByRole("button", { name: "Cancel" }).click();
	assert.equal(await row("empty").count(), 1);
	await row("empty").getByTestId("file-delete").click();
	await id("dialog-confirm").click();
	await row("empty").waitFor({ state: "detached", ...SLOW });
	await id("files-root").click();
	await row("data").getByTestId("file-delete").click();
	await page.getByText("everything in it").waitFor(SLOW);
	await id("dialog-confirm").click();
	await row("data").waitFor({ state: "detached", ...SLOW });
	assert.equal(await row("photo.jpg").count(), 1);
});

test("another conversation has files of its own", async () => {
	await newSession();
	await id("files-empty").waitFor(SLOW);
	await page.goBack();
	await row("photo.jpg").waitFor(SLOW);
});

test("on a phone the panel lies over the page and closes", async () => {
	await page.setViewportSize({ width: 390, height: 780 });
	await page.waitForTimeout(400);
	await shot("files-5-phone");
	await accessible("files on a phone");
	const wide = await page.evaluate(() =>
		document.documentElement.scrollWidth > innerWidth);
	assert.equal(wide, false, "nothing is wider than the screen");
	await id("files-close").click();
	await id("files-panel").waitFor({ state: "detached" });
	await shot("files-6-phone-closed");
	await id("files-open").click();
	await row("photo.jpg").waitFor(SLOW);
	await page.keyboard.press("Escape");
	await id("files-panel").waitFor({ state: "detached" });
	await page.setViewportSize({ width: 1360, height: 850 });
});

test("a failed answer and waiting messages are there after a reload",
	async () => {
		await newSession();
		await send("[[status 401]]");
		await id("error-card").waitFor(SLOW);
		const text = async () => (await id("error-card").innerText())
			.replace(/\s+Ask again$/, "");
		const before = await text();
		await send("[[slow 400 60]]");
		await id("message-assistant").last().waitFor(SLOW);
		await send("[[say later one]]");
		await send("[[say later two]]");
		await page.waitForFunction(() => document.querySelectorAll(
			"[data-testid=queued]").length === 2, null, SLOW);
		await page.reload();
		await id("error-card").waitFor(SLOW);
		assert.equal(await text(), before);
		await page.waitForFunction(() => document.querySelectorAll(
			"[data-testid=queued]").length === 2, null, SLOW);
		const order = await page.locator("[data-testid=message-user], "
			+ "[data-testid=error-card]").evaluateAll((all) =>
			all.map((e) => e.dataset.testid));
		assert.deepEqual(order.slice(0, 2), ["message-user", "error-card"]);
		await shot("files-7-after-reload");
		await page.getByRole("button", { name: "Cancel" }).first().click();
		await page.getByText("Taken out of the queue").waitFor(SLOW);
		assert.equal(await id("queued").count(), 1, "the other one waits on");
		await id("stop").click();
		await page.getByText("later two", { exact: true }).last().waitFor(SLOW);
	});

test("a conversation is archived, found, taken back and deleted", async () => {
	await newSession();
	await send("[[say put me away]]");
	await page.getByText("put me away", { exact: true }).last().waitFor(SLOW);
	const key = decodeURIComponent(new URL(page.url()).pathname.split("/").pop());
	const item = page.locator(`[data-testid=session-item][data-key="${key}"]`);
	const archived = page.locator(`[data-testid=archived-row][data-key="${key}"]`);
	await item.hover();
	await item.getByTestId("menu-button").click();
	await id("session-archive").click();
	await item.waitFor({ state: "detached", ...SLOW });
	await id("archived-link").click();
	await archived.waitFor(SLOW);
	await shot("files-8-archived");
	await accessible("archived conversations");
	await archived.getByTestId("unarchive").click();
	await item.waitFor(SLOW);
	await archived.waitFor({ state: "detached", ...SLOW });
	await item.hover();
	await item.getByTestId("menu-button").click();
	await id("session-archive").click();
	await archived.waitFor(SLOW);
	await archived.getByTestId("archived-delete").click();
	await id("dialog-confirm").click();
	await archived.waitFor({ state: "detached", ...SLOW });
});

test("nothing broke the page's policy", () => {
	assert.deepEqual(problems, []);
});
