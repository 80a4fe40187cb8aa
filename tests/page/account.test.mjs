// People in the page, in Debian's Chromium: invitations, members and what they
// may do, several accounts, passkeys, logins, keys, administration.  Runs on the deployment that main.test.mjs has set up, as the person
// it has made; every other person has a browser context of his own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
	accessible, ask, close, launch, open, PASSWORD, problems, shot, signIn,
	SLOW, sql,
} from "./lib/people.mjs";

const { MOLTIS_URL } = process.env;
const OTHER = "another-battery-horse-8";

let owner, ada, grace;

before(async () => {
	await launch();
	owner = await open();
	ada = await open();
	grace = await open();
	await signIn(owner, "owner", PASSWORD);
	await owner.id("composer").waitFor(SLOW);
});
after(close);

// As if a person's last proof were an hour old.
const growStale = (name) => sql("UPDATE moltis.login_sessions s "
	+ "SET proved_at = now() - interval '1 hour' FROM moltis.users u "
	+ `WHERE u.id = s.user_id AND u.username = '${name}'`);

const confirm = (page) => page.id("dialog-confirm").click();
const row = (page, kind, name) => page.id(`${kind}-row`)
	.filter({ hasText: name });

async function signedOut(page) {
	await page.id("login-password").waitFor(SLOW);
}

async function inviteMember(note, scopes) {
	await owner.to("/settings/account");
	await owner.id("invite-note").fill(note);
	for (const name of ["read", "write", "admin", "approvals", "pairing"]) {
		await owner.id(`invite-scope-operator.${name}`)
			.setChecked(scopes.includes(name));
	}
	await owner.id("invite-create").click();
	return (await owner.id("invite-value").innerText()).trim();
}

// ---- joining ----------------------------------------------------------

let link;

