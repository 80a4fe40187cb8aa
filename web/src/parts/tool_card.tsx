/*
 * One call of a tool: what was called, what it prints while it runs, how it
 * ended.  Closed once it has ended well; the last line stays in sight.
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { approvals } from "../state/approvals";
import { askedFor, commandOf, subjectOf, type ToolItem } from "../state/tools";
import { cleanOutput, lastLine } from "../text/output";
import { plural, sentence } from "../text/plain";
import { previewText, visibleText } from "../text/visible";
import { CommandText } from "./command_text";
import { Icon, type IconName } from "./icon";

const NAMES: Record<string, { label: string; icon: IconName }> = {
	exec: { label: "Command", icon: "terminal" },
	read_file: { label: "Read a file", icon: "file" },
	write_file: { label: "Write a file", icon: "file" },
	list_files: { label: "List files", icon: "file" },
};

const FOLLOW_PX = 24;

/* A call whose start was missed may be known from its approval. */
function askedCommand(item: ToolItem): string | null {
	for (const entry of approvals.value.values()) {
		if (entry.request.toolCallId === item.callId &&
		    (item.runId === null || entry.request.runId === item.runId))
			return entry.finalCommand ?? entry.request.command;
	}
	return null;
}

function waitsForPerson(item: ToolItem): boolean {
	return [...approvals.value.values()].some((entry) => entry.state === "pending" &&
		entry.request.toolCallId === item.callId &&
		(item.runId === null || entry.request.runId === item.runId));
}

/* ---- parts ----------------------------------------------------------- */

function Badges({ item }: { item: ToolItem }) {
	const { result } = item;
	const code = result?.exit_code;

	return (
		<span class="tool-badges">
			{item.state === "running" ? (
				<span class="tag run">
					{waitsForPerson(item) ? "Waiting for approval" : "Running"}
				</span>
			) : null}
			{result?.timed_out ? <span class="tag fail">Timed out</span> : null}
			{result?.oom_killed ? <span class="tag fail">Out of memory</span> : null}
			{code !== undefined && code !== null ? (
				<span class={`tag ${code === 0 ? "fine" : "fail"}`} data-testid="tool-exit">
					exit {code}
				</span>
			) : item.state === "failed" && !result?.timed_out && !result?.oom_killed ? (
				<span class="tag fail" data-testid="tool-exit">Failed</span>
			) : item.state === "done" ? (
				<span class="tag fine" data-testid="tool-exit">Done</span>
			) : null}
			{result?.truncated ? <span class="tag">Output cut</span> : null}
			{item.state === "left" ? <span class="tag">Ended unseen</span> : null}
		</span>
	);
}

function Arguments({ item }: { item: ToolItem }) {
	const command = commandOf(item) ?? (item.args === null
		? item.result?.command ?? askedCommand(item) : null);
	const asked = askedFor(item);
	const rest: [string, unknown][] = typeof item.args === "object" && item.args !== null
		? Object.entries(item.args).filter(([name]) =>
			command === null || name !== "command")
		: [];

	return (
		<>
			{command === null ? null
				: <CommandText command={command} label="The command" />}
			{asked !== null ? (
				<details class="asked-for">
					<summary>Changed by a person before it ran. What was asked for</summary>
					<CommandText
						command={asked}
						label="The command that was asked for"
					/>
				</details>
			) : null}
			{typeof item.args === "string"
				? <CommandText command={item.args} label="What the tool was given" /> : null}
			{rest.length === 0 ? null : (
				<dl class="facts args">
					{rest.map(([name, value]) => (
						<div key={name}>
							<dt>{visibleText(name)}</dt>
							<dd>
								{typeof value === "number" || typeof value === "boolean"
									? String(value) : (
										<CommandText
											command={typeof value === "string" ? value
												: JSON.stringify(value, null, 2)}
											label={name}
											bare
										/>
									)}
							</dd>
						</div>
					))}
				</dl>
			)}
		</>
	);
}

