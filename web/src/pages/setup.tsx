/* Onboarding: the first person sets up the deployment with its setup code. */
import { useState } from "preact/hooks";
import { ApiError } from "../api/call";
import { setupWithPasskey } from "../api/passkey";
import { rest } from "../api/rest";
import { AuthFrame, FormError } from "../parts/auth_frame";
import { Field } from "../parts/field";
import { useSubmit } from "../parts/use_submit";
import { useWayIn, WayInFields } from "../parts/way_in";
import { navigate } from "../router";
import { refreshAuth } from "../state/auth";
import { deviceName } from "../text/device";

/* A refusal of the code comes as a bare 403 or 410 too. */
function placed(err: unknown): unknown {
	if (err instanceof ApiError && err.field === null &&
	    (err.status === 403 || err.status === 410))
		return new ApiError(err.message, err.status, err.code, "setup_code");
	return err;
}

export function SetupPage({ codeRequired }: { codeRequired: boolean }) {
	const [code, setCode] = useState("");
	const [username, setUsername] = useState("owner");
	const way = useWayIn();
	const form = useSubmit();

	const setUp = async () => {
		const right = {
			setup_code: code.trim(), username: username.trim() || "owner",
		};
		if (way.way === "passkey")
			await setupWithPasskey(right, deviceName(navigator.userAgent));
		else
			await rest.setup({ ...right, password: way.password });
	};
	const onSubmit = (ev: Event) => {
		ev.preventDefault();
		const problem = codeRequired && code.trim() === ""
			? new ApiError("Enter the setup code.", 0, "INVALID_REQUEST", "setup_code")
			: way.problem();
		if (problem !== null) {
			form.fail(problem);
			return;
		}
		void form.run(async () => {
			try {
				await setUp();
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
				<WayInFields prefix="setup" way={way} form={form}
					label="Create administrator" busyLabel="Setting up…" />
			</form>
		</AuthFrame>
	);
}