test("an invitation is made, and its link shown once", async () => {
	link = await inviteMember("Ada <b>Lovelace</b>", ["read"]);
	assert.match(link.replace(MOLTIS_URL, ""),
		/^\/invite#inv_[A-Za-z0-9_-]{43}$/);
	assert.match(await owner.id("invite-message").innerText(),
		/^For Ada <b>Lovelace<\/b>: join .*\n.*\/invite#inv_/);
	await shot(owner, "30-invitation");
	await accessible(owner, "invitation");
	await owner.id("invite-done").click();
	await row(owner, "invite", "Ada <b>Lovelace</b>").waitFor();
	assert.ok(!(await owner.content()).includes(link.split("#")[1]));
});

test("the link opens for a stranger, and leaves the address bar", async () => {
	await ada.goto(link);
	await ada.id("invite-offer").waitFor(SLOW);
	assert.equal(new URL(ada.url()).hash, "");
	assert.match(await ada.locator("h1").innerText(), /^Join “owner”/);
	assert.match(await ada.id("invite-offer").innerText(), /operator\.read/);
	await shot(ada, "31-invited");
	await accessible(ada, "invited");
	await ada.id("invite-username").fill("owner");
	await ada.id("invite-password").fill(OTHER);
	await ada.id("invite-password2").fill(OTHER);
	await ada.id("invite-submit").click();
	await ada.locator("#invite-username-error").waitFor(SLOW);
	await ada.id("invite-username").fill("ada");
	await ada.id("invite-submit").click();
	await ada.id("composer").waitFor(SLOW);
	assert.equal(await ada.evaluate(() => JSON.stringify(history.state)
		+ location.href + JSON.stringify(localStorage)).then((text) =>
		text.includes("inv_")), false);
});

test("a used link says so, and so does half a link", async () => {
	const stranger = await open();
	await stranger.goto(link);
	await stranger.getByRole("heading",
		{ name: "This invitation cannot be used" }).waitFor(SLOW);
	await shot(stranger, "32-invitation-used");
	await accessible(stranger, "used invitation");
	await stranger.to("/invite");
	await stranger.getByText(/The link is not complete/).waitFor();
	await stranger.context().close();
});

test("a member sees only what his scopes allow", async () => {
	await ada.to("/");
	await ada.id("message-user").first().waitFor(SLOW);
	assert.equal(await ada.id("composer").isDisabled(), true);
	assert.equal(await ada.id("session-new").isDisabled(), true);
	await ada.getByText(/Writing needs the scope operator\.write/).waitFor();
	await shot(ada, "33-read-only");
	await accessible(ada, "read only");
	await ada.to("/settings/account");
	await row(ada, "member", "ada").waitFor();
	assert.equal(await ada.id("member-remove").count(), 0);
	assert.equal(await ada.id("invite-create").count(), 0);
	assert.equal(await ada.id("account-rename").count(), 0);
	assert.ok(await ada.id("locked").count() >= 3);
	assert.match(await ada.id("locked").first().innerText(),
		/needs the scope operator\.admin/);
	await shot(ada, "33-member");
	await accessible(ada, "member");
	await ada.to("/settings/api-keys");
	await ada.id("locked").waitFor();
	assert.equal(await ada.id("key-create").count(), 0);
	await ada.to("/settings/audit");
	await ada.id("locked").waitFor();
	assert.equal(await ada.id("audit-row").count(), 0);
	await ada.to("/admin/people");
	await ada.getByText(/for administrators of the deployment/).waitFor();
	assert.equal(await ada.getByRole("link", { name: "Deployment log" })
		.count(), 0);
	// The server decides anyway.
	for (const [method, path] of [["GET", "/api/admin/users"],
		["GET", "/api/invites"], ["POST", "/api/sessions"],
		["PATCH", "/api/account"]])
		assert.equal((await ask(ada, method, path, { name: "x" })).status,
			403, path);
});

test("scopes are changed, and the member may do more at once", async () => {
	await owner.to("/settings/account");
	await row(owner, "member", "ada").getByTestId("member-edit").click();
	await owner.id("member-scope-operator.write").check();
	await owner.id("member-save").click();
	await row(owner, "member", "ada").getByText("operator.write").waitFor(SLOW);
	await ada.to("/settings/api-keys");
	await ada.id("key-create").waitFor(SLOW);
	assert.equal(await ada.id("key-scope-operator.admin").isDisabled(), true);
	assert.equal(await ada.id("key-scope-operator.write").isDisabled(), false);
	await accessible(ada, "keys of a member");
});

// ---- several accounts -------------------------------------------------

test("an administrator invites somebody to an account of his own", async () => {
	await owner.to("/admin/people");
	await owner.id("newcomer-note").fill("Grace");
	await owner.id("newcomer-create").click();
	link = (await owner.id("newcomer-value").innerText()).trim();
	await owner.id("newcomer-done").click();
	await row(owner, "newcomer", "Grace").waitFor();
	await shot(owner, "34-administration");
	await accessible(owner, "administration, people");
	await grace.goto(link);
	await grace.id("invite-username").fill("grace");
	await grace.id("invite-password").fill(OTHER);
	await grace.id("invite-password2").fill(OTHER);
	await grace.id("invite-submit").click();
	await grace.id("composer").waitFor(SLOW);
	assert.equal(await grace.id("account-switcher").count(), 0);
});

test("somebody who is signed in joins with the login he has", async () => {
	link = await inviteMember("", ["read", "write"]);
	await owner.id("invite-done").click();
	await grace.goto(link);
	await grace.id("invite-join").waitFor(SLOW);
	await shot(grace, "35-join");
	await accessible(grace, "join");
	await grace.id("invite-join").click();
	await grace.id("account-switcher").waitFor(SLOW);
	assert.match(await grace.id("account-switcher").innerText(), /owner/);
});

test("accounts are switched with the keyboard, and stay apart", async () => {
	const title = "only in the shared account";
	await ask(grace, "POST", "/api/sessions", { label: title });
	await grace.getByText(title).first().waitFor(SLOW);
	await grace.id("account-switcher").focus();
	await grace.keyboard.press("Enter");
	await grace.id("account-option").first().waitFor();
	await shot(grace, "36-accounts");
	await accessible(grace, "account switcher");
	await grace.keyboard.press("Escape");
	assert.equal(await grace.evaluate(() =>
		document.activeElement?.getAttribute("data-testid")),
	"account-switcher");
	await grace.keyboard.press("Enter");
	await grace.locator("[data-testid=account-option][aria-checked=false]")
		.click();
	await grace.waitForFunction(() => !/owner/.test(document.querySelector(
		"[data-testid=account-switcher]")?.textContent ?? "owner"),
	undefined, SLOW);
	await grace.id("session-item").first().waitFor(SLOW);
	assert.equal(await grace.getByText(title).count(), 0);
	await grace.id("account-switcher").click();
	await grace.id("account-option").filter({ hasText: "Member" }).click();
	await grace.getByText(title).first().waitFor(SLOW);
});

test("a member leaves, and has his own account left", async () => {
	await grace.to("/settings/account");
	await grace.id("account-leave").click();
	await shot(grace, "37-leave");
	await accessible(grace, "leave");
	await confirm(grace);
	await grace.id("composer").or(grace.id("login-password")).first()
		.waitFor(SLOW);
	if (await grace.id("login-password").count() > 0)
		await signIn(grace, "grace", OTHER);
	await grace.id("composer").waitFor(SLOW);
	await grace.waitForTimeout(500);
	assert.equal(await grace.id("account-switcher").count(), 0);
	await grace.to("/settings/account");
	await grace.getByText("You are the owner").waitFor(SLOW);
	assert.equal(await grace.id("account-leave").isDisabled(), true);
});

test("whoever is removed is signed out at once", async () => {
	await ada.to("/");
	await ada.id("session-item").first().waitFor(SLOW);
	await owner.to("/settings/account");
	await row(owner, "member", "ada").getByTestId("member-remove").click();
	await confirm(owner);
	await row(owner, "member", "ada").waitFor({ state: "detached", ...SLOW });
	await signedOut(ada);
	await ada.getByText(/You were signed out/).waitFor();
	await shot(ada, "38-removed");
});

// ---- proofs -----------------------------------------------------------

test("what is sensitive asks for a fresh proof, once", async () => {
	growStale("owner");
	await owner.to("/settings/account");
	await owner.id("invite-note").fill("proof");
	await owner.id("invite-create").click();
	await owner.id("reauth-dialog").waitFor(SLOW);
	await shot(owner, "39-confirm");
	await accessible(owner, "confirm that it is you");
	assert.equal(await owner.evaluate(() =>
		document.activeElement?.getAttribute("data-testid")),
	"reauth-password");
	await owner.keyboard.press("Escape");
	await owner.getByText(/you did not confirm that it is you/).waitFor();
	await owner.id("invite-create").click();
	await owner.id("reauth-password").fill("not-the-password-1");
	await owner.keyboard.press("Enter");
	await owner.locator("#reauth-password-error").waitFor(SLOW);
	await owner.id("reauth-password").fill(PASSWORD);
	await owner.keyboard.press("Enter");
	await owner.id("invite-value").waitFor(SLOW);
	await owner.id("invite-done").click();
	await row(owner, "invite", "proof").getByTestId("invite-revoke").click();
	await confirm(owner);
	await row(owner, "invite", "proof").waitFor({ state: "detached", ...SLOW });
	assert.equal(await owner.id("reauth-dialog").count(), 0);
});

// ---- keys -------------------------------------------------------------

test("a key works only from its networks", async () => {
	await owner.to("/settings/api-keys");
	await owner.id("key-label").fill("Elsewhere");
	await owner.id("key-scope-operator.read").check();
	await owner.id("key-networks").fill("203.0.113.0/33");
	await owner.id("key-create").click();
	await owner.getByText(/is no network/).waitFor();
	await owner.id("key-networks").fill("203.0.113.0/24, 2001:db8::/32");
	await owner.id("key-expiry").selectOption({ label: "30 days" });
	await owner.id("key-create").click();
	const elsewhere = (await owner.id("key-value").innerText()).trim();
	await owner.id("key-done").click();
	const item = row(owner, "key", "Elsewhere");
	assert.match(await item.getByTestId("key-row-networks").innerText(),
		/203\.0\.113\.0\/24, 2001:db8::\/32/);
	assert.match(await item.innerText(), /expires/);
	await owner.id("key-label").fill("Here");
	await owner.id("key-scope-operator.read").check();
	await owner.id("key-networks").fill("127.0.0.0/8\n::1/128");
	await owner.id("key-create").click();
	const here = (await owner.id("key-value").innerText()).trim();
	await owner.id("key-done").click();
	const use = async (key) => (await owner.request.get(
		`${MOLTIS_URL}/api/sessions`,
		{ headers: { Authorization: `Bearer ${key}`, Cookie: "" } })).status();
	assert.equal(await use(elsewhere), 403);
	assert.equal(await use(here), 200);
	await owner.reload();
	await row(owner, "key", "Here").getByText(/used just now/).waitFor(SLOW);
	await shot(owner, "40-keys");
	await accessible(owner, "keys");
	for (const name of ["Elsewhere", "Here"]) {
		await row(owner, "key", name).getByTestId("key-revoke").click();
		await confirm(owner);
		await row(owner, "key", name).waitFor({ state: "detached", ...SLOW });
	}
	assert.equal(await use(here), 401);
});

// ---- logins -----------------------------------------------------------

test("logins are listed, and others are ended", async () => {
	const second = await open();
	const third = await open();
	await signIn(second, "owner", PASSWORD);
	await signIn(third, "owner", PASSWORD);
	await owner.to("/settings/security");
	await owner.id("login-revoke").first().waitFor(SLOW);
	assert.equal(await owner.locator(
		"[data-testid=login-row][data-current=true]").count(), 1);
	assert.match(await owner.locator(
		"[data-testid=login-row][data-current=true]").innerText(),
	/Chrome on Linux[\s\S]*This device[\s\S]*with a password/);
	await shot(owner, "41-security");
	await accessible(owner, "security");
	const count = await owner.id("login-row").count();
	await owner.id("login-revoke").first().click();
	await owner.waitForFunction((n) => document.querySelectorAll(
		"[data-testid=login-row]").length === n, count - 1, SLOW);
	await owner.id("login-revoke-others").click();
	await confirm(owner);
	await owner.waitForFunction(() => document.querySelectorAll(
		"[data-testid=login-row]").length === 1, undefined, SLOW);
	await signedOut(second);
	await signedOut(third);
	assert.equal((await ask(owner, "GET", "/api/auth/whoami")).status, 200);
	await second.context().close();
	await third.context().close();
});

// ---- passkeys ---------------------------------------------------------

// A device with a fingerprint reader, without the device.
async function authenticator(page) {
	const cdp = await page.context().newCDPSession(page);
	await cdp.send("WebAuthn.enable");
	const { authenticatorId } = await cdp.send(
		"WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2",
			transport: "internal", hasResidentKey: true,
			hasUserVerification: true, isUserVerified: true,
			automaticPresenceSimulation: true } });
	return (verified) => cdp.send("WebAuthn.setUserVerified",
		{ authenticatorId, isUserVerified: verified });
}

