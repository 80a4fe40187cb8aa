/* A labelled input with a hint and an error, tied together for readers. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "./icon";

export interface FieldProps {
	id: string;
	label: string;
	value: string;
	onValue(value: string): void;
	type?: "text" | "password";
	hint?: JSX.Element | string | null;
	error?: string | null;
	testid?: string;
	/* Codes and names that are compared letter by letter. */
	mono?: boolean;
	/* More than one line to write in. */
	lines?: number;
	input?: JSX.IntrinsicElements["input"];
}

export function Field(props: FieldProps) {
	const [shown, setShown] = useState(false);
	const secret = props.type === "password";
	const describedBy = [
		props.error ? `${props.id}-error` : null,
		props.hint ? `${props.id}-hint` : null,
	].filter(Boolean).join(" ");
	const common = {
		"id": props.id,
		"name": props.id,
		"class": `input${props.mono ? " mono" : ""}${props.lines ? " lines" : ""}`,
		"value": props.value,
		"aria-invalid": props.error ? true : undefined,
		"aria-describedby": describedBy || undefined,
		"data-testid": props.testid,
	};

	return (
		<div class="field">
			<label for={props.id}>{props.label}</label>
			<div class={`input-wrap${secret ? " with-eye" : ""}`}>
				{props.lines === undefined ? (
					<input
						{...props.input}
						{...common}
						type={secret && !shown ? "password" : "text"}
						onInput={(ev) => props.onValue(ev.currentTarget.value)}
					/>
				) : (
					<textarea
						{...common}
						rows={props.lines}
						spellcheck={false}
						autocapitalize="off"
						onInput={(ev) => props.onValue(ev.currentTarget.value)}
					/>
				)}
				{secret ? (
					<button
						type="button"
						class={`icon-button small eye${shown ? " on" : ""}`}
						aria-label={`Show ${props.label.toLowerCase()}`}
						aria-pressed={shown}
						onClick={() => setShown(!shown)}
					>
						<Icon name="eye" size={18} />
					</button>
				) : null}
			</div>
			{props.error ? (
				<p class="field-error" id={`${props.id}-error`} role="alert">
					<Icon name="alert" size={16} />{props.error}
				</p>
			) : null}
			{props.hint ? (
				<p class="field-hint" id={`${props.id}-hint`}>{props.hint}</p>
			) : null}
		</div>
	);
}
