/* A secret that the server tells once: to be copied now, then gone. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { CopyButton } from "./copy_button";
import { Icon } from "./icon";

export function ShownOnce(props: {
	/* "key" makes the test ids key-value, key-copy and key-done. */
	prefix: string;
	title: string;
	text: string;
	value: string;
	onDone(): void;
	children?: ComponentChildren;
}) {
	const box = useRef<HTMLDivElement>(null);

	/* The form that had the focus is gone. */
	useEffect(() => box.current?.focus(), []);
	return (
		<div class="once" role="status" tabIndex={-1} ref={box}>
			<div class="once-head">
				<Icon name="check" />
				<div>
					<strong dir="auto">{props.title}</strong>
					<p>{props.text}</p>
				</div>
			</div>
			<div class="secret">
				<code data-testid={`${props.prefix}-value`}>{props.value}</code>
				<CopyButton text={props.value} label="Copy"
					testid={`${props.prefix}-copy`} />
			</div>
			{props.children}
			<button type="button" class="button" onClick={props.onDone}
				data-testid={`${props.prefix}-done`}>
				I have copied it
			</button>
		</div>
	);
}
