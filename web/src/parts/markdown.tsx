/*
 * Markdown on the screen.  Blocks that did not change since the last piece of
 * text keep their elements, so that a selection in them survives streaming.
 */
import { signal } from "@preact/signals";
import DOMPurify from "dompurify";
import { useRef } from "preact/hooks";
import { Markdown as Renderer, type Block } from "../text/markdown";
import { copyText } from "./copy_button";
import { memo } from "./memo";

const renderer = new Renderer(DOMPurify);
/* Raised when the colours arrive: what is on the screen is drawn again. */
const colours = signal(0);

export function loadHighlighter(): void {
	if (colours.value > 0)
		return;
	import("../text/highlight").then(({ highlight }) => {
		renderer.setHighlight(highlight);
		colours.value = 1;
	}, () => { /* Code stays plain. */ });
}

const HtmlBlock = memo(({ html }: { html: string }) =>
	<div class="md-block" dangerouslySetInnerHTML={{ __html: html }} />);

async function onClick(ev: MouseEvent): Promise<void> {
	const button = (ev.target as Element).closest<HTMLButtonElement>("[data-copy]");
	const code = button?.closest(".code")?.querySelector("pre");

	if (button === null || !code)
		return;
	const done = await copyText(code.textContent ?? "");
	button.textContent = done ? "Copied" : "Failed";
	setTimeout(() => {
		button.textContent = "Copy";
	}, 1600);
}

export const Markdown = memo(({ text }: { text: string }) => {
	const generation = colours.value;
	const before = useRef<{ generation: number; blocks: Block[] }>(
		{ generation, blocks: [] });
	const kept = before.current.generation === generation
		? before.current.blocks : [];
	const blocks = renderer.blocks(text, kept);

	before.current = { generation, blocks };
	return (
		<div class="md" onClick={onClick}>
			{blocks.map((block, i) => <HtmlBlock key={i} html={block.html} />)}
		</div>
	);
});
