/* Whether commands can run here, asked only by what wants to know. */
import { signal } from "@preact/signals";
import type { SandboxStatus } from "../api/types";
import { request } from "./link";

export const sandbox = signal<SandboxStatus | null>(null);

let asked = false;

export async function loadSandbox(): Promise<void> {
	sandbox.value = await request<SandboxStatus>("sandbox.status");
}

/* Once a page; a server without the answer runs no commands. */
export function loadSandboxOnce(): void {
	if (asked)
		return;
	asked = true;
	loadSandbox().catch(() => {
		asked = false;
	});
}
