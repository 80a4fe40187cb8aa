// A software authenticator (S187): what a browser and its security key would
// answer, made with node:crypto.
//
// Every part can be replaced before it is signed (`change`) or after
// (`spoil`), so that tests can be wrong in exactly one thing.

import crypto from "node:crypto";

export const b64u = (bytes) => Buffer.from(bytes).toString("base64url");
export const unb64u = (text) => Buffer.from(text, "base64url");
export const sha256 = (bytes) =>
	crypto.createHash("sha256").update(bytes).digest();

// The part of CBOR that is needed: integers, text, bytes, arrays and maps
// (given as arrays of pairs, so that their order is the caller's).
export class Pairs extends Array {}
export const pairs = (...all) => Pairs.from(all);

function head(major, n) {
	if (n < 24) return Buffer.from([major << 5 | n]);
	if (n < 256) return Buffer.from([major << 5 | 24, n]);
	if (n < 65536) return Buffer.from([major << 5 | 25, n >> 8, n & 255]);
	const out = Buffer.alloc(5);
	out[0] = major << 5 | 26;
	out.writeUInt32BE(n, 1);
	return out;
}

export function cbor(value) {
	if (typeof value === "number")
		return value >= 0 ? head(0, value) : head(1, -1 - value);
	if (typeof value === "string")
		return Buffer.concat([head(3, Buffer.byteLength(value)),
			Buffer.from(value)]);
	if (value instanceof Uint8Array)
		return Buffer.concat([head(2, value.length), value]);
	if (value instanceof Pairs)
		return Buffer.concat([head(5, value.length),
			...value.flatMap(([k, v]) => [cbor(k), cbor(v)])]);
	if (Array.isArray(value))
		return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
	throw new TypeError(`no CBOR for ${value}`);
}

export const FLAGS = { UP: 0x01, UV: 0x04, BE: 0x08, BS: 0x10, AT: 0x40,
	ED: 0x80 };

const KINDS = {
	ES256: {
		alg: -7,
		make: () => crypto.generateKeyPairSync("ec",
			{ namedCurve: "P-256" }),
		cose: (jwk) => pairs([1, 2], [3, -7], [-1, 1], [-2, unb64u(jwk.x)],
			[-3, unb64u(jwk.y)]),
		sign: (key, data) => crypto.sign("sha256", data, key),
	},
	EdDSA: {
		alg: -8,
		make: () => crypto.generateKeyPairSync("ed25519"),
		cose: (jwk) => pairs([1, 1], [3, -8], [-1, 6], [-2, unb64u(jwk.x)]),
		sign: (key, data) => crypto.sign(null, data, key),
	},
	RS256: {
		alg: -257,
		make: () => crypto.generateKeyPairSync("rsa",
			{ modulusLength: 2048 }),
		cose: (jwk) => pairs([1, 3], [3, -257], [-1, unb64u(jwk.n)],
			[-2, unb64u(jwk.e)]),
		sign: (key, data) => crypto.sign("sha256", data, key),
	},
};

export class Authenticator {
	// COUNTER null: it has none, and always says 0.
	constructor(origin, { kind = "ES256", counter = 0, flags = FLAGS.UP
		| FLAGS.UV | FLAGS.BE | FLAGS.BS, idBytes = 32 } = {}) {
		Object.assign(this, { origin, kind, counter, flags });
		this.id = crypto.randomBytes(idBytes);
		const { privateKey, publicKey } = KINDS[kind].make();
		this.privateKey = privateKey;
		this.cose = KINDS[kind].cose(publicKey.export({ format: "jwk" }));
	}

	sign(data) {
		return KINDS[this.kind].sign(this.privateKey, data);
	}

	clientData(type, challenge) {
		return { type, challenge, origin: this.origin, crossOrigin: false };
	}

	authData(rpId, flags, rest = Buffer.alloc(0)) {
		const counter = Buffer.alloc(4);
		counter.writeUInt32BE(this.counter ?? 0);
		return Buffer.concat([sha256(rpId), Buffer.from([flags]), counter,
			rest]);
	}

	attested() {
		const size = Buffer.alloc(2);
		size.writeUInt16BE(this.id.length);
		return Buffer.concat([Buffer.alloc(16), size, this.id,
			cbor(this.cose)]);
	}

	// OPTIONS is what register/begin answered.  CHANGE gets {client, flags,
	// rpId} and may change them; SPOIL gets the finished credential.
	create(options, { change, spoil, format = "none" } = {}) {
		const asked = options.publicKey;
		const parts = { client: this.clientData("webauthn.create",
			asked.challenge), flags: this.flags | FLAGS.AT,
		rpId: asked.rp.id };
		change?.(parts);
		this.handle = unb64u(asked.user.id);
		this.rpId = asked.rp.id;
		const client = Buffer.from(JSON.stringify(parts.client));
		const data = this.authData(parts.rpId, parts.flags, this.attested());
		const statement = format === "packed"
			? pairs(["alg", KINDS[this.kind].alg], ["sig",
				this.sign(Buffer.concat([data, sha256(client)]))])
			: pairs();
		const credential = {
			id: b64u(this.id), rawId: b64u(this.id), type: "public-key",
			authenticatorAttachment: "platform", clientExtensionResults: {},
			response: {
				clientDataJSON: b64u(client),
				attestationObject: b64u(cbor(pairs(["fmt", format],
					["attStmt", statement], ["authData", data]))),
				transports: ["internal"],
			},
		};
		spoil?.(credential);
		return credential;
	}

	// OPTIONS is what auth/begin answered.
	get(options, { change, spoil } = {}) {
		const asked = options.publicKey;
		const parts = { client: this.clientData("webauthn.get",
			asked.challenge), flags: this.flags, rpId: asked.rpId };
		if (this.counter !== null) this.counter++;
		change?.(parts);
		const client = Buffer.from(JSON.stringify(parts.client));
		const data = this.authData(parts.rpId, parts.flags);
		const credential = {
			id: b64u(this.id), rawId: b64u(this.id), type: "public-key",
			authenticatorAttachment: "platform", clientExtensionResults: {},
			response: {
				clientDataJSON: b64u(client),
				authenticatorData: b64u(data),
				signature: b64u(this.sign(
					Buffer.concat([data, sha256(client)]))),
				userHandle: this.handle ? b64u(this.handle) : null,
			},
		};
		spoil?.(credential);
		return credential;
	}
}
