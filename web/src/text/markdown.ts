/*
 * Markdown from a model or a person to HTML that is safe to show.
 *
 * Two fences.  The renderer below writes only tags it means to: raw HTML is
 * shown as text, links lead to http, https or mailto and name their host,
 * images from elsewhere become links (a picture that loads by itself would
 * carry data out).  Then DOMPurify goes over the result with a short list of
 * tags and attributes, in case the first fence has a hole.
 */
import type { DOMPurify } from "dompurify";
import { Marked, type Tokens, type TokensList } from "marked";

export type Highlight = (code: string, lang: string) => string | null;

const TAGS = [
	"a", "blockquote", "br", "button", "code", "del", "div", "em", "h1", "h2",
	"h3", "h4", "h5", "h6", "hr", "img", "input", "li", "ol", "p", "pre", "span",
	"strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
];
const ATTRIBUTES = [
	"align", "alt", "aria-label", "checked", "class", "data-copy", "disabled",
	"href", "rel", "src", "start", "tabindex", "target", "title", "type",
];
const DATA_IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,[a-z0-9+/=\s]+$/i;

export function escapeHtml(text: string): string {
	return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/* The address of a link that may be followed, or null. */
export function safeUrl(href: string): URL | null {
	let url: URL;

	try {
		url = new URL(href.trim());
	} catch {
		return null;
	}
	return ["http:", "https:", "mailto:"].includes(url.protocol) ? url : null;
}

/* Where a link really leads, as the reader should see it. */
export function shownHost(url: URL): string {
	return url.protocol === "mailto:" ? url.pathname : url.host;
}

/* LABEL is HTML, PLAIN the same as text.  The host is added unless the text
 * is the address itself. */
export function linkHtml(href: string, label: string, plain: string): string {
	const url = safeUrl(href);

	if (url === null)
		return label;
	const host = shownHost(url);
	const isAddress = plain === href || plain === url.href ||
		plain === host || `${plain}/` === url.href;
	return `<a href="${escapeHtml(url.href)}" target="_blank" ` +
		`rel="noopener noreferrer nofollow">${label}</a>` +
		(isAddress ? "" : `<span class="host">${escapeHtml(host)}</span>`);
}

export function codeHtml(code: string, info: string, highlight: Highlight): string {
	const lang = /^[\w+#.-]+/.exec(info)?.[0] ?? "";
	const body = highlight(code, lang) ?? escapeHtml(code);

	return `<div class="code"><div class="code-head">` +
		`<span class="code-lang">${escapeHtml(lang === "" ? "text" : lang)}</span>` +
		`<button type="button" class="code-copy" data-copy="" ` +
		`aria-label="Copy code">Copy</button></div>` +
		`<pre tabindex="0"><code class="hljs">${body}</code></pre></div>`;
}

function imageHtml(href: string, alt: string): string {
	if (DATA_IMAGE.test(href))
		return `<img src="${escapeHtml(href)}" alt="${escapeHtml(alt)}">`;
	const label = alt === "" ? "Image" : `Image: ${alt}`;
	return `<span class="blocked-image">${linkHtml(href, escapeHtml(label), label)}</span>`;
}

export interface Block {
	raw: string;
	html: string;
}

export class Markdown {
	private readonly marked: Marked;

	constructor(
		private readonly purify: DOMPurify,
		private highlight: Highlight = () => null,
	) {
		const code = (token: Tokens.Code) =>
			codeHtml(token.text, token.lang ?? "", this.highlight);
		this.marked = new Marked({
			gfm: true,
			breaks: true,
			renderer: {
				code,
				html: (token) => escapeHtml(token.text),
				image: (token) => imageHtml(token.href, token.text),
				link(token) {
					return linkHtml(token.href,
						this.parser.parseInline(token.tokens), token.text);
				},
				checkbox: (token) => `<input type="checkbox" disabled="" ` +
					`aria-label="${token.checked ? "Done" : "Open"}"` +
					`${token.checked ? ` checked=""` : ""}>`,
				table(token) {
					const row = (cells: Tokens.TableCell[]) => "<tr>" +
						cells.map((cell) => this.tablecell(cell)).join("") +
						"</tr>";
					return `<div class="table-wrap" tabindex="0"><table><thead>` +
						`${row(token.header)}</thead><tbody>` +
						`${token.rows.map(row).join("")}</tbody></table></div>`;
				},
			},
		});
		this.purify.addHook("afterSanitizeAttributes", (node) => {
			if (node.nodeName === "A" && node.hasAttribute("href")) {
				node.setAttribute("target", "_blank");
				node.setAttribute("rel", "noopener noreferrer nofollow");
			}
			if (node.nodeName === "IMG" &&
			    !DATA_IMAGE.test(node.getAttribute("src") ?? ""))
				node.remove();
			if (node.nodeName === "INPUT" &&
			    node.getAttribute("type") !== "checkbox")
				node.remove();
		});
	}

	setHighlight(highlight: Highlight): void {
		this.highlight = highlight;
	}

	clean(html: string): string {
		return this.purify.sanitize(html, {
			ALLOWED_TAGS: TAGS,
			ALLOWED_ATTR: ATTRIBUTES,
			ALLOW_DATA_ATTR: false,
			ALLOW_ARIA_ATTR: false,
			/* The pattern below is meant for addresses only. */
			ADD_URI_SAFE_ATTR: ATTRIBUTES.filter((name) =>
				name !== "href" && name !== "src"),
			ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|data:image\/)/i,
		});
	}

	/* The blocks of TEXT, those that equal a block of BEFORE taken from
	 * there: while an answer streams, only its end is rendered again. */
	blocks(text: string, before: Block[] = []): Block[] {
		const tokens = this.marked.lexer(text);
		const out: Block[] = [];

		for (const token of tokens) {
			if (token.type === "space" || token.type === "def")
				continue;
			const old = before[out.length];
			if (old !== undefined && old.raw === token.raw) {
				out.push(old);
				continue;
			}
			const one = Object.assign([token], { links: tokens.links }) as TokensList;
			out.push({
				raw: token.raw,
				html: this.clean(this.marked.parser(one)),
			});
		}
		return out;
	}

	render(text: string): string {
		return this.blocks(text).map((block) => block.html).join("");
	}
}
