/* Dates to days and back: see civil.h.  Years are counted from March, so that
 * the leap day is the last of its year. */
#include "config.h"

#include "cron/civil.h"

#define ERA_DAYS 146097   /* of 400 years */
#define EPOCH_DAYS 719468 /* from 0000-03-01 to 1970-01-01 */

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int64_t
civil_days(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = floor_div(y, 400);
	int64_t of_era = y - era * 400;
	int64_t of_year =
	    (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 +
	    of_year - EPOCH_DAYS;
}

static bool
is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int
civil_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

int
civil_weekday(int64_t days)
{
	/* 1970-01-01 was a Thursday. */
	return (int)(days + 4 - floor_div(days + 4, 7) * 7);
}

int64_t
civil_secs(const struct civil *c)
{
	return civil_days(c->year, c->month, c->day) * CIVIL_DAY_SECS +
	    c->hour * 3600 + c->minute * 60 + c->second;
}

void
civil_split(int64_t secs, struct civil *ret)
{
	int64_t days = floor_div(secs, CIVIL_DAY_SECS);
	int rest = (int)(secs - days * CIVIL_DAY_SECS);
	int64_t since = days + EPOCH_DAYS;
	int64_t era = floor_div(since, ERA_DAYS);
	int64_t of_era = since - era * ERA_DAYS;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 -
			   of_era / (ERA_DAYS - 1)) /
	    365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	ret->day = (int)(of_year - (153 * month + 2) / 5) + 1;
	ret->month = (int)(month < 10 ? month + 3 : month - 9);
	ret->year = (int)(year + era * 400 + (ret->month <= 2));
	ret->hour = rest / 3600;
	ret->minute = rest / 60 % 60;
	ret->second = rest % 60;
}

bool
civil_check(const struct civil *c)
{
	return c->year >= 1 && c->year <= CIVIL_YEAR_MAX && c->month >= 1 &&
	    c->month <= 12 && c->day >= 1 &&
	    c->day <= civil_month_days(c->year, c->month) && c->hour >= 0 &&
	    c->hour <= 23 && c->minute >= 0 && c->minute <= 59 &&
	    c->second >= 0 && c->second <= 59;
}
