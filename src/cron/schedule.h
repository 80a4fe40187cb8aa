/*
 * When a job runs: at one time, every so often, or by a cron expression.
 *
 * Read from and written to the JSON of the protocol (section 6), in both of
 * its spellings.  Pure but for the zone's file.
 */
#ifndef MOLTIS_CRON_SCHEDULE_H
#define MOLTIS_CRON_SCHEDULE_H

#include <json-c/json.h>

#include "base/status.h"
#include "cron/expr.h"
#include "cron/zone.h"

#define CRON_MIN_EVERY_MS INT64_C(60000)             /* S97 */
#define CRON_MAX_AHEAD_MS (INT64_C(3653) * 86400000) /* ten years */
#define CRON_ERROR_BYTES 240

enum cron_kind { CRON_AT, CRON_EVERY, CRON_CRON };

struct cron_schedule {
	enum cron_kind kind;
	int64_t at_ms;
	int64_t every_ms;
	int64_t anchor_ms;
	char expr_text[CRON_EXPR_MAX_BYTES + 1];
	char tz[CRON_ZONE_MAX_BYTES + 1]; /* as it was given */
	struct cron_expr expr;
};

/* What is wrong, for the caller. */
struct cron_error {
	char field[32];
	char why[CRON_ERROR_BYTES];
};

/* The wire's object.  NOW_MS is the anchor of an interval that has none, and
 * what a time must be later than.  A schedule without
 * a future is refused.  ST_INVALID fills ERR. */
MUST_CHECK enum status cron_schedule_parse(struct json_object *o,
    int64_t now_ms, struct cron_schedule *ret, struct cron_error *err);

/* The same from an expression and a zone (NULL: UTC). */
MUST_CHECK enum status cron_schedule_of_expr(const char *expr, const char *tz,
    struct cron_schedule *ret, struct cron_error *err);

/* The same for a schedule that may be over: of a row, or of a job that is
 * switched off. */
MUST_CHECK enum status cron_schedule_load(struct json_object *o, int64_t now_ms,
    struct cron_schedule *ret, struct cron_error *err);

/* With both spellings; caller owns. */
struct json_object *cron_schedule_json(const struct cron_schedule *s);
const char *cron_kind_word(enum cron_kind kind);

/* The first time after AFTER_MS; false: there is none any more. */
bool cron_schedule_next(const struct cron_schedule *s, int64_t after_ms,
    int64_t *ret_ms);
/* How far apart the runs around AT_MS are: bounds what is caught up (S111).
 * INT64_MAX when there is one run only. */
int64_t cron_schedule_gap(const struct cron_schedule *s, int64_t at_ms);

#endif
