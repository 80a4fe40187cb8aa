/*
 * What a command printed, made fit for the screen: terminal sequences are
 * taken out, a line that was painted over shows what was painted last, other
 * control characters become marks.  Pure.
 */
import { codePoint } from "./visible";

/* CSI, OSC and other strings up to their end, two-letter escapes, and a
 * sequence that the next piece will complete. */
const SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*(?:[@-~]|$)|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|[ -/]*(?:[0-~]|$))|\u009b[0-?]*[ -/]*[@-~]/g;
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

function lastPaint(line: string): string {
	if (!line.includes("\r"))
		return line;
	const parts = line.split("\r").filter((part) => part !== "");
	return parts[parts.length - 1] ?? "";
}

export function cleanOutput(text: string): string {
	return text
		.replace(SEQUENCE, "")
		.replace(/\r+\n/g, "\n")
		.split("\n").map(lastPaint).join("\n")
		.replace(HIDDEN, (char) => `⟦${codePoint(char)}⟧`);
}

/* The last line that says something, for a card that is closed. */
export function lastLine(text: string): string {
	const lines = cleanOutput(text.slice(-2000)).split("\n")
		.map((line) => line.trim()).filter((line) => line !== "");
	return (lines[lines.length - 1] ?? "").slice(0, 200);
}
