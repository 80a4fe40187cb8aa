/* Copies text to the clipboard and says whether that worked. */
import { useState } from "preact/hooks";
import { Icon } from "./icon";

/* The clipboard interface is missing on plain-http origins. */
export async function copyText(text: string): Promise<boolean> {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		const area = document.createElement("textarea");
		area.value = text;
		area.className = "visually-hidden";
		document.body.append(area);
		area.select();
		const done = document.execCommand("copy");
		area.remove();
		return done;
	}
}

export function CopyButton(props: {
	text: string;
	label: string;
	quiet?: boolean;
	testid?: string;
}) {
	const [state, setState] = useState<"idle" | "done" | "failed">("idle");
	const onClick = async () => {
		setState(await copyText(props.text) ? "done" : "failed");
		setTimeout(() => setState("idle"), 1800);
	};
	const said = state === "done" ? "Copied"
		: state === "failed" ? "Copying failed" : props.label;

	return (
		<button
			type="button"
			class={props.quiet ? "icon-button" : "button"}
			onClick={onClick}
			aria-label={said}
			title={said}
			data-testid={props.testid}
		>
			<Icon name={state === "done" ? "check" : "copy"} />
			{props.quiet ? null : <span aria-live="polite">{said}</span>}
		</button>
	);
}
