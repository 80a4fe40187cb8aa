/*
 * Percent-encoding: both cases of digits, and everything that is none.
 */
#include "config.h"

#include "http/percent.h"
#include "tests/unit/unit.h"

static void
digits_decoded(void)
{
	CU_ASSERT_EQUAL(http_percent_byte("%00"), 0);
	CU_ASSERT_EQUAL(http_percent_byte("%2f"), '/');
	CU_ASSERT_EQUAL(http_percent_byte("%2Frest"), '/');
	CU_ASSERT_EQUAL(http_percent_byte("%fF"), 255);
}

static void
others_refused(void)
{
	static const char *const bad[] = { "", "%", "%2", "%g0", "%0g", "%%0",
		"% 1", "2f", "%+1", "%-1", "%x1" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(http_percent_byte(bad[i]), -1);
}

void
suite_http_percent(void)
{
	static const struct unit_test tests[] = {
		{ "two hexadecimal digits make a byte", digits_decoded },
		{ "cut and foreign forms are refused", others_refused },
		{ NULL, NULL },
	};

	unit_add("src/http/percent.c", tests);
}
