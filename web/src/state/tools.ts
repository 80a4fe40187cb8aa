/*
 * A tool call as the screen shows it: from its events while it runs, from the
 * stored messages afterwards.  Pure; thread.ts says where it stands.
 */
import type {
	ChatEvent, ChatFault, StoredMessage, ToolResult,
} from "../api/types";

export interface OutputPiece {
	stream: "stdout" | "stderr";
	text: string;
}

export interface ToolItem {
	kind: "tool";
	id: string;
	at: number;
	index: number | null;
	runId: string | null;
	callId: string;
	name: string;
	/* As the model wrote them; null when the start was missed. */
	args: unknown;
	state: "running" | "done" | "failed"
		| "left";	/* its run ended and nobody said how the call did */
	output: OutputPiece[];
	/* Characters of output that were too many to keep. */
	dropped: number;
	result: ToolResult | null;
	/* A result of another shape than a command's, as text. */
	answer: string | null;
	error: { title: string; detail: string } | null;
	/* Its beginning was missed. */
	partial: boolean;
	startedAt: number | null;
	endedAt: number | null;
}

/* What the server sends live for one call; older output goes first. */
export const OUTPUT_MAX = 65_536;

export function emptyTool(callId: string, runId: string | null, now: number): ToolItem {
	return {
		kind: "tool", id: `t:${runId ?? ""}:${callId}`, at: now, index: null,
		runId, callId, name: "", args: null, state: "running", output: [],
		dropped: 0, result: null, answer: null, error: null, partial: false,
		startedAt: null, endedAt: null,
	};
}

export function ghostTool(
	callId: string, runId: string | null, now: number, name: string,
): ToolItem {
	return { ...emptyTool(callId, runId, now), name, partial: true };
}

/* Arguments travel as an object, or as the JSON text the model wrote. */
export function readArgs(value: unknown): unknown {
	if (typeof value !== "string")
		return value ?? null;
	try {
		return JSON.parse(value) as unknown;
	} catch {
		return value;
	}
}

function textIn(value: unknown, name: string): string | null {
	const found = typeof value === "object" && value !== null
		? (value as Record<string, unknown>)[name] : undefined;
	return typeof found === "string" ? found : null;
}

/* The command line of an exec call: what ran, or was to run. */
export function commandOf(item: ToolItem): string | null {
	return item.name !== "exec" ? null
		: item.result?.command ?? textIn(item.args, "command");
}

/* What was asked for, when a person changed it before it ran; else null. */
export function askedFor(item: ToolItem): string | null {
	const asked = item.result?.asked ?? textIn(item.args, "command");
	return item.result?.command !== undefined && item.result.command !== asked
		? asked : null;
}

/* What a call is about, for its closed card. */
export function subjectOf(item: ToolItem): string {
	return commandOf(item) ?? textIn(item.args, "path") ??
		(item.args === null || JSON.stringify(item.args) === "{}" ? ""
			: typeof item.args === "string" ? item.args
			: JSON.stringify(item.args));
}

export function startTool(item: ToolItem, ev: ChatEvent): ToolItem {
	if (item.state !== "running" && item.name !== "")
		return item;
	return {
		...item, name: ev.toolName ?? item.name,
		args: readArgs(ev.arguments) ?? item.args,
		startedAt: item.startedAt ?? item.at,
	};
}

export function printTool(item: ToolItem, ev: ChatEvent): ToolItem {
	const stream = ev.stream === "stderr" ? "stderr" : "stdout";
	const last = item.output[item.output.length - 1];
	let output: OutputPiece[];
	let { dropped } = item;

	if (item.state !== "running" || !ev.text)
		return item;
	output = last !== undefined && last.stream === stream
		? [...item.output.slice(0, -1), { stream, text: last.text + ev.text }]
		: [...item.output, { stream, text: ev.text }];
	let over = output.reduce((sum, piece) => sum + piece.text.length, 0) - OUTPUT_MAX;
	while (over > 0 && output.length > 0) {
		const first = output[0]!;
		const cut = Math.min(over, first.text.length);
		dropped += cut;
		over -= cut;
		output = cut === first.text.length ? output.slice(1)
			: [{ ...first, text: first.text.slice(cut) }, ...output.slice(1)];
	}
	return { ...item, output, dropped };
}

const RESULT_FIELDS = ["stdout", "stderr", "exit_code", "timed_out",
	"oom_killed"];

interface Entry {
	name: string;
	type?: string;
	size?: number;
}

function isEntry(value: unknown): value is Entry {
	return textIn(value, "name") !== null;
}

