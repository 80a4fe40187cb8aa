/*
 * The conversations, the way to a new one, who is signed in.  On a narrow
 * screen a drawer over the page.
 */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { SessionEntry } from "../api/types";
import { Link, navigate, route } from "../router";
import { chatPath, MAIN_KEY } from "../routes";
import { unseenAlerts } from "../state/alerts";
import { mayDecide, pending, pendingBySession } from "../state/approvals";
import { me } from "../state/auth";
import { may } from "../state/link";
import {
	activeKey, archiveSession, createSession, deleteSession, renameSession, running, sessions,
	titleOf, unread,
} from "../state/sessions";
import { showError } from "../state/toasts";
import { plural } from "../text/plain";
import { dayGroup } from "../text/time";
import { AccountSwitcher } from "./account_switcher";
import { askDialog, confirmDialog } from "./dialog";
import { Icon } from "./icon";
import { Logo } from "./logo";
import { Menu, type MenuAction } from "./menu";
import { ThemeToggle } from "./theme_toggle";

export const LABEL_MAX = 120;

export const drawerOpen = signal(false);

const narrow = matchMedia("(max-width: 860px)");
const isNarrow = signal(narrow.matches);
narrow.addEventListener("change", (ev) => {
	isNarrow.value = ev.matches;
});

export function closeDrawer(): void {
	drawerOpen.value = false;
}

export async function rename(entry: SessionEntry): Promise<void> {
	const label = await askDialog({
		title: "Rename conversation",
		action: "Rename",
		label: "Name",
		value: titleOf(entry),
		maxLength: LABEL_MAX,
	});

	if (label === null)
		return;
	await renameSession(entry.key, label).catch(showError);
}

export async function archive(entry: SessionEntry, archived: boolean): Promise<void> {
	try {
		await archiveSession(entry.key, archived);
		if (archived && activeKey.value === entry.key && route.value.page === "chat")
			navigate("/", true);
	} catch (err) {
		showError(err);
	}
}

export async function remove(entry: SessionEntry): Promise<void> {
	const sure = await confirmDialog({
		title: "Delete this conversation?",
		text: `“${titleOf(entry)}” and its messages will be gone for good.`,
		action: "Delete",
		danger: true,
	});

	if (!sure)
		return;
	try {
		await deleteSession(entry.key);
		if (activeKey.value === entry.key && route.value.page === "chat")
			navigate("/", true);
	} catch (err) {
		showError(err);
	}
}

async function create(): Promise<void> {
	try {
		const entry = await createSession();
		closeDrawer();
		navigate(chatPath(entry.key));
	} catch (err) {
		showError(err);
	}
}

function SessionItem({ entry, current }: { entry: SessionEntry; current: boolean }) {
	const isNew = unread.value.has(entry.key);
	const works = running.value.has(entry.key);
	const asks = pendingBySession.value.get(entry.key) ?? 0;
	const title = titleOf(entry);
	const actions: MenuAction[] = [
		{ label: "Rename", icon: "pencil", testid: "session-rename",
			run: () => void rename(entry) },
	];

	if (entry.key !== MAIN_KEY) {
		actions.push({ label: "Archive", icon: "archive",
			testid: "session-archive", run: () => void archive(entry, true) });
		actions.push({ label: "Delete", icon: "trash", danger: true,
			testid: "session-delete", run: () => void remove(entry) });
	}
	return (
		<li
			class={`session${current ? " current" : ""}${isNew ? " unread" : ""}`}
			data-testid="session-item"
			data-key={entry.key}
		>
			<Link
				to={chatPath(entry.key)}
				class="session-link"
				aria-current={current ? "page" : undefined}
				onNavigate={closeDrawer}
				title={title}
			>
				<span class="session-title" dir="auto">{title}</span>
				{asks > 0 ? (
					<span
						class="count"
						role="img"
						aria-label={`${plural(asks, "approval")} needed`}
						data-testid="session-approvals"
					>
						{asks}
					</span>
				) : works ? (
					<span class="session-works" role="img" aria-label="Answering" />
				) : isNew ? (
					<span class="session-dot" role="img" aria-label="New messages" />
				) : null}
			</Link>
			{may("operator.write")
				? <Menu label={`Actions for ${title}`} actions={actions} /> : null}
		</li>
	);
}

/* Main first, then the newest; archived conversations are hidden. */
function grouped(list: SessionEntry[], now: number): [string, SessionEntry[]][] {
	const groups = new Map<string, SessionEntry[]>();
	const shown = list.filter((entry) => entry.archived !== true)
		.sort((a, b) => b.updatedAt - a.updatedAt);

	for (const entry of shown) {
		const name = entry.key === MAIN_KEY ? "" : dayGroup(entry.updatedAt, now);
		groups.set(name, [...groups.get(name) ?? [], entry]);
	}
	return [...groups].sort(([a], [b]) => (a === "" ? -1 : b === "" ? 1 : 0));
}

