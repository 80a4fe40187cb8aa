/*
 * When a cron expression comes next in a time zone.
 *
 * A time of day that a change of clocks leaves out comes at the end of the
 * gap, one that happens twice comes the first time only; a rhythm (every
 * quarter of an hour, every hour) goes on evenly (S110).  Pure but for the
 * zone's file; bounded in work.
 */
#ifndef MOLTIS_CRON_NEXT_H
#define MOLTIS_CRON_NEXT_H

#include "cron/expr.h"
#include "cron/zone.h"

/* The first time later than AFTER, both in seconds since the epoch; false when
 * there is none within nine years. */
bool cron_next(const struct cron_expr *e, const struct cron_zone *z,
    int64_t after, int64_t *ret);

#endif
