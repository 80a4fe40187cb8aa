/*
 * The strict scanner: what is accepted, what is refused, and which field the
 * error names.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/own.h"
#include "js/js.h"
#include "tests/unit/unit.h"

struct row {
	const char *text;
	const char *field; /* of the error; NULL: accepted */
	const char *why;   /* part of the sentence */
};

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct js_error err = { "-", "-" };
		/* A copy of the exact size: a read past the end is seen. */
		size_t n = strlen(rows[i].text);
		own_mem char *copy = NULL;
		enum status st;

		CU_ASSERT_PTR_NOT_NULL_FATAL(copy = malloc(n > 0 ? n : 1));
		memcpy(copy, rows[i].text, n);
		st = js_scan(copy, n, &err);
		if (rows[i].field == NULL) {
			CU_ASSERT_EQUAL(st, ST_OK);
			continue;
		}
		CU_ASSERT_EQUAL(st, ST_INVALID);
		CU_ASSERT_STRING_EQUAL(err.field, rows[i].field);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.why, rows[i].why));
	}
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void
values_accepted(void)
{
	static const struct row rows[] = {
		{ "null", NULL, NULL },
		{ "true", NULL, NULL },
		{ " \t\r\n false \t\r\n ", NULL, NULL },
		{ "\"\"", NULL, NULL },
		{ "{}", NULL, NULL },
		{ "[]", NULL, NULL },
		{ "[ [ ] , { } ]", NULL, NULL },
		{ "{\"\":1,\"a\":{\"a\":[{\"a\":2}]}}", NULL, NULL },
		{ "\"\\u00e4 \\uD83D\\uDE00 \x7f \xf0\x9f\x98\x80\"", NULL,
		    NULL },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", NULL, NULL },
	};

	CHECK(rows);
}

static void
structure_refused(void)
{
	static const struct row rows[] = {
		{ "", "", "no JSON" },
		{ " \n", "", "no JSON" },
		{ "{", "", "ends too early" },
		{ "[", "[0]", "ends too early" },
		{ "{\"a\"", "a", "ends too early" },
		{ "{\"a\":", "a", "ends too early" },
		{ "{\"a\":1", "a", "ends too early" },
		{ "{\"a\":1,", "a", "ends too early" },
		{ "\"abc", "", "ends too early" },
		{ "\"abc\\", "", "ends too early" },
		{ "[1,]", "[1]", "unexpected" },
		{ "[,1]", "[0]", "unexpected" },
		{ "[1 2]", "[0]", "unexpected" },
		{ "{,}", "", "unexpected" },
		{ "{\"a\":1,}", "", "unexpected" },
		{ "{\"a\" 1}", "a", "unexpected" },
		{ "{\"a\":1 \"b\":2}", "a", "unexpected" },
		{ "{a:1}", "", "unexpected" },
		{ "{'a':1}", "", "unexpected" },
		{ "{1:1}", "", "unexpected" },
		{ "[}", "[0]", "unexpected" },
		{ "{]", "", "unexpected" },
		{ "[1}", "[0]", "unexpected" },
		{ "tru", "", "unexpected" },
		{ "truex", "", "after the value" },
		{ "True", "", "unexpected" },
		{ "nul", "", "unexpected" },
		{ "NaN", "", "unexpected" },
		{ "Infinity", "", "unexpected" },
		{ "{} {}", "", "after the value at byte 3" },
		{ "1 2", "", "after the value" },
		{ "/* c */ 1", "", "unexpected" },
		{ "[1 /* c */]", "[0]", "unexpected" },
		{ "1 // c", "", "after the value" },
		{ "\xef\xbb\xbf{}", "", "byte order mark" },
		{ "\v1", "", "unexpected" },
		{ "\xc2\xa0"
		  "1",
		    "", "unexpected" },
	};
	struct js_error err;

	CHECK(rows);
	/* A NUL is no end and no blank. */
	CU_ASSERT_EQUAL(js_scan("1\0", 2, &err), ST_INVALID);
	CU_ASSERT_EQUAL(js_scan("\0", 1, &err), ST_INVALID);
	CU_ASSERT_EQUAL(js_scan("[1\0]", 4, NULL), ST_INVALID);
}

