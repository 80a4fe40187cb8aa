/* A new password, typed twice, with what is still missing said at once. */
import { lengthCheck, matchCheck, type Check } from "../text/password";
import { Field } from "./field";
import { Icon } from "./icon";

function Hint({ check }: { check: Check }) {
	return (
		<span class={`check${check.ok ? " ok" : ""}`}>
			{check.ok ? <Icon name="check" size={16} /> : null}
			{check.text}
		</span>
	);
}

export function NewPassword(props: {
	prefix: string;
	label: string;
	password: string;
	again: string;
	onPassword(value: string): void;
	onAgain(value: string): void;
	error: string | null;
	testid: string;
}) {
	const length = lengthCheck(props.password);
	const match = matchCheck(props.password, props.again);

	return (
		<>
			<Field
				id={`${props.prefix}-password`}
				label={props.label}
				type="password"
				value={props.password}
				onValue={props.onPassword}
				hint={<Hint check={length} />}
				error={props.error}
				testid={props.testid}
				input={{ autocomplete: "new-password", required: true }}
			/>
			<Field
				id={`${props.prefix}-password2`}
				label={`${props.label} again`}
				type="password"
				value={props.again}
				onValue={props.onAgain}
				hint={match.text === "" ? null : <Hint check={match} />}
				testid={`${props.testid}2`}
				input={{ autocomplete: "new-password", required: true }}
			/>
		</>
	);
}
