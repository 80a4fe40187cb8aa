/*
 * API keys: what exists, making one, taking one away.  A new key is shown once
 * and lives only in this component's state.
 */
import { useEffect, useState } from "preact/hooks";
import { ApiError, rest } from "../api/rest";
import { SCOPES, type ApiKey, type CreatedKey, type Scope } from "../api/types";
import { FormError } from "../parts/auth_frame";
import { CopyButton } from "../parts/copy_button";
import { confirmDialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { useSubmit } from "../parts/use_submit";
import { showError } from "../state/toasts";
import { ago, dateOf } from "../text/time";

const SCOPE_TEXT: Record<Scope, string> = {
	"operator.read": "View status, list jobs, read history",
	"operator.write": "Send messages, create jobs, modify configuration",
	"operator.admin": "All permissions",
	"operator.approvals": "Handle command approval requests",
	"operator.pairing": "Manage device/node pairing",
};

function NewKey({ created, onDone }: { created: CreatedKey; onDone(): void }) {
	const example = `curl ${location.origin}/api/status \\\n` +
		`  -H "Authorization: Bearer ${created.key}"`;

	return (
		<div class="new-key" role="status">
			<div class="new-key-head">
				<Icon name="check" />
				<div>
					<strong>Key “{created.label}” created</strong>
					<p>
						Copy it now: it is shown only this once. The server keeps
						a hash and cannot show it again.
					</p>
				</div>
			</div>
			<div class="secret">
				<code data-testid="key-value">{created.key}</code>
				<CopyButton text={created.key} label="Copy" testid="key-copy" />
			</div>
			<div class="example">
				<div class="example-head">
					<span>Try it</span>
					<CopyButton text={example} label="Copy the command" quiet />
				</div>
				<pre tabIndex={0}><code>{example}</code></pre>
			</div>
			<button type="button" class="button" data-testid="key-done" onClick={onDone}>
				I have copied it
			</button>
		</div>
	);
}

function CreateForm({ onCreated }: { onCreated(key: CreatedKey): void }) {
	const [label, setLabel] = useState("");
	const [scopes, setScopes] = useState<Scope[]>([]);
	const form = useSubmit();
	const toggle = (scope: Scope) =>
		setScopes(scopes.includes(scope)
			? scopes.filter((one) => one !== scope) : [...scopes, scope]);
	const fail = (text: string, field: string) =>
		form.fail(new ApiError(text, 0, "INVALID_REQUEST", field));

	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		if (label.trim() === "") {
			fail("Say what the key is for.", "label");
			return;
		}
		if (scopes.length === 0) {
			fail("Choose at least one scope: a key without scopes may do nothing.",
				"scopes");
			return;
		}
		void form.run(async () => {
			onCreated(await rest.createKey(label.trim(), scopes));
			setLabel("");
			setScopes([]);
		});
	};

	return (
		<form class="form key-form" onSubmit={onSubmit} noValidate>
			<FormError text={form.elsewhere("label", "scopes")} />
			<Field
				id="key-label"
				label="Label"
				value={label}
				onValue={setLabel}
				error={form.at("label")}
				testid="key-label"
				input={{ maxLength: 100, placeholder: "What uses this key, e.g. monitoring" }}
			/>
			<fieldset class="scopes">
				<legend>Scopes</legend>
				{form.at("scopes") === null ? null : (
					<p class="field-error" role="alert">
						<Icon name="alert" size={16} />{form.at("scopes")}
					</p>
				)}
				{SCOPES.map((scope) => (
					<label key={scope} class="scope">
						<input
							type="checkbox"
							checked={scopes.includes(scope)}
							data-testid={`key-scope-${scope}`}
							onChange={() => toggle(scope)}
						/>
						<span class="scope-text">
							<code>{scope}</code>
							<span>{SCOPE_TEXT[scope]}</span>
						</span>
					</label>
				))}
			</fieldset>
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

function KeyRow({ item, onRevoke }: { item: ApiKey; onRevoke(): void }) {
	return (
		<li class="key-row" data-testid="key-row">
			<div class="key-main">
				<strong dir="auto">{item.label}</strong>
				<code>{item.key_prefix}…</code>
				<div class="tags">
					{item.scopes.map((scope) => (
						<span key={scope} class="tag mono">{scope}</span>
					))}
				</div>
				<small>
					Created {dateOf(item.created_at)} ·{" "}
					{item.last_used_at === null ? "never used"
						: `used ${ago(item.last_used_at, Date.now())}`}
					{item.expires_at === null ? null
						: ` · expires ${dateOf(item.expires_at)}`}
				</small>
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
	const [keys, setKeys] = useState<ApiKey[] | null>(null);
	const [created, setCreated] = useState<CreatedKey | null>(null);
	const load = () => rest.keys().then(setKeys, showError);

	useEffect(() => {
		void load();
	}, []);

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
		await rest.revokeKey(item.id).catch(showError);
		await load();
	};

	return (
		<section class="card" aria-labelledby="keys-title">
			<h2 id="keys-title">API keys</h2>
			<p class="muted">
				Keys let scripts and tools in without your password. Give each
				only the scopes it needs.
			</p>
			{created === null ? (
				<CreateForm
					onCreated={(key) => {
						setCreated(key);
						void load();
					}}
				/>
			) : <NewKey created={created} onDone={() => setCreated(null)} />}
			<h3 class="list-title">Active keys</h3>
			{keys === null ? <p class="muted">Loading…</p>
				: keys.length === 0 ? <p class="muted">There are none yet.</p> : (
					<ul class="key-list">
						{keys.map((item) => (
							<KeyRow
								key={item.id}
								item={item}
								onRevoke={() => void revoke(item)}
							/>
						))}
					</ul>
				)}
		</section>
	);
}
