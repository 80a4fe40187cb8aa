/*
 * Cron expressions: what is refused with which words (cron_errors.tsv), and
 * what a field means.  When they come is in test_next.c.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cron/civil.h"
#include "cron/expr.h"
#include "tests/unit/unit.h"

static struct cron_expr
read_expr(const char *text)
{
	char why[CRON_WHY_BYTES] = "";
	struct cron_expr e = { 0 };

	if (cron_expr_parse(text, strlen(text), &e, why) != ST_OK) {
		fprintf(stderr, "refused: %s: %s\n", text, why);
		CU_FAIL("an expression was refused");
	}
	return e;
}

static void
refused(void)
{
	struct unit_table t;
	int rows = 0;

	unit_table_open(&t, "cron_errors.tsv");
	while (unit_table_next(&t)) {
		const char *text = strcmp(t.fields[0], "~") ? t.fields[0] : "";
		char why[CRON_WHY_BYTES] = "";
		struct cron_expr e = { .minutes = 77 };
		enum status st = cron_expr_parse(text, strlen(text), &e, why);

		rows++;
		if (st != ST_INVALID || strstr(why, t.fields[1]) == NULL)
			fprintf(stderr, "%s: %s\n", text, why);
		CU_ASSERT_EQUAL(st, ST_INVALID);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, t.fields[1]));
		CU_ASSERT_EQUAL(e.minutes, 77);
	}
	CU_ASSERT(rows >= 50);
}

static void
odd_bytes(void)
{
	static const char nul[] = "* * * *\0 *", line[] = "* * * *\n*";
	char long_one[400], why[CRON_WHY_BYTES];
	struct cron_expr e;

	CU_ASSERT_EQUAL(cron_expr_parse(nul, sizeof(nul) - 1, &e, why),
	    ST_INVALID);
	CU_ASSERT_EQUAL(cron_expr_parse(line, sizeof(line) - 1, &e, why),
	    ST_INVALID);
	CU_ASSERT_EQUAL(cron_expr_parse("\xff * * * *", 9, &e, why),
	    ST_INVALID);
	memset(long_one, ',', sizeof(long_one));
	CU_ASSERT_EQUAL(cron_expr_parse(long_one, sizeof(long_one), &e, why),
	    ST_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "too long"));
}

static void
fields(void)
{
	struct cron_expr e = read_expr(" 5,10-12,50-58/4\t*/6 1-7 jan,DEC 7 ");

	CU_ASSERT_EQUAL(e.minutes,
	    UINT64_C(1) << 5 | UINT64_C(7) << 10 | UINT64_C(1) << 50 |
		UINT64_C(1) << 54 | UINT64_C(1) << 58);
	CU_ASSERT_EQUAL(e.hours, 1u | 1u << 6 | 1u << 12 | 1u << 18);
	CU_ASSERT_EQUAL(e.days, 0xfeu);
	CU_ASSERT_EQUAL(e.months, 1u << 1 | 1u << 12);
	CU_ASSERT_EQUAL(e.weekdays, 1u);
	CU_ASSERT_FALSE(e.any_day || e.any_weekday);
	CU_ASSERT_EQUAL(read_expr("5/20 * * * *").minutes,
	    UINT64_C(1) << 5 | UINT64_C(1) << 25 | UINT64_C(1) << 45);
	CU_ASSERT_EQUAL(read_expr("* * * * 5-7").weekdays, 0x61);
	CU_ASSERT_EQUAL(read_expr("* * * * sat-sun").weekdays, 0x41);
	CU_ASSERT_EQUAL(read_expr("* * * * 7/2").weekdays, 0x55);
	CU_ASSERT_EQUAL(read_expr("* * * * 0-7").weekdays, 0x7f);
	CU_ASSERT_TRUE(read_expr("* * * * *").any_weekday);
	CU_ASSERT_FALSE(read_expr("* * */1 * *").any_day);
}

