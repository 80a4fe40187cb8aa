/*
 * What the server says about the safety of the account while the page is open:
 * events `security.*`, which only connections with operator.admin get.  Each is
 * a toast; how many nobody has looked at is a badge until the audit trail is
 * opened.
 */
import { signal } from "@preact/signals";
import { alertText } from "../text/security_events";
import { route } from "../router";
import { onEvent } from "./link";
import { showToast } from "./toasts";

export const unseenAlerts = signal(0);
/* Counts all of them, for lists that should be read again. */
export const alertCount = signal(0);

export function alertsSeen(): void {
	unseenAlerts.value = 0;
}

function looking(): boolean {
	return route.value.page === "settings" && route.value.section === "audit";
}

onEvent("security.*", (payload, name) => {
	alertCount.value++;
	if (!looking())
		unseenAlerts.value++;
	showToast(alertText(name, payload), "warn");
});
