// Sets the fresh deployment up, once, as a newcomer does: the setup code in,
// a cookie out.  Also checks that nothing else was possible before.

import assert from "node:assert/strict";
import { Authenticator } from "./authenticator.mjs";
import { api, cookieOf, password, remember, rawUpgrade } from "./moltis.mjs";
import { closeAll } from "./rawws.mjs";
import { probeEnvironment, probeRest, probeSockets } from "./tiers.mjs";

const code = process.env.MOLTIS_SETUP_CODE;
const username = "owner";

const before = await api("GET", "/api/sessions");
assert.equal(before.status, 401);
assert.equal(before.json.code, "AUTH_SETUP_REQUIRED");
const state = await api("GET", "/api/auth/status");
assert.equal(state.json.setup_required, true);
assert.equal(state.json.authenticated, false);
const tried = await probeRest("AUTH_SETUP_REQUIRED") + await probeSockets();
await probeEnvironment("AUTH_SETUP_REQUIRED");
console.log(`${tried} requests before the setup gained nothing`);
assert.equal((await rawUpgrade({ path: "/ws/chat",
	headers: { Origin: "https://evil.example" } })).status, 403);

const post = (body) => api("POST", "/api/auth/setup", { body });
assert.equal((await post({ password })).status, 403, "no code");
assert.equal((await post({ setup_code: "AAAA-AAAA", password })).status, 403);
assert.equal((await post({ setup_code: code, password: "" })).status, 400);
const short = await post({ setup_code: code, password: "short" });
assert.equal(short.status, 400);
assert.equal(short.json.field, "password");
assert.equal((await post({ setup_code: code, password, extra: 1 })).status, 400,
	"unknown field");

// By passkey: the code is as good a right, and a bad passkey leaves it good.
const passkey = (step, body) => api("POST",
	`/api/auth/setup/passkey/register/${step}`, { body });
assert.equal((await passkey("begin", {})).status, 403, "no code");
assert.equal((await passkey("begin", { setup_code: "AAAA-AAAB" })).status, 403);
const begun = await passkey("begin", { setup_code: code, username });
assert.equal(begun.status, 200, begun.text);
assert.equal(begun.json.options.publicKey.user.name, username);
const stranger = new Authenticator("https://evil.example");
const foreign = await passkey("finish", { setup_code: code, username,
	challenge_id: begun.json.challenge_id,
	credential: stranger.create(begun.json.options) });
assert.equal(foreign.status, 400, foreign.text);
assert.equal(cookieOf(foreign), undefined);

// Two at once: one of them becomes the administrator.
const race = await Promise.all([1, 2].map(() => post({ setup_code: code,
	username, password })));
assert.deepEqual(race.map((r) => r.status).sort(), [200, 403]);
const won = race.find((r) => r.status === 200);
const line = won.headers["set-cookie"].join();
for (const part of ["HttpOnly", "Secure", "SameSite=Strict", "Path=/",
	"Max-Age=2592000"])
	assert.ok(line.includes(part), `${part} in ${line}`);
remember({ cookie: cookieOf(won), username, password });

const again = await post({ setup_code: code, username, password });
assert.equal(again.status, 403);
assert.match(again.json.error, /already completed/);
const after = await api("GET", "/api/sessions");
assert.equal(after.status, 401);
assert.equal(after.json.code, "AUTH_NOT_AUTHENTICATED");
console.log("deployment is set up");
