/*
 * UTF-8: the edges of RFC 3629, cutting, counting, control characters.
 */
#include "config.h"

#include <string.h>

#include "base/utf8.h"
#include "tests/unit/unit.h"

static void
edges_accepted(void)
{
	static const char *const good[] = {
		"",
		"a",
		"\x7f",
		"\xc2\x80",
		"\xdf\xbf",
		"\xe0\xa0\x80",
		"\xed\x9f\xbf",
		"\xee\x80\x80",
		"\xef\xbf\xbf",
		"\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		size_t n = strlen(good[i]);

		CU_ASSERT_TRUE(utf8_check(good[i], n));
		CU_ASSERT_EQUAL(utf8_step(good[i], n), n);
	}
	CU_ASSERT_TRUE(utf8_check("a\0b", 3));
}

static void
forms_refused(void)
{
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xfe",
		"\xc2",
		"\xe1\x80",
		"\xf1\x80\x80",
		"\xc2\x41",
		"\xe1\x80\x41",
		"\xf1\x80\x80\x41",
		"\xc3\xc3",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_FALSE(utf8_check(bad[i], strlen(bad[i])));
		CU_ASSERT_EQUAL(utf8_step(bad[i], strlen(bad[i])), 0);
	}
	CU_ASSERT_EQUAL(utf8_step("", 0), 0);
}

static void
cut_between(void)
{
	const char *s = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"; /* 1 2 3 4 */
	static const size_t expected[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10,
		10 };

	for (size_t max = 0; max < sizeof(expected) / sizeof(size_t); max++)
		CU_ASSERT_EQUAL(utf8_cut(s, 10, max), expected[max]);
	/* Not UTF-8: still never more than asked for. */
	CU_ASSERT_EQUAL(utf8_cut("\x80\x80\x80\x80\x80\x80", 6, 5), 5);
	CU_ASSERT_EQUAL(utf8_cut("\x80\x80", 2, 1), 1);
	CU_ASSERT_EQUAL(utf8_cut("", 0, 5), 0);
}

static void
count_characters(void)
{
	CU_ASSERT_EQUAL(utf8_count("", 0), 0);
	CU_ASSERT_EQUAL(utf8_count("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 10),
	    4);
}

static void
controls_found(void)
{
	CU_ASSERT_FALSE(utf8_has_control("plain \xc3\xa4", 8, ""));
	CU_ASSERT_TRUE(utf8_has_control("a\nb", 3, ""));
	CU_ASSERT_FALSE(utf8_has_control("a\nb\t", 4, "\n\t"));
	CU_ASSERT_TRUE(utf8_has_control("a\rb", 3, "\n\t"));
	CU_ASSERT_TRUE(utf8_has_control("a\x7f", 2, ""));
	CU_ASSERT_TRUE(utf8_has_control("a\0b", 3, "\n"));
	CU_ASSERT_TRUE(utf8_has_control("\xc2\x9b", 2, ""));
	CU_ASSERT_TRUE(utf8_has_control("\xc2\x80", 2, ""));
	CU_ASSERT_FALSE(utf8_has_control("\xc2\xa0", 2, ""));
	/* 0x9b as the last byte of another sequence is no control. */
	CU_ASSERT_FALSE(utf8_has_control("\xe2\x82\x9b", 3, ""));
}

void
suite_base_utf8(void)
{
	static const struct unit_test tests[] = {
		{ "the edges of each length are accepted", edges_accepted },
		{ "overlong, surrogate, cut and stray bytes are refused",
		    forms_refused },
		{ "a cut never divides a character", cut_between },
		{ "characters are counted, not bytes", count_characters },
		{ "C0, DEL and C1 controls are found", controls_found },
		{ NULL, NULL },
	};

	unit_add("src/base/utf8.c", tests);
}