test("a passkey is added, signs in, and proves", async () => {
	const { json: status } = await ask(grace, "GET", "/api/auth/status");
	assert.equal(status.webauthn_available, true,
		"passkeys need a deployment whose address is a name");
	const verify = await authenticator(grace);
	await grace.to("/settings/security");
	growStale("grace");
	await grace.id("passkey-add").click();
	await grace.id("reauth-password").fill(OTHER);
	await grace.keyboard.press("Enter");
	const item = grace.id("passkey-row");
	await item.waitFor(SLOW);
	assert.match(await item.innerText(), /Chrome on Linux[\s\S]*never used/);
	await item.getByTestId("passkey-rename").click();
	await grace.getByRole("textbox", { name: "Name" }).fill("My reader");
	await confirm(grace);
	await row(grace, "passkey", "My reader").waitFor(SLOW);
	await shot(grace, "42-passkey");
	await accessible(grace, "passkeys");
	// The same device has one already.
	await grace.id("passkey-add").click();
	await grace.getByText(/already has a passkey/).waitFor(SLOW);

	// The login page offers it in the name field; a virtual device takes the
	// offer without being asked.
	const offered = grace.waitForResponse("**/api/auth/passkey/auth/finish");
	await grace.id("sign-out").click();
	assert.equal((await offered).status(), 200);
	await grace.id("composer").waitFor(SLOW);

	// Without that, the button.
	await grace.addInitScript(() => {
		PublicKeyCredential.isConditionalMediationAvailable = async () => false;
	});
	await grace.to("/settings/security");
	await grace.id("sign-out").click();
	await signedOut(grace);
	await grace.id("login-passkey").waitFor(SLOW);
	await shot(grace, "43-login");
	await accessible(grace, "login with passkeys");
	await verify(false);
	await grace.id("login-passkey").click();
	await grace.locator(".form-error").waitFor({ timeout: 70000 });
	await verify(true);
	await grace.id("login-passkey").click();
	await grace.id("composer").waitFor(SLOW);
	const { json: who } = await ask(grace, "GET", "/api/auth/whoami");
	assert.equal(who.user.username, "grace");
	assert.equal(who.method, "passkey");

	growStale("grace");
	await grace.to("/settings/api-keys");
	await grace.id("key-label").fill("By passkey");
	await grace.id("key-scope-operator.read").check();
	await grace.id("key-create").click();
	await grace.id("reauth-passkey").click();
	await grace.id("key-value").waitFor(SLOW);
	await grace.to("/settings/security");
	await row(grace, "passkey", "My reader").getByText(/used just now/)
		.waitFor(SLOW);
	await row(grace, "passkey", "My reader").getByTestId("passkey-remove")
		.click();
	await confirm(grace);
	await grace.getByText("You have none yet.").waitFor(SLOW);
});

