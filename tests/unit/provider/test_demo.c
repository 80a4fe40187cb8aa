/* The demo model: its answers, their pieces, its calls, and what it does with
 * text that tries to leave its quotation. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "provider/demo.h"
#include "tests/unit/unit.h"

/* The text alone. */
static void
answer(struct json_object *messages, struct json_object *tools, struct txt *out)
{
	struct provider_reply reply;

	provider_reply_init(&reply);
	demo_answer(messages, tools, &reply);
	txt_init(out, 0);
	txt_append_n(out, txt_str(&reply.text), reply.text.len);
	CU_ASSERT_EQUAL(reply.call_count, 0);
	provider_reply_done(&reply);
}

static struct json_object *
parse(const char *text)
{
	struct json_object *o = NULL;
	struct js_error err;

	CU_ASSERT_EQUAL_FATAL(js_parse(text, strlen(text), &o, &err), ST_OK);
	return o;
}

static void
ask(const char *text, struct txt *out)
{
	struct json_object *messages = json_object_new_array(), *m = js_new();

	js_set_text(m, "role", "user");
	js_set_text(m, "content", text);
	js_push(messages, m);
	answer(messages, NULL, out);
	js_put(&messages);
}

static size_t
pieces(const struct txt *t)
{
	size_t count = 0, n;

	for (size_t at = 0; (n = demo_next_piece(txt_str(t), t->len, at)) > 0;
	     at += n) {
		CU_ASSERT_TRUE(utf8_check(txt_str(t) + at, n));
		count++;
	}
	return count;
}

static void
test_counts(void)
{
	struct txt out;

	ask("please Count to 12, slowly", &out);
	CU_ASSERT_STRING_EQUAL(txt_str(&out), "1 2 3 4 5 6 7 8 9 10 11 12");
	CU_ASSERT_EQUAL(pieces(&out), 12);
	txt_done(&out);
	ask("count to 500", &out);
	CU_ASSERT_EQUAL(pieces(&out), 500);
	txt_done(&out);
}

static void
test_count_limits(void)
{
	static const char *const texts[] = { "count to 0", "count to 501",
		"count to 99999999999999999999999" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct txt out;

		ask(texts[i], &out);
		CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "demo model"));
		CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "500"));
		txt_done(&out);
	}
}

static void
test_hello_says_what_it_is(void)
{
	struct txt out;

	ask("hi", &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "**demo model**"));
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "```text\nhi\n```\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "providers: {"));
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "\n- "));
	txt_done(&out);
	/* "count to" without a number is an ordinary text. */
	ask("count to ten", &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "You wrote"));
	txt_done(&out);
}

static void
test_quote_cannot_leave_its_block(void)
{
	struct txt out;

	ask("a\n````\n# not a heading", &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out),
	    "`````text\na\n````\n# not a heading\n`````\n"));
	txt_done(&out);
}

static void
test_long_text_is_cut(void)
{
	char text[1001];
	struct txt out;

	for (size_t i = 0; i < 1000; i += 2)
		memcpy(text + i, "\xc3\xa9", 3);
	ask(text, &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), " [...]\n"));
	CU_ASSERT_TRUE(utf8_check(txt_str(&out), out.len));
	CU_ASSERT_TRUE(out.len < 2500);
	(void)pieces(&out);
	txt_done(&out);
}

static void
test_markdown_tour(void)
{
	struct txt out;

	ask("show me Markdown", &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "| Planet |"));
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "demo model"));
	CU_ASSERT_TRUE(utf8_check(txt_str(&out), out.len));
	CU_ASSERT_TRUE(pieces(&out) > 100);
	txt_done(&out);
}

static void
test_no_messages(void)
{
	struct txt out;

	answer(NULL, NULL, &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "demo model"));
	CU_ASSERT_PTR_NULL(strstr(txt_str(&out), "You wrote"));
	txt_done(&out);
}

static void
test_last_user_message_counts(void)
{
	struct json_object *messages = NULL;
	struct js_error err;
	static const char json[] =
	    "[{\"role\":\"user\",\"content\":\"count to "
	    "9\"},{\"role\":\"assistant\",\"content\":\"x\"},{\"role\":\"user\""
	    ",\"content\":[{\"type\":\"text\",\"text\":\"count to 2\"}]},"
	    "{\"role\":\"assistant\",\"content\":\"count to 7\"}]";
	struct txt out;

	CU_ASSERT_EQUAL(js_parse(json, sizeof(json) - 1, &messages, &err),
	    ST_OK);
	answer(messages, NULL, &out);
	CU_ASSERT_STRING_EQUAL(txt_str(&out), "1 2");
	txt_done(&out);
	js_put(&messages);
}