static void
same_as(const char *a, const char *b)
{
	struct cron_expr x = read_expr(a), y = read_expr(b);

	CU_ASSERT_EQUAL(x.minutes, y.minutes);
	CU_ASSERT_EQUAL(x.hours, y.hours);
	CU_ASSERT_EQUAL(x.days, y.days);
	CU_ASSERT_EQUAL(x.months, y.months);
	CU_ASSERT_EQUAL(x.weekdays, y.weekdays);
}

static void
names(void)
{
	same_as("@hourly", "0 * * * *");
	same_as("@Daily", "0 0 * * *");
	same_as("@midnight", "0 0 * * *");
	same_as("@weekly", "0 0 * * 7");
	same_as("@monthly", "0 0 1 * *");
	same_as("@yearly", "0 0 1 jan *");
	same_as("@annually", "0 0 1 1 *");
	same_as("0 0 * Feb Mon-Fri", "0 0 * 2 1-5");
}

static void
rhythms(void)
{
	static const char *const beats[] = { "* 2 * * *", "*/5 2 * * *",
		"0-30/10 2 * * *", "7 * * * *", "7 */1 * * *", "7 0-23 * * *" };
	static const char *const times[] = { "0 2 * * *", "0,30 2 * * *",
		"0 */2 * * *", "0-30 2 * * *" };

	for (size_t i = 0; i < sizeof(beats) / sizeof(beats[0]); i++)
		CU_ASSERT_TRUE(read_expr(beats[i]).rhythm);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		CU_ASSERT_FALSE(read_expr(times[i]).rhythm);
}

/* The search, minute by minute: slow and without a thought. */
static bool
matches(const struct cron_expr *e, int64_t t)
{
	struct civil c;
	bool day, weekday;

	civil_split(t, &c);
	day = (e->days >> c.day & 1) != 0;
	weekday =
	    (e->weekdays >> civil_weekday(civil_days(c.year, c.month, c.day)) &
		1) != 0;
	if ((e->minutes >> c.minute & 1) == 0 ||
	    (e->hours >> c.hour & 1) == 0 || (e->months >> c.month & 1) == 0)
		return false;
	if (e->any_day || e->any_weekday)
		return day && weekday;
	return day || weekday;
}

static void
search(void)
{
	static const char *const texts[] = { "17 3,9-11 * * *", "*/7 * 1 * *",
		"0 0 13 * 5", "59 23 28-31 2,4 *", "5 4 * 3 sun",
		"0 12 31 * *" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cron_expr e = read_expr(texts[i]);
		int64_t at = 1801440000 + (int64_t)i * 86399;

		for (int n = 0; n < 3; n++) {
			int64_t slow = (at + 59) / 60 * 60, fast = 0;

			while (!matches(&e, slow))
				slow += 60;
			CU_ASSERT_TRUE(cron_expr_match(&e, at, &fast));
			CU_ASSERT_EQUAL(fast, slow);
			at = fast + 1;
		}
	}
}

static void
bounded(void)
{
	struct cron_expr never = read_expr("0 0 31 1 *");
	struct cron_expr leap = read_expr("0 0 29 2 *");
	struct civil c = { 2096, 3, 1, 0, 0, 0 };
	int64_t t = 5;
	clock_t start = clock();

	never.days = UINT32_C(1) << 31;
	never.months = 1u << 2;
	for (int i = 0; i < 100; i++)
		CU_ASSERT_FALSE(cron_expr_match(&never, 0, &t));
	CU_ASSERT_EQUAL(t, 5);
	CU_ASSERT_TRUE(cron_expr_match(&leap, civil_secs(&c), &t));
	civil_split(t, &c);
	CU_ASSERT_EQUAL(c.year, 2104);
	CU_ASSERT(clock() - start < 5 * CLOCKS_PER_SEC);
}

static const struct unit_test tests[] = {
	{ "what is no schedule is refused with its place", refused },
	{ "odd bytes and endless lists are refused", odd_bytes },
	{ "fields hold what they say", fields },
	{ "names mean their numbers, in any case", names },
	{ "steps of minutes and every hour are a rhythm", rhythms },
	{ "the search finds what a walk through every minute finds", search },
	{ "a date that never comes ends the search", bounded },
	{ NULL, NULL },
};

void
suite_cron_expr(void)
{
	unit_add("src/cron/expr.c", tests);
}
