/*
 * The next times of tests/data/cron.tsv, and what holds for every row.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/txt.h"
#include "cron/next.h"
#include "cron/when.h"
#include "tests/unit/unit.h"

static void
five_after(const char *const *fields, struct txt *out)
{
	char why[CRON_WHY_BYTES], text[CRON_WHEN_BYTES];
	own_zone struct cron_zone *zone = cron_zone_open(fields[1]);
	struct cron_expr e;
	int64_t t;

	CU_ASSERT_PTR_NOT_NULL_FATAL(zone);
	CU_ASSERT_EQUAL_FATAL(
	    cron_expr_parse(fields[0], strlen(fields[0]), &e, why), ST_OK);
	CU_ASSERT_TRUE_FATAL(cron_when_parse(fields[2], &t));
	t /= 1000;
	for (int i = 0; i < 5; i++) {
		int64_t before = t, again;

		CU_ASSERT_TRUE_FATAL(cron_next(&e, zone, t, &t));
		CU_ASSERT(t > before);
		/* From the second before it, it is the same. */
		CU_ASSERT_TRUE(cron_next(&e, zone, t - 1, &again));
		CU_ASSERT_EQUAL(again, t);
		cron_when_format(t, cron_zone_offset(zone, t, NULL), text);
		txt_format(out, "%s%s", i > 0 ? " " : "", text);
	}
}

static void
table(void)
{
	struct unit_table t;
	int rows = 0;

	unit_table_open(&t, "cron.tsv");
	while (unit_table_next(&t)) {
		own_txt struct txt times = { 0 };

		five_after((const char *const *)t.fields, &times);
		if (strcmp(txt_str(&times), t.fields[3]) != 0)
			fprintf(stderr, "%s %s %s: %s\n", t.fields[0],
			    t.fields[1], t.fields[2], txt_str(&times));
		CU_ASSERT_STRING_EQUAL(txt_str(&times), t.fields[3]);
		rows++;
	}
	CU_ASSERT(rows >= 300);
}

static void
far_away(void)
{
	own_zone struct cron_zone *utc = cron_zone_open("UTC");
	char why[CRON_WHY_BYTES];
	struct cron_expr e;
	int64_t t = 3;

	CU_ASSERT_EQUAL_FATAL(cron_expr_parse("0 0 29 2 *", 10, &e, why),
	    ST_OK);
	CU_ASSERT_FALSE(cron_next(&e, utc, INT64_MAX, &t));
	CU_ASSERT_FALSE(cron_next(&e, utc, INT64_MIN, &t));
	/* The last leap day before the year 10000. */
	CU_ASSERT_FALSE(cron_next(&e, utc, INT64_C(253370764800), &t));
	CU_ASSERT_EQUAL(t, 3);
}

static void
never_in_any_zone(void)
{
	static const char *const zones[] = { "Africa/Casablanca",
		"Antarctica/Troll", "Australia/Lord_Howe" };
	char why[CRON_WHY_BYTES];
	struct cron_expr e;
	int64_t t;

	CU_ASSERT_EQUAL_FATAL(cron_expr_parse("*/5 0 31 1 *", 12, &e, why),
	    ST_OK);
	e.months = 1u << 2;
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		own_zone struct cron_zone *z = cron_zone_open(zones[i]);

		CU_ASSERT_FALSE(cron_next(&e, z, 1800000000, &t));
		e.rhythm = !e.rhythm;
	}
}

static const struct unit_test tests[] = {
	{ "every row of the table comes when it says", table },
	{ "the ends of time are ends", far_away },
	{ "what never comes is soon known", never_in_any_zone },
	{ NULL, NULL },
};

void
suite_cron_next(void)
{
	unit_add("src/cron/next.c", tests);
}
