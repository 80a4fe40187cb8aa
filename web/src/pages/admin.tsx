/*
 * Administration of the deployment: people, accounts, its own log.  Nothing of
 * what people write is here.
 */
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { SettingsFrame } from "../parts/settings_frame";
import { navigate } from "../router";
import { me } from "../state/auth";
import { AdminAccounts } from "./admin_accounts";
import { ADMIN_LINKS } from "./admin_links";
import { AdminPeople } from "./admin_people";
import { settingsGroups } from "./settings";
import { DeploymentLog } from "./settings_audit";

const PAGES: Record<string, FunctionComponent> = {
	"/admin/people": AdminPeople,
	"/admin/accounts": AdminAccounts,
	"/admin/log": DeploymentLog,
};

function NotForYou() {
	return (
		<section class="card">
			<h2>Administration</h2>
			<p class="muted">
				These pages are for administrators of the deployment, and you are
				none.
			</p>
		</section>
	);
}

export function AdminPage({ section }: { section: string }) {
	const path = `/admin/${section}`;
	const Page = PAGES[path];

	useEffect(() => {
		if (Page === undefined)
			navigate(ADMIN_LINKS[0]!.path, true);
	}, [Page]);
	return (
		<SettingsFrame title="Administration" groups={settingsGroups()} current={path}>
			{me.value?.user.administrator !== true ? <NotForYou />
				: Page === undefined ? null : <Page />}
		</SettingsFrame>
	);
}
