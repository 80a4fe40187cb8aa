/*
 * API keys: what exists, making one, taking one away.  A new key is shown once
 * and lives only in this component's state.
 */
import { useState } from "preact/hooks";
import { keys } from "../api/account";
import type { ApiKey, CreatedKey } from "../api/account_types";
import { ApiError } from "../api/call";
import { FormError } from "../parts/auth_frame";
import { CopyButton } from "../parts/copy_button";
import { confirmDialog } from "../parts/dialog";
import { ExpiryChoice, KEY_SPANS } from "../parts/expiry_choice";
import { Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { LoadState } from "../parts/load_state";
import { Locked } from "../parts/locked";
import { ScopeChoice, ScopeTags } from "../parts/scope_choice";
import { ShownOnce } from "../parts/shown_once";
import { useLoad } from "../parts/use_load";
import { useSubmit } from "../parts/use_submit";
import { me } from "../state/auth";
import { may } from "../state/link";
import { showError, showToast } from "../state/toasts";
import { readNetworks } from "../text/networks";
import { ago, dateOf } from "../text/time";

const LABEL_MAX = 64;
const USUAL_HOURS = 24 * 90;

function NewKey({ created, onDone }: { created: CreatedKey; onDone(): void }) {
	const example = `curl ${location.origin}/api/status \\\n` +
		`  -H "Authorization: Bearer ${created.key}"`;

	return (
		<ShownOnce
			prefix="key"
			title={`Key “${created.label}” created`}
			text="Copy it now: it is shown only this once. The server keeps a hash and cannot show it again."
			value={created.key}
			onDone={onDone}
		>
			<div class="example">
				<div class="example-head">
					<span>Try it</span>
					<CopyButton text={example} label="Copy the command" quiet />
				</div>
				<pre tabIndex={0}><code>{example}</code></pre>
			</div>
		</ShownOnce>
	);
}

/* What is wrong with the form before it is sent, or null. */
function problemOf(label: string, scopes: string[], networks: string | null): ApiError | null {
	const wrong = (text: string, field: string) =>
		new ApiError(text, 0, "INVALID_REQUEST", field);

	if (label.trim() === "")
		return wrong("Say what the key is for.", "label");
	if (scopes.length === 0) {
		return wrong("Choose at least one scope: a key without scopes may do nothing.",
			"scopes");
	}
	return networks === null ? null : wrong(networks, "networks");
}

function CreateForm({ onCreated }: { onCreated(key: CreatedKey): void }) {
	const [label, setLabel] = useState("");
	const [scopes, setScopes] = useState<string[]>([]);
	const [hours, setHours] = useState<number | null>(USUAL_HOURS);
	const [networks, setNetworks] = useState("");
	const form = useSubmit();

	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		const from = readNetworks(networks);
		const problem = problemOf(label, scopes, from.problem);
		if (problem !== null) {
			form.fail(problem);
			return;
		}
		void form.run(async () => onCreated(await keys.create({
			label: label.trim(),
			scopes,
			...(hours === null ? {}
				: { expires_at: Date.now() + hours * 3_600_000 }),
			...(from.networks.length === 0 ? {} : { networks: from.networks }),
		})));
	};

	return (
		<form class="form key-form" onSubmit={onSubmit} noValidate>
			<FormError text={form.elsewhere("label", "scopes", "expires_at", "networks")} />
			<Field
				id="key-label"
				label="Label"
				value={label}
				onValue={setLabel}
				error={form.at("label")}
				testid="key-label"
				input={{ maxLength: LABEL_MAX, placeholder: "What uses this key, e.g. monitoring" }}
			/>
			<ScopeChoice
				prefix="key"
				legend="Scopes"
				value={scopes}
				onValue={setScopes}
				held={me.value?.scopes ?? []}
				error={form.at("scopes")}
			/>
			<ExpiryChoice id="key-expiry" label="Ends after" spans={KEY_SPANS}
				value={hours} onValue={setHours} error={form.at("expires_at")} />
			<Field
				id="key-networks"
				label="Allowed networks (optional)"
				value={networks}
				onValue={setNetworks}
				hint={<>One a line, e.g. <code>203.0.113.0/24</code>. The key works
					only from there; empty: from everywhere.</>}
				error={form.at("networks")}
				testid="key-networks"
				mono
				lines={2}
			/>
			<button
				type="submit"
				class="button primary"
				aria-disabled={form.busy}
				data-testid="key-create"
			>
				<Icon name="key" size={18} />
				{form.busy ? "Generating…" : "Generate key"}
			</button>
		</form>
	);
}

function usage(item: ApiKey): string {
	if (item.last_used_at === null)
		return "never used";
	return `used ${ago(item.last_used_at, Date.now())}` +
		(item.last_used_from ? ` from ${item.last_used_from}` : "");
}

function KeyRow({ item, onRevoke }: { item: ApiKey; onRevoke(): void }) {
	const networks = item.networks ?? [];
	const over = item.expires_at !== null && item.expires_at <= Date.now();

	return (
		<li class="entry" data-testid="key-row">
			<div class="entry-main">
				<strong dir="auto">{item.label}</strong>
				<code>{item.key_prefix}…</code>
				{over ? <span class="tag fail">Expired</span> : null}
				<ScopeTags scopes={item.scopes} />
				<small>
					Created {dateOf(item.created_at)} · {usage(item)}
					{item.expires_at === null ? " · never expires"
						: ` · ${over ? "expired" : "expires"} ${dateOf(item.expires_at)}`}
				</small>
				{networks.length === 0 ? null : (
					<small data-testid="key-row-networks">
						Only from <span class="mono">{networks.join(", ")}</span>
					</small>
				)}
			</div>
			<button
				type="button"
				class="button small danger-quiet"
				data-testid="key-revoke"
				aria-label={`Revoke ${item.label}`}
				onClick={onRevoke}
			>
				Revoke
			</button>
		</li>
	);
}

export function ApiKeys() {
	const list = useLoad(keys.list);
	const [created, setCreated] = useState<CreatedKey | null>(null);

	const revoke = async (item: ApiKey) => {
		const sure = await confirmDialog({
			title: "Revoke this key?",
			text: `Whatever uses “${item.label}” stops working at once.` +
				" This cannot be undone.",
			action: "Revoke",
			danger: true,
		});
		if (!sure)
			return;
		await keys.revoke(item.id).then(() => showToast("Key revoked."), showError);
		await list.reload();
	};

	return (
		<section class="card" aria-labelledby="keys-title">
			<h2 id="keys-title">API keys</h2>
			<p class="muted">
				Keys let scripts and tools in without your password. Give each
				only the scopes it needs.
			</p>
			{!may("operator.write")
				? <Locked scope="operator.write" what="Making a key" />
				: created === null ? (
					<CreateForm
						onCreated={(key) => {
							setCreated(key);
							void list.reload();
						}}
					/>
				) : <NewKey created={created} onDone={() => setCreated(null)} />}
			<h3 class="list-title">Active keys</h3>
			<LoadState
				from={list}
				empty={(all) => all.length === 0}
				emptyText="There are none yet."
			>
				{(all) => (
					<ul class="entries">
						{all.map((item) => (
							<KeyRow
								key={item.id}
								item={item}
								onRevoke={() => void revoke(item)}
							/>
						))}
					</ul>
				)}
			</LoadState>
		</section>
	);
}
