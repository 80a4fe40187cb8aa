/* The demo model: its answers, their pieces, and what it does with text that
 * tries to leave its quotation. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "provider/demo.h"
#include "tests/unit/unit.h"

static void
ask(const char *text, struct txt *out)
{
	struct json_object *messages = json_object_new_array(), *m = js_new();

	js_set_text(m, "role", "user");
	js_set_text(m, "content", text);
	js_push(messages, m);
	txt_init(out, 0);
	demo_answer(messages, out);
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

	txt_init(&out, 0);
	demo_answer(NULL, &out);
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
	txt_init(&out, 0);
	demo_answer(messages, &out);
	CU_ASSERT_STRING_EQUAL(txt_str(&out), "1 2");
	txt_done(&out);
	js_put(&messages);
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
		{ NULL, NULL },
	};

	unit_add("src/provider/demo.c", tests);
}
