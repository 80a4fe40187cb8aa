/*
 * Asking a signed-in person to prove himself again.  api/call.ts calls it when
 * the server demands it; parts/reauth_dialog.tsx asks and answers.
 */
import { signal } from "@preact/signals";
import { onReauth } from "../api/call";

export const reauthAsk = signal<{ answer(proved: boolean): void } | null>(null);

onReauth(() => new Promise((resolve) => {
	reauthAsk.value = {
		answer(proved) {
			reauthAsk.value = null;
			resolve(proved);
		},
	};
}));
