/*
 * The five fields of cron (POSIX crontab): minute, hour, day of month, month,
 * day of week.
 *
 * Parsing and the search for the next matching time of a wall clock that knows
 * no zone; cron/next.h puts the zone in.  Pure, and bounded in work for every
 * input.  doc/decisions/009-cron-dialect.md says what is read how.
 */
#ifndef MOLTIS_CRON_EXPR_H
#define MOLTIS_CRON_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define CRON_EXPR_MAX_BYTES 256
#define CRON_WHY_BYTES 200

struct cron_expr {
	uint64_t minutes; /* bit n: minute n */
	uint32_t hours;
	uint32_t days;    /* of the month; bit 1 to 31 */
	uint16_t months;  /* bit 1 to 12 */
	uint8_t weekdays; /* bit 0 = Sunday to 6 */
	bool any_day;     /* the field is "*" */
	bool any_weekday;
	/* Minutes in steps or all, or every hour: a rhythm, not a time of day.
	 * It goes on evenly when the clocks change (S110). */
	bool rhythm;
};

/* ST_INVALID: WHY is a sentence that names the field and the character. */
MUST_CHECK enum status cron_expr_parse(const char *text, size_t n,
    struct cron_expr *ret, char why[CRON_WHY_BYTES]);

/* The first matching minute at or after FROM, both in seconds of a wall clock
 * (cron/civil.h); false when there is none within nine years. */
bool cron_expr_match(const struct cron_expr *e, int64_t from, int64_t *ret);

#endif
