/* Why passkeys cannot be used at this page, as a sentence. */
import type { AuthStatus } from "../api/types";

/* Null where passkeys work. */
export function passkeyObstacle(
	status: AuthStatus | null,
	page: { origin: string; secure: boolean; supported: boolean },
): string | null {
	const origins = status?.passkey_origins ?? [];

	if (status === null || status.webauthn_available !== true) {
		return "Passkeys need a host name, and this server's address is a number." +
			" Its operator can set server.external_url to a name.";
	}
	if (origins.length > 0 && !origins.includes(page.origin))
		return `Passkeys work only at ${origins.join(" or ")}, not at this address.`;
	if (!page.secure)
		return "Passkeys need an encrypted connection (https).";
	if (!page.supported)
		return "This browser does not support passkeys.";
	return null;
}
