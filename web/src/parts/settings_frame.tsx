/*
 * The frame of settings and of administration: the way between the sections,
 * and the open one.  On a narrow screen the sections are behind one button.
 */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { unseenAlerts } from "../state/alerts";
import { ConnectionBanner } from "./connection_banner";
import { Icon, type IconName } from "./icon";
import { Sidebar } from "./sidebar";
import { TopBar } from "./top_bar";
import { Link } from "../router";

export interface SectionLink {
	path: string;
	label: string;
	icon: IconName;
}

function Unseen() {
	const count = unseenAlerts.value;

	return count === 0 ? null : (
		<span class="count" data-testid="audit-count">
			{count}<span class="visually-hidden"> new</span>
		</span>
	);
}

export function SettingsFrame(props: {
	title: string;
	groups: { title: string; links: SectionLink[] }[];
	current: string;
	children: ComponentChildren;
}) {
	const [open, setOpen] = useState(false);
	const links = props.groups.flatMap((group) => group.links);
	const here = links.find((one) => one.path === props.current);

	return (
		<div class="app">
			<Sidebar current={null} />
			<main class="main">
				<TopBar title={props.title} />
				<ConnectionBanner />
				<div class="settings">
					<nav class="settings-nav" aria-label="Settings">
						<button type="button" class="settings-here"
							aria-expanded={open} aria-controls="settings-sections"
							data-testid="settings-sections"
							onClick={() => setOpen(!open)}>
							<Icon name={here?.icon ?? "menu"} size={18} />
							<span>{here?.label ?? "Sections"}</span>
							<Icon name="chevron" size={18} />
						</button>
						<div id="settings-sections"
							class={`settings-sections${open ? " open" : ""}`}>
							{props.groups.map((group) => (
								<div key={group.title} class="settings-group">
									<p class="settings-group-title">{group.title}</p>
									{group.links.map((one) => (
										<Link
											key={one.path}
											to={one.path}
											class="settings-link"
											aria-current={one === here ? "page" : undefined}
											onNavigate={() => setOpen(false)}
										>
											<Icon name={one.icon} size={18} />
											<span>{one.label}</span>
											{one.path === "/settings/audit" ? <Unseen /> : null}
										</Link>
									))}
								</div>
							))}
						</div>
					</nav>
					<div class="settings-body">{props.children}</div>
				</div>
			</main>
		</div>
	);
}
