/* Bytes as base64url without padding, as WebAuthn's JSON has them. */

export function toBase64url(bytes: ArrayBuffer | Uint8Array): string {
	let text = "";

	for (const byte of bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes))
		text += String.fromCharCode(byte);
	return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/* Throws on what is no base64url. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
	if (!/^[A-Za-z0-9_-]*=*$/.test(text))
		throw new TypeError("not base64url");
	const plain = atob(text.replace(/=+$/, "").replace(/-/g, "+").replace(/_/g, "/"));
	const bytes = new Uint8Array(plain.length);

	for (let i = 0; i < plain.length; i++)
		bytes[i] = plain.charCodeAt(i);
	return bytes;
}
