/* Settings, account: invitations to join it, the live ones and a new one. */
import { useState } from "preact/hooks";
import { invites } from "../api/account";
import type { Invite } from "../api/account_types";
import { ApiError } from "../api/call";
import { InviteCard } from "../parts/invite_card";
import type { InviteRowProps } from "../parts/invite_card";
import { ScopeChoice, ScopeTags } from "../parts/scope_choice";
import { useLoad } from "../parts/use_load";
import { me } from "../state/auth";

const FIRST_SCOPES = ["operator.read"];

function row(invite: Invite): InviteRowProps {
	const name = invite.note?.trim() || "Without a note";

	return {
		name,
		tags: <ScopeTags scopes={invite.scopes} />,
		confirm: {
			title: "Withdraw this invitation?",
			text: `The link of “${name}” stops working at once.`,
		},
		label: `Withdraw the invitation: ${name}`,
		done: "Invitation withdrawn.",
	};
}

export function Invitations() {
	const list = useLoad(invites.list);
	const [scopes, setScopes] = useState<string[]>(FIRST_SCOPES);
	const account = me.value?.account.name ?? "";

	return (
		<InviteCard kind={{
			prefix: "invite",
			title: "Invitations",
			intro: (
				<>
					Whoever opens the link joins “<span dir="auto">{account}</span>”,
					with an existing login or a new one.
				</>
			),
			listTitle: "Open invitations",
			placeholder: "e.g. Ada, on-call team",
			leadsTo: `join “${account}” on ${location.host}.`,
			list,
			check: () => (scopes.length > 0 ? null
				: new ApiError("Choose at least one scope.", 0,
					"INVALID_REQUEST", "scopes")),
			create: async (terms) => {
				const created = await invites.create({ ...terms, scopes });
				setScopes(FIRST_SCOPES);
				return created;
			},
			fieldNames: ["scopes"],
			fields: (form) => (
				<ScopeChoice
					prefix="invite"
					legend="What this person may do"
					value={scopes}
					onValue={setScopes}
					held={me.value?.scopes ?? []}
					error={form.at("scopes")}
				/>
			),
			row,
			revoke: invites.revoke,
		}} />
	);
}
