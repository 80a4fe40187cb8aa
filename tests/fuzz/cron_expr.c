/*
 * Fuzz target: cron expressions and schedules from strangers.
 *
 * What is refused is refused in words; what is taken has a next time that
 * matches, and finding it ends.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cron/next.h"
#include "cron/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(int condition)
{
	if (!condition)
		abort();
}

static void
check_next(const struct cron_expr *e, const char *name, int64_t from)
{
	own_zone struct cron_zone *zone = cron_zone_open(name);
	int64_t t = from, again;

	need(zone != NULL);
	for (int i = 0; i < 3; i++) {
		int64_t before = t;

		need(cron_next(e, zone, before, &t));
		need(t > before && t < before + INT64_C(9) * 366 * 86400);
		need(cron_next(e, zone, t - 1, &again) && again == t);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char why[CRON_WHY_BYTES] = "";
	struct cron_expr e;
	int64_t ms;
	char *text = mem_zalloc(size + 1);

	memcpy(text, data, size);
	(void)cron_when_parse(text, &ms);
	(void)cron_duration_parse(text, &ms);
	cron_zone_close(cron_zone_open(text));
	if (cron_expr_parse(text, size, &e, why) == ST_OK) {
		check_next(&e, "UTC", 1800000000);
		check_next(&e, "Australia/Lord_Howe", 1806750000);
		check_next(&e, "Africa/Casablanca", 1800000000);
	} else {
		need(why[0] != '\0' && utf8_check(why, strlen(why)));
	}
	free(text);
	return 0;
}
