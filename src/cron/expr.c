/*
 * The parser of cron expressions and its search through the calendar: see
 * expr.h.
 *
 * What is not understood is refused with its place: a schedule that means
 * something else than its author thought is worse than none.
 */
#include "config.h"

#include "cron/expr.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cron/civil.h"

#define FIELDS 5
#define YEARS_AHEAD 9 /* 29 February comes back after eight at most */

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY };

struct field_rule {
	const char *name;
	int min, max;
	const char *const *words; /* three letters each, or NULL */
	int first_word;           /* value of the first */
};

static const char *const month_words[] = { "jan", "feb", "mar", "apr", "may",
	"jun", "jul", "aug", "sep", "oct", "nov", "dec", NULL };
static const char *const weekday_words[] = { "sun", "mon", "tue", "wed", "thu",
	"fri", "sat", NULL };

static const struct field_rule rules[FIELDS] = {
	{ "minute", 0, 59, NULL, 0 },
	{ "hour", 0, 23, NULL, 0 },
	{ "day of month", 1, 31, NULL, 0 },
	{ "month", 1, 12, month_words, 1 },
	{ "day of week", 0, 7, weekday_words, 0 },
};

static const struct {
	const char *name, *fields;
} macros[] = {
	{ "@hourly", "0 * * * *" },
	{ "@daily", "0 0 * * *" },
	{ "@midnight", "0 0 * * *" },
	{ "@weekly", "0 0 * * 0" },
	{ "@monthly", "0 0 1 * *" },
	{ "@yearly", "0 0 1 1 *" },
	{ "@annually", "0 0 1 1 *" },
};

/* Where the parser is. */
struct scan {
	const char *start, *p, *end; /* of the whole expression */
	int field;                   /* MINUTE .. */
	char *why;
	bool stepped; /* the field uses a step */
};

