/*
 * WebAuthn between the server's JSON and the browser's objects: bytes are
 * base64url on the wire.  Done by hand because the browser's own conversions
 * (parseCreationOptionsFromJSON, toJSON) are younger than the browsers this
 * page is built for.
 */
import { fromBase64url, toBase64url } from "./base64url";

type Json = Record<string, unknown>;

interface DescriptorJson {
	type: "public-key";
	id: string;
	transports?: string[];
}

export interface CreateJson extends Json {
	challenge: string;
	user: { id: string; name: string; displayName: string };
	excludeCredentials?: DescriptorJson[];
}

export interface GetJson extends Json {
	challenge: string;
	allowCredentials?: DescriptorJson[];
}

/* What .../begin answers with. */
export interface Begun<T> {
	challenge_id: string;
	options: { publicKey: T };
}

function descriptors(list: DescriptorJson[] | undefined): PublicKeyCredentialDescriptor[] {
	return (list ?? []).map((one) => ({
		...one, id: fromBase64url(one.id),
	}) as PublicKeyCredentialDescriptor);
}

export function creationOptions(json: CreateJson): PublicKeyCredentialCreationOptions {
	return {
		...json,
		challenge: fromBase64url(json.challenge),
		user: { ...json.user, id: fromBase64url(json.user.id) },
		excludeCredentials: descriptors(json.excludeCredentials),
	} as unknown as PublicKeyCredentialCreationOptions;
}

export function requestOptions(json: GetJson): PublicKeyCredentialRequestOptions {
	return {
		...json,
		challenge: fromBase64url(json.challenge),
		allowCredentials: descriptors(json.allowCredentials),
	} as unknown as PublicKeyCredentialRequestOptions;
}

function responseJson(response: AuthenticatorResponse): Json {
	const out: Json = { clientDataJSON: toBase64url(response.clientDataJSON) };

	if ("attestationObject" in response) {
		const made = response as AuthenticatorAttestationResponse;
		out["attestationObject"] = toBase64url(made.attestationObject);
		out["transports"] = made.getTransports?.() ?? [];
	} else {
		const proof = response as AuthenticatorAssertionResponse;
		out["authenticatorData"] = toBase64url(proof.authenticatorData);
		out["signature"] = toBase64url(proof.signature);
		if (proof.userHandle !== null)
			out["userHandle"] = toBase64url(proof.userHandle);
	}
	return out;
}

export function credentialJson(credential: PublicKeyCredential): Json {
	return {
		id: credential.id,
		rawId: toBase64url(credential.rawId),
		type: credential.type,
		response: responseJson(credential.response),
		...(credential.authenticatorAttachment === null ? {} : {
			authenticatorAttachment: credential.authenticatorAttachment,
		}),
		clientExtensionResults: credential.getClientExtensionResults(),
	};
}

export class PasskeyError extends Error {
	constructor(message: string, readonly cancelled: boolean) {
		super(message);
		this.name = "PasskeyError";
	}
}

/* The browser's names of failures as sentences. */
export function passkeyError(err: unknown): PasskeyError {
	const name = err instanceof Error || err instanceof DOMException ? err.name : "";

	if (name === "NotAllowedError" || name === "AbortError") {
		return new PasskeyError(
			"No passkey was used: it was cancelled or took too long.", true);
	}
	if (name === "InvalidStateError") {
		return new PasskeyError(
			"This device already has a passkey for you here.", false);
	}
	if (name === "SecurityError") {
		return new PasskeyError(
			"The browser allows no passkeys at this address.", false);
	}
	if (name === "NotSupportedError") {
		return new PasskeyError(
			"This device cannot make the kind of passkey that is asked for.", false);
	}
	return new PasskeyError("The passkey could not be used.", false);
}

export async function createCredential(json: CreateJson): Promise<Json> {
	try {
		const made = await navigator.credentials.create({
			publicKey: creationOptions(json),
		});
		return credentialJson(made as PublicKeyCredential);
	} catch (err) {
		throw passkeyError(err);
	}
}

/* With SIGNAL it waits in the name field's suggestions instead of a window. */
export async function getCredential(json: GetJson, signal?: AbortSignal): Promise<Json> {
	try {
		const got = await navigator.credentials.get({
			publicKey: requestOptions(json),
			...(signal === undefined ? {} : { mediation: "conditional", signal }),
		});
		return credentialJson(got as PublicKeyCredential);
	} catch (err) {
		throw passkeyError(err);
	}
}