test("an invitation is accepted with a passkey alone", async () => {
	link = await inviteMember("Passkey only", ["read"]);
	await owner.id("invite-done").click();
	const page = await open();
	await authenticator(page);
	await page.goto(link);
	await page.id("invite-username").fill("keyed");
	await page.id("invite-way-passkey").check({ force: true });
	await shot(page, "44-invited-passkey");
	await accessible(page, "invited, passkey");
	await page.id("invite-submit").click();
	await page.id("composer").waitFor(SLOW);
	await page.to("/settings/security");
	await page.id("passkey-row").waitFor(SLOW);
	// It is the only way in.
	await page.id("passkey-remove").click();
	await confirm(page);
	await page.locator(".toast-error").waitFor(SLOW);
	assert.equal(await page.id("passkey-row").count(), 1);
	await page.context().close();
});

// ---- administration ---------------------------------------------------

async function act(page, item, name) {
	await item.getByTestId("menu-button").click();
	await page.id(name).click();
}

test("an administrator disables a person, who is out at once", async () => {
	await grace.to("/");
	await grace.id("session-item").first().waitFor(SLOW);
	await owner.to("/admin/people");
	await owner.id("people-find").fill("grace");
	const item = row(owner, "person", "grace");
	await item.waitFor(SLOW);
	await act(owner, item, "person-disable");
	await shot(owner, "45-disable");
	await accessible(owner, "disable");
	await confirm(owner);
	await owner.locator("[data-user=grace][data-disabled=true]").waitFor(SLOW);
	await signedOut(grace);
	await signIn(grace, "grace", OTHER);
	assert.equal(await grace.id("composer").count(), 0);
	await act(owner, item, "person-enable");
	await owner.locator("[data-user=grace][data-disabled=false]").waitFor(SLOW);
	// The only administrator stays one.
	const self = row(owner, "person", "owner");
	await owner.id("people-find").fill("");
	await self.first().waitFor(SLOW);
	await self.first().getByTestId("menu-button").click();
	assert.equal(await owner.id("person-demote").count(), 0);
});

