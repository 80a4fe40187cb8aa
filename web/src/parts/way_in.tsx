/*
 * How a new person will sign in: with a password, or with a passkey of this
 * device.  Used by setup and by invitations.
 */
import { useState } from "preact/hooks";
import { ApiError } from "../api/call";
import { noPasskeys } from "../state/passkey";
import { lengthCheck } from "../text/password";
import { SubmitButton } from "./auth_frame";
import { Icon, type IconName } from "./icon";
import { NewPassword } from "./new_password";
import type { Submit } from "./use_submit";

type Way = "password" | "passkey";

const WAYS: { way: Way; label: string; icon: IconName }[] = [
	{ way: "password", label: "Password", icon: "lock" },
	{ way: "passkey", label: "Passkey", icon: "key" },
];

export interface WayIn {
	way: Way;
	password: string;
	again: string;
	setWay(way: Way): void;
	setPassword(value: string): void;
	setAgain(value: string): void;
	/* What keeps the form from being sent. */
	problem(): ApiError | null;
}

export function useWayIn(): WayIn {
	const [way, setWay] = useState<Way>("password");
	const [password, setPassword] = useState("");
	const [again, setAgain] = useState("");
	const wrong = (text: string) =>
		new ApiError(text, 0, "INVALID_REQUEST", "password");

	return {
		way, password, again, setWay, setPassword, setAgain,
		problem() {
			if (way === "passkey")
				return null;
			if (!lengthCheck(password).ok)
				return wrong("This password is too short.");
			return password === again ? null
				: wrong("The two passwords are not the same.");
		},
	};
}

function Switch({ prefix, way }: { prefix: string; way: WayIn }) {
	return (
		<fieldset class="ways">
			<legend>How will you sign in?</legend>
			<div class="segments">
				{WAYS.map((one) => (
					<label key={one.way} class="segment">
						<input
							type="radio"
							name={`${prefix}-way`}
							checked={way.way === one.way}
							data-testid={`${prefix}-way-${one.way}`}
							onChange={() => way.setWay(one.way)}
						/>
						<span><Icon name={one.icon} size={18} />{one.label}</span>
					</label>
				))}
			</div>
		</fieldset>
	);
}

export function WayInFields(props: {
	prefix: string;
	way: WayIn;
	form: Submit;
	label: string;
	busyLabel: string;
	passwordLabel?: string;
}) {
	const { prefix, way, form } = props;

	return (
		<>
			{noPasskeys.value === null ? <Switch prefix={prefix} way={way} /> : null}
			{way.way === "passkey" ? (
				<p class="field-hint">
					Your device asks for your fingerprint, face or PIN. There is
					no password to remember or to lose.
				</p>
			) : (
				<NewPassword
					prefix={prefix}
					label={props.passwordLabel ?? "Password"}
					password={way.password}
					again={way.again}
					onPassword={way.setPassword}
					onAgain={way.setAgain}
					error={form.at("password")}
					testid={`${prefix}-password`}
				/>
			)}
			<SubmitButton
				busy={form.busy}
				label={props.label}
				busyLabel={props.busyLabel}
				testid={`${prefix}-submit`}
			/>
		</>
	);
}
