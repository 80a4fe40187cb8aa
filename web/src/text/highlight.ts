/*
 * Syntax colours for code blocks.  A chunk of its own, loaded after the first
 * page is up: nobody waits for it at the login.
 */
import hljs from "highlight.js/lib/common";

/* Colouring a block this long would be felt while it streams. */
const MAX_CHARS = 40_000;

export function highlight(code: string, lang: string): string | null {
	if (code.length > MAX_CHARS || hljs.getLanguage(lang) === undefined)
		return null;
	return hljs.highlight(code, { language: lang, ignoreIllegals: true }).value;
}
