/* Settings, account: its name, its members, its invitations, the way out. */
import { useEffect, useState } from "preact/hooks";
import { accounts as api } from "../api/account";
import type { Account } from "../api/account_types";
import { ApiError } from "../api/call";
import { FormError } from "../parts/auth_frame";
import { confirmDialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { Locked } from "../parts/locked";
import { ScopeTags } from "../parts/scope_choice";
import { useSubmit } from "../parts/use_submit";
import { accounts, loadAccounts } from "../state/accounts";
import { me, refreshAuth } from "../state/auth";
import { may } from "../state/link";
import { showError, showToast } from "../state/toasts";
import { Invitations } from "./settings_invites";
import { Members } from "./settings_members";

const NAME_MAX = 64;

function Name() {
	const [name, setName] = useState(me.value?.account.name ?? "");
	const form = useSubmit();
	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		if (name.trim() === "") {
			form.fail(new ApiError("Enter a name.", 0, "INVALID_REQUEST", "name"));
			return;
		}
		void form.run(async () => {
			await api.rename(name.trim());
			await Promise.all([refreshAuth(), loadAccounts()]);
			showToast("Account renamed.");
		});
	};

	return (
		<form class="form narrow" onSubmit={onSubmit} noValidate>
			<FormError text={form.elsewhere("name")} />
			<Field
				id="account-name"
				label="Name"
				value={name}
				onValue={setName}
				error={form.at("name")}
				testid="account-name"
				input={{ maxLength: NAME_MAX }}
			/>
			<button type="submit" class="button" data-testid="account-rename"
				aria-disabled={form.busy || name.trim() === me.value?.account.name}>
				{form.busy ? "Saving…" : "Rename"}
			</button>
		</form>
	);
}

function About({ account }: { account: Account | null }) {
	const who = me.value;

	return (
		<section class="card" aria-labelledby="account-title">
			<h2 id="account-title" dir="auto">{who?.account.name}</h2>
			<p class="muted">
				{account?.is_owner ? "You are the owner and may do everything here."
					: "You are a member. You may do here:"}
			</p>
			{account?.is_owner ? null
				: <div class="about-scopes"><ScopeTags scopes={who?.scopes ?? []} /></div>}
			{may("operator.admin") ? <Name />
				: <Locked scope="operator.admin" what="Renaming the account" />}
		</section>
	);
}

function Leave({ account }: { account: Account }) {
	const leave = async () => {
		const sure = await confirmDialog({
			title: `Leave “${account.name}”?`,
			text: "You lose sight of its conversations, and your API keys in it end." +
				" To come back you need a new invitation.",
			action: "Leave",
			danger: true,
		});
		if (!sure)
			return;
		/* The login may end with it, or move to another account. */
		await api.leave(account.id).then(() => location.replace("/"), showError);
	};

	return (
		<section class="card row" aria-labelledby="leave-title">
			<div>
				<h2 id="leave-title">Leave this account</h2>
				<p class="muted">
					{account.is_owner
						? "The owner cannot leave: the account would belong to nobody."
						: "Conversations stay with the account."}
				</p>
			</div>
			<button type="button" class="button danger-quiet" data-testid="account-leave"
				disabled={account.is_owner} onClick={() => void leave()}>
				<Icon name="leave" size={18} />Leave
			</button>
		</section>
	);
}

export function AccountSection() {
	const account = accounts.value?.find((one) => one.current) ?? null;

	useEffect(() => {
		loadAccounts().catch(showError);
	}, []);
	return (
		<>
			<About account={account} />
			<Members />
			{may("operator.admin") ? <Invitations />
				: (
					<section class="card" aria-labelledby="invites-title">
						<h2 id="invites-title">Invitations</h2>
						<Locked scope="operator.admin" what="Inviting people" />
					</section>
				)}
			{account === null ? null : <Leave account={account} />}
		</>
	);
}
