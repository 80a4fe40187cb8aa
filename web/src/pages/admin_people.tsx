/* Administration, people: who has a login here; new people; lost logins. */
import { useState } from "preact/hooks";
import { admin } from "../api/admin";
import type { AdminUser, CreatedInvite } from "../api/account_types";
import { confirmDialog } from "../parts/dialog";
import { Field } from "../parts/field";
import { InviteLink } from "../parts/invite_link";
import { LoadMore } from "../parts/load_more";
import { LoadState } from "../parts/load_state";
import { Menu, type MenuAction } from "../parts/menu";
import { usePages } from "../parts/use_pages";
import { me } from "../state/auth";
import { showError, showToast } from "../state/toasts";
import { plural } from "../text/plain";
import { ago, dateOf } from "../text/time";
import { AdminInvitations } from "./admin_invites";

interface Reset {
	user: AdminUser;
	created: CreatedInvite;
}

function proofs(user: AdminUser): string {
	const ways = [
		user.has_password ? "password" : "",
		user.passkeys > 0 ? plural(user.passkeys, "passkey") : "",
	].filter(Boolean);

	return ways.length === 0 ? "no way to sign in" : ways.join(", ");
}

/* The questions before something is done to a person. */
const QUESTIONS = {
	disable: {
		title: (name: string) => `Disable ${name}?`,
		text: "All logins, API keys and connections of this person end within a" +
			" second. Nothing is deleted; you can enable the person again.",
		action: "Disable",
	},
	promote: {
		title: (name: string) => `Make ${name} an administrator?`,
		text: "An administrator can disable people and accounts and invite others," +
			" but reads nobody's conversations.",
		action: "Make administrator",
	},
	demote: {
		title: (name: string) => `Take administration from ${name}?`,
		text: "This person keeps the login and the accounts.",
		action: "Take away",
	},
} as const;

function useActions(user: AdminUser, onChange: () => void, onReset: (made: Reset) => void) {
	const change = async (
		what: Parameters<typeof admin.updateUser>[1], done: string,
		ask: (typeof QUESTIONS)[keyof typeof QUESTIONS] | null,
	) => {
		const sure = ask === null || await confirmDialog({
			title: ask.title(user.username), text: ask.text, action: ask.action,
			danger: ask !== QUESTIONS.promote,
		});
		if (!sure)
			return;
		await admin.updateUser(user.id, what).then(() => showToast(done), showError);
		onChange();
	};
	const reset = () => admin.createInvite({ kind: "reset", username: user.username })
		.then((created) => onReset({ user, created }), showError);
	const self = user.id === me.value?.user.id;
	const actions: MenuAction[] = [
		{ label: "Make a reset link", icon: "key", testid: "person-reset",
			run: () => void reset() },
	];

	if (!self) {
		actions.push(user.administrator
			? { label: "Take administration away", icon: "shield",
				testid: "person-demote", run: () => void change(
					{ administrator: false },
					`${user.username} is no administrator any more.`,
					QUESTIONS.demote) }
			: { label: "Make administrator", icon: "shield",
				testid: "person-promote", run: () => void change(
					{ administrator: true },
					`${user.username} is an administrator now.`,
					QUESTIONS.promote) });
		actions.push(user.disabled
			? { label: "Enable", icon: "check", testid: "person-enable",
				run: () => void change({ disabled: false },
					`${user.username} can sign in again.`, null) }
			: { label: "Disable", icon: "stop", danger: true, testid: "person-disable",
				run: () => void change({ disabled: true },
					`${user.username} is disabled.`, QUESTIONS.disable) });
	}
	return actions;
}

function Row(props: { user: AdminUser; onChange(): void; onReset(made: Reset): void }) {
	const { user } = props;
	const actions = useActions(user, props.onChange, props.onReset);

	return (
		<li class="entry" data-testid="person-row" data-user={user.username}
			data-disabled={user.disabled}>
			<div class="entry-main">
				<strong dir="auto">{user.username}</strong>
				{user.id === me.value?.user.id ? <span class="tag">You</span> : null}
				{user.administrator ? <span class="tag fine">Administrator</span> : null}
				{user.disabled ? <span class="tag fail">Disabled</span> : null}
				<small>
					{plural(user.accounts, "account")} · {proofs(user)}
				</small>
				<small>
					Since {dateOf(user.created_at)} ·{" "}
					{user.last_seen_at === null ? "never seen"
						: `last seen ${ago(user.last_seen_at, Date.now())}`}
				</small>
			</div>
			<Menu label={`Actions for ${user.username}`} actions={actions} />
		</li>
	);
}

/*
 * Everybody at first; whoever looks for a name among one page of people finds
 * it here, in a longer list the server looks for the whole name.
 */
function usePeople(name: string) {
	const [long, setLong] = useState(false);
	const asked = long ? name : "";
	const list = usePages((cursor) => admin.users(asked, cursor), asked);

	if (list.hasMore && !long)
		setLong(true);
	return {
		list: {
			...list,
			data: list.data?.filter((one) =>
				one.username.toLowerCase().includes(name.toLowerCase())) ?? null,
		},
		long,
	};
}

export function AdminPeople() {
	const [name, setName] = useState("");
	const { list, long } = usePeople(name.trim());
	const [reset, setReset] = useState<Reset | null>(null);

	return (
		<>
			<section class="card" aria-labelledby="people-title">
				<h2 id="people-title">People</h2>
				<p class="muted">Everybody with a login on this deployment.</p>
				{reset === null ? null : (
					<InviteLink
						key={reset.created.id}
						prefix="reset"
						created={reset.created}
						title={`Reset link for ${reset.user.username}`}
						about={`For ${reset.user.username}: choose a new password for ${location.host}.`}
						onDone={() => setReset(null)}
					/>
				)}
				<div class="filters">
					<Field id="people-find" label="Find by name" value={name}
						onValue={setName} testid="people-find"
						hint={long ? "The whole name: there are many people." : null}
						input={{ autocomplete: "off", spellcheck: false,
							autocapitalize: "off", maxLength: 64 }} />
				</div>
				<LoadState
					from={list}
					empty={(all) => all.length === 0}
					emptyText="Nobody of that name."
				>
					{(all) => (
						<ul class="entries">
							{all.map((user) => (
								<Row key={user.id} user={user} onReset={setReset}
									onChange={() => void list.reload()} />
							))}
						</ul>
					)}
				</LoadState>
				<LoadMore pages={list} testid="people-more" />
			</section>
			<AdminInvitations version={reset?.created.id ?? ""} />
		</>
	);
}