static void
strings_refused(void)
{
	static const struct row rows[] = {
		{ "{\"a\":\"\\u0000\"}", "a", "NUL" },
		{ "{\"a\":\"x\ny\"}", "a", "control character" },
		{ "{\"a\":\"x\x1fy\"}", "a", "control character" },
		{ "{\"a\":\"\\ud800\"}", "a", "surrogate" },
		{ "{\"a\":\"\\udc00\"}", "a", "surrogate" },
		{ "{\"a\":\"\\ud800x\"}", "a", "surrogate" },
		{ "{\"a\":\"\\ud800\\n\"}", "a", "surrogate" },
		{ "{\"a\":\"\\ud800\\u0041\"}", "a", "surrogate" },
		{ "{\"a\":\"\\ud800\\ud800\"}", "a", "surrogate" },
		{ "{\"a\":\"\\ud800\\u\"}", "a", "surrogate" },
		{ "{\"a\":\"\\udc00\\ud800\"}", "a", "surrogate" },
		{ "{\"a\":\"\\u12\"}", "a", "four hex digits" },
		{ "{\"a\":\"\\u12G4\"}", "a", "four hex digits" },
		{ "{\"a\":\"\\x41\"}", "a", "unknown escape" },
		{ "{\"a\":\"\\'\"}", "a", "unknown escape" },
		{ "{\"a\":\"\x80\"}", "a", "UTF-8" },
		{ "{\"a\":\"\xc0\xaf\"}", "a", "UTF-8" },
		{ "{\"a\":\"\xed\xa0\x80\"}", "a", "UTF-8" },
		{ "{\"a\":\"\xf4\x90\x80\x80\"}", "a", "UTF-8" },
		{ "{\"a\":\"\xe2\x82\"}", "a", "UTF-8" },
		{ "\"\xe2\x82", "", "UTF-8" },
		{ "{\"\xff\":1}", "", "UTF-8" },
		{ "{\"x\":{\"\\u0000\":1}}", "x", "NUL" },
	};
	struct js_error err;

	CHECK(rows);
	CU_ASSERT_EQUAL(js_scan("\"a\0b\"", 5, &err), ST_INVALID);
	CU_ASSERT_EQUAL(js_scan("\"\\\0\"", 4, &err), ST_INVALID);
}

static void
numbers(void)
{
	static const struct row rows[] = {
		{ "0", NULL, NULL },
		{ "-0", NULL, NULL },
		{ "9223372036854775807", NULL, NULL },
		{ "-9223372036854775808", NULL, NULL },
		{ "1.5", NULL, NULL },
		{ "-0.0e-0", NULL, NULL },
		{ "1E+2", NULL, NULL },
		{ "1e308", NULL, NULL },
		{ "1e-400", NULL, NULL },
		{ "9223372036854775808.0", NULL, NULL },
		{ "{\"n\":9223372036854775808}", "n", "64 bits" },
		{ "{\"n\":-9223372036854775809}", "n", "64 bits" },
		{ "{\"n\":99999999999999999999999999}", "n", "64 bits" },
		{ "{\"n\":1e400}", "n", "too large" },
		{ "{\"n\":-1e309}", "n", "too large" },
		{ "01", "", "after the value" },
		{ "-", "", "ends too early" },
		{ "-a", "", "unexpected" },
		{ "+1", "", "unexpected" },
		{ ".5", "", "unexpected" },
		{ "1.", "", "ends too early" },
		{ "1.e1", "", "unexpected" },
		{ "1e", "", "ends too early" },
		{ "1e+", "", "ends too early" },
		{ "[1ex]", "[0]", "unexpected" },
		{ "0x10", "", "after the value" },
		{ "--1", "", "unexpected" },
	};
	own_txt struct txt longest;
	struct js_error err;

	CHECK(rows);
	txt_init(&longest, 0);
	txt_append(&longest, "0.");
	while (longest.len < 128)
		txt_append_c(&longest, '3');
	CU_ASSERT_EQUAL(js_scan(txt_str(&longest), 128, &err), ST_OK);
	txt_append_c(&longest, '3');
	CU_ASSERT_EQUAL(js_scan(txt_str(&longest), 129, &err), ST_INVALID);
}

static void
duplicates_refused(void)
{
	static const struct row rows[] = {
		{ "{\"a\":1,\"a\":1}", "a", "twice" },
		{ "{\"a\":1,\"\\u0061\":1}", "a", "twice" },
		{ "{\"\\u00e4\":1,\"\xc3\xa4\":1}", "\xc3\xa4", "twice" },
		{ "{\"\":1,\"\":1}", "", "twice" },
		{ "{\"x\":[0,{\"k\":1,\"l\":2,\"k\":3}]}", "x[1].k", "twice" },
		{ "{\"a\":{\"a\":1},\"b\":{\"a\":1}}", NULL, NULL },
		{ "[{\"a\":1},{\"a\":1}]", NULL, NULL },
	};

	CHECK(rows);
}

