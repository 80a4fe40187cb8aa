/*
 * Schedules of the wire: both spellings, every refusal, the next time of each
 * kind.
 */
#include "config.h"

#include <string.h>

#include "cron/schedule.h"
#include "js/js.h"
#include "tests/unit/unit.h"

#define NOW INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */

static enum status
parse(const char *json, struct cron_schedule *ret, struct cron_error *err)
{
	own_json struct json_object *o = NULL;
	struct js_error bad;

	CU_ASSERT_EQUAL_FATAL(js_parse(json, strlen(json), &o, &bad), ST_OK);
	memset(err, 0, sizeof(*err));
	return cron_schedule_parse(o, NOW, ret, err);
}

static void
refused(void)
{
	static const struct {
		const char *json, *field, *why;
	} rows[] = {
		{ "[]", "schedule", "object" },
		{ "{}", "kind", "at, every or cron" },
		{ "{\"kind\":\"daily\"}", "kind", "at, every or cron" },
		{ "{\"kind\":\"at\"}", "at_ms", "missing" },
		{ "{\"kind\":\"at\",\"at_ms\":1800000000000}", "at_ms",
		    "future" },
		{ "{\"kind\":\"at\",\"at_ms\":1}", "at_ms", "future" },
		{ "{\"kind\":\"at\",\"at_ms\":2200000000000}", "at_ms",
		    "ten years" },
		{ "{\"kind\":\"at\",\"at_ms\":9223372036854775807}", "at_ms",
		    "ten years" },
		{ "{\"kind\":\"at\",\"at_ms\":\"tomorrow\"}", "at_ms",
		    "whole number" },
		{ "{\"kind\":\"at\",\"at_ms\":1.5}", "at_ms", "whole number" },
		{ "{\"kind\":\"at\",\"at_ms\":1800000001000,\"atMs\":2}",
		    "atMs", "twice" },
		{ "{\"kind\":\"at\",\"at\":\"tomorrow\"}", "at", "look like" },
		{ "{\"kind\":\"at\",\"at\":\"2027-02-01T00:00:00Z\","
		  "\"at_ms\":1800000001000}",
		    "at", "not both" },
		{ "{\"kind\":\"at\",\"every_ms\":60000}", "schedule",
		    "no 'every_ms'" },
		{ "{\"kind\":\"every\"}", "every_ms", "missing" },
		{ "{\"kind\":\"every\",\"every_ms\":0}", "every_ms",
		    "too short" },
		{ "{\"kind\":\"every\",\"every_ms\":-5}", "every_ms",
		    "too short" },
		{ "{\"kind\":\"every\",\"every_ms\":59999}", "every_ms",
		    "too short" },
		{ "{\"kind\":\"every\",\"every\":\"1s\"}", "every_ms",
		    "too short" },
		{ "{\"kind\":\"every\",\"every_ms\":9223372036854775807}",
		    "every_ms", "too long" },
		{ "{\"kind\":\"every\",\"every_ms\":60000,\"anchor_ms\":-1}",
		    "anchor_ms", "since 1970" },
		{ "{\"kind\":\"every\",\"every_ms\":60000,"
		  "\"anchor_ms\":9223372036854775807}",
		    "anchor_ms", "since 1970" },
		{ "{\"kind\":\"every\",\"every_ms\":60000,"
		  "\"anchor_ms\":2200000000000}",
		    "anchor_ms", "ten years" },
		{ "{\"kind\":\"cron\"}", "expr", "missing" },
		{ "{\"kind\":\"cron\",\"expr\":5}", "expr", "missing" },
		{ "{\"kind\":\"cron\",\"expr\":\"61 * * * *\"}", "expr",
		    "minute (field 1" },
		{ "{\"kind\":\"cron\",\"expr\":\"0 0 31 2 *\"}", "expr",
		    "no future run" },
		{ "{\"kind\":\"cron\",\"expr\":\"0 0 * * *\",\"tz\":\"X/Y\"}",
		    "tz", "no time zone" },
		{ "{\"kind\":\"cron\",\"expr\":\"0 0 * * *\",\"tz\":5}", "tz",
		    "text" },
		{ "{\"kind\":\"cron\",\"expr\":\"0 0 * * *\",\"x\":5}",
		    "schedule", "no 'x'" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cron_schedule s = { .at_ms = 9 };
		struct cron_error err;

		CU_ASSERT_EQUAL(parse(rows[i].json, &s, &err), ST_INVALID);
		CU_ASSERT_STRING_EQUAL(err.field, rows[i].field);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.why, rows[i].why));
		CU_ASSERT_EQUAL(s.at_ms, 9);
	}
}