/* A folder's list as lines; null when VALUE is something else. */
function entriesText(value: object): string | null {
	const { entries, truncated } = value as { entries?: unknown; truncated?: unknown };

	if (!Array.isArray(entries) || !entries.every(isEntry))
		return null;
	const lines = entries.map((one) => one.name +
		(one.type === "folder" ? "/" : "") +
		(typeof one.size === "number" ? `  ${one.size.toLocaleString("en")} bytes` : ""));
	if (truncated === true)
		lines.push("… and more");
	return lines.length === 0 ? "The folder is empty." : lines.join("\n");
}

function answerText(value: unknown): string {
	if (typeof value === "string")
		return value;
	if (typeof value !== "object" || value === null)
		return JSON.stringify(value);
	const bytes = (value as { bytes_written?: unknown }).bytes_written;
	return textIn(value, "content") ?? entriesText(value) ??
		(typeof bytes === "number" ? `${bytes.toLocaleString("en")} bytes written.`
			: JSON.stringify(value, null, 2));
}

function readResult(value: unknown): Pick<ToolItem, "result" | "answer"> {
	const found = readArgs(value);

	if (found === null || found === undefined)
		return { result: null, answer: null };
	if (typeof found === "object" && !Array.isArray(found) &&
	    RESULT_FIELDS.some((name) => name in found)) {
		return { result: found as ToolResult, answer: null };
	}
	return { result: null, answer: answerText(found) };
}

function readError(value: ChatFault | string | null | undefined): ToolItem["error"] {
	if (value === null || value === undefined || value === "")
		return null;
	if (typeof value === "string")
		return { title: value, detail: "" };
	const detail = value.detail ?? value.message ?? "";
	return {
		title: value.title ?? (detail === "" ? "The call failed" : detail),
		detail: value.title === undefined || value.title === detail ? "" : detail,
	};
}

function isBad(result: ToolResult | null): boolean {
	return result !== null && (result.timed_out === true ||
		result.oom_killed === true || (result.exit_code ?? 0) !== 0);
}

/* What the result holds is complete up to its own limit; what came live may
 * be longer, or have lost its beginning. */
function finalOutput(item: ToolItem, result: ToolResult | null): Pick<ToolItem, "output" | "dropped"> {
	const live = item.output.reduce((sum, piece) => sum + piece.text.length, 0);
	const out = result?.stdout ?? "";
	const err = result?.stderr ?? "";

	if (result === null || (!item.partial && live >= out.length + err.length))
		return { output: item.output, dropped: item.dropped };
	const output: OutputPiece[] = [];
	if (out !== "")
		output.push({ stream: "stdout", text: out });
	if (err !== "")
		output.push({ stream: "stderr", text: err });
	return { output, dropped: 0 };
}

function end(
	item: ToolItem, success: boolean | undefined, result: unknown,
	error: ChatFault | string | null | undefined,
): ToolItem {
	const read = readResult(result);
	const fault = readError(error);
	const good = success !== false && fault === null && !isBad(read.result);

	return {
		...item, ...read, ...finalOutput(item, read.result), error: fault,
		state: good ? "done" : "failed",
	};
}

export function endTool(item: ToolItem, ev: ChatEvent, now: number): ToolItem {
	if (item.state === "done" || item.state === "failed")
		return item;
	return {
		...end(item, ev.success, ev.result, ev.error),
		endedAt: item.partial ? null : now,
	};
}

export function leaveTool(item: ToolItem): ToolItem {
	return item.state === "running" ? { ...item, state: "left" } : item;
}

/* ---- history --------------------------------------------------------- */

function ofRun(out: { kind: string }[], callId: string, runId: string | null): number {
	for (let i = out.length - 1; i >= 0; i--) {
		const item = out[i] as ToolItem;
		if (item.kind === "tool" && item.callId === callId && item.runId === runId &&
		    item.state === "left")
			return i;
	}
	return -1;
}

/* Adds to OUT, the items of the history so far, what MESSAGE says of calls:
 * their beginning, or the result of one that is there. */
export function storedTools<T extends { kind: string }>(
	out: (T | ToolItem)[], message: StoredMessage, position: number,
	runId: string | null,
): void {
	const index = message.historyIndex ?? position;
	const at = message.created_at ?? 0;

	for (const call of message.tool_calls ?? []) {
		out.push({
			...emptyTool(call.id, runId, at), index,
			name: call.function?.name ?? "",
			args: readArgs(call.function?.arguments), state: "left",
		});
	}
	const callId = message.tool_call_id ?? "";
	if (message.role !== "tool_result" || callId === "")
		return;
	const found = ofRun(out, callId, runId);
	const base = found >= 0 ? out[found] as ToolItem : {
		...emptyTool(callId, runId, at), index,
		name: message.tool_name ?? "", args: readArgs(message.arguments),
	};
	const done = end(base, message.success, message.result, message.error);
	if (found >= 0)
		out[found] = done;
	else
		out.push(done);
}
