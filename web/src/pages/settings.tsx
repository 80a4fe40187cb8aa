/*
 * Settings.  SECTIONS is the navigation: a new page (channels, usage) is one
 * entry.  Administration has sections of its own in admin.tsx, beside these.
 */
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { SettingsFrame, type SectionLink } from "../parts/settings_frame";
import { navigate } from "../router";
import { me } from "../state/auth";
import { ADMIN_LINKS } from "./admin_links";
import { AccountSection } from "./settings_account";
import { AppearanceSection } from "./settings_appearance";
import { AuditSection } from "./settings_audit";
import { ApiKeys } from "./settings_keys";
import { SandboxSection } from "./settings_sandbox";
import { SecuritySection } from "./settings_security";

interface Section extends SectionLink {
	Page: FunctionComponent;
}

const SECTIONS: Section[] = [
	{ path: "/settings/security", label: "Security", icon: "lock", Page: SecuritySection },
	{ path: "/settings/api-keys", label: "API keys", icon: "key", Page: ApiKeys },
	{ path: "/settings/account", label: "Account", icon: "people", Page: AccountSection },
	{ path: "/settings/audit", label: "Audit", icon: "log", Page: AuditSection },
	{ path: "/settings/commands", label: "Commands", icon: "terminal", Page: SandboxSection },
	{ path: "/settings/appearance", label: "Appearance", icon: "sun", Page: AppearanceSection },
];

/* The groups of the navigation, as far as they concern who is signed in. */
export function settingsGroups(): { title: string; links: SectionLink[] }[] {
	const groups = [{ title: "Settings", links: SECTIONS as SectionLink[] }];

	if (me.value?.user.administrator === true)
		groups.push({ title: "Administration", links: ADMIN_LINKS });
	return groups;
}

export function SettingsPage({ section }: { section: string }) {
	const path = `/settings/${section}`;
	const open = SECTIONS.find((one) => one.path === path);

	useEffect(() => {
		if (open === undefined)
			navigate(SECTIONS[0]!.path, true);
	}, [open]);
	return (
		<SettingsFrame title="Settings" groups={settingsGroups()} current={path}>
			{open === undefined ? null : <open.Page />}
		</SettingsFrame>
	);
}