static enum status refuse(const struct scan *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static enum status
refuse(const struct scan *s, const char *fmt, ...)
{
	int n = snprintf(s->why, CRON_WHY_BYTES,
	    "%s (field %d, character %d): ", rules[s->field].name, s->field + 1,
	    (int)(s->p - s->start) + 1);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->why + n, CRON_WHY_BYTES - (size_t)n, fmt, ap);
	va_end(ap);
	return ST_INVALID;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
at(const struct scan *s, char c)
{
	return s->p < s->end && *s->p == c;
}

/* The end of an element: the end of its field, or a comma. */
static bool
is_over(const struct scan *s)
{
	return s->p == s->end || is_blank(*s->p) || *s->p == ',';
}

static size_t
run_of(const struct scan *s, char from, char to)
{
	size_t n = 0;

	while (s->p + n < s->end && (s->p[n] | 0x20) >= from &&
	    (s->p[n] | 0x20) <= to)
		n++;
	return n;
}

static enum status
read_word(struct scan *s, int *ret)
{
	const struct field_rule *r = &rules[s->field];
	size_t n = run_of(s, 'a', 'z');

	for (int i = 0; r->words != NULL && r->words[i] != NULL; i++) {
		if (n != 3 || strncasecmp(s->p, r->words[i], 3) != 0)
			continue;
		s->p += 3;
		*ret = r->first_word + i;
		return ST_OK;
	}
	return refuse(s,
	    r->words == NULL ? "a number is needed here"
			     : "there is no such name");
}

/* A number without a sign; MAX is what it may be. */
static enum status
read_number(struct scan *s, int min, int max, int *ret)
{
	struct scan at_start = *s;
	int n = 0;

	if (s->p == s->end || *s->p < '0' || *s->p > '9')
		return refuse(s, "a number is needed here");
	while (s->p < s->end && *s->p >= '0' && *s->p <= '9') {
		if (n < 1000)
			n = n * 10 + (*s->p - '0');
		s->p++;
	}
	if (n > max)
		return refuse(&at_start, "too large: at most %d", max);
	if (n < min)
		return refuse(&at_start, "too small: at least %d", min);
	*ret = n;
	return ST_OK;
}

static enum status
read_value(struct scan *s, int *ret)
{
	const struct field_rule *r = &rules[s->field];

	if (run_of(s, 'a', 'z') > 0)
		return read_word(s, ret);
	return read_number(s, r->min, r->max, ret);
}

/* What may follow a range; *RET stays 1 without a step. */
static enum status
read_step(struct scan *s, int *ret)
{
	const struct field_rule *r = &rules[s->field];

	if (!at(s, '/'))
		return ST_OK;
	s->p++;
	s->stepped = true;
	return read_number(s, 1, r->max, ret);
}

/* "*", "n", "n-m", each with "/step" behind it. */
static enum status
read_element(struct scan *s, uint64_t *bits)
{
	const struct field_rule *r = &rules[s->field];
	int low = r->min, high = r->max, step = 1;
	enum status st = ST_OK;

	if (at(s, '*')) {
		s->p++;
		high -= s->field == WEEKDAY; /* 7 is 0 once more */
	} else {
		struct scan range = *s;

		st = read_value(s, &low);
		if (st == ST_OK && at(s, '-')) {
			s->p++;
			st = read_value(s, &high);
			/* Sunday ends a week as well as it begins one. */
			if (s->field == WEEKDAY && high == 0 && low > 0)
				high = 7;
			if (st == ST_OK && low > high)
				return refuse(&range,
				    "a range goes from the "
				    "smaller to the larger");
		} else if (st == ST_OK && !at(s, '/')) {
			high = low;
		} else if (s->field == WEEKDAY) {
			low %= 7;
			high = 6;
		}
	}
	if (st == ST_OK)
		st = read_step(s, &step);
	if (st != ST_OK)
		return st;
	for (int i = low; i <= high; i += step)
		*bits |= UINT64_C(1) << i;
	return is_over(s) ? ST_OK
			  : refuse(s,
				"not understood; use *, numbers, a-b, "
				"lists with commas and /steps");
}

/* One field; *RET_ANY: it is "*" and nothing else. */
static enum status
read_field(struct scan *s, uint64_t *bits, bool *ret_any)
{
	const char *start = s->p;

	*bits = 0;
	s->stepped = false;
	for (;;) {
		enum status st = read_element(s, bits);

		if (st != ST_OK)
			return st;
		if (!at(s, ','))
			break;
		s->p++;
	}
	*ret_any = s->p - start == 1 && *start == '*';
	return ST_OK;
}

static void
skip_blanks(struct scan *s)
{
	while (s->p < s->end && is_blank(*s->p))
		s->p++;
}

static int
count_fields(const char *p, const char *end)
{
	int n = 0;

	while (p < end) {
		while (p < end && is_blank(*p))
			p++;
		n += p < end;
		while (p < end && !is_blank(*p))
			p++;
	}
	return n;
}

static enum status
check_count(int count, char why[CRON_WHY_BYTES])
{
	if (count == FIELDS)
		return ST_OK;
	snprintf(why, CRON_WHY_BYTES,
	    count > FIELDS
		? "%d fields, but a schedule has five: minute, hour, day of "
		  "month, month, day of week (seconds and years are not "
		  "supported)"
		: "%d of five fields: minute, hour, day of month, month, day "
		  "of week are needed",
	    count);
	return ST_INVALID;
}

/* Is there a year in which the date comes? */
static bool
comes_ever(const struct cron_expr *e)
{
	if (e->any_day || !e->any_weekday)
		return true;
	for (int month = 1; month <= 12; month++) {
		uint32_t days =
		    (UINT32_C(2) << civil_month_days(2000, month)) - 1;

		if ((e->months >> month & 1) != 0 && (e->days & days) != 0)
			return true;
	}
	return false;
}

static enum status
read_fields(struct scan *s, struct cron_expr *e)
{
	uint64_t bits[FIELDS];
	bool any[FIELDS], stepped[FIELDS];

	for (s->field = 0; s->field < FIELDS; s->field++) {
		enum status st;

		skip_blanks(s);
		st = read_field(s, &bits[s->field], &any[s->field]);
		if (st != ST_OK)
			return st;
		stepped[s->field] = s->stepped;
	}
	e->minutes = bits[MINUTE];
	e->hours = (uint32_t)bits[HOUR];
	e->days = (uint32_t)bits[DAY];
	e->months = (uint16_t)bits[MONTH];
	e->weekdays = (uint8_t)((bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f);
	e->any_day = any[DAY];
	e->any_weekday = any[WEEKDAY];
	e->rhythm = any[MINUTE] || stepped[MINUTE] || e->hours == 0xffffff;
	return ST_OK;
}

/* A name instead of fields. */
static enum status
expand(const char **text, size_t *n, char why[CRON_WHY_BYTES])
{
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
		if (strlen(macros[i].name) != *n ||
		    strncasecmp(macros[i].name, *text, *n) != 0)
			continue;
		*text = macros[i].fields;
		*n = strlen(*text);
		return ST_OK;
	}
	snprintf(why, CRON_WHY_BYTES,
	    "unknown name: use @hourly, @daily, @midnight, @weekly, @monthly, "
	    "@yearly, @annually or five fields");
	return ST_INVALID;
}

enum status
cron_expr_parse(const char *text, size_t n, struct cron_expr *ret,
    char why[CRON_WHY_BYTES])
{
	struct scan s = { .why = why };
	struct cron_expr e = { 0 };
	enum status st;

	while (n > 0 && is_blank(text[n - 1]))
		n--;
	for (; n > 0 && is_blank(*text); n--)
		text++;
	if (n > CRON_EXPR_MAX_BYTES) {
		snprintf(why, CRON_WHY_BYTES, "too long: at most %d bytes",
		    CRON_EXPR_MAX_BYTES);
		return ST_INVALID;
	}
	if (n > 0 && *text == '@' && expand(&text, &n, why) != ST_OK)
		return ST_INVALID;
	s.start = s.p = text;
	s.end = text + n;
	st = check_count(count_fields(text, s.end), why);
	if (st == ST_OK)
		st = read_fields(&s, &e);
	if (st == ST_OK && !comes_ever(&e)) {
		snprintf(why, CRON_WHY_BYTES,
		    "no future run: day of month (field 3) never comes in "
		    "month (field 4)");
		st = ST_INVALID;
	}
	if (st == ST_OK)
		*ret = e;
	return st;
}

/* ---- the calendar ---- */

static bool
day_matches(const struct cron_expr *e, const struct civil *c)
{
	bool day = (e->days >> c->day & 1) != 0;
	bool weekday = (e->weekdays >> civil_weekday(civil_days(c->year,
					   c->month, c->day)) &
			   1) != 0;

	/* Both restricted: either will do (POSIX). */
	if (!e->any_day && !e->any_weekday)
		return day || weekday;
	return day && weekday;
}

/* The first set bit at or above FROM, or -1. */
static int
bit_from(uint64_t bits, int from)
{
	for (int i = from; i < 64; i++) {
		if ((bits >> i & 1) != 0)
			return i;
	}
	return -1;
}

/* The first time of day at or after C's; false: none today. */
static bool
time_of_day(const struct cron_expr *e, struct civil *c)
{
	int hour = bit_from(e->hours, c->hour);
	int minute = -1;

	if (hour == c->hour)
		minute = bit_from(e->minutes, c->minute);
	if (hour == c->hour && minute < 0)
		hour = bit_from(e->hours, c->hour + 1);
	if (hour < 0)
		return false;
	c->hour = hour;
	c->minute = minute >= 0 ? minute : bit_from(e->minutes, 0);
	c->second = 0;
	return true;
}

static void
next_day(struct civil *c)
{
	c->hour = c->minute = c->second = 0;
	if (++c->day <= civil_month_days(c->year, c->month))
		return;
	c->day = 1;
	if (++c->month <= 12)
		return;
	c->month = 1;
	c->year++;
}

static void
next_month(struct civil *c)
{
	c->day = 31;
	while (c->day != 1)
		next_day(c);
}

bool
cron_expr_match(const struct cron_expr *e, int64_t from, int64_t *ret)
{
	struct civil c;
	int last;

	civil_split(from + 59, &c);
	c.second = 0;
	last = c.year + YEARS_AHEAD;
	while (c.year <= last && c.year <= CIVIL_YEAR_MAX) {
		if ((e->months >> c.month & 1) == 0) {
			next_month(&c);
			continue;
		}
		if (day_matches(e, &c) && time_of_day(e, &c)) {
			*ret = civil_secs(&c);
			return true;
		}
		next_day(&c);
	}
	return false;
}
