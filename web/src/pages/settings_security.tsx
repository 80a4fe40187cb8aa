/* Settings, security: the password, passkeys, where one is signed in. */
import { useState } from "preact/hooks";
import { rest } from "../api/rest";
import { FormError } from "../parts/auth_frame";
import { Field } from "../parts/field";
import { NewPassword } from "../parts/new_password";
import { useSubmit } from "../parts/use_submit";
import { me } from "../state/auth";
import { showToast } from "../state/toasts";
import { lengthCheck } from "../text/password";
import { Passkeys } from "./settings_passkeys";
import { Logins } from "./settings_logins";

function ChangePassword() {
	const [current, setCurrent] = useState("");
	const [password, setPassword] = useState("");
	const [again, setAgain] = useState("");
	const form = useSubmit();
	const ready = current !== "" && lengthCheck(password).ok && password === again;

	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		if (!ready)
			return;
		void form.run(async () => {
			await rest.changePassword(current, password);
			setCurrent("");
			setPassword("");
			setAgain("");
			showToast("Password changed. Other browsers were signed out.");
		});
	};

	return (
		<section class="card" aria-labelledby="password-title">
			<h2 id="password-title">Password</h2>
			<p class="muted">A change signs out every other browser.</p>
			<form class="form narrow" onSubmit={onSubmit} noValidate>
				<FormError text={form.elsewhere("current_password", "new_password")} />
				<Field
					id="current-password"
					label="Current password"
					type="password"
					value={current}
					onValue={setCurrent}
					error={form.at("current_password")}
					testid="password-current"
					input={{ autocomplete: "current-password" }}
				/>
				<NewPassword
					prefix="change"
					label="New password"
					password={password}
					again={again}
					onPassword={setPassword}
					onAgain={setAgain}
					error={form.at("new_password")}
					testid="password-new"
				/>
				<button
					type="submit"
					class="button primary"
					disabled={!ready || form.busy}
					data-testid="password-submit"
				>
					{form.busy ? "Changing…" : "Change password"}
				</button>
			</form>
		</section>
	);
}

export function SecuritySection() {
	return (
		<>
			<Logins />
			<Passkeys />
			{me.value?.user.has_password === false ? null : <ChangePassword />}
		</>
	);
}
