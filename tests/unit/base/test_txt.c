/*
 * The text buffer: growth, the limit, and quoting.
 */
#include "config.h"

#include <string.h>

#include "base/own.h"
#include "base/txt.h"
#include "tests/unit/unit.h"

static void
grows(void)
{
	own_txt struct txt t;

	txt_init(&t, 0);
	CU_ASSERT_STRING_EQUAL(txt_str(&t), "");
	for (int i = 0; i < 1000; i++)
		txt_format(&t, "%d,", i);
	CU_ASSERT_EQUAL(t.len, 10 * 2 + 90 * 3 + 900 * 4);
	CU_ASSERT_EQUAL(strlen(txt_str(&t)), t.len);
	CU_ASSERT_NSTRING_EQUAL(txt_str(&t), "0,1,2,", 6);
	CU_ASSERT_STRING_EQUAL(txt_str(&t) + t.len - 8, "998,999,");
	CU_ASSERT_FALSE(t.overflowed);
}

static void
binary_kept(void)
{
	own_txt struct txt t;

	txt_init(&t, 0);
	txt_append_n(&t, "a\0b", 3);
	txt_append_c(&t, '\0');
	CU_ASSERT_EQUAL(t.len, 4);
	CU_ASSERT_EQUAL(memcmp(t.data, "a\0b\0\0", 5), 0);
}

static void
limit_is_whole(void)
{
	own_txt struct txt t;

	txt_init(&t, 5);
	txt_append(&t, "abcde");
	CU_ASSERT_FALSE(t.overflowed);
	txt_append(&t, "");
	CU_ASSERT_FALSE(t.overflowed);
	txt_append_c(&t, 'f');
	CU_ASSERT_TRUE(t.overflowed);
	CU_ASSERT_STRING_EQUAL(txt_str(&t), "abcde");

	txt_reset(&t);
	CU_ASSERT_FALSE(t.overflowed);
	txt_append(&t, "ab");
	txt_format(&t, "%s", "four");
	CU_ASSERT_TRUE(t.overflowed);
	/* Later appends do nothing, even where they would fit. */
	txt_append(&t, "c");
	CU_ASSERT_STRING_EQUAL(txt_str(&t), "ab");
}

static void
front_dropped(void)
{
	own_txt struct txt t;

	txt_init(&t, 0);
	txt_drop_front(&t, 0);
	txt_append(&t, "abcdef");
	txt_drop_front(&t, 2);
	CU_ASSERT_STRING_EQUAL(txt_str(&t), "cdef");
	txt_drop_front(&t, 4);
	CU_ASSERT_STRING_EQUAL(txt_str(&t), "");
	CU_ASSERT_EQUAL(t.len, 0);
}

static void
taken_and_reused(void)
{
	own_txt struct txt t;
	own_mem char *empty = NULL, *full = NULL;

	txt_init(&t, 3);
	empty = txt_take(&t);
	CU_ASSERT_STRING_EQUAL(empty, "");
	txt_append(&t, "abc");
	full = txt_take(&t);
	CU_ASSERT_STRING_EQUAL(full, "abc");
	CU_ASSERT_EQUAL(t.len, 0);
	/* The limit stays. */
	txt_append(&t, "abcd");
	CU_ASSERT_TRUE(t.overflowed);
}

static void
quoting(void)
{
	own_txt struct txt t;

	txt_init(&t, 0);
	txt_append_quoted(&t, "a\"\\/\b\f\n\r\t\x01\x7f\0z", 13);
	CU_ASSERT_STRING_EQUAL(txt_str(&t),
	    "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\\u0000z\"");
	txt_reset(&t);
	txt_append_quoted(&t, "\xc3\xa4\xc2\x9b\xff\xed\xa0\x80", 8);
	CU_ASSERT_STRING_EQUAL(txt_str(&t),
	    "\"\xc3\xa4\\u009b"
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	txt_reset(&t);
	txt_append_quoted(&t, "", 0);
	CU_ASSERT_STRING_EQUAL(txt_str(&t), "\"\"");
}

static void
quoting_is_whole(void)
{
	own_txt struct txt t;

	txt_init(&t, 6);
	txt_append(&t, "x");
	txt_append_quoted(&t, "abcdefg", 7);
	CU_ASSERT_TRUE(t.overflowed);
	CU_ASSERT_STRING_EQUAL(txt_str(&t), "x");
}

void
suite_base_txt(void)
{
	static const struct unit_test tests[] = {
		{ "a text grows as needed", grows },
		{ "NUL bytes are kept", binary_kept },
		{ "an append over the limit leaves the text as it was",
		    limit_is_whole },
		{ "bytes are dropped from the front", front_dropped },
		{ "a taken text belongs to the caller", taken_and_reused },
		{ "quoting escapes controls and repairs UTF-8", quoting },
		{ "a quoted text over the limit leaves no half",
		    quoting_is_whole },
		{ NULL, NULL },
	};

	unit_add("src/base/txt.c", tests);
}