static void
written_again(const char *json, const char *want)
{
	own_json struct json_object *o = NULL;
	struct cron_schedule s, again;
	struct cron_error err;
	int64_t a = 0, b = 0;

	CU_ASSERT_EQUAL_FATAL(parse(json, &s, &err), ST_OK);
	o = cron_schedule_json(&s);
	CU_ASSERT_STRING_EQUAL(js_str(o), want);
	CU_ASSERT_EQUAL_FATAL(cron_schedule_load(o, NOW, &again, &err), ST_OK);
	CU_ASSERT_TRUE(cron_schedule_next(&s, NOW, &a));
	CU_ASSERT_TRUE(cron_schedule_next(&again, NOW, &b));
	CU_ASSERT_EQUAL(a, b);
}

static void
spellings(void)
{
	written_again("{\"kind\":\"at\",\"atMs\":1800000060000}",
	    "{\"kind\":\"at\",\"at_ms\":1800000060000,"
	    "\"atMs\":1800000060000}");
	written_again("{\"kind\":\"at\",\"at\":\"2027-01-15T08:01:00Z\"}",
	    "{\"kind\":\"at\",\"at_ms\":1800000060000,"
	    "\"atMs\":1800000060000}");
	written_again("{\"kind\":\"every\",\"everyMs\":60000,\"anchorMs\":5}",
	    "{\"kind\":\"every\",\"every_ms\":60000,\"everyMs\":60000,"
	    "\"anchor_ms\":5,\"anchorMs\":5}");
	written_again("{\"kind\":\"every\",\"every\":\"30m\"}",
	    "{\"kind\":\"every\",\"every_ms\":1800000,\"everyMs\":1800000,"
	    "\"anchor_ms\":1800000000000,\"anchorMs\":1800000000000}");
	written_again("{\"kind\":\"cron\",\"expr\":\"0 9 * * mon\"}",
	    "{\"kind\":\"cron\",\"expr\":\"0 9 * * mon\",\"tz\":\"UTC\"}");
	written_again(
	    "{\"kind\":\"cron\",\"expr\":\"@daily\",\"tz\":\"US/Pacific\"}",
	    "{\"kind\":\"cron\",\"expr\":\"@daily\",\"tz\":\"US/Pacific\"}");
}

static void
intervals(void)
{
	struct cron_schedule s = { .kind = CRON_EVERY,
		.every_ms = 60000,
		.anchor_ms = NOW };
	int64_t t = 0;

	CU_ASSERT_TRUE(cron_schedule_next(&s, NOW - 5, &t));
	CU_ASSERT_EQUAL(t, NOW);
	CU_ASSERT_TRUE(cron_schedule_next(&s, NOW, &t));
	CU_ASSERT_EQUAL(t, NOW + 60000);
	CU_ASSERT_TRUE(cron_schedule_next(&s, NOW + 59999, &t));
	CU_ASSERT_EQUAL(t, NOW + 60000);
	CU_ASSERT_TRUE(cron_schedule_next(&s, NOW + 60000, &t));
	CU_ASSERT_EQUAL(t, NOW + 120000);
	/* A long sleep keeps the phase. */
	CU_ASSERT_TRUE(cron_schedule_next(&s, NOW + 86400001, &t));
	CU_ASSERT_EQUAL(t, NOW + 86400000 + 60000);
	CU_ASSERT_EQUAL(cron_schedule_gap(&s, NOW), 60000);
}

static void
single_times(void)
{
	struct cron_schedule s = { .kind = CRON_AT, .at_ms = NOW };
	int64_t t = 0;

	CU_ASSERT_TRUE(cron_schedule_next(&s, NOW - 1, &t));
	CU_ASSERT_EQUAL(t, NOW);
	CU_ASSERT_FALSE(cron_schedule_next(&s, NOW, &t));
	CU_ASSERT_EQUAL(cron_schedule_gap(&s, NOW), INT64_MAX);
}

static void
expressions(void)
{
	struct cron_schedule s;
	struct cron_error err;
	int64_t t = 0;

	CU_ASSERT_EQUAL_FATAL(
	    cron_schedule_of_expr("0 9 * * *", "Europe/Paris", &s, &err),
	    ST_OK);
	CU_ASSERT_TRUE(cron_schedule_next(&s, NOW, &t));
	CU_ASSERT_EQUAL(t, NOW + 86400000);
	CU_ASSERT_TRUE(cron_schedule_next(&s, NOW - 1, &t));
	CU_ASSERT_EQUAL(t, NOW);
	CU_ASSERT_EQUAL(cron_schedule_gap(&s, NOW), 86400000);
}

static const struct unit_test tests[] = {
	{ "a schedule that cannot be is refused by its field", refused },
	{ "both spellings are read, and both are written", spellings },
	{ "an interval keeps its phase", intervals },
	{ "a single time comes once", single_times },
	{ "an expression follows its zone", expressions },
	{ NULL, NULL },
};

void
suite_cron_schedule(void)
{
	unit_add("src/cron/schedule.c", tests);
}
