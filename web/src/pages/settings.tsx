/*
 * Settings.  SECTIONS is the navigation: a new page (members, channels, usage)
 * is one entry.
 */
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import { ConnectionBanner } from "../parts/connection_banner";
import { Icon, type IconName } from "../parts/icon";
import { Sidebar } from "../parts/sidebar";
import { TopBar } from "../parts/top_bar";
import { Link, navigate } from "../router";
import { AppearanceSection } from "./settings_appearance";
import { SandboxSection } from "./settings_sandbox";
import { SecuritySection } from "./settings_security";

interface Section {
	path: string;
	label: string;
	icon: IconName;
	Page: FunctionComponent;
}

const SECTIONS: Section[] = [
	{ path: "api-keys", label: "Security", icon: "lock", Page: SecuritySection },
	{ path: "commands", label: "Commands", icon: "terminal", Page: SandboxSection },
	{ path: "appearance", label: "Appearance", icon: "sun", Page: AppearanceSection },
];

export function SettingsPage({ section }: { section: string }) {
	const open = SECTIONS.find((one) => one.path === section);

	useEffect(() => {
		if (open === undefined)
			navigate(`/settings/${SECTIONS[0]!.path}`, true);
	}, [open]);
	return (
		<div class="app">
			<Sidebar current={null} />
			<main class="main">
				<TopBar title="Settings" />
				<ConnectionBanner />
				<div class="settings">
					<nav class="settings-nav" aria-label="Settings">
						{SECTIONS.map((one) => (
							<Link
								key={one.path}
								to={`/settings/${one.path}`}
								class="settings-link"
								aria-current={one === open ? "page" : undefined}
							>
								<Icon name={one.icon} size={18} />{one.label}
							</Link>
						))}
					</nav>
					<div class="settings-body">
						{open === undefined ? null : <open.Page />}
					</div>
				</div>
			</main>
		</div>
	);
}
