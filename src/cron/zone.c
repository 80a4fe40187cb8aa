/*
 * Zones of GLib behind names that are names, and the way from the wall clock
 * to the instant: see zone.h.
 */
#include "config.h"

#include "cron/zone.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>

#define OFFSET_MAX_SECS (16 * 3600) /* no clock was ever further from UTC */

/* Not zones, although tzdata has files of these names; `right` counts leap
 * seconds, and the last two are the server's own zone. */
static const char *const not_zones[] = { "Factory", "posix", "posixrules",
	"right", "localtime", NULL };

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Europe/Paris, Etc/GMT+5, America/Argentina/Buenos_Aires, UTC. */
static bool
is_name(const char *s)
{
	size_t n = strlen(s), first = strcspn(s, "/");

	if (n == 0 || n > CRON_ZONE_MAX_BYTES)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool starts = i == 0 || s[i - 1] == '/';

		if (is_letter(s[i]))
			continue;
		if (starts || strchr("0123456789_+-/", s[i]) == NULL)
			return false;
	}
	for (const char *const *w = not_zones; *w != NULL; w++) {
		if (strlen(*w) == first && strncmp(*w, s, first) == 0)
			return false;
	}
	return s[n - 1] != '/';
}

/* GLib would also take "EST5EDT4" as a rule: the name it gives back tells
 * whether it read a file of that name. */
static bool
is_file(const char *name)
{
	char *path = g_build_filename("/usr/share/zoneinfo", name, NULL);
	bool good = g_file_test(path, G_FILE_TEST_IS_REGULAR);

	g_free(path);
	return good;
}

static GTimeZone *
glib_of(const struct cron_zone *z)
{
	return (GTimeZone *)(uintptr_t)z;
}

struct cron_zone *
cron_zone_open(const char *name)
{
	if (!is_name(name) || !is_file(name))
		return NULL;
	return (struct cron_zone *)g_time_zone_new_identifier(name);
}

void
cron_zone_close(struct cron_zone *z)
{
	if (z != NULL)
		g_time_zone_unref(glib_of(z));
}

void
cron_zone_put(struct cron_zone **z)
{
	cron_zone_close(*z);
	*z = NULL;
}

int
cron_zone_offset(const struct cron_zone *z, int64_t t, int *ret_period)
{
	int period =
	    g_time_zone_find_interval(glib_of(z), G_TIME_TYPE_UNIVERSAL, t);

	if (ret_period != NULL)
		*ret_period = period;
	return g_time_zone_get_offset(glib_of(z), period);
}

int64_t
cron_zone_change(const struct cron_zone *z, int64_t t, int64_t until)
{
	int period, other;

	(void)cron_zone_offset(z, t, &period);
	while (until - t > 1) {
		int64_t middle = t + (until - t) / 2;

		(void)cron_zone_offset(z, middle, &other);
		if (other == period)
			t = middle;
		else
			until = middle;
	}
	return until;
}

int64_t
cron_zone_instant(const struct cron_zone *z, int64_t local)
{
	int64_t t = local - OFFSET_MAX_SECS;

	for (;;) {
		int period, other;
		int64_t wanted = local - cron_zone_offset(z, t, &period);

		/* Later than that already: the clock was put forward. */
		if (wanted <= t)
			return t;
		(void)cron_zone_offset(z, wanted, &other);
		if (other == period)
			return wanted;
		t = cron_zone_change(z, t, wanted);
	}
}