static void
test_run(void)
{
	static const struct {
		const char *text, *command; /* NULL: no call */
	} rows[] = {
		{ "run date", "date" },
		{ "  RUN  ls -la  ", "ls -la" },
		{ "run `echo \"a b\"`", "echo \"a b\"" },
		{ "run echo `date`", "echo `date`" },
		{ "run `a` and `b`", "`a` and `b`" },
		{ "Run\nuname -a", "uname -a" },
		{ "run", NULL },
		{ "run   ", NULL },
		{ "running late", NULL },
		{ "please run date", NULL },
	};
	own_json struct json_object *tools = parse("[{\"name\":\"exec\"}]");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		own_json struct json_object *messages =
		    parse("[{\"role\":\"user\"}]");
		own_json struct json_object *args = NULL;
		struct provider_reply reply;

		js_set_text(json_object_array_get_idx(messages, 0), "content",
		    rows[i].text);
		provider_reply_init(&reply);
		demo_answer(messages, tools, &reply);
		CU_ASSERT_EQUAL_FATAL(reply.call_count,
		    rows[i].command != NULL);
		CU_ASSERT_TRUE(reply.text.len > 0);
		if (rows[i].command != NULL) {
			CU_ASSERT_STRING_EQUAL(reply.calls[0].name, "exec");
			CU_ASSERT_TRUE(reply.calls[0].id[0] != '\0');
			args = parse(txt_str(&reply.calls[0].args));
			CU_ASSERT_STRING_EQUAL(js_text(args, "command"),
			    rows[i].command);
		}
		provider_reply_done(&reply);
	}
}

static void
test_run_without_tools(void)
{
	struct txt out;

	ask("run date", &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "no working sandbox"));
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), "```text\ndate\n```"));
	txt_done(&out);
}

static void
test_results(void)
{
	static const struct {
		const char *result, *text;
	} rows[] = {
		{ "\"success\":true,\"result\":{\"stdout\":\"Mon\\n\","
		  "\"stderr\":\"\",\"exit_code\":0}",
		    "exit code 0 and printed:\n\n```text\nMon\n" },
		{ "\"success\":true,\"result\":{\"stdout\":\"\","
		  "\"stderr\":\"\",\"exit_code\":0}",
		    "exit code 0 and printed nothing" },
		{ "\"success\":true,\"result\":{\"stdout\":\"\","
		  "\"stderr\":\"bad\",\"exit_code\":2}",
		    "exit code 2 and printed:\n\n```text\nbad" },
		{ "\"success\":true,\"result\":{\"stdout\":\"x\","
		  "\"stderr\":\"\",\"exit_code\":0,"
		  "\"changed_by_user\":true}",
		    "You changed the command" },
		{ "\"success\":false,\"error\":\"the user refused\"",
		    "```text\nthe user refused" },
		{ "\"success\":true,\"result\":\"other\"", "```text\nother" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		own_json struct json_object *messages = NULL;
		struct txt out, json = { 0 };

		txt_format(&json,
		    "[{\"role\":\"user\",\"content\":"
		    "\"run date\"},{\"role\":\"assistant\",\"content\":"
		    "\"\",\"tool_calls\":[{\"id\":\"c1\",\"function\":"
		    "{\"name\":\"exec\",\"arguments\":\"{}\"}}]},"
		    "{\"role\":\"tool_result\",\"tool_call_id\":\"c1\","
		    "%s}]",
		    rows[i].result);
		messages = parse(txt_str(&json));
		answer(messages, NULL, &out);
		CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&out), rows[i].text));
		txt_done(&out);
		txt_done(&json);
	}
}

void
suite_provider_demo(void)
{
	static const struct unit_test tests[] = {
		{ "it counts, a number a piece", test_counts },
		{ "it counts no further than 500", test_count_limits },
		{ "the greeting says what it is", test_hello_says_what_it_is },
		{ "a quotation cannot leave its block",
		    test_quote_cannot_leave_its_block },
		{ "a long text is cut between characters",
		    test_long_text_is_cut },
		{ "markdown shows a table", test_markdown_tour },
		{ "no message is answered too", test_no_messages },
		{ "only the user's last message counts",
		    test_last_user_message_counts },
		{ "run COMMAND asks for a command", test_run },
		{ "without tools it says why", test_run_without_tools },
		{ "it says what came of its command", test_results },
		{ NULL, NULL },
	};

	unit_add("src/provider/demo.c", tests);
}
