/*
 * "Confirm that it is you": the password, or a passkey.  Opened by
 * state/reauth.ts whenever a call is answered with REAUTH_REQUIRED.
 */
import { useEffect, useState } from "preact/hooks";
import { passkeys } from "../api/account";
import { reauthWithPasskey } from "../api/passkey";
import { rest } from "../api/rest";
import { me } from "../state/auth";
import { noPasskeys } from "../state/passkey";
import { reauthAsk } from "../state/reauth";
import { FormError } from "./auth_frame";
import { Field } from "./field";
import { Icon } from "./icon";
import { Modal } from "./modal";
import { useSubmit } from "./use_submit";

/* Whether a passkey can be asked for: null until it is known. */
function useOwnPasskeys(): boolean | null {
	const [some, setSome] = useState<boolean | null>(null);

	useEffect(() => {
		if (noPasskeys.value !== null) {
			setSome(false);
			return;
		}
		passkeys.list().then((list) => setSome(list.length > 0),
			() => setSome(false));
	}, []);
	return some;
}

function Ask({ onAnswer }: { onAnswer(proved: boolean): void }) {
	const [password, setPassword] = useState("");
	const form = useSubmit();
	const some = useOwnPasskeys();
	const byPassword = me.value?.user.has_password !== false;
	const prove = (how: () => Promise<unknown>) => form.run(async () => {
		await how();
		onAnswer(true);
	});

	return (
		<Modal titleId="reauth-title" testid="reauth-dialog"
			onCancel={() => onAnswer(false)}>
			<form
				class="dialog-body"
				noValidate
				onSubmit={(ev) => {
					ev.preventDefault();
					if (password !== "")
						void prove(() => rest.reauth(password));
				}}
			>
				<h2 id="reauth-title">Confirm that it is you</h2>
				<p>
					This needs a fresh proof, so that nobody at an open browser
					can do it for you, <strong>{me.value?.user.username}</strong>.
				</p>
				<FormError text={form.elsewhere("password")} />
				{byPassword ? (
					<>
						<input type="text" class="visually-hidden" tabIndex={-1}
							aria-hidden="true" autocomplete="username" readOnly
							value={me.value?.user.username} />
						<Field
							id="reauth-password"
							label="Password"
							type="password"
							value={password}
							onValue={setPassword}
							error={form.at("password")}
							testid="reauth-password"
							input={{ autocomplete: "current-password", autofocus: true }}
						/>
					</>
				) : null}
				<div class="dialog-actions">
					<button type="button" class="button" data-testid="reauth-cancel"
						onClick={() => onAnswer(false)}>
						Cancel
					</button>
					{some === true ? (
						<button type="button" class={`button${byPassword ? "" : " primary"}`}
							data-testid="reauth-passkey" aria-disabled={form.busy}
							onClick={() => void prove(reauthWithPasskey)}>
							<Icon name="key" size={18} />Use a passkey
						</button>
					) : null}
					{byPassword ? (
						<button type="submit" class="button primary"
							data-testid="reauth-submit"
							disabled={password === "" || form.busy}>
							{form.busy ? "Checking…" : "Confirm"}
						</button>
					) : null}
				</div>
			</form>
		</Modal>
	);
}

export function ReauthDialog() {
	const ask = reauthAsk.value;

	return ask === null ? null : <Ask onAnswer={ask.answer} />;
}
