/* Results: what fits, what is cut and says so, what is stored. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "tests/unit/unit.h"
#include "tool/result.h"

static void
fill(struct output *o, const char *piece, size_t times)
{
	output_init(o, NULL, RESULT_MODEL_BYTES);
	for (size_t i = 0; i < times; i++)
		output_add(o, piece, strlen(piece), NULL);
	output_end(o, false, NULL);
}

static void
test_exec(void)
{
	struct sbx_result end = { .exit_code = 3 };
	own_json struct json_object *o = NULL;
	struct output out, err;

	fill(&out, "hi\n", 1);
	fill(&err, "", 0);
	o = result_exec(&end, &out, &err, 0);
	CU_ASSERT_STRING_EQUAL(js_str(o),
	    "{\"stdout\":\"hi\\n\","
	    "\"stderr\":\"\",\"exit_code\":3,\"timed_out\":false,"
	    "\"oom_killed\":false,\"truncated\":false}");
	output_done(&out);
	output_done(&err);
}

static void
test_notes(void)
{
	static const struct {
		struct sbx_result end;
		const char *note;
	} rows[] = {
		{ { .timed_out = true }, "time" },
		{ { .oom_killed = true }, "memory" },
		{ { .canceled = true }, "stopped" },
		{ { .disk_full = true, .canceled = true }, "workspace" },
		{ { .output_flood = true }, "printed more" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_json struct json_object *o = NULL;
		struct output out, err;

		fill(&out, "", 0);
		fill(&err, "", 0);
		o = result_exec(&rows[i].end, &out, &err, 0);
		CU_ASSERT_PTR_NOT_NULL_FATAL(js_text(o, "note"));
		CU_ASSERT_PTR_NOT_NULL(
		    strstr(js_text(o, "note"), rows[i].note));
		output_done(&out);
		output_done(&err);
	}
}

/* Whatever is printed, the model's share holds. */
static void
test_share(void)
{
	static const char *const pieces[] = { "x", "\"", "\x01", "\xc3\xa9",
		"\n", "" };

	for (size_t i = 0; i < 36; i++) {
		struct sbx_result end = { 0 };
		own_json struct json_object *o = NULL;
		struct output out, err;
		const char *a = pieces[i % 6], *b = pieces[i / 6];

		fill(&out, a, 60000);
		fill(&err, b, 60000);
		o = result_exec(&end, &out, &err, 0);
		CU_ASSERT_TRUE(strlen(js_str(o)) <= RESULT_MODEL_BYTES);
		CU_ASSERT_TRUE(
		    utf8_check(js_text(o, "stdout"), js_text_len(o, "stdout")));
		CU_ASSERT_EQUAL(js_bool(o, "truncated", false),
		    a[0] != '\0' || b[0] != '\0');
		if (a[0] != '\0')
			CU_ASSERT_PTR_NOT_NULL(
			    strstr(js_text(o, "stdout"), "[cut here: "));
		/* Neither starves the other. */
		if (b[0] != '\0')
			CU_ASSERT_TRUE(js_text_len(o, "stderr") > 2500);
		output_done(&out);
		output_done(&err);
	}
}

static void
test_reserve(void)
{
	struct sbx_result end = { 0 };
	own_json struct json_object *o = NULL;
	struct output out, err;

	fill(&out, "x", 60000);
	fill(&err, "", 0);
	o = result_exec(&end, &out, &err, 40000);
	CU_ASSERT_TRUE(strlen(js_str(o)) <= RESULT_MODEL_BYTES - 40000);
	output_done(&out);
	output_done(&err);
}

static void
test_fit(void)
{
	CU_ASSERT_EQUAL(result_fit("abc", 3, 3), 3);
	CU_ASSERT_EQUAL(result_fit("abc", 3, 2), 2);
	CU_ASSERT_EQUAL(result_fit("a\"c", 3, 2), 1);
	CU_ASSERT_EQUAL(result_fit("\x01"
				   "b",
			    2, 5),
	    0);
	CU_ASSERT_EQUAL(result_fit("\x01"
				   "b",
			    2, 7),
	    2);
	CU_ASSERT_EQUAL(result_fit("a\xc3\xa9", 3, 2), 1);
}

