/*
 * The clocks: units, and that the monotonic one does not go back.
 */
#include "config.h"

#include <time.h>

#include "base/clock.h"
#include "tests/unit/unit.h"

static void
wall_is_epoch_ms(void)
{
	int64_t before = (int64_t)time(NULL) * 1000;
	int64_t now = clock_wall_ms();

	CU_ASSERT_TRUE(now >= before);
	CU_ASSERT_TRUE(now < before + 60000);
}

static void
mono_grows(void)
{
	struct timespec pause = { 0, 5000000 };
	int64_t a = clock_mono_ms(), b;

	(void)nanosleep(&pause, NULL);
	b = clock_mono_ms();
	CU_ASSERT_TRUE(b >= a + 4);
	CU_ASSERT_TRUE(b < a + 60000);
}

void
suite_base_clock(void)
{
	static const struct unit_test tests[] = {
		{ "the wall clock counts milliseconds of the epoch",
		    wall_is_epoch_ms },
		{ "the monotonic clock counts milliseconds", mono_grows },
		{ NULL, NULL },
	};

	unit_add("src/base/clock.c", tests);
}