static void
depth_limit(void)
{
	own_txt struct txt t;
	struct js_error err;

	txt_init(&t, 0);
	for (int i = 0; i < JS_MAX_DEPTH; i++)
		txt_append(&t, i % 2 == 0 ? "[" : "{\"k\":");
	txt_append(&t, "1");
	for (int i = JS_MAX_DEPTH - 1; i >= 0; i--)
		txt_append(&t, i % 2 == 0 ? "]" : "}");
	CU_ASSERT_EQUAL(js_scan(txt_str(&t), t.len, &err), ST_OK);

	txt_reset(&t);
	for (int i = 0; i < 100000; i++)
		txt_append(&t, "[");
	CU_ASSERT_EQUAL(js_scan(txt_str(&t), t.len, &err), ST_INVALID);
	CU_ASSERT_STRING_EQUAL(err.why, "more than 32 levels deep");
	CU_ASSERT_EQUAL(strlen(err.field), JS_FIELD_BYTES - 1);
}

static void
key_limit(void)
{
	own_txt struct txt t;
	struct js_error err;

	txt_init(&t, 0);
	txt_append(&t, "{\"o\":{");
	for (int i = 0; i < JS_MAX_KEYS; i++)
		txt_format(&t, "%s\"k%d\":%d", i == 0 ? "" : ",", i, i);
	txt_append(&t, "}}");
	CU_ASSERT_EQUAL(js_scan(txt_str(&t), t.len, &err), ST_OK);
	t.len -= 2;
	txt_append(&t, ",\"one more\":1}}");
	CU_ASSERT_EQUAL(js_scan(txt_str(&t), t.len, &err), ST_INVALID);
	CU_ASSERT_STRING_EQUAL(err.field, "o.one more");
	CU_ASSERT_PTR_NOT_NULL(strstr(err.why, "1000 keys"));
}

/* The name of the field goes into answers and logs. */
static void
field_is_clean(void)
{
	static const struct row rows[] = {
		{ "{\"a\\n\\u0001b\":\"\xff\"}", "a??b", "UTF-8" },
		{ "{\"a.b\":{\"c\":tru}}", "a.b.c", "unexpected" },
		{ "[[1,2,[3,x]]]", "[0][2][1]", "unexpected" },
	};
	own_txt struct txt t;
	struct js_error err;

	CHECK(rows);
	txt_init(&t, 0);
	txt_append(&t, "{\"x");
	for (int i = 0; i < 100; i++)
		txt_append(&t, "\xc3\xa4");
	txt_append(&t, "\":x}");
	CU_ASSERT_EQUAL(js_scan(txt_str(&t), t.len, &err), ST_INVALID);
	CU_ASSERT_EQUAL(strlen(err.field), 79);
	CU_ASSERT_NSTRING_EQUAL(err.field + 77, "\xc3\xa4", 2);
}

/* Milliseconds for COUNT objects of 1000 keys with a long common start. */
static int64_t
scan_time_ms(int count)
{
	own_txt struct txt t;
	struct js_error err;
	int64_t start;

	txt_init(&t, 0);
	txt_append(&t, "[");
	for (int i = 0; i < count; i++) {
		txt_append(&t, i == 0 ? "{" : ",{");
		for (int k = 0; k < JS_MAX_KEYS; k++)
			txt_format(&t, "%s\"aaaaaaaaaaaaaaaaaaaa%d\":0",
			    k == 0 ? "" : ",", k);
		txt_append(&t, "}");
	}
	txt_append(&t, "]");
	start = clock_mono_ms();
	CU_ASSERT_EQUAL(js_scan(txt_str(&t), t.len, &err), ST_OK);
	return clock_mono_ms() - start;
}

/* 3 MB; comparing each key with each would take 50 million comparisons.  The
 * bound is wide for slow machines and sanitizers. */
static void
many_keys_are_quick(void)
{
	CU_ASSERT_TRUE(scan_time_ms(100) < 5000);
}

void
suite_js_js_scan(void)
{
	static const struct unit_test tests[] = {
		{ "valid JSON is accepted", values_accepted },
		{ "broken structure is refused with its place",
		    structure_refused },
		{ "strings C or the database cannot hold are refused",
		    strings_refused },
		{ "numbers must fit and be written as JSON", numbers },
		{ "a key twice in one object is refused by content",
		    duplicates_refused },
		{ "32 levels are the limit", depth_limit },
		{ "1000 keys an object are the limit", key_limit },
		{ "the field of an error is short and printable",
		    field_is_clean },
		{ "many keys are scanned in linear time", many_keys_are_quick },
		{ NULL, NULL },
	};

	unit_add("src/js/js_scan.c", tests);
}
