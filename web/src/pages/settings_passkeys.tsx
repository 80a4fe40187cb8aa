/* Settings, security: the passkeys of the signed-in person. */
import { passkeys } from "../api/account";
import type { Passkey } from "../api/account_types";
import { addPasskey } from "../api/passkey";
import { FormError } from "../parts/auth_frame";
import { askDialog, confirmDialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { LoadState } from "../parts/load_state";
import { useLoad } from "../parts/use_load";
import { useSubmit } from "../parts/use_submit";
import { me } from "../state/auth";
import { noPasskeys } from "../state/passkey";
import { showError, showToast } from "../state/toasts";
import { deviceName } from "../text/device";
import { ago, dateOf } from "../text/time";

const NAME_MAX = 64;

function Row({ item, onChange }: { item: Passkey; onChange(): void }) {
	const rename = async () => {
		const name = await askDialog({
			title: "Rename this passkey", action: "Rename", label: "Name",
			value: item.name, maxLength: NAME_MAX,
		});
		if (name === null || name === item.name)
			return;
		await passkeys.rename(item.id, name).catch(showError);
		onChange();
	};
	const remove = async () => {
		const sure = await confirmDialog({
			title: "Remove this passkey?",
			text: `“${item.name}” will not sign you in any more. Delete it in your` +
				" device's own settings too, so that it is not offered there.",
			action: "Remove",
			danger: true,
		});
		if (!sure)
			return;
		await passkeys.remove(item.id).then(
			() => showToast("Passkey removed."), showError);
		onChange();
	};

	return (
		<li class="entry" data-testid="passkey-row">
			<div class="entry-main">
				<strong dir="auto">{item.name}</strong>
				{item.backed_up ? <span class="tag">Synced</span> : null}
				<small>
					Added {dateOf(item.created_at)} ·{" "}
					{item.last_used_at === null ? "never used"
						: `used ${ago(item.last_used_at, Date.now())}`}
				</small>
			</div>
			<div class="entry-actions">
				<button type="button" class="button small" data-testid="passkey-rename"
					aria-label={`Rename ${item.name}`} onClick={() => void rename()}>
					Rename
				</button>
				<button type="button" class="button small danger-quiet"
					data-testid="passkey-remove" aria-label={`Remove ${item.name}`}
					onClick={() => void remove()}>
					Remove
				</button>
			</div>
		</li>
	);
}

/* Losing the device must not mean losing the login. */
function OnlyWay() {
	return me.value?.user.has_password !== false ? null : (
		<p class="locked" data-testid="passkey-only">
			<Icon name="info" size={16} />
			<span>
				This is your only way in. Add a second one: if this device is
				lost, only an administrator can let you back in.
			</span>
		</p>
	);
}

export function Passkeys() {
	const list = useLoad(passkeys.list);
	const form = useSubmit();
	const obstacle = noPasskeys.value;
	const add = () => void form.run(async () => {
		await addPasskey(deviceName(navigator.userAgent));
		await list.reload();
		showToast("Passkey added. You can sign in with it from now on.");
	});

	return (
		<section class="card" aria-labelledby="passkeys-title">
			<h2 id="passkeys-title">Passkeys</h2>
			<p class="muted">
				A passkey signs you in with your device's fingerprint, face or
				PIN. It cannot be guessed, and works on no other site.
			</p>
			<FormError text={form.error?.message ?? null} />
			<LoadState
				from={list}
				empty={(all) => all.length === 0}
				emptyText="You have none yet."
			>
				{(all) => (
					<>
						<ul class="entries">
							{all.map((item) => (
								<Row key={item.id} item={item}
									onChange={() => void list.reload()} />
							))}
						</ul>
						{all.length === 1 ? <OnlyWay /> : null}
					</>
				)}
			</LoadState>
			{obstacle === null ? (
				<button type="button" class="button card-action" aria-disabled={form.busy}
					data-testid="passkey-add" onClick={add}>
					<Icon name="plus" size={18} />
					{form.busy ? "Adding…" : "Add a passkey"}
				</button>
			) : (
				<p class="locked" data-testid="passkey-obstacle">
					<Icon name="info" size={16} /><span>{obstacle}</span>
				</p>
			)}
		</section>
	);
}
