/*
 * The demo model.
 *
 * Answers from a script: says that it is one, shows what the page can render
 * and how to configure a real provider.  "count to N" gives a long stream of
 * predictable pieces, for people and for tests.  Text of the user is quoted as
 * data and never acted upon otherwise.
 */
#include "config.h"

#include "provider/demo.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "provider/kind.h"

#define DEMO_MAX_COUNT 500
#define DEMO_MAX_QUOTE_BYTES 300
#define DEMO_MAX_PIECE_BYTES 32

static void last_user_text(struct json_object *messages, struct txt *out);
static bool count_parse(const char *text, unsigned long *ret_n);
static void answer_count(unsigned long n, struct txt *out);
static void answer_hello(const char *text, size_t len, struct txt *out);
static void quote(const char *text, size_t len, struct txt *out);

static const char markdown_text[] =
    "# A tour of Markdown\n"
    "\n"
    "I am the **demo model**: everything below is a script that shows what "
    "this page can render.\n"
    "\n"
    "## Text\n"
    "\n"
    "*Emphasis*, **strong emphasis**, ~~struck out~~, `inline code` and a "
    "[link](https://commonmark.org/help/).\n"
    "\n"
    "> A quotation\n"
    ">\n"
    "> > and one inside it.\n"
    "\n"
    "## Lists\n"
    "\n"
    "1. First\n"
    "2. Second\n"
    "   - with a point\n"
    "   - and another\n"
    "3. Third\n"
    "\n"
    "- [x] done\n"
    "- [ ] not done\n"
    "\n"
    "## A table\n"
    "\n"
    "| Planet | Day | Moons |\n"
    "|:-------|----:|:-----:|\n"
    "| Mercury | 4223 h | 0 |\n"
    "| Earth | 24 h | 1 |\n"
    "| Mars | 24.7 h | 2 |\n"
    "\n"
    "## Code\n"
    "\n"
    "```c\n"
    "#include <stdio.h>\n"
    "\n"
    "int\n"
    "main(void)\n"
    "{\n"
    "\tputs(\"hello, world\");\n"
    "\treturn 0;\n"
    "}\n"
    "```\n"
    "\n"
    "```sh\n"
    "printf '%s\\n' one two three | sort -r\n"
    "```\n"
    "\n"
    "---\n"
    "\n"
    "Non-Latin text: \xce\xb1\xce\xb2\xce\xb3, \xe6\x97\xa5\xe6\x9c\xac"
    "\xe8\xaa\x9e, \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d. Emoji: "
    "\xf0\x9f\x91\x8b.\n";

static const char help_text[] =
    "Things to try here:\n"
    "\n"
    "- ask me to **count to 100** and watch the answer stream in\n"
    "- ask for **markdown** to see headings, tables and code\n"
    "- stop an answer half way, or open this session in a second tab\n"
    "\n"
    "To talk to a real model, add a provider to `moltis.conf` and restart:\n"
    "\n"
    "```\n"
    "providers: {\n"
    "    default = \"mine\";\n"
    "    mine: {\n"
    "        kind = \"openai\";       # or \"anthropic\"\n"
    "        base_url = \"https://api.openai.com/v1\";\n"
    "        api_key = \"...\";\n"
    "        models = [ \"gpt-4o-mini\" ];\n"
    "    };\n"
    "};\n"
    "```\n"
    "\n"
    "Any server that speaks OpenAI's chat completions will do, also one on "
    "your own machine. Once a real provider is there, I step aside.\n";

void
demo_answer(struct json_object *messages, struct txt *out)
{
	own_txt struct txt text = { 0 };
	unsigned long n;

	txt_init(&text, 0);
	last_user_text(messages, &text);
	if (count_parse(txt_str(&text), &n))
		answer_count(n, out);
	else if (strcasestr(txt_str(&text), "markdown") != NULL)
		txt_append(out, markdown_text);
	else
		answer_hello(txt_str(&text), text.len, out);
}

size_t
demo_next_piece(const char *text, size_t len, size_t at)
{
	const char *p = text + at;
	size_t left = len - at, n = 0;

	/* A word and the white space behind it. */
	while (n < left && !isspace((unsigned char)p[n]))
		n++;
	while (n < left && isspace((unsigned char)p[n]))
		n++;
	if (n > DEMO_MAX_PIECE_BYTES)
		n = utf8_cut(p, left, DEMO_MAX_PIECE_BYTES);
	return n;
}

static void
last_user_text(struct json_object *messages, struct txt *out)
{
	own_json struct json_object *items = history_build(messages);

	for (size_t i = json_object_array_length(items); i > 0; i--) {
		struct json_object *item =
		    json_object_array_get_idx(items, i - 1);

		if (strcmp(js_text(item, "role"), "user") != 0)
			continue;
		txt_append_n(out, js_text(item, "text"),
		    js_text_len(item, "text"));
		return;
	}
}

static bool
count_parse(const char *text, unsigned long *ret_n)
{
	const char *at = strcasestr(text, "count to ");
	unsigned long n = 0;

	if (at == NULL)
		return false;
	at += strlen("count to ");
	if (!isdigit((unsigned char)*at))
		return false;
	while (isdigit((unsigned char)*at) && n <= DEMO_MAX_COUNT)
		n = n * 10 + (unsigned long)(*at++ - '0');
	*ret_n = n;
	return true;
}

static void
answer_count(unsigned long n, struct txt *out)
{
	if (n == 0 || n > DEMO_MAX_COUNT) {
		txt_format(out,
		    "I am only the demo model: I count from 1 to "
		    "a number between 1 and %d.\n",
		    DEMO_MAX_COUNT);
		return;
	}
	for (unsigned long i = 1; i <= n; i++)
		txt_format(out, i < n ? "%lu " : "%lu", i);
}

static void
answer_hello(const char *text, size_t len, struct txt *out)
{
	txt_append(out,
	    "Hello! I am the **demo model** that is built into "
	    "Moltis. I answer from a script and understand nothing, so that "
	    "you can look around before you configure a provider.\n\n");
	if (len > 0) {
		txt_append(out, "You wrote:\n\n");
		quote(text, len, out);
	}
	txt_append(out, help_text);
}

/*
 * TEXT inside a code fence that is longer than any run of backquotes in it, so
 * that no text can leave the block.
 */
static void
quote(const char *text, size_t len, struct txt *out)
{
	size_t keep = utf8_cut(text, len, DEMO_MAX_QUOTE_BYTES);
	size_t run = 0, fence = 3;

	for (size_t i = 0; i < keep; i++) {
		run = text[i] == '`' ? run + 1 : 0;
		if (run >= fence)
			fence = run + 1;
	}
	for (size_t i = 0; i < fence; i++)
		txt_append_c(out, '`');
	txt_append(out, "text\n");
	txt_append_n(out, text, keep);
	txt_append(out, keep < len ? " [...]\n" : "\n");
	for (size_t i = 0; i < fence; i++)
		txt_append_c(out, '`');
	txt_append(out, "\n\n");
}
