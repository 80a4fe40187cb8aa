/* Schedules from JSON, to JSON, and their next time: see schedule.h. */
#include "config.h"

#include "cron/schedule.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cron/next.h"
#include "cron/when.h"
#include "js/js.h"

static enum status refuse(struct cron_error *err, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static enum status
refuse(struct cron_error *err, const char *field, const char *fmt, ...)
{
	va_list ap;

	(void)mem_copy_str(err->field, sizeof(err->field), field);
	va_start(ap, fmt);
	vsnprintf(err->why, sizeof(err->why), fmt, ap);
	va_end(ap);
	return ST_INVALID;
}

const char *
cron_kind_word(enum cron_kind kind)
{
	switch (kind) {
	case CRON_AT:
		return "at";
	case CRON_EVERY:
		return "every";
	case CRON_CRON:
		return "cron";
	}
	return "at";
}

static bool
kind_parse(const char *word, enum cron_kind *ret)
{
	for (int k = CRON_AT; word != NULL && k <= CRON_CRON; k++) {
		if (strcmp(word, cron_kind_word((enum cron_kind)k)) != 0)
			continue;
		*ret = (enum cron_kind)k;
		return true;
	}
	return false;
}

/* A member of the wire: its two spellings, and how people write it. */
struct member {
	const char *snake, *camel, *words; /* words may be NULL */
	bool (*parse)(const char *text, int64_t *ret_ms);
	const char *example;
};

static const struct member member_at = { "at_ms", "atMs", "at", cron_when_parse,
	"2027-03-28T09:00:00+01:00" };
static const struct member member_every = { "every_ms", "everyMs", "every",
	cron_duration_parse, "30m" };
static const struct member member_anchor = { "anchor_ms", "anchorMs", NULL,
	NULL, NULL };

static bool
is_of(const struct member *m, const char *key)
{
	return strcmp(key, m->snake) == 0 || strcmp(key, m->camel) == 0 ||
	    (m->words != NULL && strcmp(key, m->words) == 0);
}

/* Which members a kind has. */
static bool
knows(enum cron_kind kind, const char *key)
{
	if (strcmp(key, "kind") == 0)
		return true;
	switch (kind) {
	case CRON_AT:
		return is_of(&member_at, key);
	case CRON_EVERY:
		return is_of(&member_every, key) || is_of(&member_anchor, key);
	case CRON_CRON:
		return strcmp(key, "expr") == 0 || strcmp(key, "tz") == 0;
	}
	return false;
}

static enum status
check_keys(struct json_object *o, enum cron_kind kind, struct cron_error *err)
{
	json_object_object_foreach(o, key, value)
	{
		(void)value;
		if (!knows(kind, key))
			return refuse(err, "schedule",
			    "a schedule of kind '%s' has no '%.*s'",
			    cron_kind_word(kind),
			    (int)utf8_cut(key, strlen(key), 40), key);
	}
	return ST_OK;
}

/* One spelling into *RET; *FOUND when it was there. */
static enum status
take_int(struct json_object *o, const char *key, struct cron_error *err,
    int64_t *ret, bool *found)
{
	struct json_object *v = js_get(o, key);

	if (v == NULL)
		return ST_OK;
	if (!json_object_is_type(v, json_type_int))
		return refuse(err, key,
		    "'%s' must be a whole number of "
		    "milliseconds",
		    key);
	if (*found && *ret != json_object_get_int64(v))
		return refuse(err, key, "'%s' is given twice", key);
	*ret = json_object_get_int64(v);
	*found = true;
	return ST_OK;
}

static enum status
take_member(struct json_object *o, const struct member *m,
    struct cron_error *err, int64_t *ret, bool *found)
{
	const char *text = m->words == NULL ? NULL : js_text(o, m->words);
	enum status st = take_int(o, m->snake, err, ret, found);

	if (st == ST_OK)
		st = take_int(o, m->camel, err, ret, found);
	if (st != ST_OK || m->words == NULL || js_get(o, m->words) == NULL)
		return st;
	if (*found)
		return refuse(err, m->words, "give '%s' or '%s', not both",
		    m->words, m->snake);
	if (text == NULL || !m->parse(text, ret))
		return refuse(err, m->words, "'%s' must look like %s", m->words,
		    m->example);
	*found = true;
	return ST_OK;
}

static enum status
parse_at(struct json_object *o, struct cron_schedule *s, struct cron_error *err)
{
	bool found = false;
	enum status st = take_member(o, &member_at, err, &s->at_ms, &found);

	if (st == ST_OK && !found)
		return refuse(err, "at_ms",
		    "missing 'at_ms': when should it "
		    "run?");
	return st;
}

static enum status
parse_every(struct json_object *o, struct cron_schedule *s,
    struct cron_error *err)
{
	bool found = false, anchored = false;
	enum status st =
	    take_member(o, &member_every, err, &s->every_ms, &found);

	if (st == ST_OK)
		st = take_member(o, &member_anchor, err, &s->anchor_ms,
		    &anchored);
	if (st != ST_OK)
		return st;
	if (!found)
		return refuse(err, "every_ms",
		    "missing 'every_ms': how often "
		    "should it run?");
	if (s->every_ms < CRON_MIN_EVERY_MS)
		return refuse(err, "every_ms",
		    "'every_ms' is too short: at least 60000 (one minute)");
	if (s->every_ms > CRON_MAX_AHEAD_MS)
		return refuse(err, "every_ms",
		    "'every_ms' is too long: at most ten years");
	if (s->anchor_ms < 0 || s->anchor_ms > INT64_C(253370764800000))
		return refuse(err, "anchor_ms",
		    "'anchor_ms' must be milliseconds since 1970");
	return ST_OK;
}

enum status
cron_schedule_of_expr(const char *expr, const char *tz,
    struct cron_schedule *ret, struct cron_error *err)
{
	char why[CRON_WHY_BYTES];
	own_zone struct cron_zone *zone = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->kind = CRON_CRON;
	if (cron_expr_parse(expr, strlen(expr), &ret->expr, why) != ST_OK)
		return refuse(err, "expr", "'expr' is not a schedule: %s", why);
	if (!mem_copy_str(ret->expr_text, sizeof(ret->expr_text), expr))
		return refuse(err, "expr",
		    "'expr' is too long: at most %d "
		    "bytes",
		    CRON_EXPR_MAX_BYTES);
	zone = cron_zone_open(tz == NULL ? "UTC" : tz);
	if (zone == NULL)
		return refuse(err, "tz",
		    "'tz' is no time zone: use a name "
		    "such as Europe/Berlin or UTC");
	(void)mem_copy_str(ret->tz, sizeof(ret->tz), tz == NULL ? "UTC" : tz);
	return ST_OK;
}

static enum status
parse_cron(struct json_object *o, struct cron_schedule *s,
    struct cron_error *err)
{
	const char *expr = js_text(o, "expr"), *tz = js_text(o, "tz");

	if (expr == NULL)
		return refuse(err, "expr",
		    "missing 'expr': five fields such "
		    "as '0 9 * * 1-5'");
	if (tz == NULL && js_get(o, "tz") != NULL)
		return refuse(err, "tz", "'tz' must be a text");
	return cron_schedule_of_expr(expr, tz, s, err);
}

static enum status
parse(struct json_object *o, struct cron_schedule *s, struct cron_error *err)
{
	if (o == NULL || !json_object_is_type(o, json_type_object))
		return refuse(err, "schedule",
		    "'schedule' must be an object "
		    "with 'kind'");
	if (!kind_parse(js_text(o, "kind"), &s->kind))
		return refuse(err, "kind",
		    "'schedule.kind' must be at, every "
		    "or cron");
	if (check_keys(o, s->kind, err) != ST_OK)
		return ST_INVALID;
	switch (s->kind) {
	case CRON_AT:
		return parse_at(o, s, err);
	case CRON_EVERY:
		return parse_every(o, s, err);
	case CRON_CRON:
		return parse_cron(o, s, err);
	}
	return ST_INVALID;
}

enum status
cron_schedule_parse(struct json_object *o, int64_t now_ms,
    struct cron_schedule *ret, struct cron_error *err)
{
	struct cron_schedule s = { .anchor_ms = now_ms };
	int64_t next;

	if (parse(o, &s, err) != ST_OK)
		return ST_INVALID;
	if (s.kind == CRON_AT && s.at_ms <= now_ms)
		return refuse(err, "at_ms", "'at_ms' must be in the future");
	if (!cron_schedule_next(&s, now_ms, &next))
		return refuse(err, "schedule", "no future run");
	if (s.kind != CRON_CRON && next - now_ms > CRON_MAX_AHEAD_MS)
		return refuse(err, s.kind == CRON_AT ? "at_ms" : "anchor_ms",
		    "the first run is too far away: at most ten years");
	*ret = s;
	return ST_OK;
}

enum status
cron_schedule_load(struct json_object *o, int64_t now_ms,
    struct cron_schedule *ret, struct cron_error *err)
{
	struct cron_schedule s = { .anchor_ms = now_ms };

	if (parse(o, &s, err) != ST_OK)
		return ST_INVALID;
	*ret = s;
	return ST_OK;
}

static void
set_member(struct json_object *o, const struct member *m, int64_t value)
{
	js_set_int(o, m->snake, value);
	js_set_int(o, m->camel, value);
}

struct json_object *
cron_schedule_json(const struct cron_schedule *s)
{
	struct json_object *o = js_new();

	js_set_text(o, "kind", cron_kind_word(s->kind));
	switch (s->kind) {
	case CRON_AT:
		set_member(o, &member_at, s->at_ms);
		break;
	case CRON_EVERY:
		set_member(o, &member_every, s->every_ms);
		set_member(o, &member_anchor, s->anchor_ms);
		break;
	case CRON_CRON:
		js_set_text(o, "expr", s->expr_text);
		js_set_text(o, "tz", s->tz);
		break;
	}
	return o;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool
next_cron(const struct cron_schedule *s, int64_t after_ms, int64_t *ret_ms)
{
	own_zone struct cron_zone *zone = cron_zone_open(s->tz);
	int64_t secs;

	if (zone == NULL ||
	    !cron_next(&s->expr, zone, floor_div(after_ms, 1000), &secs))
		return false;
	*ret_ms = secs * 1000;
	return true;
}

bool
cron_schedule_next(const struct cron_schedule *s, int64_t after_ms,
    int64_t *ret_ms)
{
	switch (s->kind) {
	case CRON_AT:
		*ret_ms = s->at_ms;
		return s->at_ms > after_ms;
	case CRON_EVERY:
		*ret_ms = s->anchor_ms > after_ms ? s->anchor_ms
						  : s->anchor_ms +
			((after_ms - s->anchor_ms) / s->every_ms + 1) *
			    s->every_ms;
		return true;
	case CRON_CRON:
		return next_cron(s, after_ms, ret_ms);
	}
	return false;
}

int64_t
cron_schedule_gap(const struct cron_schedule *s, int64_t at_ms)
{
	int64_t next;

	if (s->kind == CRON_EVERY)
		return s->every_ms;
	if (!cron_schedule_next(s, at_ms, &next))
		return INT64_MAX;
	return next - at_ms;
}
