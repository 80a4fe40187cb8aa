/*
 * The proleptic Gregorian calendar: dates to days and back.  Pure; knows no
 * clock and no zone.
 */
#ifndef MOLTIS_CRON_CIVIL_H
#define MOLTIS_CRON_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_DAY_SECS 86400
#define CIVIL_YEAR_MAX 9999

struct civil {
	int year;
	int month; /* 1..12 */
	int day;   /* 1..31 */
	int hour;
	int minute;
	int second;
};

/* Days since 1970-01-01; MONTH and DAY are in range. */
int64_t civil_days(int year, int month, int day);
int civil_month_days(int year, int month);
int civil_weekday(int64_t days); /* 0 = Sunday */

/* Seconds since 1970-01-01T00:00:00 on the same wall clock, and back. */
int64_t civil_secs(const struct civil *c);
void civil_split(int64_t secs, struct civil *ret);

/* A date and time that exist, of the years 1 to 9999. */
bool civil_check(const struct civil *c);

#endif
