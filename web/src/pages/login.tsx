/*
 * Login: a name and a password, or a passkey.  Where the browser can, it also
 * offers passkeys in the name field (conditional mediation).
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { signInWithPasskey } from "../api/passkey";
import { rest } from "../api/rest";
import { PasskeyError } from "../api/webauthn";
import { AuthFrame, FormError, SubmitButton } from "../parts/auth_frame";
import { Field } from "../parts/field";
import { Icon } from "../parts/icon";
import { useSubmit } from "../parts/use_submit";
import { authStatus, loginEnded, refreshAuth } from "../state/auth";
import { noPasskeys } from "../state/passkey";
import { plural } from "../text/plain";

/* The server forgets a challenge after five minutes. */
const OFFER_MS = 240_000;

/*
 * Offers passkeys among the suggestions of the name field, for as long as the
 * page is open; what it returns ends the offer, because a browser asks one
 * question at a time.
 */
function usePasskeyOffer(onSignedIn: () => void): () => void {
	const stop = useRef<AbortController | null>(null);

	useEffect(() => {
		let closed = noPasskeys.value !== null;
		const can = closed ? Promise.resolve(false)
			: globalThis.PublicKeyCredential.isConditionalMediationAvailable?.() ??
				Promise.resolve(false);
		const offer = async () => {
			while (!closed) {
				const mine = new AbortController();
				stop.current = mine;
				const timer = setTimeout(() => mine.abort(), OFFER_MS);
				try {
					await signInWithPasskey("", mine.signal);
					closed = true;
					onSignedIn();
				} catch {
					/* Renewed when its time is up; anything else (the
					 * button was pressed, the server refused) ends it. */
					closed ||= !mine.signal.aborted || stop.current !== mine;
				} finally {
					clearTimeout(timer);
				}
			}
		};
		void can.then((yes) => {
			if (yes && !closed)
				void offer();
		}).catch(() => { /* The button is left. */ });
		return () => {
			closed = true;
			stop.current?.abort();
		};
	}, []);
	return () => {
		const open = stop.current;
		stop.current = null;
		open?.abort();
	};
}

function PasskeyButton(props: { busy: boolean; onClick(): void }) {
	return (
		<>
			<p class="or" aria-hidden="true"><span>or</span></p>
			<button type="button" class="button wide" aria-disabled={props.busy}
				data-testid="login-passkey" onClick={props.onClick}>
				<Icon name="key" size={18} />Sign in with a passkey
			</button>
		</>
	);
}

export function LoginPage() {
	const [username, setUsername] = useState("");
	const [password, setPassword] = useState("");
	const form = useSubmit();
	const endOffer = usePasskeyOffer(() => void refreshAuth());
	const wait = form.error?.retryAfterSecs ?? null;
	const offersPasskeys = noPasskeys.value === null &&
		authStatus.value?.has_passkeys !== false;

	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		void form.run(async () => {
			const name = username.trim();
			await rest.login(name === "" ? { password }
				: { username: name, password });
			await refreshAuth();
		});
	};
	const onPasskey = () => void form.run(async () => {
		endOffer();
		try {
			await signInWithPasskey(username.trim());
		} catch (err) {
			if (err instanceof PasskeyError && err.cancelled)
				throw new Error("No passkey was used. Try again, or sign in with your password.");
			throw err;
		}
		await refreshAuth();
	});

	return (
		<AuthFrame
			title="Sign in"
			lead={loginEnded() ? "You were signed out. Sign in again to go on."
				: "Welcome back."}
		>
			<form class="form" onSubmit={onSubmit} noValidate>
				<FormError text={form.elsewhere("username", "password")} />
				{wait === null ? null : (
					<p class="field-hint">
						Try again in {plural(Math.ceil(wait), "second")}.
					</p>
				)}
				<Field
					id="login-username"
					label="Username"
					value={username}
					onValue={setUsername}
					error={form.at("username")}
					testid="login-username"
					input={{
						autocomplete: "username webauthn", spellcheck: false,
						autocapitalize: "off", autofocus: true,
					}}
				/>
				<Field
					id="login-password"
					label="Password"
					type="password"
					value={password}
					onValue={setPassword}
					error={form.at("password")}
					testid="login-password"
					input={{ autocomplete: "current-password", required: true }}
				/>
				<SubmitButton
					busy={form.busy}
					label="Sign in"
					busyLabel="Signing in…"
					testid="login-submit"
				/>
				{offersPasskeys
					? <PasskeyButton busy={form.busy} onClick={onPasskey} /> : null}
			</form>
		</AuthFrame>
	);
}
