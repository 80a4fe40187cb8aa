/*
 * The two clocks in milliseconds.  clock_gettime cannot fail for them, so
 * neither function has an error to report.
 */
#include "config.h"

#include "base/clock.h"

#include <time.h>

static int64_t
clock_read_ms(clockid_t id)
{
	struct timespec now = { 0 };

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
	return clock_read_ms(CLOCK_REALTIME);
}

int64_t
clock_mono_ms(void)
{
	return clock_read_ms(CLOCK_MONOTONIC);
}
