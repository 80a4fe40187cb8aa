/* base64url, and WebAuthn's objects to and from JSON. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64url, toBase64url } from "../src/api/base64url";
import {
	creationOptions, credentialJson, passkeyError, requestOptions,
} from "../src/api/webauthn";
import { passkeyObstacle } from "../src/state/passkey_obstacle";

const bytes = (...values: number[]) => new Uint8Array(values);

test("base64url of the vectors of RFC 4648, without padding", () => {
	const vectors: [string, string][] = [
		["", ""], ["f", "Zg"], ["fo", "Zm8"], ["foo", "Zm9v"],
		["foob", "Zm9vYg"], ["fooba", "Zm9vYmE"], ["foobar", "Zm9vYmFy"],
	];

	for (const [plain, text] of vectors) {
		const raw = new TextEncoder().encode(plain);
		assert.equal(toBase64url(raw), text);
		assert.deepEqual(fromBase64url(text), raw);
	}
});

test("base64url uses - and _, reads padding, keeps every byte", () => {
	assert.equal(toBase64url(bytes(0xfb, 0xff, 0xfe)), "-__-");
	assert.deepEqual(fromBase64url("-__-"), bytes(0xfb, 0xff, 0xfe));
	assert.deepEqual(fromBase64url("Zg=="), bytes(0x66));
	const all = Uint8Array.from({ length: 256 }, (_, i) => i);
	assert.deepEqual(fromBase64url(toBase64url(all)), all);
	assert.equal(toBase64url(all.buffer), toBase64url(all));
});

test("what is no base64url is refused", () => {
	for (const text of ["a+b", "a/b", "a b", "ä", "a=b"])
		assert.throws(() => fromBase64url(text), TypeError, text);
});

test("options of a registration become bytes where bytes belong", () => {
	const options = creationOptions({
		challenge: "AQID",
		user: { id: "BAU", name: "ada", displayName: "ada" },
		rp: { id: "localhost", name: "Moltis" },
		pubKeyCredParams: [{ type: "public-key", alg: -7 }],
		timeout: 60000,
		excludeCredentials: [{ type: "public-key", id: "Bg", transports: ["usb"] }],
	});

	assert.deepEqual(options.challenge, bytes(1, 2, 3));
	assert.deepEqual(options.user.id, bytes(4, 5));
	assert.equal(options.user.name, "ada");
	assert.equal(options.rp.id, "localhost");
	assert.equal(options.timeout, 60000);
	assert.deepEqual(options.excludeCredentials,
		[{ type: "public-key", id: bytes(6), transports: ["usb"] }]);
});

test("options of a sign-in without a list ask for any passkey", () => {
	const options = requestOptions({
		challenge: "AQID", rpId: "localhost", userVerification: "required",
	});

	assert.deepEqual(options.challenge, bytes(1, 2, 3));
	assert.deepEqual(options.allowCredentials, []);
	assert.equal(options.userVerification, "required");
});

function credential(response: object, attachment: string | null = null) {
	return {
		id: "AQ", rawId: bytes(1).buffer, type: "public-key", response,
		authenticatorAttachment: attachment,
		getClientExtensionResults: () => ({}),
	} as unknown as PublicKeyCredential;
}

test("a new credential as JSON", () => {
	assert.deepEqual(credentialJson(credential({
		clientDataJSON: bytes(2).buffer,
		attestationObject: bytes(3).buffer,
		getTransports: () => ["internal"],
	}, "platform")), {
		id: "AQ", rawId: "AQ", type: "public-key",
		response: {
			clientDataJSON: "Ag", attestationObject: "Aw",
			transports: ["internal"],
		},
		authenticatorAttachment: "platform",
		clientExtensionResults: {},
	});
});

test("a proof as JSON, with the person's handle only if there is one", () => {
	const response = {
		clientDataJSON: bytes(2).buffer, authenticatorData: bytes(3).buffer,
		signature: bytes(4).buffer, userHandle: bytes(5).buffer,
	};
	assert.deepEqual(credentialJson(credential(response))["response"], {
		clientDataJSON: "Ag", authenticatorData: "Aw", signature: "BA",
		userHandle: "BQ",
	});
	assert.deepEqual(Object.keys(credentialJson(
		credential({ ...response, userHandle: null }))["response"] as object),
	["clientDataJSON", "authenticatorData", "signature"]);
});

test("failures of the browser are sentences, and a cancel is known as one", () => {
	const named = (name: string) => Object.assign(new Error("x"), { name });

	assert.equal(passkeyError(named("NotAllowedError")).cancelled, true);
	assert.equal(passkeyError(named("AbortError")).cancelled, true);
	assert.match(passkeyError(named("InvalidStateError")).message, /already/);
	assert.equal(passkeyError(named("SecurityError")).cancelled, false);
	assert.match(passkeyError("?").message, /could not/);
});

test("why there are no passkeys here is said, and only then", () => {
	const status = {
		setup_required: false, setup_code_required: false, authenticated: true,
		has_password: true, webauthn_available: true,
		passkey_origins: ["https://moltis.example"],
	};
	const page = {
		origin: "https://moltis.example", secure: true, supported: true,
	};

	assert.equal(passkeyObstacle(status, page), null);
	assert.match(passkeyObstacle({ ...status, webauthn_available: false }, page)!,
		/host name/);
	assert.match(passkeyObstacle(null, page)!, /host name/);
	assert.match(passkeyObstacle(status, { ...page, origin: "https://other.example" })!,
		/only at https:\/\/moltis\.example/);
	assert.match(passkeyObstacle({ ...status, passkey_origins: [] },
		{ ...page, secure: false })!, /https/);
	assert.match(passkeyObstacle(status, { ...page, supported: false })!, /browser/);
});
