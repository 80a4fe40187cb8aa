/* Administration, people: invitations to an account of one's own. */
import { useState } from "preact/hooks";
import { admin } from "../api/admin";
import type { AdminInvite, CreatedInvite } from "../api/account_types";
import { FormError } from "../parts/auth_frame";
import { confirmDialog } from "../parts/dialog";
import { ExpiryChoice, INVITE_SPANS } from "../parts/expiry_choice";
import { Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { InviteLink } from "../parts/invite_link";
import { LoadState } from "../parts/load_state";
import { useLoad } from "../parts/use_load";
import { useSubmit } from "../parts/use_submit";
import { showError, showToast } from "../state/toasts";
import { ahead, dateOf } from "../text/time";

const NOTE_MAX = 100;

interface Made {
	created: CreatedInvite;
	note: string;
}

function CreateForm({ onMade }: { onMade(made: Made): void }) {
	const [note, setNote] = useState("");
	const [administrator, setAdministrator] = useState(false);
	const [hours, setHours] = useState(72);
	const form = useSubmit();
	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		void form.run(async () => {
			const about = note.trim();
			onMade({
				note: about,
				created: await admin.createInvite({
					kind: "account", administrator, expires_hours: hours,
					...(about === "" ? {} : { note: about }),
				}),
			});
		});
	};

	return (
		<form class="form key-form" onSubmit={onSubmit} noValidate>
			<FormError text={form.elsewhere("note", "expires_hours", "administrator")} />
			<Field
				id="newcomer-note"
				label="Who is it for? (optional)"
				value={note}
				onValue={setNote}
				hint="A note for you and the other administrators."
				error={form.at("note")}
				testid="newcomer-note"
				input={{ maxLength: NOTE_MAX, placeholder: "e.g. Grace, finance" }}
			/>
			<div class="choices">
				<label class="scope">
					<input type="checkbox" checked={administrator}
						data-testid="newcomer-administrator"
						onChange={() => setAdministrator(!administrator)} />
					<span class="choice-text">
						<strong>Administrator of this deployment</strong>
						<span>Manages people and accounts, as you do.</span>
					</span>
				</label>
			</div>
			<ExpiryChoice id="newcomer-expiry" label="The link works for"
				spans={INVITE_SPANS} value={hours}
				onValue={(value) => setHours(value ?? 72)}
				error={form.at("expires_hours")} />
			<button type="submit" class="button primary" aria-disabled={form.busy}
				data-testid="newcomer-create">
				<Icon name="plus" size={18} />
				{form.busy ? "Making…" : "Make an invitation"}
			</button>
		</form>
	);
}

function Row({ invite, onChange }: { invite: AdminInvite; onChange(): void }) {
	const name = invite.kind === "reset" ? `Reset of ${invite.username ?? "a login"}`
		: invite.note?.trim() || "Without a note";
	const revoke = async () => {
		const sure = await confirmDialog({
			title: "Withdraw this link?",
			text: `“${name}” stops working at once.`,
			action: "Withdraw",
			danger: true,
		});
		if (!sure)
			return;
		await admin.revokeInvite(invite.id).then(
			() => showToast("Withdrawn."), showError);
		onChange();
	};

	return (
		<li class="entry" data-testid="newcomer-row">
			<div class="entry-main">
				<strong dir="auto">{name}</strong>
				<span class="tag">
					{invite.kind === "reset" ? "Reset" : "New account"}
				</span>
				{invite.administrator ? <span class="tag fine">Administrator</span> : null}
				<small>
					Made {dateOf(invite.created_at)}
					{invite.created_by === null ? "" : ` by ${invite.created_by}`} · ends{" "}
					{ahead(invite.expires_at, Date.now())}
				</small>
			</div>
			<button type="button" class="button small danger-quiet"
				data-testid="newcomer-revoke" aria-label={`Withdraw: ${name}`}
				onClick={() => void revoke()}>
				Withdraw
			</button>
		</li>
	);
}

export function AdminInvitations({ version }: { version: string }) {
	const list = useLoad(admin.invites, version);
	const [made, setMade] = useState<Made | null>(null);

	return (
		<section class="card" aria-labelledby="newcomers-title">
			<h2 id="newcomers-title">Invite somebody new</h2>
			<p class="muted">
				The link makes a login and an account of its own. To share an
				account you have, invite from its settings.
			</p>
			{made === null ? (
				<CreateForm
					onMade={(now) => {
						setMade(now);
						void list.reload();
					}}
				/>
			) : (
				<InviteLink
					prefix="newcomer"
					created={made.created}
					title={made.note === "" ? "Invitation made" : `Invitation for ${made.note}`}
					about={(made.note === "" ? "" : `For ${made.note}: `) +
						`an account of your own on ${location.host}.`}
					onDone={() => setMade(null)}
				/>
			)}
			<h3 class="list-title">Open links</h3>
			<LoadState
				from={list}
				empty={(all) => all.length === 0}
				emptyText="There are none."
			>
				{(all) => (
					<ul class="entries">
						{all.map((invite) => (
							<Row key={invite.id} invite={invite}
								onChange={() => void list.reload()} />
						))}
					</ul>
				)}
			</LoadState>
		</section>
	);
}
