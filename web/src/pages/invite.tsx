/*
 * An invitation, opened with its link: joins an account, makes a new person,
 * or lets somebody back in who lost his password.  Works signed in and signed
 * out; the link is the right.
 */
import { useState } from "preact/hooks";
import { accounts as accountsApi } from "../api/account";
import type { InviteOffer } from "../api/account_types";
import { ApiError } from "../api/call";
import { acceptWithPasskey } from "../api/passkey";
import { rest } from "../api/rest";
import { AuthFrame, FormError } from "../parts/auth_frame";
import { Field } from "../parts/field";
import { ScopeTags } from "../parts/scope_choice";
import { useLoad } from "../parts/use_load";
import { useSubmit } from "../parts/use_submit";
import { useWayIn, WayInFields } from "../parts/way_in";
import { Link } from "../router";
import { me } from "../state/auth";
import { inviteToken, reopenInvite } from "../state/invite";
import { deviceName } from "../text/device";
import { ahead } from "../text/time";

/* By a real page load: whoever was here before leaves nothing behind. */
function enter(): void {
	location.replace("/");
}

function Refused({ error }: { error: ApiError | null }) {
	const known = error === null || error.status === 403 || error.status === 410;

	return (
		<AuthFrame
			title={error?.status === 410 ? "This invitation has expired"
				: known ? "This invitation cannot be used" : "The invitation cannot be read"}
			lead={error === null
				? "The link is not complete. Open it again as it was sent to you."
				: error.status === 410
					? "Ask whoever sent it for a new one."
					: error.status === 403
						? "It was used already, was withdrawn, or the link is not complete."
						: error.message}
		>
			<Link to="/" class="button wide">
				{me.value === null ? "Go to the sign-in page" : "Go to the conversations"}
			</Link>
		</AuthFrame>
	);
}

/* What the invitation gives. */
function Facts({ offer }: { offer: InviteOffer }) {
	const scopes = offer.scopes ?? [];

	return (
		<div class="offer" data-testid="invite-offer">
			{offer.kind === "member" ? (
				<>
					<p>You may do in this account:</p>
					<ScopeTags scopes={scopes} />
				</>
			) : null}
			{offer.administrator ? (
				<p>
					You will be an <strong>administrator of this deployment</strong>.
				</p>
			) : null}
			<p class="muted">
				The link works once and ends {ahead(offer.expires_at, Date.now())}.
			</p>
		</div>
	);
}

function joinTitle(offer: InviteOffer): string {
	return offer.account_name ? `Join “${offer.account_name}”` : "Join the account";
}

/* Somebody who is signed in joins with the person he is. */
function Join({ token, offer }: { token: string; offer: InviteOffer }) {
	const form = useSubmit();
	const name = me.value?.user.username ?? "";
	const join = () => void form.run(async () => {
		const before = new Set((await accountsApi.list()).map((one) => one.id));
		await rest.acceptInvite({ token });
		const joined = (await accountsApi.list()).find((one) => !before.has(one.id));
		if (joined !== undefined)
			await accountsApi.switchTo(joined.id);
		enter();
	});

	return (
		<AuthFrame title={joinTitle(offer)}
			lead={`You are signed in as ${name}.`}>
			<div class="form">
				<FormError text={form.error?.message ?? null} />
				<Facts offer={offer} />
				<button type="button" class="button primary wide"
					aria-disabled={form.busy} data-testid="invite-join" onClick={join}>
					{form.busy ? "Joining…" : `Join as ${name}`}
				</button>
				<SignOutFirst text="Join as somebody else" />
			</div>
		</AuthFrame>
	);
}

function SignOutFirst({ text }: { text: string }) {
	const form = useSubmit();
	const leave = () => void form.run(async () => {
		await rest.logout();
		reopenInvite();
	});

	return (
		<>
			<FormError text={form.error?.message ?? null} />
			<button type="button" class="button wide" aria-disabled={form.busy}
				data-testid="invite-sign-out" onClick={leave}>
				{text}
			</button>
		</>
	);
}

