/*
 * Commands as a person must see them: nothing invisible, nothing that moves
 * other letters about, nothing pushed out of sight.  Pure; drawn by
 * parts/command_text.tsx.
 *
 * A command is cut into segments.  Joining their texts gives what is on the
 * screen; "raw" counts the characters of the command a segment stands for, so
 * that a fold can say how much it hides.
 */

export interface Segment {
	kind: "plain"
		| "foreign"	/* a printable character outside ASCII, shown as it
				 * is and coloured: it may look like another */
		| "mark";	/* stands for what cannot be seen */
	text: string;
	raw: number;
	/* What a mark stands for, in words; "" otherwise. */
	title: string;
}

/* Shorter runs are everyday indentation. */
const LONG_SPACES = 8;
const LONG_BREAKS = 3;

const NAMES: Record<number, string> = {
	0x00: "null", 0x07: "bell", 0x08: "backspace", 0x09: "tab",
	0x0d: "carriage return", 0x1b: "escape", 0x7f: "delete",
	0xa0: "no-break space", 0xad: "soft hyphen",
	0x200b: "zero-width space", 0x200c: "zero-width non-joiner",
	0x200d: "zero-width joiner", 0x200e: "left-to-right mark",
	0x200f: "right-to-left mark", 0x2028: "line separator",
	0x2029: "paragraph separator", 0x202a: "left-to-right embedding",
	0x202b: "right-to-left embedding", 0x202c: "pop directional formatting",
	0x202d: "left-to-right override", 0x202e: "right-to-left override",
	0x2060: "word joiner", 0x2066: "left-to-right isolate",
	0x2067: "right-to-left isolate", 0x2068: "first strong isolate",
	0x2069: "pop directional isolate", 0xfeff: "zero-width no-break space",
};

/* Controls, formats, surrogates, private and unassigned; every space but the
 * plain one; what fonts draw as nothing. */
const INVISIBLE = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u115f\u1160\u3164\uffa0]/u;
const COMBINING = /\p{M}/u;
const TOKEN = / +|\n+|[\p{L}\p{N}\p{M}_]+|[^]/gu;

export function codePoint(char: string): string {
	return "U+" + char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
}

function mark(char: string): Segment {
	const name = NAMES[char.codePointAt(0)!];
	return {
		kind: "mark", text: `⟦${codePoint(char)}⟧`, raw: 1,
		title: name ?? "a character that cannot be seen",
	};
}

function run(text: string, raw: number, title: string): Segment {
	return { kind: "mark", text: `⟦${text}⟧`, raw, title };
}

function push(out: Segment[], next: Segment): void {
	const last = out[out.length - 1];

	if (last !== undefined && last.kind === next.kind && next.kind !== "mark") {
		last.text += next.text;
		last.raw += next.raw;
	} else {
		out.push(next);
	}
}

/* A word that mixes Latin with another alphabet pretends to be another word:
 * its strange letters are named. */
function pushWord(out: Segment[], word: string): void {
	const mixed = /[A-Za-z]/.test(word) && /[^\p{Script=Latin}\p{Script=Common}\p{M}]/u.test(word);
	let combined = 0;

	for (const char of word) {
		combined = COMBINING.test(char) ? combined + 1 : 0;
		/* More than two on one letter paint over its neighbours. */
		if (INVISIBLE.test(char) || combined > 2) {
			push(out, mark(char));
			continue;
		}
		const ascii = char.codePointAt(0)! < 0x80;
		push(out, { kind: ascii ? "plain" : "foreign", text: char, raw: 1, title: "" });
		if (mixed && /[^\p{Script=Latin}\p{Script=Common}\p{M}]/u.test(char)) {
			push(out, { ...mark(char), raw: 0,
				title: "a letter of another alphabet, in a Latin word" });
		}
	}
}

export function segmentsOf(command: string): Segment[] {
	const out: Segment[] = [];

	for (const token of command.match(TOKEN) ?? []) {
		if (token[0] === " " && token.length >= LONG_SPACES) {
			push(out, run(`${token.length} spaces`, token.length, "a long run of spaces"));
		} else if (token[0] === "\n" && token.length >= LONG_BREAKS) {
			push(out, run(`${token.length} line breaks`, token.length,
				"a long run of line breaks"));
			push(out, { kind: "plain", text: "\n", raw: 0, title: "" });
		} else if (token[0] === " " || token[0] === "\n") {
			push(out, { kind: "plain", text: token, raw: token.length, title: "" });
		} else {
			pushWord(out, token);
		}
	}
	return out;
}

/* The same as text, for titles and one-line previews. */
export function visibleText(command: string): string {
	return segmentsOf(command).map((segment) => segment.text).join("");
}

/* One line for a list: what is too long keeps its beginning and its end, and
 * says how much is between them. */
export function previewText(command: string): string {
	const letters = [...visibleText(command).replace(/\n/g, " ⏎ ")];

	if (letters.length <= 240)
		return letters.join("");
	return `${letters.slice(0, 140).join("")} ⟦${letters.length - 220} more⟧ ` +
		letters.slice(-80).join("");
}

export function hasMarks(segments: Segment[]): boolean {
	return segments.some((segment) => segment.kind === "mark");
}

export function hasForeign(segments: Segment[]): boolean {
	return segments.some((segment) => segment.kind === "foreign");
}

export function rawLength(segments: Segment[]): number {
	return segments.reduce((sum, segment) => sum + segment.raw, 0);
}

/* ---- folding --------------------------------------------------------- */

export interface Fold {
	head: Segment[];
	hidden: number;
	hiddenLines: number;
	tail: Segment[];
}

/* A line break takes the room of half a line of letters. */
const LINE_COST = 40;

function costOf(char: string): number {
	return char === "\n" ? LINE_COST : 1;
}

/* Takes up to BUDGET of room from the start (or, BACKWARDS, the end) of
 * SEGMENTS; what was taken and what is left.  Marks stay whole. */
function take(
	segments: Segment[], budget: number, backwards: boolean,
): [Segment[], Segment[]] {
	const taken: Segment[] = [];
	const left = segments.slice();
	let room = budget;

	while (left.length > 0 && room > 0) {
		const segment = (backwards ? left.pop() : left.shift())!;
		const chars = segment.kind === "mark" ? [segment.text] : [...segment.text];
		let count = 0;
		while (count < chars.length && room > 0) {
			const char = chars[backwards ? chars.length - 1 - count : count]!;
			room -= segment.kind === "mark" ? char.length : costOf(char);
			count++;
		}
		const cut = backwards ? chars.length - count : count;
		const piece = (part: string[], whole: boolean): Segment => ({
			...segment, text: part.join(""),
			raw: whole ? segment.raw : Math.min(segment.raw, part.length),
		});
		const whole = count === chars.length;
		const first = piece(chars.slice(0, cut), whole);
		const second = piece(chars.slice(cut), whole);
		if (backwards) {
			taken.unshift(second);
			if (!whole)
				left.push(first);
		} else {
			taken.push(first);
			if (!whole)
				left.unshift(second);
		}
	}
	return [taken, left];
}

/* The beginning and the end of what is too long for a card, or null when it
 * fits.  A fold that would hide next to nothing is not made. */
export function foldSegments(
	segments: Segment[], headRoom = 900, tailRoom = 500,
): Fold | null {
	const [head, rest] = take(segments, headRoom, false);
	const [tail, middle] = take(rest, tailRoom, true);
	const hidden = rawLength(middle);
	const text = middle.map((segment) => segment.text).join("");

	if (text.length < 120)
		return null;
	return {
		head, tail, hidden,
		hiddenLines: text.split("\n").length - 1,
	};
}
