/*
 * Where messages are written.  Grows with its text; Enter sends, Shift+Enter
 * starts a line.  While an answer is written it offers to stop it, and what is
 * sent then waits its turn.
 */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { drafts, send, stopRun, threadOf } from "../state/chat";
import { may } from "../state/link";
import { currentModel, isDemo, models } from "../state/models";
import { isBusy } from "../state/thread";
import { Icon } from "./icon";

const MAX_HEIGHT = 240;

export function Composer(props: {
	sessionKey: string;
	/* Raised to put a text in from outside (a suggestion). */
	fill: { text: string } | null;
	onSent(): void;
}) {
	const key = props.sessionKey;
	const [text, setText] = useState(drafts.get(key) ?? "");
	const area = useRef<HTMLTextAreaElement>(null);
	const busy = isBusy(threadOf(key).value);
	const empty = text.trim() === "";
	const readOnly = !may("operator.write");

	const change = (value: string) => {
		setText(value);
		drafts.set(key, value);
	};
	const submit = () => {
		if (empty || readOnly)
			return;
		send(key, text.trim());
		change("");
		props.onSent();
	};

	useLayoutEffect(() => {
		const box = area.current;
		if (box === null)
			return;
		box.style.height = "auto";
		box.style.height = `${Math.min(MAX_HEIGHT, box.scrollHeight)}px`;
		box.style.overflowY = box.scrollHeight > MAX_HEIGHT ? "auto" : "hidden";
	}, [text]);
	useEffect(() => {
		setText(drafts.get(key) ?? "");
		/* On touch screens the keyboard would cover the conversation. */
		if (matchMedia("(pointer: fine)").matches)
			area.current?.focus();
	}, [key]);
	useEffect(() => {
		if (props.fill !== null) {
			change(props.fill.text);
			area.current?.focus();
		}
	}, [props.fill]);

	return (
		<div class="composer-dock">
			<form
				class="composer"
				onSubmit={(ev) => {
					ev.preventDefault();
					submit();
				}}
			>
				<textarea
					ref={area}
					id="composer"
					class="composer-text"
					rows={1}
					disabled={readOnly}
					placeholder={readOnly ? "You may only read here" : busy ? "Write the next message…" : "Message Moltis…"}
					aria-label="Message"
					aria-describedby="composer-help"
					dir="auto"
					value={text}
					data-testid="composer"
					onInput={(ev) => change(ev.currentTarget.value)}
					onKeyDown={(ev) => {
						if (ev.key === "Enter" && !ev.shiftKey && !ev.isComposing) {
							ev.preventDefault();
							submit();
						}
					}}
				/>
				<div class="composer-actions">
					{busy && !readOnly ? (
						<button
							type="button"
							class="round stop"
							data-testid="stop"
							aria-label="Stop answering"
							title="Stop answering"
							onClick={() => void stopRun(key)}
						>
							<Icon name="stop" />
						</button>
					) : null}
					<button
						type="submit"
						class="round send"
						data-testid="send"
						aria-label={busy ? "Send after this answer" : "Send"}
						title={busy ? "Send after this answer" : "Send"}
						disabled={empty || readOnly}
					>
						<Icon name="send" />
					</button>
				</div>
			</form>
			<p class="composer-help" id="composer-help">
				<ComposerHelp />
			</p>
		</div>
	);
}

function ComposerHelp() {
	if (!may("operator.write")) {
		return (
			<>
				Writing needs the scope <code>operator.write</code>, which you do
				not have in this account.
			</>
		);
	}
	if (models.value?.length === 0)
		return <>No model is configured on this server: nobody can answer yet.</>;
	if (isDemo.value) {
		return (
			<>
				<strong>Demo provider.</strong> Answers are scripted, no model is
				asked. An operator adds a real one in moltis.conf.
			</>
		);
	}
	return (
		<>
			{currentModel.value === null ? null
				: <>{currentModel.value.displayName} can be wrong. </>}
			<span class="only-wide">Enter sends, Shift+Enter starts a line.</span>
		</>
	);
}
