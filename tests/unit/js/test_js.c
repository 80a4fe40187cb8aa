/*
 * The tree: parsing behind the scanner, getters that never fail, writers.
 */
#include "config.h"

#include <string.h>

#include "js/js.h"
#include "tests/unit/unit.h"

static struct json_object *
parsed(const char *text)
{
	struct json_object *o = NULL;
	struct js_error err;

	CU_ASSERT_EQUAL_FATAL(js_parse(text, strlen(text), &o, &err), ST_OK);
	return o;
}

static void
same_text_out(void)
{
	static const char *const texts[] = {
		"{\"a\":[1,-9223372036854775808,9223372036854775807,true,null,"
		"{}],\"b\":\"\xc3\xa4/\xf0\x9f\x98\x80\"}",
		"[]",
		"\"x\"",
		"12",
		"-7",
		"true",
		"null",
		"0.5",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		own_json struct json_object *o = parsed(texts[i]);

		CU_ASSERT_STRING_EQUAL(js_str(o), texts[i]);
	}
}

static void
deepest_is_parsed(void)
{
	own_txt struct txt t;

	txt_init(&t, 0);
	for (int i = 0; i < JS_MAX_DEPTH; i++)
		txt_append(&t, "[");
	for (int i = 0; i < JS_MAX_DEPTH; i++)
		txt_append(&t, "]");
	{
		own_json struct json_object *o = parsed(txt_str(&t));

		CU_ASSERT_STRING_EQUAL(js_str(o), txt_str(&t));
	}
}

static void
text_need_not_end(void)
{
	own_json struct json_object *o = NULL;
	struct js_error err;

	CU_ASSERT_EQUAL(js_parse("123456", 3, &o, &err), ST_OK);
	CU_ASSERT_EQUAL(json_object_get_int64(o), 123);
}

static void
refusal_leaves_out(void)
{
	struct json_object *mark = js_new(), *o = mark;
	struct js_error err;

	CU_ASSERT_EQUAL(js_parse("{\"a\":1,\"a\":2}", 13, &o, &err),
	    ST_INVALID);
	CU_ASSERT_PTR_EQUAL(o, mark);
	CU_ASSERT_STRING_EQUAL(err.field, "a");
	CU_ASSERT_EQUAL(js_parse("x", 1, &o, NULL), ST_INVALID);
	js_put(&mark);
	CU_ASSERT_PTR_NULL(mark);
	js_put(&mark);
}

static void
getters_forgive(void)
{
	own_json struct json_object *o = parsed(
	    "{\"t\":\"x\",\"n\":5,"
	    "\"b\":true,\"f\":1.5,\"z\":null,\"o\":{\"p\":{\"q\":\"deep\"}},"
	    "\"big\":9223372036854775807}");

	CU_ASSERT_STRING_EQUAL(js_text(o, "t"), "x");
	CU_ASSERT_EQUAL(js_text_len(o, "t"), 1);
	CU_ASSERT_PTR_NULL(js_text(o, "n"));
	CU_ASSERT_EQUAL(js_text_len(o, "n"), 0);
	CU_ASSERT_PTR_NULL(js_text(o, "missing"));
	CU_ASSERT_PTR_NULL(js_text(o, "z"));
	CU_ASSERT_PTR_NULL(js_text(NULL, "t"));
	CU_ASSERT_EQUAL(js_int(o, "n", -1), 5);
	CU_ASSERT_EQUAL(js_int(o, "big", -1), INT64_MAX);
	CU_ASSERT_EQUAL(js_int(o, "f", -1), -1);
	CU_ASSERT_EQUAL(js_int(o, "t", -1), -1);
	CU_ASSERT_EQUAL(js_int(NULL, "n", -1), -1);
	CU_ASSERT_TRUE(js_bool(o, "b", false));
	CU_ASSERT_TRUE(js_bool(o, "n", true));
	CU_ASSERT_FALSE(js_bool(o, "missing", false));
	CU_ASSERT_PTR_NULL(js_get(js_get(o, "t"), "x"));
	CU_ASSERT_STRING_EQUAL(json_object_get_string(js_path(o, "o.p.q")),
	    "deep");
	CU_ASSERT_PTR_NULL(js_path(o, "o.x.q"));
	CU_ASSERT_PTR_NULL(js_path(o, "t.x"));
	CU_ASSERT_PTR_NULL(js_path(o, ""));
	CU_ASSERT_PTR_NULL(js_path(o, "."));
	CU_ASSERT_PTR_NULL(js_path(NULL, "a.b"));
}

static void
writers(void)
{
	own_json struct json_object *o = js_new();
	struct json_object *list = json_object_new_array();

	js_set_text(o, "t", "a/b\"");
	js_set_text(o, "none", NULL);
	js_set_text_n(o, "part", "abcdef", 3);
	js_set_int(o, "n", INT64_MIN);
	js_set_bool(o, "b", false);
	js_push(list, NULL);
	js_push(list, js_new());
	js_set(o, "l", list);
	js_set_int(o, "n", 1);
	CU_ASSERT_STRING_EQUAL(js_str(o),
	    "{\"t\":\"a/b\\\"\",\"none\":null,"
	    "\"part\":\"abc\",\"n\":1,\"b\":false,\"l\":[null,{}]}");
}

static void
texts_found(void)
{
	own_json struct json_object *list = json_object_new_array();

	CU_ASSERT_FALSE(js_has_text(list, "a"));
	js_push(list, NULL);
	js_push(list, json_object_new_int(1));
	js_push(list, json_object_new_string("ab"));
	CU_ASSERT_TRUE(js_has_text(list, "ab"));
	CU_ASSERT_FALSE(js_has_text(list, "a"));
	CU_ASSERT_FALSE(js_has_text(list, "1"));
}

static void
bad_bytes_repaired(void)
{
	own_json struct json_object *o = js_new();
	own_txt struct txt t;

	js_set_text(o, "t", "a\xff\xc3\xa4\xe2\x82");
	CU_ASSERT_STRING_EQUAL(js_text(o, "t"),
	    "a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd");
	txt_init(&t, 0);
	js_quote(&t, "a\xff\n", 3);
	CU_ASSERT_STRING_EQUAL(txt_str(&t), "\"a\xef\xbf\xbd\\n\"");
	CU_ASSERT_EQUAL(js_scan(txt_str(&t), t.len, NULL), ST_OK);
}

void
suite_js_js(void)
{
	static const struct unit_test tests[] = {
		{ "what is parsed is written the same way", same_text_out },
		{ "the deepest accepted value is parsed", deepest_is_parsed },
		{ "a text needs no NUL at its end", text_need_not_end },
		{ "a refusal leaves the result alone", refusal_leaves_out },
		{ "getters answer defaults for what is not there",
		    getters_forgive },
		{ "writers build what they are told", writers },
		{ "a text is found in a list, and nothing like it",
		    texts_found },
		{ "invalid UTF-8 is repaired on the way out",
		    bad_bytes_repaired },
		{ NULL, NULL },
	};

	unit_add("src/js/js.c", tests);
}