/* An invitation that makes a person, opened by one who is signed in. */
function WrongPerson({ offer }: { offer: InviteOffer }) {
	return (
		<AuthFrame title="This invitation is for a new person"
			lead={`You are signed in as ${me.value?.user.username}. Sign out to go on, or leave the invitation to whom it is for.`}>
			<div class="form">
				<Facts offer={offer} />
				<SignOutFirst text="Sign out and go on" />
				<Link to="/" class="button wide">Stay signed in</Link>
			</div>
		</AuthFrame>
	);
}

const TITLES = {
	account: "Welcome to Moltis",
	reset: "Choose a new way in",
} as const;

function leadOf(offer: InviteOffer): string {
	switch (offer.kind) {
	case "member":
		return "Choose a name and how you will sign in.";
	case "account":
		return "You get an account of your own. Choose a name and how you will sign in.";
	case "reset":
		return `For ${offer.username ?? "your login"}. Every other login of yours ends.`;
	}
}

/* A new person, or an old one who comes back. */
function Enrol({ token, offer }: { token: string; offer: InviteOffer }) {
	const [username, setUsername] = useState(offer.username ?? "");
	const way = useWayIn();
	const form = useSubmit();
	const reset = offer.kind === "reset";
	const accept = async () => {
		const right = reset ? { token } : { token, username: username.trim() };
		if (way.way === "passkey")
			await acceptWithPasskey(right, deviceName(navigator.userAgent));
		else
			await rest.acceptInvite({ ...right, password: way.password });
	};
	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		const problem = !reset && username.trim() === ""
			? new ApiError("Choose a username.", 0, "INVALID_REQUEST", "username")
			: way.problem();
		if (problem !== null) {
			form.fail(problem);
			return;
		}
		void form.run(async () => {
			await accept();
			enter();
		});
	};

	return (
		<AuthFrame
			title={offer.kind === "member" ? joinTitle(offer) : TITLES[offer.kind]}
			lead={leadOf(offer)}
		>
			<form class="form" onSubmit={onSubmit} noValidate>
				<FormError text={form.elsewhere("username", "password")} />
				<Facts offer={offer} />
				{reset ? (
					<input type="text" class="visually-hidden" tabIndex={-1}
						aria-hidden="true" autocomplete="username" readOnly
						value={offer.username ?? ""} />
				) : (
					<Field
						id="invite-username"
						label="Username"
						value={username}
						onValue={setUsername}
						error={form.at("username")}
						testid="invite-username"
						input={{
							autocomplete: "username", spellcheck: false,
							autocapitalize: "off", maxLength: 64, autofocus: true,
						}}
					/>
				)}
				<WayInFields prefix="invite" way={way} form={form}
					passwordLabel={reset ? "New password" : "Password"}
					label={reset ? "Save and sign in" : "Accept"}
					busyLabel={reset ? "Saving…" : "Accepting…"} />
				{offer.kind === "member" ? (
					<p class="field-hint">
						Have you a login here already?{" "}
						<Link to="/login" class="link-button">
							Sign in and join with it
						</Link>
					</p>
				) : null}
			</form>
		</AuthFrame>
	);
}

function Opened({ token }: { token: string }) {
	const offer = useLoad(() => rest.lookupInvite(token).then(
		(found) => ({ found, error: null }),
		(error: ApiError) => ({ found: null, error })));

	if (offer.data === null)
		return <div class="blank" role="status" aria-label="Loading" />;
	const { found, error } = offer.data;
	if (found === null)
		return <Refused error={error} />;
	if (me.value === null || found.kind === "reset")
		return <Enrol token={token} offer={found} />;
	return found.kind === "member" ? <Join token={token} offer={found} />
		: <WrongPerson offer={found} />;
}

export function InvitePage() {
	const token = inviteToken.value;

	return token === null ? <Refused error={null} />
		: <Opened key={token} token={token} />;
}
