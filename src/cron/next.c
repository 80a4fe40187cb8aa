/* Expression and zone together: see next.h. */
#include "config.h"

#include "cron/next.h"

#include "cron/civil.h"

#define PERIODS_MAX 100 /* nine years of a zone that changes often */
#define TRIES_MAX 3000  /* minutes of a day that happens twice */
#define EARLIEST INT64_C(-62135596800) /* year 1 */
#define LATEST INT64_C(253370764800)   /* year 9999 */

/* Times of day: in the order of the wall clock, which the instants follow. */
static bool
next_time(const struct cron_expr *e, const struct cron_zone *z, int64_t after,
    int64_t *ret)
{
	int64_t local = after + cron_zone_offset(z, after, NULL);

	for (int i = 0; i < TRIES_MAX; i++) {
		int64_t t;

		if (!cron_expr_match(e, local + 1, &local))
			return false;
		t = cron_zone_instant(z, local);
		if (t > after) {
			*ret = t;
			return true;
		}
	}
	return false;
}

/* A rhythm: period by period, in each of which the clock runs evenly. */
static bool
next_beat(const struct cron_expr *e, const struct cron_zone *z, int64_t after,
    int64_t *ret)
{
	int64_t from = after + 1;

	for (int i = 0; i < PERIODS_MAX; i++) {
		int64_t local, t;
		int period, other;
		int offset = cron_zone_offset(z, from, &period);

		if (!cron_expr_match(e, from + offset, &local))
			return false;
		t = local - offset;
		(void)cron_zone_offset(z, t, &other);
		if (other == period) {
			*ret = t;
			return true;
		}
		from = cron_zone_change(z, from, t);
	}
	return false;
}

bool
cron_next(const struct cron_expr *e, const struct cron_zone *z, int64_t after,
    int64_t *ret)
{
	if (after < EARLIEST || after > LATEST)
		return false;
	return e->rhythm ? next_beat(e, z, after, ret)
			 : next_time(e, z, after, ret);
}
