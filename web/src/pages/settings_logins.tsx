/* Settings, security: the browsers in which a person is signed in. */
import { logins } from "../api/account";
import type { LoginSession } from "../api/account_types";
import { confirmDialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { LoadState } from "../parts/load_state";
import { useLoad } from "../parts/use_load";
import { me, signOut } from "../state/auth";
import { showError, showToast } from "../state/toasts";
import { plural } from "../text/plain";
import { deviceName } from "../text/device";
import { ago, dateOf } from "../text/time";

const METHODS: Record<string, string> = {
	password: "with a password",
	passkey: "with a passkey",
	invite: "with an invitation",
	setup: "with the setup code",
};

function Row({ item, onChange }: { item: LoginSession; onChange(): void }) {
	const device = deviceName(item.user_agent);
	const end = async () => {
		if (item.current) {
			await signOut().catch(showError);
			return;
		}
		await logins.revoke(item.id).then(
			() => showToast(`Signed out: ${device}.`), showError);
		onChange();
	};

	return (
		<li class="entry" data-testid="login-row" data-current={item.current}>
			<div class="entry-main">
				<strong title={item.user_agent}>{device}</strong>
				{item.current ? <span class="tag fine">This device</span> : null}
				<small>
					{item.peer === "" ? "" : `${item.peer} · `}
					{item.current ? "in use now"
						: `last used ${ago(item.last_seen_at, Date.now())}`}
				</small>
				<small>
					Signed in {dateOf(item.created_at)}{" "}
					{METHODS[item.method] ?? ""} · good until {dateOf(item.expires_at)}
					{item.account_id === me.value?.account.id ? null : (
						<> · in <span dir="auto">{item.account_name}</span></>
					)}
				</small>
			</div>
			<button type="button" class="button small"
				data-testid={item.current ? "sign-out" : "login-revoke"}
				aria-label={item.current ? "Sign out on this device"
					: `Sign out ${device}`}
				onClick={() => void end()}>
				<Icon name="leave" size={16} />Sign out
			</button>
		</li>
	);
}

/* A server that lists none still lets this browser go. */
function OnlyThis() {
	return (
		<button type="button" class="button card-action" data-testid="sign-out"
			onClick={() => signOut().catch(showError)}>
			<Icon name="leave" size={18} />Sign out on this device
		</button>
	);
}

export function Logins() {
	const list = useLoad(logins.list);
	const others = list.data?.filter((one) => !one.current).length ?? 0;
	const endOthers = async () => {
		const sure = await confirmDialog({
			title: "Sign out everywhere else?",
			text: `${plural(others, "other login")} of yours will end at once.` +
				" This device stays signed in; API keys go on working.",
			action: "Sign out the others",
			danger: true,
		});
		if (!sure)
			return;
		await logins.revokeOthers().then(
			(count) => showToast(`${plural(count, "login")} ended.`), showError);
		await list.reload();
	};

	return (
		<section class="card" aria-labelledby="logins-title">
			<h2 id="logins-title">Where you are signed in</h2>
			<p class="muted">
				As <strong>{me.value?.user.username}</strong>
				{me.value?.user.administrator ? ", administrator of this deployment" : ""}.
				If you do not know a device here, sign it out
				{me.value?.user.has_password === false ? "."
					: " and change your password."}
			</p>
			<LoadState from={list}>
				{(all) => (
					<ul class="entries">
						{[...all].sort((a, b) => Number(b.current) - Number(a.current) ||
							b.last_seen_at - a.last_seen_at).map((item) => (
							<Row key={item.id} item={item}
								onChange={() => void list.reload()} />
						))}
					</ul>
				)}
			</LoadState>
			{list.data === null && list.failed !== null ? <OnlyThis /> : null}
			{others === 0 ? null : (
				<button type="button" class="button card-action danger-quiet"
					data-testid="login-revoke-others"
					onClick={() => void endOthers()}>
					Sign out everywhere else
				</button>
			)}
		</section>
	);
}
