/*
 * Which account is open, and the way to the others.  Shown only to people who
 * belong to several; the rest have nothing to choose.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Account } from "../api/account_types";
import { accounts, loadAccountsOnce, switchAccount } from "../state/accounts";
import { showError } from "../state/toasts";
import { Icon } from "./icon";
import { useMenuKeys } from "./use_menu_keys";

function Item({ account, onChoose }: { account: Account; onChoose(): void }) {
	const note = account.disabled ? "Disabled"
		: account.is_owner ? "You are the owner" : "Member";

	return (
		<button
			type="button"
			role="menuitemradio"
			aria-checked={account.current}
			aria-disabled={account.disabled}
			tabIndex={-1}
			class="menu-item account-item"
			data-testid="account-option"
			data-account={account.id}
			onClick={() => {
				if (!account.disabled)
					onChoose();
			}}
		>
			<span class="account-text">
				<span dir="auto">{account.name}</span>
				<small>{note}</small>
			</span>
			{account.current ? <Icon name="check" size={18} /> : null}
		</button>
	);
}

export function AccountSwitcher() {
	const [open, setOpen] = useState(false);
	const [busy, setBusy] = useState(false);
	const root = useRef<HTMLDivElement>(null);
	const list = accounts.value ?? [];
	const current = list.find((one) => one.current);
	const onKeyDown = useMenuKeys(root, open, setOpen);

	useEffect(loadAccountsOnce, []);
	if (list.length < 2)
		return null;
	const choose = (account: Account) => {
		setOpen(false);
		if (account.current || busy)
			return;
		setBusy(true);
		switchAccount(account.id).catch((err) => {
			setBusy(false);
			showError(err);
		});
	};

	return (
		<div class="accounts" ref={root} onKeyDown={onKeyDown}>
			<button
				type="button"
				class="accounts-button"
				aria-haspopup="menu"
				aria-expanded={open}
				aria-busy={busy}
				aria-label={`Account ${current?.name ?? ""}: switch`}
				data-testid="account-switcher"
				onClick={() => setOpen(!open)}
			>
				<Icon name="people" size={18} />
				<span dir="auto">{busy ? "Switching…" : current?.name ?? "Account"}</span>
				<Icon name="chevron" size={18} />
			</button>
			{open ? (
				<div class="menu-list" role="menu" aria-label="Accounts">
					{list.map((account) => (
						<Item key={account.id} account={account}
							onChoose={() => choose(account)} />
					))}
				</div>
			) : null}
		</div>
	);
}
