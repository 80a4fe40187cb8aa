/*
 * Time zones: which names are names, and the instants of wall clocks where
 * clocks are changed.
 */
#include "config.h"

#include <pthread.h>
#include <string.h>

#include "cron/when.h"
#include "cron/zone.h"
#include "tests/unit/unit.h"

static void
names(void)
{
	static const char *const good[] = { "UTC", "Europe/Paris", "GMT+0",
		"Etc/GMT+5", "America/Argentina/Buenos_Aires", "EST5EDT",
		"US/Pacific", "America/Port-au-Prince", "GB-Eire" };
	static const char *const bad[] = { "", "Mars/Olympus", "europe/paris ",
		"Europe", "Europe/", "/Europe/Paris", "../../etc/localtime",
		"Europe/../Europe/Paris", "EST5EDT4", "UTC+5", "+05:00", "-3",
		"05", "localtime", "posixrules", "Factory", "right/UTC",
		"posix/UTC", "zone.tab", "tzdata.zi", "UTC\n", "Euro pe",
		":UTC", "EST5EDT,M3.2.0,M11.1.0",
		"Areaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"\xc3\xa9" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		own_zone struct cron_zone *z = cron_zone_open(good[i]);

		CU_ASSERT_PTR_NOT_NULL(z);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		own_zone struct cron_zone *z = cron_zone_open(bad[i]);

		CU_ASSERT_PTR_NULL(z);
	}
}

static int64_t
secs(const char *text)
{
	int64_t ms = 0;

	CU_ASSERT_TRUE_FATAL(cron_when_parse(text, &ms));
	return ms / 1000;
}

static void
clocks(void)
{
	static const struct {
		const char *zone, *local, *instant;
	} rows[] = {
		{ "Europe/Paris", "2027-03-28T01:59:59Z",
		    "2027-03-28T00:59:59Z" },
		{ "Europe/Paris", "2027-03-28T02:00:00Z",
		    "2027-03-28T01:00:00Z" },
		{ "Europe/Paris", "2027-03-28T02:30:00Z",
		    "2027-03-28T01:00:00Z" },
		{ "Europe/Paris", "2027-03-28T03:00:00Z",
		    "2027-03-28T01:00:00Z" },
		{ "Europe/Paris", "2027-10-31T02:30:00Z",
		    "2027-10-31T00:30:00Z" },
		{ "Europe/Paris", "2027-10-31T03:00:00Z",
		    "2027-10-31T02:00:00Z" },
		{ "Australia/Lord_Howe", "2027-04-04T01:45:00Z",
		    "2027-04-03T14:45:00Z" },
		{ "Australia/Lord_Howe", "2027-10-03T02:10:00Z",
		    "2027-10-02T15:30:00Z" },
		{ "Pacific/Apia", "2011-12-30T12:00:00Z",
		    "2011-12-30T10:00:00Z" },
		{ "America/Santiago", "2027-09-05T00:30:00Z",
		    "2027-09-05T04:00:00Z" },
		{ "Europe/Paris", "2093-07-01T00:00:00Z",
		    "2093-06-30T22:00:00Z" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_zone struct cron_zone *z = cron_zone_open(rows[i].zone);

		CU_ASSERT_EQUAL(cron_zone_instant(z, secs(rows[i].local)),
		    secs(rows[i].instant));
	}
}

static void
changes(void)
{
	own_zone struct cron_zone *z = cron_zone_open("America/New_York");
	int64_t from = secs("2027-01-01T00:00:00Z");
	int64_t to = secs("2027-06-01T00:00:00Z");
	int64_t when = cron_zone_change(z, from, to);

	CU_ASSERT_EQUAL(when, secs("2027-03-14T07:00:00Z"));
	CU_ASSERT_EQUAL(cron_zone_offset(z, when, NULL), -4 * 3600);
	CU_ASSERT_EQUAL(cron_zone_offset(z, when - 1, NULL), -5 * 3600);
}

static void *
open_many(void *arg)
{
	static const char *const zones[] = { "Europe/Paris", "Asia/Tokyo",
		"America/New_York", "UTC" };
	static const int offsets[] = { 7200, 32400, -14400, 0 };
	bool *good = arg;

	for (int i = 0; i < 400; i++) {
		own_zone struct cron_zone *z = cron_zone_open(zones[i % 4]);

		if (z == NULL ||
		    cron_zone_offset(z, 1814400000, NULL) != offsets[i % 4])
			return NULL;
	}
	*good = true;
	return NULL;
}

static void
threads(void)
{
	pthread_t all[4];
	bool good[4] = { false };

	for (int i = 0; i < 4; i++)
		CU_ASSERT_EQUAL_FATAL(
		    pthread_create(&all[i], NULL, open_many, &good[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(all[i], NULL);
		CU_ASSERT_TRUE(good[i]);
	}
}

static const struct unit_test tests[] = {
	{ "names of zones are taken, paths and rules are not", names },
	{ "a wall clock's time has one instant", clocks },
	{ "a change of clocks is found to the second", changes },
	{ "threads use zones at the same time", threads },
	{ NULL, NULL },
};

void
suite_cron_zone(void)
{
	unit_add("src/cron/zone.c", tests);
}
