/*
 * Days of the calendar, against the C library's and against themselves.
 */
#include "config.h"

#include <time.h>

#include "cron/civil.h"
#include "tests/unit/unit.h"

static void
known_days(void)
{
	CU_ASSERT_EQUAL(civil_days(1970, 1, 1), 0);
	CU_ASSERT_EQUAL(civil_days(2000, 3, 1), 11017);
	CU_ASSERT_EQUAL(civil_days(1969, 12, 31), -1);
	CU_ASSERT_EQUAL(civil_days(1, 1, 1), -719162);
	CU_ASSERT_EQUAL(civil_weekday(0), 4);
	CU_ASSERT_EQUAL(civil_weekday(-1), 3);
	CU_ASSERT_EQUAL(civil_weekday(civil_days(2027, 3, 28)), 0);
	CU_ASSERT_EQUAL(civil_month_days(2024, 2), 29);
	CU_ASSERT_EQUAL(civil_month_days(1900, 2), 28);
	CU_ASSERT_EQUAL(civil_month_days(2000, 2), 29);
}

static void
as_the_c_library(void)
{
	/* Odd steps, so that every time of day and day of month comes. */
	for (int64_t t = -2208988800; t < 7258118400; t += 8640017) {
		time_t as_time = (time_t)t;
		struct civil c;
		struct tm tm;

		CU_ASSERT_PTR_NOT_NULL_FATAL(gmtime_r(&as_time, &tm));
		civil_split(t, &c);
		CU_ASSERT_EQUAL(c.year, tm.tm_year + 1900);
		CU_ASSERT_EQUAL(c.month, tm.tm_mon + 1);
		CU_ASSERT_EQUAL(c.day, tm.tm_mday);
		CU_ASSERT_EQUAL(c.hour, tm.tm_hour);
		CU_ASSERT_EQUAL(c.minute, tm.tm_min);
		CU_ASSERT_EQUAL(c.second, tm.tm_sec);
		CU_ASSERT_EQUAL(civil_secs(&c), t);
		CU_ASSERT_EQUAL(
		    civil_weekday(civil_days(c.year, c.month, c.day)),
		    tm.tm_wday);
		CU_ASSERT_TRUE(civil_check(&c));
	}
}

static void
no_dates(void)
{
	static const struct civil bad[] = { { 0, 1, 1, 0, 0, 0 },
		{ 10000, 1, 1, 0, 0, 0 }, { 2027, 0, 1, 0, 0, 0 },
		{ 2027, 13, 1, 0, 0, 0 }, { 2027, 2, 29, 0, 0, 0 },
		{ 2027, 1, 0, 0, 0, 0 }, { 2027, 1, 1, 24, 0, 0 },
		{ 2027, 1, 1, 0, 60, 0 }, { 2027, 1, 1, 0, 0, 60 },
		{ 2027, 1, 1, -1, 0, 0 } };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(civil_check(&bad[i]));
}

static const struct unit_test tests[] = {
	{ "known days have their numbers", known_days },
	{ "two centuries are split as the C library does", as_the_c_library },
	{ "dates and times that do not exist are refused", no_dates },
	{ NULL, NULL },
};

void
suite_cron_civil(void)
{
	unit_add("src/cron/civil.c", tests);
}
