/* Settings, account: invitations to join it, the live ones and a new one. */
import { useState } from "preact/hooks";
import { invites } from "../api/account";
import type { CreatedInvite, Invite } from "../api/account_types";
import { ApiError } from "../api/call";
import { FormError } from "../parts/auth_frame";
import { confirmDialog } from "../parts/dialog";
import { ExpiryChoice, INVITE_SPANS } from "../parts/expiry_choice";
import { Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { InviteLink } from "../parts/invite_link";
import { LoadState } from "../parts/load_state";
import { ScopeChoice, ScopeTags } from "../parts/scope_choice";
import { useLoad } from "../parts/use_load";
import { useSubmit } from "../parts/use_submit";
import { me } from "../state/auth";
import { showError, showToast } from "../state/toasts";
import { ahead, dateOf } from "../text/time";

const NOTE_MAX = 100;

interface Made {
	created: CreatedInvite;
	note: string;
}

function CreateForm({ onMade }: { onMade(made: Made): void }) {
	const [note, setNote] = useState("");
	const [scopes, setScopes] = useState<string[]>(["operator.read"]);
	const [hours, setHours] = useState(72);
	const form = useSubmit();
	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		if (scopes.length === 0) {
			form.fail(new ApiError("Choose at least one scope.", 0,
				"INVALID_REQUEST", "scopes"));
			return;
		}
		void form.run(async () => {
			const about = note.trim();
			onMade({
				note: about,
				created: await invites.create({
					scopes, expires_hours: hours,
					...(about === "" ? {} : { note: about }),
				}),
			});
		});
	};

	return (
		<form class="form key-form" onSubmit={onSubmit} noValidate>
			<FormError text={form.elsewhere("scopes", "note", "expires_hours")} />
			<Field
				id="invite-note"
				label="Who is it for? (optional)"
				value={note}
				onValue={setNote}
				hint="A note for you and the other administrators."
				error={form.at("note")}
				testid="invite-note"
				input={{ maxLength: NOTE_MAX, placeholder: "e.g. Ada, on-call team" }}
			/>
			<ScopeChoice
				prefix="invite"
				legend="What this person may do"
				value={scopes}
				onValue={setScopes}
				held={me.value?.scopes ?? []}
				error={form.at("scopes")}
			/>
			<ExpiryChoice id="invite-expiry" label="The link works for"
				spans={INVITE_SPANS} value={hours}
				onValue={(value) => setHours(value ?? 72)}
				error={form.at("expires_hours")} />
			<button type="submit" class="button primary" aria-disabled={form.busy}
				data-testid="invite-create">
				<Icon name="plus" size={18} />
				{form.busy ? "Making…" : "Make an invitation"}
			</button>
		</form>
	);
}

function Row({ invite, onChange }: { invite: Invite; onChange(): void }) {
	const name = invite.note?.trim() || "Without a note";
	const revoke = async () => {
		const sure = await confirmDialog({
			title: "Withdraw this invitation?",
			text: `The link of “${name}” stops working at once.`,
			action: "Withdraw",
			danger: true,
		});
		if (!sure)
			return;
		await invites.revoke(invite.id).then(
			() => showToast("Invitation withdrawn."), showError);
		onChange();
	};

	return (
		<li class="entry" data-testid="invite-row">
			<div class="entry-main">
				<strong dir="auto">{name}</strong>
				<ScopeTags scopes={invite.scopes} />
				<small>
					Made {dateOf(invite.created_at)}
					{invite.created_by === null ? "" : ` by ${invite.created_by}`} · ends{" "}
					{ahead(invite.expires_at, Date.now())}
				</small>
			</div>
			<button type="button" class="button small danger-quiet"
				data-testid="invite-revoke" aria-label={`Withdraw the invitation: ${name}`}
				onClick={() => void revoke()}>
				Withdraw
			</button>
		</li>
	);
}

export function Invitations() {
	const list = useLoad(invites.list);
	const [made, setMade] = useState<Made | null>(null);
	const account = me.value?.account.name ?? "";

	return (
		<section class="card" aria-labelledby="invites-title">
			<h2 id="invites-title">Invitations</h2>
			<p class="muted">
				Whoever opens the link joins “<span dir="auto">{account}</span>”,
				with an existing login or a new one.
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
					prefix="invite"
					created={made.created}
					title={made.note === "" ? "Invitation made" : `Invitation for ${made.note}`}
					about={(made.note === "" ? "" : `For ${made.note}: `) +
						`join “${account}” on ${location.host}.`}
					onDone={() => setMade(null)}
				/>
			)}
			<h3 class="list-title">Open invitations</h3>
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