function Output({ item }: { item: ToolItem }) {
	const box = useRef<HTMLPreElement>(null);
	const follows = useRef(true);
	const pieces = useMemo(() => item.output.map((piece) => ({
		...piece, text: cleanOutput(piece.text),
	})), [item.output]);

	useLayoutEffect(() => {
		const el = box.current;
		if (el !== null && follows.current)
			el.scrollTop = el.scrollHeight;
	}, [pieces]);
	/* Only a running call is followed; what has ended is read from its top. */
	useEffect(() => {
		if (item.state !== "running" && box.current !== null)
			follows.current = false;
	}, [item.state]);
	if (pieces.length === 0) {
		return item.state === "running" || item.answer !== null ||
			item.error !== null || item.result === null ? null
			: <p class="muted small-text" data-testid="tool-output">It printed nothing.</p>;
	}
	return (
		<>
			{item.dropped === 0 ? null : (
				<p class="muted small-text">
					{plural(item.dropped, "earlier character")} not kept here.
				</p>
			)}
			<pre
				ref={box}
				class="tool-output"
				tabIndex={0}
				role="group"
				aria-label="Output"
				data-testid="tool-output"
				onScroll={(ev) => {
					const el = ev.currentTarget;
					follows.current = item.state === "running" &&
						el.scrollHeight - el.scrollTop - el.clientHeight < FOLLOW_PX;
				}}
			>
				{pieces.map((piece, i) => (
					<span key={i} class={piece.stream}>{piece.text}</span>
				))}
			</pre>
		</>
	);
}

function Answer({ item }: { item: ToolItem }) {
	return item.answer === null || item.answer === "" ? null : (
		<pre
			class="tool-output"
			tabIndex={0}
			role="group"
			aria-label="Result"
			data-testid="tool-output"
		>
			<span class="stdout">{cleanOutput(item.answer)}</span>
		</pre>
	);
}

function ErrorText({ item }: { item: ToolItem }) {
	return item.error === null ? null : (
		<p class="tool-error">
			<Icon name="alert" size={18} />
			<span dir="auto">
				<strong>{sentence(item.error.title)}</strong>
				{item.error.detail === "" ? null : <> {sentence(item.error.detail)}</>}
			</span>
		</p>
	);
}

/* ---- the card -------------------------------------------------------- */

function summaryOf(item: ToolItem): string {
	if (item.error !== null)
		return item.error.detail === "" ? item.error.title : item.error.detail;
	return lastLine(item.output[item.output.length - 1]?.text ?? "");
}

export function ToolCard({ item }: { item: ToolItem }) {
	/* What the reader chose; null: by how the call stands. */
	const [chosen, setChosen] = useState<boolean | null>(null);
	const waits = item.state === "running" && waitsForPerson(item);
	const open = chosen ?? (item.state === "failed" ||
		(item.state === "running" && !waits));
	const known = NAMES[item.name];
	const label = known?.label ?? (item.name === "" ? "Command" : visibleText(item.name));
	const subject = useMemo(() => previewText(item.name === ""
		? askedCommand(item) ?? "" : subjectOf(item)), [item]);
	const summary = open ? "" : summaryOf(item);
	const bodyId = `tool-${item.id}`;

	return (
		<article
			class={`tool ${item.state}`}
			data-testid="tool-card"
			data-tool={item.name}
			data-state={item.state}
			aria-label={`Tool: ${label}`}
			aria-busy={item.state === "running"}
		>
			<button
				type="button"
				class="tool-head"
				aria-expanded={open}
				aria-controls={open ? bodyId : undefined}
				data-testid="tool-toggle"
				onClick={() => setChosen(!open)}
			>
				<Icon name={known?.icon ?? "terminal"} size={18} />
				<span class="tool-title">
					<span class="tool-label">{label}</span>
					{subject === "" || open ? null
						: <code class="tool-subject" dir="ltr">{subject}</code>}
				</span>
				<Badges item={item} />
				<span class="tool-chevron"><Icon name="chevron" size={16} /></span>
			</button>
			{summary === "" ? null
				: <p class="tool-summary" dir="ltr">{summary}</p>}
			{open ? (
				<div class="tool-body" id={bodyId}>
					<Arguments item={item} />
					{item.partial ? (
						<p class="muted small-text">
							This page joined while it ran: earlier output may be missing.
						</p>
					) : null}
					<Output item={item} />
					<Answer item={item} />
					{item.result?.note ? (
						<p class="tool-error">
							<Icon name="info" size={18} />
							<span>{visibleText(item.result.note)}</span>
						</p>
					) : null}
					<ErrorText item={item} />
				</div>
			) : null}
		</article>
	);
}
