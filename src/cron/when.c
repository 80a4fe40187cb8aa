/* Reading and writing times: see when.h. */
#include "config.h"

#include "cron/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cron/civil.h"

/* Digits of WIDTH at *P, which moves behind them. */
static bool
digits(const char **p, int width, int *ret)
{
	int n = 0;

	for (int i = 0; i < width; i++) {
		if ((*p)[i] < '0' || (*p)[i] > '9')
			return false;
		n = n * 10 + ((*p)[i] - '0');
	}
	*p += width;
	*ret = n;
	return true;
}

static bool
skip(const char **p, const char *any_of)
{
	if (**p == '\0' || strchr(any_of, **p) == NULL)
		return false;
	(*p)++;
	return true;
}

static bool
read_millis(const char **p, int *ret)
{
	int unit = 100;

	*ret = 0;
	if (!skip(p, "."))
		return true;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		*ret += (**p - '0') * unit;
		unit /= 10;
	}
	return true;
}

static bool
read_offset(const char **p, int *ret)
{
	bool west = **p == '-';
	int hours, minutes;

	*ret = 0;
	if (skip(p, "Zz"))
		return true;
	if (!skip(p, "+-") || !digits(p, 2, &hours) || !skip(p, ":") ||
	    !digits(p, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret = (hours * 60 + minutes) * (west ? -60 : 60);
	return true;
}

bool
cron_when_parse(const char *text, int64_t *ret_ms)
{
	const char *p = text;
	struct civil c;
	int millis, offset;

	if (!digits(&p, 4, &c.year) || !skip(&p, "-") ||
	    !digits(&p, 2, &c.month) || !skip(&p, "-") ||
	    !digits(&p, 2, &c.day) || !skip(&p, "Tt ") ||
	    !digits(&p, 2, &c.hour) || !skip(&p, ":") ||
	    !digits(&p, 2, &c.minute) || !skip(&p, ":") ||
	    !digits(&p, 2, &c.second) || !read_millis(&p, &millis) ||
	    !read_offset(&p, &offset) || *p != '\0' || !civil_check(&c))
		return false;
	*ret_ms = (civil_secs(&c) - offset) * 1000 + millis;
	return true;
}

void
cron_when_format(int64_t secs, int offset, char out[CRON_WHEN_BYTES])
{
	struct civil c;
	int minutes = abs(offset) / 60;

	civil_split(secs + offset, &c);
	snprintf(out, CRON_WHEN_BYTES,
	    "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", c.year, c.month, c.day,
	    c.hour, c.minute, c.second, offset < 0 ? '-' : '+', minutes / 60,
	    minutes % 60);
}

bool
cron_duration_parse(const char *text, int64_t *ret_ms)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = { { 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 },
		{ 'd', 86400000 } };
	size_t n = strspn(text, "0123456789");
	int64_t value = 0;

	if (n == 0 || n > 9 || strlen(text) != n + 1)
		return false;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (text[i] - '0');
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit != text[n])
			continue;
		*ret_ms = value * units[i].ms;
		return true;
	}
	return false;
}