function SessionList({ current }: { current: string | null }) {
	const list = sessions.value;

	if (list === null) {
		return (
			<div class="session-skeleton" aria-hidden="true">
				<i /><i /><i /><i />
			</div>
		);
	}
	return (
		<>
			{grouped(list, Date.now()).map(([name, entries]) => (
				<section key={name} aria-label={name === "" ? "Main" : name}>
					{name === "" ? null : <h2 class="session-group">{name}</h2>}
					<ul>
						{entries.map((entry) => (
							<SessionItem
								key={entry.key}
								entry={entry}
								current={entry.key === current}
							/>
						))}
					</ul>
				</section>
			))}
		</>
	);
}

function ArchivedEntry() {
	const count = sessions.value?.filter((entry) => entry.archived === true)
		.length ?? 0;
	const here = route.value.page === "archived";

	return count === 0 && !here ? null : (
		<Link
			to="/archived"
			class={`side-link archived-link${here ? " current" : ""}`}
			aria-current={here ? "page" : undefined}
			data-testid="archived-link"
			onNavigate={closeDrawer}
		>
			<Icon name="archive" size={18} />
			<span>Archived</span>
			<span class="muted">{count}</span>
		</Link>
	);
}

function ApprovalsEntry() {
	const count = pending.value.length;
	const here = route.value.page === "approvals";

	if (!mayDecide())
		return null;
	return (
		<Link
			to="/approvals"
			class={`side-link${here ? " current" : ""}`}
			aria-current={here ? "page" : undefined}
			data-testid="approvals-link"
			onNavigate={closeDrawer}
		>
			<Icon name="shield" size={18} />
			<span>Approvals</span>
			{count === 0 ? null : (
				<span class="count" data-testid="approvals-count">
					{count}<span class="visually-hidden"> waiting</span>
				</span>
			)}
		</Link>
	);
}

function Person() {
	const who = me.value;
	const name = who?.user.username ?? "";
	const fresh = unseenAlerts.value;

	return (
		<div class="person">
			<Link
				to={fresh === 0 ? "/settings/security" : "/settings/audit"}
				class="person-link"
				aria-label={fresh === 0 ? "Settings"
					: `Settings, ${plural(fresh, "security warning")}`}
				data-testid="open-settings"
				onNavigate={closeDrawer}
			>
				<span class="avatar" aria-hidden="true">
					{[...name][0]?.toUpperCase() ?? "?"}
				</span>
				<span class="person-name">
					<strong>{name}</strong>
					<small>Settings</small>
				</span>
				{fresh === 0 ? null
					: <span class="count" data-testid="alerts-count">{fresh}</span>}
			</Link>
			<ThemeToggle />
		</div>
	);
}

export function Sidebar({ current }: { current: string | null }) {
	const root = useRef<HTMLElement>(null);
	const hidden = isNarrow.value && !drawerOpen.value;

	useEffect(() => {
		if (isNarrow.value && drawerOpen.value)
			root.current?.querySelector<HTMLElement>("button, a")?.focus();
	}, [drawerOpen.value]);
	return (
		<>
			{isNarrow.value && drawerOpen.value ? (
				<div class="scrim" onClick={closeDrawer} aria-hidden="true" />
			) : null}
			<aside
				ref={root}
				class={`sidebar${drawerOpen.value ? " open" : ""}`}
				aria-label="Conversations"
				inert={hidden}
				onKeyDown={(ev) => {
					if (ev.key === "Escape")
						closeDrawer();
				}}
			>
				<div class="sidebar-top">
					<Link to="/" class="logo-link" aria-label="Moltis, main conversation"
						onNavigate={closeDrawer}>
						<Logo />
					</Link>
					<button
						type="button"
						class="icon-button only-narrow"
						aria-label="Close the list"
						onClick={closeDrawer}
					>
						<Icon name="close" />
					</button>
				</div>
				<AccountSwitcher />
				<button
					type="button"
					class="button new-chat"
					data-testid="session-new"
					disabled={!may("operator.write")}
					title={may("operator.write") ? undefined
						: "Needs the scope operator.write"}
					onClick={() => void create()}
				>
					<Icon name="plus" size={18} />New chat
				</button>
				<ApprovalsEntry />
				<nav class="session-list" aria-label="Conversations">
					<SessionList current={current} />
					<ArchivedEntry />
				</nav>
				<Person />
			</aside>
		</>
	);
}
