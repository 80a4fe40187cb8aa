/* Whether passkeys can be used here, and if not, why not. */
import { computed } from "@preact/signals";
import { authStatus } from "./auth";
import { passkeyObstacle } from "./passkey_obstacle";

export const noPasskeys = computed(() => passkeyObstacle(authStatus.value, {
	origin: location.origin,
	secure: globalThis.isSecureContext,
	supported: "PublicKeyCredential" in globalThis,
}));
