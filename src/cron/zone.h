/*
 * Time zones by their IANA name, from the system's tzdata.
 *
 * GLib reads the files; its zones never change once made and may be used by
 * many threads (doc/decisions/009).  Each opening looks at the file again when
 * nobody holds the zone, so that an upgrade of tzdata needs no restart.
 */
#ifndef MOLTIS_CRON_ZONE_H
#define MOLTIS_CRON_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#define CRON_ZONE_MAX_BYTES 64

struct cron_zone; /* GLib's */

#define own_zone __attribute__((cleanup(cron_zone_put)))

/* NULL when there is no such zone.  Names only: no path, no offset, no rule. */
struct cron_zone *cron_zone_open(const char *name);
void cron_zone_close(struct cron_zone *z); /* accepts NULL */
void cron_zone_put(struct cron_zone **z);

/* Seconds east of Greenwich at T, seconds since the epoch.  *RET_PERIOD (may
 * be NULL) numbers the stretch of time for which that holds. */
int cron_zone_offset(const struct cron_zone *z, int64_t t, int *ret_period);

/* The first second in (T, UNTIL] that is in another period than T, which UNTIL
 * is. */
int64_t cron_zone_change(const struct cron_zone *z, int64_t t, int64_t until);

/* The first instant at which the wall clock shows LOCAL or more: the first of
 * two when it shows it twice, the end of the gap when it never does (S110). */
int64_t cron_zone_instant(const struct cron_zone *z, int64_t local);

#endif
