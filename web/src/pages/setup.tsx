/* Onboarding: the first person sets up the deployment with its setup code. */
import { useState } from "preact/hooks";
import { ApiError, rest } from "../api/rest";
import { AuthFrame, FormError, SubmitButton } from "../parts/auth_frame";
import { Field } from "../parts/field";
import { NewPassword } from "../parts/new_password";
import { useSubmit } from "../parts/use_submit";
import { navigate } from "../router";
import { refreshAuth } from "../state/auth";
import { lengthCheck } from "../text/password";

/* A refusal of the code comes as a bare 403 or 410 too. */
function placed(err: unknown): unknown {
	if (err instanceof ApiError && err.field === null &&
	    (err.status === 403 || err.status === 410))
		return new ApiError(err.message, err.status, err.code, "setup_code");
	return err;
}

function localProblem(code: string, password: string, again: string): ApiError | null {
	const problem = (text: string, field: string) =>
		new ApiError(text, 0, "INVALID_REQUEST", field);

	if (code.trim() === "")
		return problem("Enter the setup code.", "setup_code");
	if (!lengthCheck(password).ok)
		return problem("This password is too short.", "password");
	if (password !== again)
		return problem("The two passwords are not the same.", "password");
	return null;
}

export function SetupPage({ codeRequired }: { codeRequired: boolean }) {
	const [code, setCode] = useState("");
	const [username, setUsername] = useState("owner");
	const [password, setPassword] = useState("");
	const [again, setAgain] = useState("");
	const form = useSubmit();

	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		const problem = localProblem(codeRequired ? code : "none", password, again);
		if (problem !== null) {
			form.fail(problem);
			return;
		}
		void form.run(async () => {
			try {
				await rest.setup({
					setup_code: code.trim(),
					username: username.trim() || "owner",
					password,
				});
			} catch (err) {
				throw placed(err);
			}
			await refreshAuth();
			navigate("/", true);
		});
	};

	return (
		<AuthFrame
			title="Set up Moltis"
			lead="You are the first one here. This makes you the administrator of this deployment."
		>
			<form class="form" onSubmit={onSubmit} noValidate>
				<FormError text={form.elsewhere("setup_code", "username", "password")} />
				{codeRequired ? (
					<Field
						id="setup-code"
						label="Setup code"
						value={code}
						onValue={setCode}
						hint={<>Printed when the server started. A new one:{" "}
							<code>moltis setup-code</code></>}
						error={form.at("setup_code")}
						testid="setup-code"
						mono
						input={{
							autocomplete: "one-time-code", spellcheck: false,
							autocapitalize: "off", autofocus: true,
							required: true,
						}}
					/>
				) : null}
				<Field
					id="setup-username"
					label="Username"
					value={username}
					onValue={setUsername}
					error={form.at("username")}
					testid="setup-username"
					input={{
						autocomplete: "username", spellcheck: false,
						autocapitalize: "off", maxLength: 64,
					}}
				/>
				<NewPassword
					prefix="setup"
					label="Password"
					password={password}
					again={again}
					onPassword={setPassword}
					onAgain={setAgain}
					error={form.at("password")}
					testid="setup-password"
				/>
				<SubmitButton
					busy={form.busy}
					label="Create administrator"
					busyLabel="Setting up…"
					testid="setup-submit"
				/>
			</form>
		</AuthFrame>
	);
}
