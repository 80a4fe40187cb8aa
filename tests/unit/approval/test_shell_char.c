/*
 * Characters that a person cannot see, at the edges of each kind.
 */
#include "config.h"

#include <string.h>

#include "approval/shell_char.h"
#include "tests/unit/unit.h"

static void
hidden(void)
{
	static const uint32_t bad[] = { 0x80, 0x9f, 0xa0, 0xad, 0x061c, 0x180e,
		0x200b, 0x200f, 0x202a, 0x202e, 0x2028, 0x2066, 0x2069, 0x3000,
		0x3164, 0xe000, 0xfe0f, 0xfeff, 0xffff, 0xe0001, 0xe0100,
		0x10ffff };
	static const uint32_t good[] = { 0xa1, 0xac, 0xae, 0xe9, 0x0301, 0x0430,
		0x05d0, 0x0627, 0x1100, 0x2010, 0x2030, 0x20ac, 0x2801, 0x3001,
		0x4e2d, 0xff21, 0x1f600 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_TRUE(shell_char_is_hidden(bad[i]));
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CU_ASSERT_FALSE(shell_char_is_hidden(good[i]));
}

static const char *
check(const char *s)
{
	return shell_char_check(s, strlen(s), NULL);
}

static void
texts(void)
{
	uint32_t found = 1;

	CU_ASSERT_PTR_NULL(check(""));
	CU_ASSERT_PTR_NULL(check("ls -l\tx"));
	CU_ASSERT_PTR_NULL(check("\xc3\xa9\xe6\x97\xa5\xf0\x9f\x98\x80"));
	CU_ASSERT_STRING_EQUAL(check("a\nb"), "a line break");
	CU_ASSERT_STRING_EQUAL(check("a\rb"), "a control character");
	CU_ASSERT_STRING_EQUAL(check("\x7f"), "a control character");
	CU_ASSERT_STRING_EQUAL(check("\x1b[0m"), "a terminal escape");
	CU_ASSERT_STRING_EQUAL(check("\xff"), "bytes that are not UTF-8");
	CU_ASSERT_STRING_EQUAL(shell_char_check("a\0b", 3, NULL), "a NUL byte");
	CU_ASSERT_PTR_NULL(shell_char_check("a\0b", 1, &found));
	CU_ASSERT_EQUAL(found, 0);
	CU_ASSERT_PTR_NOT_NULL(shell_char_check("a\xe2\x80\xae", 4, &found));
	CU_ASSERT_EQUAL(found, 0x202e);
}

void
suite_approval_shell_char(void)
{
	static const struct unit_test tests[] = {
		{ "hidden characters are hidden, letters are not", hidden },
		{ "a text says what is wrong with it", texts },
		{ NULL, NULL },
	};

	unit_add("src/approval/shell_char.c", tests);
}
