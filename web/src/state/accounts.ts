/*
 * The accounts of the signed-in person.  Changing to another loads the page
 * anew: nothing of one account stays in memory for the next.
 */
import { signal } from "@preact/signals";
import { accounts as api } from "../api/account";
import type { Account } from "../api/account_types";

export const accounts = signal<Account[] | null>(null);

export async function loadAccounts(): Promise<void> {
	accounts.value = await api.list();
}

let asked = false;

/* For what is on every page: once, and quietly. */
export function loadAccountsOnce(): void {
	if (asked)
		return;
	asked = true;
	loadAccounts().catch(() => {
		asked = false;
	});
}

export async function switchAccount(id: string): Promise<void> {
	await api.switchTo(id);
	location.replace("/");
}
