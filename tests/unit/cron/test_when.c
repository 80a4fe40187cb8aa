/*
 * Times and durations in words: what is read, what is refused, and that what
 * was written is read as the same.
 */
#include "config.h"

#include <string.h>

#include "cron/when.h"
#include "tests/unit/unit.h"

static void
times(void)
{
	static const char *const bad[] = { "", "2027", "2027-03-28",
		"2027-03-28T00:00:00", "2027-02-29T00:00:00Z",
		"2027-03-28T24:00:00Z", "2027-03-28T00:00:60Z",
		"2027-03-28T00:00:00+0100", "2027-03-28T00:00:00+24:00",
		"2027-03-28T00:00:00.Z", "2027-03-28T00:00:00Z ",
		" 2027-03-28T00:00:00Z", "2027-3-28T00:00:00Z",
		"+2027-03-28T00:00:00Z", "2027-03-28T00:00:00",
		"0000-01-01T00:00:00Z" };
	int64_t ms = -5;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_FALSE(cron_when_parse(bad[i], &ms));
		CU_ASSERT_EQUAL(ms, -5);
	}
	CU_ASSERT_TRUE(cron_when_parse("1970-01-01T00:00:00Z", &ms));
	CU_ASSERT_EQUAL(ms, 0);
	CU_ASSERT_TRUE(cron_when_parse("2027-03-28 03:00:00.0425+02:00", &ms));
	CU_ASSERT_EQUAL(ms, INT64_C(1806195600042));
	CU_ASSERT_TRUE(cron_when_parse("1969-12-31t19:00:00-05:30", &ms));
	CU_ASSERT_EQUAL(ms, 1800000);
}

static void
round_trip(void)
{
	static const int offsets[] = { 0, 3600, -3600, 20700, -12600, 50400,
		-43200, 37800 };
	char text[CRON_WHEN_BYTES];

	for (int64_t t = -2000000000; t < 4000000000; t += 86400017) {
		for (size_t i = 0; i < sizeof(offsets) / sizeof(int); i++) {
			int64_t ms = 0;

			cron_when_format(t, offsets[i], text);
			CU_ASSERT_TRUE(cron_when_parse(text, &ms));
			CU_ASSERT_EQUAL(ms, t * 1000);
		}
	}
	cron_when_format(1806195600, 7200, text);
	CU_ASSERT_STRING_EQUAL(text, "2027-03-28T03:00:00+02:00");
	cron_when_format(0, -12600, text);
	CU_ASSERT_STRING_EQUAL(text, "1969-12-31T20:30:00-03:30");
}

static void
durations(void)
{
	static const char *const bad[] = { "", "s", "1", "1w", "1.5h", "-1m",
		"1 m", "m1", "1ms", "1m ", "9999999999d" };
	int64_t ms = -5;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(cron_duration_parse(bad[i], &ms));
	CU_ASSERT_EQUAL(ms, -5);
	CU_ASSERT_TRUE(cron_duration_parse("90s", &ms));
	CU_ASSERT_EQUAL(ms, 90000);
	CU_ASSERT_TRUE(cron_duration_parse("30m", &ms));
	CU_ASSERT_EQUAL(ms, 1800000);
	CU_ASSERT_TRUE(cron_duration_parse("12h", &ms));
	CU_ASSERT_EQUAL(ms, 43200000);
	CU_ASSERT_TRUE(cron_duration_parse("7d", &ms));
	CU_ASSERT_EQUAL(ms, 604800000);
}

static const struct unit_test tests[] = {
	{ "times are RFC 3339 and nothing else", times },
	{ "what was written is read again", round_trip },
	{ "durations are a number and a unit", durations },
	{ NULL, NULL },
};

void
suite_cron_when(void)
{
	unit_add("src/cron/when.c", tests);
}
