/* Stored conversations in the shape that providers accept. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "js/js.h"
#include "provider/kind.h"
#include "tests/unit/unit.h"

static struct json_object *
parse(const char *text)
{
	struct json_object *value = NULL;
	struct js_error err;

	CU_ASSERT_EQUAL_FATAL(js_parse(text, strlen(text), &value, &err),
	    ST_OK);
	return value;
}

static void
check(const char *messages, const char *want)
{
	struct json_object *in = parse(messages);
	struct json_object *out = history_build(in);

	CU_ASSERT_STRING_EQUAL(js_str(out), want);
	if (strcmp(js_str(out), want) != 0)
		fprintf(stderr, "got  %s\nwant %s\n", js_str(out), want);
	js_put(&in);
	js_put(&out);
}

#define USER(text) "{\"role\":\"user\",\"content\":\"" text "\"}"
#define CALL(id) \
	"{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[" \
	"{\"id\":\"" id \
	"\",\"function\":{\"name\":\"t\",\"arguments\":\"{}\"}}]}"
#define RESULT(id, text) \
	"{\"role\":\"tool_result\",\"tool_call_id\":\"" id \
	"\",\"success\":true,\"result\":\"" text "\"}"
#define OUT_USER(t) "{\"role\":\"user\",\"text\":\"" t "\"}"
#define OUT_CALL(id) \
	"{\"role\":\"assistant\",\"text\":\"\",\"calls\":[" \
	"{\"id\":\"" id "\",\"name\":\"t\",\"args\":{}}]}"
#define OUT_RESULT(id, t) \
	"{\"role\":\"result\",\"id\":\"" id "\",\"text\":\"" t \
	"\",\"failed\":false}"
#define OUT_LOST(id) \
	"{\"role\":\"result\",\"id\":\"" id \
	"\",\"text\":\"interrupted, outcome unknown\",\"failed\":true}"

static void
test_blank_texts_are_left_out(void)
{
	check("[" USER("") "," USER(" \\n\\t") "," USER(
		  "a") ","
		       "{\"role\":\"assistant\",\"content\":\" \"},"
		       "{\"role\":\"assistant\",\"content\":null},"
		       "{\"role\":\"assistant\"}]",
	    "[" OUT_USER("a") "]");
}

static void
test_unknown_roles_are_left_out(void)
{
	check("[{\"role\":\"developer\",\"content\":\"x\"},"
	      "{\"role\":7,\"content\":\"x\"},{\"content\":\"x\"},7,null,[],"
	      "{\"role\":\"notice\",\"content\":\"x\"},"
	      "{\"role\":\"system\",\"content\":\"s\"}]",
	    "[{\"role\":\"system\",\"text\":\"s\"}]");
	check("{}", "[]");
}

static void
test_every_call_has_its_result(void)
{
	check("[" CALL("a") "," RESULT("a", "r") "]",
	    "[" OUT_CALL("a") "," OUT_RESULT("a", "r") "]");
	check("[" CALL("a") "]", "[" OUT_CALL("a") "," OUT_LOST("a") "]");
	/* A message that came in while the tool ran does not part them. */
	check("[" CALL("a") "," USER("u") "," RESULT("a", "r") "]",
	    "[" OUT_CALL("a") "," OUT_RESULT("a", "r") "," OUT_USER("u") "]");
	/* A result after the model's next word came too late. */
	check(
	    "[" CALL("a") ",{\"role\":\"assistant\",\"content\":\"x\"}," RESULT(
		"a", "r") "]",
	    "[" OUT_CALL("a") "," OUT_LOST(
		"a") ",{\"role\":\"assistant\",\"text\":\"x\"}]");
}

static void
test_results_without_call_are_left_out(void)
{
	check("[" RESULT("a", "r") "," CALL("b") "," RESULT("a",
		  "r") "," RESULT("b", "1") "," RESULT("b", "2") "]",
	    "[" OUT_CALL("b") "," OUT_RESULT("b", "1") "]");
}

static void
test_ids_are_made_unique(void)
{
	check("[" CALL("c") "," RESULT("c", "1") "," CALL(
		  "c") "," RESULT("c", "2") "]",
	    "[" OUT_CALL("c") "," OUT_RESULT("c", "1") "," OUT_CALL(
		"c_1") "," OUT_RESULT("c_1", "2") "]");
}

static void
test_calls_of_one_id(void)
{
	check("[{\"role\":\"assistant\",\"tool_calls\":["
	      "{\"id\":\"c\",\"function\":{\"name\":\"t\"}},"
	      "{\"id\":\"c\",\"function\":{\"name\":\"t\"}}]}," RESULT("c",
		  "1") "," RESULT("c", "2") "]",
	    "[{\"role\":\"assistant\",\"text\":\"\",\"calls\":["
	    "{\"id\":\"c\",\"name\":\"t\",\"args\":{}},"
	    "{\"id\":\"c_1\",\"name\":\"t\",\"args\":{}}]}," OUT_RESULT("c",
		"1") "," OUT_RESULT("c_1", "2") "]");
}

