/* Administration, people: invitations to an account of one's own. */
import { useState } from "preact/hooks";
import { admin } from "../api/admin";
import type { AdminInvite } from "../api/account_types";
import { InviteCard } from "../parts/invite_card";
import type { InviteRowProps } from "../parts/invite_card";
import { useLoad } from "../parts/use_load";

function row(invite: AdminInvite): InviteRowProps {
	const reset = invite.kind === "reset";
	const name = reset ? `Reset of ${invite.username ?? "a login"}`
		: invite.note?.trim() || "Without a note";

	return {
		name,
		tags: (
			<>
				<span class="tag">{reset ? "Reset" : "New account"}</span>
				{invite.administrator ? <span class="tag fine">Administrator</span> : null}
			</>
		),
		confirm: {
			title: "Withdraw this link?",
			text: `“${name}” stops working at once.`,
		},
		label: `Withdraw: ${name}`,
		done: "Withdrawn.",
	};
}

export function AdminInvitations({ version }: { version: string }) {
	const list = useLoad(admin.invites, version);
	const [administrator, setAdministrator] = useState(false);

	return (
		<InviteCard kind={{
			prefix: "newcomer",
			title: "Invite somebody new",
			intro: "The link makes a login and an account of its own. To share an " +
				"account you have, invite from its settings.",
			listTitle: "Open links",
			placeholder: "e.g. Grace, finance",
			leadsTo: `an account of your own on ${location.host}.`,
			list,
			create: async (terms) => {
				const created = await admin.createInvite(
					{ ...terms, kind: "account", administrator });
				setAdministrator(false);
				return created;
			},
			fieldNames: ["administrator"],
			fields: () => (
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
			),
			row,
			revoke: admin.revokeInvite,
		}} />
	);
}
