/* Questions in a modal window: confirm something, or ask for one line of text. */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { Modal } from "./modal";

interface Question {
	title: string;
	text?: string;
	action: string;
	danger?: boolean;
	input?: { label: string; value: string; maxLength: number };
	answer(value: string | null): void;
}

const question = signal<Question | null>(null);

/* Resolves to true when the reader agrees. */
export function confirmDialog(ask: {
	title: string; text: string; action: string; danger?: boolean;
}): Promise<boolean> {
	return new Promise((resolve) => {
		question.value = { ...ask, answer: (value) => resolve(value !== null) };
	});
}

/* Resolves to the trimmed text, or null when cancelled or left empty. */
export function askDialog(ask: {
	title: string; action: string; label: string; value: string;
	maxLength: number;
}): Promise<string | null> {
	return new Promise((resolve) => {
		question.value = {
			title: ask.title,
			action: ask.action,
			input: ask,
			answer: (value) => resolve(value?.trim() || null),
		};
	});
}

function Open({ ask }: { ask: Question }) {
	const input = useRef<HTMLInputElement>(null);
	const [value, setValue] = useState(ask.input?.value ?? "");
	const finish = (result: string | null) => {
		question.value = null;
		ask.answer(result);
	};

	useEffect(() => input.current?.select(), []);
	return (
		<Modal titleId="dialog-title" onCancel={() => finish(null)}>
			<form
				class="dialog-body"
				onSubmit={(ev) => {
					ev.preventDefault();
					finish(value);
				}}
			>
				<h2 id="dialog-title">{ask.title}</h2>
				{ask.text === undefined ? null : <p>{ask.text}</p>}
				{ask.input === undefined ? null : (
					<input
						ref={input}
						class="input"
						aria-label={ask.input.label}
						value={value}
						maxLength={ask.input.maxLength}
						onInput={(ev) => setValue(ev.currentTarget.value)}
					/>
				)}
				<div class="dialog-actions">
					<button type="button" class="button" onClick={() => finish(null)}>
						Cancel
					</button>
					<button
						type="submit"
						class={`button ${ask.danger ? "danger" : "primary"}`}
						data-testid="dialog-confirm"
					>
						{ask.action}
					</button>
				</div>
			</form>
		</Modal>
	);
}

export function Dialogs() {
	const ask = question.value;
	return ask === null ? null : <Open key={ask.title} ask={ask} />;
}
