/*
 * Times and durations as people write them: RFC 3339, 90s, 30m, 12h, 7d.
 * Pure.
 */
#ifndef MOLTIS_CRON_WHEN_H
#define MOLTIS_CRON_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRON_WHEN_BYTES 40

/* A full date and time with an offset or Z; fractions of a second are kept to
 * the millisecond. */
bool cron_when_parse(const char *text, int64_t *ret_ms);

/* SECS since the epoch as a clock OFFSET seconds east of Greenwich shows it:
 * 2027-03-28T03:00:00+02:00. */
void cron_when_format(int64_t secs, int offset, char out[CRON_WHEN_BYTES]);

/* A number with s, m, h or d behind it. */
bool cron_duration_parse(const char *text, int64_t *ret_ms);

#endif
