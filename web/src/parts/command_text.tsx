/*
 * A command exactly as it is, with what cannot be seen made visible.  A long
 * one may be folded: its end stays on the screen, the fold says how much it
 * hides and opens it.
 */
import { useMemo, useState } from "preact/hooks";
import {
	foldSegments, hasForeign, hasMarks, rawLength, segmentsOf, type Segment,
} from "../text/visible";
import { plural } from "../text/plain";
import { Icon } from "./icon";

function Segments({ list }: { list: Segment[] }) {
	return (
		<>
			{list.map((segment, i) => (segment.kind === "plain" ? segment.text
				: segment.kind === "mark"
					? <mark key={i} class="unseen" title={segment.title}>{segment.text}</mark>
					: <span key={i} class="foreign">{segment.text}</span>))}
		</>
	);
}

/* What a reader should know before believing the text. */
function Warnings({ list }: { list: Segment[] }) {
	const marks = hasMarks(list);
	const foreign = hasForeign(list);

	if (!marks && !foreign)
		return null;
	return (
		<p class="command-warning">
			<Icon name="alert" size={16} />
			<span>
				{marks ? "Contains characters or spaces that would not be seen; they" +
					" are shown in ⟦ ⟧. " : ""}
				{foreign ? "Underlined letters are not plain ASCII and may look like" +
					" others." : ""}
			</span>
		</p>
	);
}

export function CommandText(props: {
	command: string;
	label: string;
	testid?: string;
	/* Without the sentences below. */
	bare?: boolean;
}) {
	const [whole, setWhole] = useState(false);
	const list = useMemo(() => segmentsOf(props.command), [props.command]);
	const fold = useMemo(() => foldSegments(list), [list]);

	return (
		<div class="command">
			<pre
				class="command-text"
				tabIndex={0}
				role="group"
				aria-label={props.label}
				data-testid={props.testid}
			>
				<code dir="ltr">
					{fold === null || whole ? <Segments list={list} /> : (
						<>
							<Segments list={fold.head} />
							<button
								type="button"
								class="fold"
								onClick={() => setWhole(true)}
							>
								{plural(fold.hidden, "character")}
								{fold.hiddenLines > 0
									? ` on ${plural(fold.hiddenLines, "line")}` : ""}
								{" hidden here. Show all"}
							</button>
							<Segments list={fold.tail} />
						</>
					)}
				</code>
			</pre>
			{fold === null ? null : (
				<p class="command-size">
					{plural(rawLength(list), "character")} in all.
					{whole ? (
						<>
							{" "}
							<button
								type="button"
								class="link-button"
								onClick={() => setWhole(false)}
							>
								Fold
							</button>
						</>
					) : " The beginning and the end are shown."}
				</p>
			)}
			{props.bare ? null : <Warnings list={list} />}
		</div>
	);
}
