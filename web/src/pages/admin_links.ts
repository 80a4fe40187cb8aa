/* The sections of administration, for the navigation. */
import type { SectionLink } from "../parts/settings_frame";

export const ADMIN_LINKS: SectionLink[] = [
	{ path: "/admin/people", label: "People", icon: "people" },
	{ path: "/admin/accounts", label: "Accounts", icon: "building" },
	{ path: "/admin/log", label: "Deployment log", icon: "log" },
];
