/*
 * The demo model.
 *
 * Answers from a script: says that it is one, shows what the page can render
 * and how to configure a real provider.  "count to N" gives a long stream of
 * predictable pieces, "run COMMAND" a tool call, both for people and for
 * tests.  Text of the user is quoted as data and never acted upon otherwise.
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

static size_t last_user_text(struct json_object *items, struct txt *out);
static bool count_parse(const char *text, unsigned long *ret_n);
static bool has_result(struct json_object *items, size_t from);
static bool run_parse(const char *text, struct txt *ret_command);
static void answer_run(const struct txt *command, struct json_object *tools,
    struct provider_reply *reply);
static void answer_results(struct json_object *items, size_t from,
    struct txt *out);
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
    "- write **run touch hello.txt** and I ask for that command: you see it, "
    "decide, and get its output; **run date** needs no decision\n"
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
demo_answer(struct json_object *messages, struct json_object *tools,
    struct provider_reply *reply)
{
	own_json struct json_object *items = history_build(messages);
	own_txt struct txt text = { 0 }, command = { 0 };
	struct txt *out = &reply->text;
	size_t after = last_user_text(items, &text);
	unsigned long n;

	if (has_result(items, after))
		answer_results(items, after, out);
	else if (run_parse(txt_str(&text), &command))
		answer_run(&command, tools, reply);
	else if (count_parse(txt_str(&text), &n))
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

/* The text, and the place after it; the whole length when there is none. */
static size_t
last_user_text(struct json_object *items, struct txt *out)
{
	size_t n = json_object_array_length(items);

	for (size_t i = n; i > 0; i--) {
		struct json_object *item =
		    json_object_array_get_idx(items, i - 1);

		if (strcmp(js_text(item, "role"), "user") != 0)
			continue;
		txt_append_n(out, js_text(item, "text"),
		    js_text_len(item, "text"));
		return i;
	}
	return n;
}

static bool
is_result(struct json_object *item)
{
	return strcmp(js_text(item, "role"), "result") == 0;
}

static bool
has_result(struct json_object *items, size_t from)
{
	for (size_t i = from; i < json_object_array_length(items); i++) {
		if (is_result(json_object_array_get_idx(items, i)))
			return true;
	}
	return false;
}

/* "run COMMAND", where COMMAND may be the rest of the message or stand in
 * backquotes. */
static bool
run_parse(const char *text, struct txt *ret_command)
{
	const char *end;

	text += strspn(text, " \t\r\n");
	if (strncasecmp(text, "run", 3) != 0 ||
	    strspn(text + 3, " \t\r\n") == 0)
		return false;
	text += 3;
	text += strspn(text, " \t\r\n");
	end = text + strlen(text);
	while (end > text && strchr(" \t\r\n", end[-1]) != NULL)
		end--;
	if (end - text > 2 && text[0] == '`' && end[-1] == '`' &&
	    memchr(text + 1, '`', (size_t)(end - text) - 2) == NULL) {
		text++;
		end--;
	}
	txt_append_n(ret_command, text, (size_t)(end - text));
	return end > text;
}

static bool
is_offered(struct json_object *tools, const char *name)
{
	size_t n = json_object_is_type(tools, json_type_array)
	    ? json_object_array_length(tools)
	    : 0;

	for (size_t i = 0; i < n; i++) {
		const char *is =
		    js_text(json_object_array_get_idx(tools, i), "name");

		if (is != NULL && strcmp(is, name) == 0)
			return true;
	}
	return false;
}

static void
answer_run(const struct txt *command, struct json_object *tools,
    struct provider_reply *reply)
{
	own_json struct json_object *args = js_new();
	struct provider_tool_call *call;
	const char *text;

	if (!is_offered(tools, "exec")) {
		txt_append(&reply->text,
		    "I would run this, but no tool for it was offered to me: "
		    "this server has no working sandbox now, and without one "
		    "nothing runs. Its operator can see "
		    "why with `moltis doctor`.\n\n");
		quote(txt_str(command), command->len, &reply->text);
		return;
	}
	js_set_text_n(args, "command", txt_str(command), command->len);
	text = js_str(args);
	call = reply_call(reply, 0, NULL, "exec");
	if (reply_add_args(reply, call, text, strlen(text)) != ST_OK) {
		provider_reply_done(reply);
		txt_append(&reply->text, "This command is too long.\n");
		return;
	}
	txt_append(&reply->text,
	    "I ask for this command. If it needs your "
	    "consent, it waits for your decision.\n");
	reply_set_finish(reply, "tool_calls");
	reply_seal(reply);
}

/* What a finished command gave, or a text that is no such thing. */
static void
answer_result(struct json_object *item, struct txt *out)
{
	own_json struct json_object *result = NULL;
	const char *text = js_text(item, "text");
	size_t n = js_text_len(item, "text");
	struct js_error err;
	const char *output;

	if (js_bool(item, "failed", false)) {
		txt_append(out,
		    "That did not work out, and I am told why:\n\n");
		quote(text, n, out);
		return;
	}
	if (js_parse(text, n, &result, &err) != ST_OK ||
	    js_get(result, "exit_code") == NULL) {
		txt_append(out, "I got this back:\n\n");
		quote(text, n, out);
		return;
	}
	if (js_bool(result, "changed_by_user", false))
		txt_append(out,
		    "You changed the command, so this is what yours did. ");
	txt_format(out, "The command ended with exit code %lld",
	    (long long)js_int(result, "exit_code", 0));
	output = "stdout";
	if (js_int(result, "exit_code", 0) != 0 &&
	    js_text_len(result, "stderr") > 0)
		output = "stderr";
	if (js_text_len(result, output) == 0) {
		txt_append(out, " and printed nothing.\n\n");
		return;
	}
	txt_append(out, " and printed:\n\n");
	quote(js_text(result, output), js_text_len(result, output), out);
}

static void
answer_results(struct json_object *items, size_t from, struct txt *out)
{
	for (size_t i = from; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (is_result(item))
			answer_result(item, out);
	}
	txt_append(out,
	    "A real model would now think about it; I am only a "
	    "script. Files you made stay in the workspace of this session.\n");
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
	    "Hello! I am the **demo model** that is built into Moltis. I "
	    "answer from a script and understand nothing, so that "
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