test("a reset link lets somebody back in with a new password", async () => {
	await owner.to("/admin/people");
	await act(owner, row(owner, "person", "grace"), "person-reset");
	link = (await owner.id("reset-value").innerText()).trim();
	await shot(owner, "46-reset");
	await grace.goto(link);
	await grace.id("invite-password").waitFor(SLOW);
	assert.equal(await grace.id("invite-username").count(), 0);
	await shot(grace, "47-reset");
	await accessible(grace, "reset");
	await grace.id("invite-password").fill("a-third-battery-horse-9");
	await grace.id("invite-password2").fill("a-third-battery-horse-9");
	await grace.id("invite-submit").click();
	await grace.id("composer").waitFor(SLOW);
	assert.equal((await ask(grace, "GET", "/api/auth/whoami")).json.user
		.username, "grace");
});

test("an account gets limits, loses commands, and is disabled", async () => {
	await owner.to("/admin/accounts");
	const item = row(owner, "account", "grace").first();
	await item.waitFor(SLOW);
	await act(owner, item, "account-limits");
	await owner.id("quota-sessions").fill("many");
	await owner.id("quota-save").click();
	await owner.getByText(/Enter a whole number/).waitFor();
	await owner.id("quota-sessions").fill("25");
	await shot(owner, "48-limits");
	await accessible(owner, "administration, accounts");
	await owner.id("quota-save").click();
	await item.getByText(/25 conversations/).waitFor(SLOW);
	await act(owner, item, "account-exec-off");
	await confirm(owner);
	await item.getByText("Commands off").waitFor(SLOW);
	await act(owner, item, "account-exec-on");
	await item.getByText("Commands off").waitFor({ state: "detached", ...SLOW });
	await act(owner, item, "account-disable");
	await confirm(owner);
	await item.getByText("Disabled").waitFor(SLOW);
	await act(owner, item, "account-enable");
	await item.getByText("Disabled").waitFor({ state: "detached", ...SLOW });
});

