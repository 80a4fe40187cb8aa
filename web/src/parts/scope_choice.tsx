/* Scopes: choosing them, and showing which somebody has. */
import { SCOPES } from "../api/types";
import { givable, SCOPE_TEXT } from "../text/scopes";
import { Icon } from "./icon";

export function ScopeChoice(props: {
	/* "key" makes the test ids key-scope-operator.read and so on. */
	prefix: string;
	legend: string;
	value: string[];
	onValue(value: string[]): void;
	held: readonly string[];
	error: string | null;
}) {
	const mine = givable(props.held);
	const lacking = SCOPES.some((scope) => !mine.has(scope));
	const toggle = (scope: string) =>
		props.onValue(props.value.includes(scope)
			? props.value.filter((one) => one !== scope)
			: SCOPES.filter((one) => one === scope || props.value.includes(one)));

	return (
		<fieldset class="scopes">
			<legend>{props.legend}</legend>
			{props.error === null ? null : (
				<p class="field-error" role="alert">
					<Icon name="alert" size={16} />{props.error}
				</p>
			)}
			{SCOPES.map((scope) => (
				<label key={scope} class={`scope${mine.has(scope) ? "" : " off"}`}>
					<input
						type="checkbox"
						checked={props.value.includes(scope)}
						disabled={!mine.has(scope)}
						data-testid={`${props.prefix}-scope-${scope}`}
						onChange={() => toggle(scope)}
					/>
					<span class="scope-text">
						<code>{scope}</code>
						<span>{SCOPE_TEXT[scope]}</span>
					</span>
				</label>
			))}
			{lacking ? (
				<p class="scopes-note">
					You can give only what you have yourself.
				</p>
			) : null}
		</fieldset>
	);
}

/* Known ones always in the same order. */
function inOrder(scopes: readonly string[]): string[] {
	const known: string[] = SCOPES.filter((one) => scopes.includes(one));
	return [...known, ...scopes.filter((one) => !known.includes(one))];
}

export function ScopeTags({ scopes }: { scopes: readonly string[] }) {
	return (
		<div class="tags">
			{inOrder(scopes).map((scope) => <span key={scope} class="tag mono">{scope}</span>)}
		</div>
	);
}
