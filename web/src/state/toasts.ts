/* Short messages at the edge of the screen: what failed, what was done. */
import { signal } from "@preact/signals";

export interface Toast {
	id: number;
	tone: "info" | "warn" | "error";
	text: string;
}

const SHOWN_MS = 6000;
let nextId = 1;

export const toasts = signal<Toast[]>([]);

export function dismissToast(id: number): void {
	toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function showToast(text: string, tone: Toast["tone"] = "info"): void {
	const id = nextId++;

	toasts.value = [...toasts.value.slice(-2), { id, tone, text }];
	setTimeout(() => dismissToast(id), SHOWN_MS);
}

export function showError(err: unknown): void {
	showToast(err instanceof Error ? err.message : "Something went wrong.",
		"error");
}
