/* Login with a name and a password. */
import { useState } from "preact/hooks";
import { rest } from "../api/rest";
import { AuthFrame, FormError, SubmitButton } from "../parts/auth_frame";
import { Field } from "../parts/field";
import { useSubmit } from "../parts/use_submit";
import { refreshAuth } from "../state/auth";
import { plural } from "../text/plain";

export function LoginPage() {
	const [username, setUsername] = useState("");
	const [password, setPassword] = useState("");
	const form = useSubmit();
	const wait = form.error?.retryAfterSecs ?? null;

	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		void form.run(async () => {
			const name = username.trim();
			await rest.login(name === "" ? { password }
				: { username: name, password });
			await refreshAuth();
		});
	};

	return (
		<AuthFrame title="Sign in" lead="Welcome back.">
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
						autocomplete: "username", spellcheck: false,
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
			</form>
		</AuthFrame>
	);
}