static void
test_brief(void)
{
	own_json struct json_object *o = js_new(), *list = NULL, *b = NULL;
	static char text[30000];

	memset(text, 'y', sizeof(text) - 1);
	list = json_object_new_array();
	for (int i = 0; i < 5000; i++)
		js_push(list, json_object_new_int(i));
	js_set_text(o, "stdout", text);
	js_set_int(o, "exit_code", 4);
	js_set(o, "entries", json_object_get(list));
	b = result_brief(o);
	CU_ASSERT_TRUE(js_text_len(b, "stdout") < 10100);
	CU_ASSERT_PTR_NOT_NULL(strstr(js_text(b, "stdout"),
	    "[cut here: 10000 of 29999 bytes shown]"));
	CU_ASSERT_EQUAL(js_int(b, "exit_code", 0), 4);
	CU_ASSERT_TRUE(strlen(js_str(js_get(b, "entries"))) < 20000);
	CU_ASSERT_EQUAL(js_text_len(o, "stdout"), 29999);
	CU_ASSERT_PTR_NULL(result_brief(NULL));
}

static void
test_command_is_never_cut(void)
{
	own_json struct json_object *args = js_new(), *b = NULL;
	static char text[16385];

	memset(text, 'c', sizeof(text) - 1);
	js_set_text(args, "command", text);
	b = result_brief_args(args);
	CU_ASSERT_STRING_EQUAL(js_text(b, "command"), text);
}

static void
test_message(void)
{
	own_json struct json_object *args = js_new(), *result = js_new();
	own_json struct json_object *good = NULL, *bad = NULL, *brief = NULL;
	struct result_call call = { "call_1", "exec", args };
	static char text[20001];

	memset(text, 'z', sizeof(text) - 1);
	js_set_text(args, "command", "ls");
	js_set_text(result, "stdout", text);
	good = result_message(&call, result, NULL);
	CU_ASSERT_STRING_EQUAL(js_text(good, "role"), "tool_result");
	CU_ASSERT_STRING_EQUAL(js_text(good, "tool_call_id"), "call_1");
	CU_ASSERT_STRING_EQUAL(js_text(good, "tool_name"), "exec");
	CU_ASSERT_TRUE(js_bool(good, "success", false));
	CU_ASSERT_PTR_NULL(js_get(good, "error"));
	CU_ASSERT_TRUE(js_int(good, "created_at", 0) > 0);
	brief = result_message_brief(good);
	CU_ASSERT_TRUE(js_text_len(js_get(brief, "result"), "stdout") < 10100);
	CU_ASSERT_STRING_EQUAL(js_text(js_get(brief, "arguments"), "command"),
	    "ls");
	bad = result_message(&call, NULL, "no");
	CU_ASSERT_FALSE(js_bool(bad, "success", true));
	CU_ASSERT_STRING_EQUAL(js_text(bad, "error"), "no");
	result_remark(bad, "one");
	result_remark(bad, "two");
	CU_ASSERT_STRING_EQUAL(js_text(bad, "content"), "[one]\n[two]\n");
}

void
suite_tool_result(void)
{
	static const struct unit_test tests[] = {
		{ "a command's result has these members", test_exec },
		{ "why it ended is said", test_notes },
		{ "the model's share holds whatever is printed", test_share },
		{ "room can be reserved", test_reserve },
		{ "what fits is counted as JSON", test_fit },
		{ "people get short copies", test_brief },
		{ "a command is never cut", test_command_is_never_cut },
		{ "a result as it is stored", test_message },
		{ NULL, NULL },
	};

	unit_add("src/tool/result.c", tests);
}
