/* Settings, account: who belongs to it and what each may do. */
import { useState } from "preact/hooks";
import { members } from "../api/account";
import type { Member } from "../api/account_types";
import { ApiError } from "../api/call";
import { FormError } from "../parts/auth_frame";
import { confirmDialog } from "../parts/dialog";
import { LoadState } from "../parts/load_state";
import { Locked } from "../parts/locked";
import { ScopeChoice, ScopeTags } from "../parts/scope_choice";
import { useLoad } from "../parts/use_load";
import { useSubmit } from "../parts/use_submit";
import { me } from "../state/auth";
import { may } from "../state/link";
import { showError, showToast } from "../state/toasts";
import { ago, dateOf } from "../text/time";

function EditScopes(props: { member: Member; onDone(changed: boolean): void }) {
	const { member } = props;
	const [scopes, setScopes] = useState<string[]>(member.scopes);
	const form = useSubmit();
	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		if (scopes.length === 0) {
			form.fail(new ApiError(
				"Choose at least one scope, or remove the member.",
				0, "INVALID_REQUEST", "scopes"));
			return;
		}
		void form.run(async () => {
			await members.update(member.user_id, scopes);
			showToast(`Changed what ${member.username} may do.`);
			props.onDone(true);
		});
	};

	return (
		<form class="form entry-form" onSubmit={onSubmit} noValidate>
			<FormError text={form.elsewhere("scopes")} />
			<ScopeChoice
				prefix="member"
				legend={`What ${member.username} may do`}
				value={scopes}
				onValue={setScopes}
				held={me.value?.scopes ?? []}
				error={form.at("scopes")}
			/>
			<div class="form-actions">
				<button type="submit" class="button primary" data-testid="member-save"
					aria-disabled={form.busy}>
					{form.busy ? "Saving…" : "Save"}
				</button>
				<button type="button" class="button" onClick={() => props.onDone(false)}>
					Cancel
				</button>
			</div>
		</form>
	);
}

function Row({ member, onChange }: { member: Member; onChange(): void }) {
	const [editing, setEditing] = useState(false);
	const self = member.user_id === me.value?.user.id;
	const remove = async () => {
		const sure = await confirmDialog({
			title: `Remove ${member.username}?`,
			text: "Logins and API keys of this person in this account end at once. What was" +
				" written stays. To come back takes a new invitation.",
			action: "Remove",
			danger: true,
		});
		if (!sure)
			return;
		await members.remove(member.user_id).then(
			() => showToast(`${member.username} was removed.`), showError);
		onChange();
	};

	return (
		<li class="entry" data-testid="member-row" data-user={member.username}>
			<div class="entry-main">
				<strong dir="auto">{member.username}</strong>
				{member.is_owner ? <span class="tag fine">Owner</span> : null}
				{self ? <span class="tag">You</span> : null}
				{editing || member.is_owner ? null
					: <ScopeTags scopes={member.scopes} />}
				<small>
					Since {dateOf(member.created_at)} ·{" "}
					{member.last_seen_at === null ? "never seen"
						: `last seen ${ago(member.last_seen_at, Date.now())}`}
				</small>
			</div>
			{member.is_owner || self || !may("operator.admin") || editing ? null : (
				<div class="entry-actions">
					<button type="button" class="button small" data-testid="member-edit"
						aria-label={`Change what ${member.username} may do`}
						onClick={() => setEditing(true)}>
						Change
					</button>
					<button type="button" class="button small danger-quiet"
						data-testid="member-remove"
						aria-label={`Remove ${member.username}`}
						onClick={() => void remove()}>
						Remove
					</button>
				</div>
			)}
			{editing ? (
				<EditScopes
					member={member}
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

export function Members() {
	const list = useLoad(members.list);

	return (
		<section class="card" aria-labelledby="members-title">
			<h2 id="members-title">Members</h2>
			<p class="muted">
				They share this account's conversations. The owner may do
				everything and can be changed by nobody.
			</p>
			<LoadState from={list}>
				{(all) => (
					<ul class="entries">
						{all.map((member) => (
							<Row key={member.user_id} member={member}
								onChange={() => void list.reload()} />
						))}
					</ul>
				)}
			</LoadState>
			{may("operator.admin") ? null
				: <Locked scope="operator.admin" what="Changing or removing members" />}
		</section>
	);
}