static void
test_ids_have_plain_letters(void)
{
	check("[" CALL("a-B_9") "]",
	    "[" OUT_CALL("a-B_9") "," OUT_LOST("a-B_9") "]");
	check("[" CALL("a.b:c/\xc3\xa9") "," RESULT("a.b:c/\xc3\xa9", "1") "]",
	    "[" OUT_CALL("a_b_c___") "," OUT_RESULT("a_b_c___", "1") "]");
	check("[" CALL("") "]", "[" OUT_CALL("t") "," OUT_LOST("t") "]");
}

static void
test_arguments_that_are_no_object(void)
{
	static const char *const texts[][2] = {
		{ "", "{}" },
		{ "{\\\"a\\\":1}", "{\"a\":1}" },
		{ "[1]", "{\"unparsed\":\"[1]\"}" },
		{ "{\\\"a", "{\"unparsed\":\"{\\\"a\"}" },
		{ "null", "{\"unparsed\":\"null\"}" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		char in[200], want[200];

		snprintf(in, sizeof(in),
		    "[{\"role\":\"assistant\","
		    "\"tool_calls\":[{\"id\":\"a\",\"function\":{\"name\":\"t\""
		    ",\"arguments\":\"%s\"}}]}]",
		    texts[i][0]);
		snprintf(want, sizeof(want),
		    "[{\"role\":\"assistant\","
		    "\"text\":\"\",\"calls\":[{\"id\":\"a\",\"name\":\"t\","
		    "\"args\":%s}]}," OUT_LOST("a") "]",
		    texts[i][1]);
		check(in, want);
	}
}

static void
test_blocks(void)
{
	check("[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
	      "\"look\"},{\"type\":\"image_url\",\"image_url\":{\"url\":"
	      "\"data:image/png;base64,AAAA\"}},{\"x\":1},7]}]",
	    "[" OUT_USER("look\\n\\n[An image was attached here; it cannot be "
			 "passed on to you.]") "]");
}

static void
test_results_of_all_shapes(void)
{
	check("[" CALL("a") ",{\"role\":\"tool\",\"tool_call_id\":\"a\","
			    "\"content\":\"plain\"}]",
	    "[" OUT_CALL("a") "," OUT_RESULT("a", "plain") "]");
	check("[" CALL("a") ",{\"role\":\"tool_result\",\"tool_call_id\":\"a\""
			    ",\"success\":true}]",
	    "[" OUT_CALL("a") "," OUT_RESULT("a", "(no output)") "]");
	check(
	    "[" CALL(
		"a") ",{\"role\":\"tool_result\",\"tool_call_id\":\"a\""
		     ",\"success\":false,\"result\":{\"n\":1},\"error\":\"bad\"}]",
	    "[" OUT_CALL("a") ",{\"role\":\"result\",\"id\":\"a\",\"text\":"
			      "\"{\\\"n\\\":1}\\nbad\",\"failed\":true}]");
}

static void
test_long_results_are_cut(void)
{
	struct json_object *in = parse("[" CALL("a") "]"), *out, *m = js_new();
	size_t n = PROVIDER_MAX_RESULT_BYTES + 10;
	char *text = mem_zalloc(n + 1);
	const char *got;

	/* The limit falls into the middle of the two bytes of U+00E9. */
	memset(text, 'x', n);
	memcpy(text + PROVIDER_MAX_RESULT_BYTES - 1, "\xc3\xa9", 2);
	js_set_text(m, "role", "tool_result");
	js_set_text(m, "tool_call_id", "a");
	js_set_text(m, "result", text);
	js_push(in, m);
	out = history_build(in);
	got = js_text(json_object_array_get_idx(out, 1), "text");
	CU_ASSERT_PTR_NOT_NULL_FATAL(got);
	CU_ASSERT_STRING_EQUAL(got + PROVIDER_MAX_RESULT_BYTES - 1,
	    "\n[cut here: 49999 of 50010 bytes shown]");
	js_put(&in);
	js_put(&out);
	free(text);
}

void
suite_provider_history(void)
{
	static const struct unit_test tests[] = {
		{ "blank texts are left out", test_blank_texts_are_left_out },
		{ "unknown roles are left out",
		    test_unknown_roles_are_left_out },
		{ "every call has its result", test_every_call_has_its_result },
		{ "results without call are left out",
		    test_results_without_call_are_left_out },
		{ "ids are made unique", test_ids_are_made_unique },
		{ "calls of one id have their results in order",
		    test_calls_of_one_id },
		{ "ids have plain letters", test_ids_have_plain_letters },
		{ "arguments that are no object are kept as text",
		    test_arguments_that_are_no_object },
		{ "an image becomes a note", test_blocks },
		{ "results of all shapes become text",
		    test_results_of_all_shapes },
		{ "a long result is cut between characters",
		    test_long_results_are_cut },
		{ NULL, NULL },
	};

	unit_add("src/provider/history.c", tests);
}