// ---- small and dark ---------------------------------------------------

test("on a phone, also in the dark, every page is usable", async () => {
	await owner.setViewportSize({ width: 360, height: 780 });
	for (const scheme of ["light", "dark"]) {
		await owner.emulateMedia({ colorScheme: scheme });
		for (const path of ["/settings/security", "/settings/api-keys",
			"/settings/account", "/settings/audit", "/admin/people",
			"/admin/accounts", "/admin/log"]) {
			await owner.to(path);
			await owner.waitForTimeout(600);
			const wide = await owner.evaluate(() => {
				const box = document.querySelector(".settings");
				return Math.max(box.scrollWidth - box.clientWidth,
					document.documentElement.scrollWidth - innerWidth);
			});
			assert.ok(wide <= 0, `${path} is ${wide} px too wide`);
			await shot(owner, `52-phone-${scheme}${path.replace(/\//g, "-")}`);
			await accessible(owner, `${path}, phone, ${scheme}`);
		}
	}
	await owner.id("settings-sections").click();
	await shot(owner, "53-phone-sections");
	await accessible(owner, "sections, phone");
	await owner.getByRole("link", { name: "API keys" }).click();
	await owner.waitForURL(/\/settings\/api-keys$/);
});

test("nothing went wrong in between", () => {
	assert.deepEqual(problems, []);
});
