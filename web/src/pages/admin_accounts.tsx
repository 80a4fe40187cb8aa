/*
 * Administration, accounts: how many and how large, their limits, and the
 * switches that stop one.  Counts only, never content.
 */
import { useState } from "preact/hooks";
import { admin } from "../api/admin";
import type { AdminAccount, Quotas } from "../api/account_types";
import { ApiError } from "../api/call";
import { FormError } from "../parts/auth_frame";
import { confirmDialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { LoadMore } from "../parts/load_more";
import { LoadState } from "../parts/load_state";
import { Menu, type MenuAction } from "../parts/menu";
import { usePages } from "../parts/use_pages";
import { useSubmit } from "../parts/use_submit";
import { showError, showToast } from "../state/toasts";
import { plural, sentence } from "../text/plain";
import { dateOf } from "../text/time";

type QuotaName = keyof Quotas;

const QUOTAS: { name: QuotaName; label: string }[] = [
	{ name: "members", label: "Members" },
	{ name: "sessions", label: "Conversations" },
	{ name: "turns_per_day", label: "Messages a day" },
];

/* What was typed as a number, null for nothing, or a sentence. */
function readQuota(text: string): number | null | string {
	if (text.trim() === "")
		return null;
	return /^\d{1,9}$/.test(text.trim()) ? Number(text)
		: "Enter a whole number, or nothing for the default.";
}

function Limits({ account, onDone }: { account: AdminAccount; onDone(changed: boolean): void }) {
	const [texts, setTexts] = useState<Record<QuotaName, string>>({
		members: String(account.quotas.members ?? ""),
		sessions: String(account.quotas.sessions ?? ""),
		turns_per_day: String(account.quotas.turns_per_day ?? ""),
	});
	const form = useSubmit();
	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		const quotas: Partial<Quotas> = {};
		for (const { name } of QUOTAS) {
			const value = readQuota(texts[name]);
			if (typeof value === "string") {
				form.fail(new ApiError(value, 0, "INVALID_REQUEST", name));
				return;
			}
			/* What is sent no longer follows the deployment's default. */
			if (value !== account.quotas[name])
				quotas[name] = value;
		}
		if (Object.keys(quotas).length === 0) {
			onDone(false);
			return;
		}
		void form.run(async () => {
			await admin.updateAccount(account.id, { quotas });
			showToast(`Limits of ${account.name} saved.`);
			onDone(true);
		});
	};

	return (
		<form class="form entry-form" onSubmit={onSubmit} noValidate>
			<FormError text={form.elsewhere(...QUOTAS.map((one) => one.name))} />
			<p class="field-hint">An empty field goes back to the default.</p>
			<div class="quota-fields">
				{QUOTAS.map(({ name, label }) => (
					<Field
						key={name}
						id={`quota-${name}`}
						label={label}
						value={texts[name]}
						onValue={(value) => setTexts({ ...texts, [name]: value })}
						error={form.at(name)}
						testid={`quota-${name}`}
						input={{ inputMode: "numeric", placeholder: "Default", maxLength: 9 }}
					/>
				))}
			</div>
			<div class="form-actions">
				<button type="submit" class="button primary" data-testid="quota-save"
					aria-disabled={form.busy}>
					{form.busy ? "Saving…" : "Save limits"}
				</button>
				<button type="button" class="button" onClick={() => onDone(false)}>
					Cancel
				</button>
			</div>
		</form>
	);
}

function quotaText(quotas: Quotas): string {
	return "at most " + QUOTAS.filter(({ name }) => (quotas[name] ?? null) !== null)
		.map(({ name, label }) =>
			`${quotas[name]!.toLocaleString("en")} ${label.toLowerCase()}`).join(", ");
}

const STOPS = {
	disabled: {
		title: (name: string) => `Disable “${name}”?`,
		text: "Nobody can open this account, its keys stop working, and running" +
			" work ends. Nothing is deleted; you can enable it again.",
		action: "Disable",
	},
	exec_off: {
		title: (name: string) => `Stop all commands of “${name}”?`,
		text: "Running commands are killed and no new one starts. People can go on" +
			" talking to the assistant.",
		action: "Stop commands",
	},
} as const;

function useActions(account: AdminAccount, onChange: () => void, onLimits: () => void) {
	const set = async (name: keyof typeof STOPS, value: boolean, done: string) => {
		const sure = !value || await confirmDialog({
			title: STOPS[name].title(account.name), text: STOPS[name].text,
			action: STOPS[name].action, danger: true,
		});
		if (!sure)
			return;
		await admin.updateAccount(account.id, { [name]: value }).then(
			() => showToast(done), showError);
		onChange();
	};
	const actions: MenuAction[] = [
		{ label: "Change limits", icon: "gear", testid: "account-limits", run: onLimits },
		account.exec_off
			? { label: "Allow commands", icon: "terminal", testid: "account-exec-on",
				run: () => void set("exec_off", false,
					`Commands of ${account.name} may run again.`) }
			: { label: "Stop all commands", icon: "terminal", danger: true,
				testid: "account-exec-off", run: () => void set("exec_off", true,
					`No command of ${account.name} runs any more.`) },
		account.disabled
			? { label: "Enable", icon: "check", testid: "account-enable",
				run: () => void set("disabled", false, `${account.name} is open again.`) }
			: { label: "Disable", icon: "stop", danger: true, testid: "account-disable",
				run: () => void set("disabled", true, `${account.name} is disabled.`) },
	];

	return actions;
}

function Row({ account, onChange }: { account: AdminAccount; onChange(): void }) {
	const [editing, setEditing] = useState(false);
	const actions = useActions(account, onChange, () => setEditing(true));

	return (
		<li class="entry" data-testid="account-row" data-account={account.name}>
			<div class="entry-main">
				<strong dir="auto">{account.name}</strong>
				{account.disabled ? <span class="tag fail">Disabled</span> : null}
				{account.exec_off ? <span class="tag demo">Commands off</span> : null}
				<small>
					{account.owner === null ? "No owner"
						: <>Owner <span dir="auto">{account.owner}</span></>}
					{" · "}since {dateOf(account.created_at)}
				</small>
				<small>
					{plural(account.members, "member")} ·{" "}
					{plural(account.sessions, "conversation")} ·{" "}
					{plural(account.messages, "message")}
				</small>
				<small>{sentence(quotaText(account.quotas))}</small>
			</div>
			<Menu label={`Actions for ${account.name}`} actions={actions} />
			{editing ? (
				<Limits
					account={account}
					onDone={(changed) => {
						setEditing(false);
						if (changed)
							onChange();
					}}
				/>
			) : null}
		</li>
	);
}

export function AdminAccounts() {
	const list = usePages(admin.accounts);

	return (
		<section class="card" aria-labelledby="accounts-title">
			<h2 id="accounts-title">Accounts</h2>
			<p class="muted">
				How many there are and how much they hold. What is in them only
				their members read.
			</p>
			<LoadState from={list}>
				{(all) => (
					<ul class="entries">
						{all.map((account) => (
							<Row key={account.id} account={account}
								onChange={() => void list.reload()} />
						))}
					</ul>
				)}
			</LoadState>
			<LoadMore pages={list} testid="accounts-more" />
		</section>
	);
}
