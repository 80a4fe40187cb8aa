/*
 * sqltest: the database tests, all groups or those named as arguments.
 *
 * Needs an empty database with the three roles; see tests/sql/run.  Ends with
 * the line "N passed, N failed", and fails when nothing was checked.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/txt.h"
#include "db/migrate.h"
#include "op_table.h"
#include "tests/sql/sqltest.h"

static const struct group {
	const char *name;
	void (*run)(void);
} groups[] = {
	/* setup comes before anybody exists. */
	{ "schema", test_schema },
	{ "setup", test_setup },
	{ "login", test_login },
	{ "throttle", test_throttle },
	{ "enter", test_enter },
	{ "authority", test_authority },
	{ "forged", test_forged },
	{ "grants", test_grants },
	{ "isolation", test_isolation },
	{ "sweep", test_sweep },
	{ "keys", test_keys },
	{ "passkeys", test_passkeys },
	{ "logins", test_logins },
	{ "invites", test_invites },
	{ "people", test_people },
	{ "guard", test_guard },
	{ "meter", test_meter },
	{ "events", test_events },
	{ "relay", test_relay },
	{ "chat", test_chat },
	{ "turns", test_turns },
	{ "exec", test_exec },
	{ "exec_many", test_exec_many },
	{ "exec_fence", test_exec_fence },
	{ "exec_ops", test_exec_ops },
	{ "exec_end", test_exec_end },
	{ "workspace", test_workspace },
	{ "cron", test_cron },
	{ "cron_fire", test_cron_fire },
	{ "audit", test_audit },
	{ "alerts", test_alerts },
	{ "driver", test_driver },
};

static int passed, failed;

bool
check(bool good, const char *fmt, ...)
{
	va_list ap;

	if (good)
		passed++;
	else
		failed++;
	printf("%s ", good ? "ok  " : "FAIL");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	return good;
}

bool
check_text(const char *got, const char *want, const char *sentence)
{
	if (got != NULL && strcmp(got, want) == 0)
		return check(true, "%s", sentence);
	return check(false, "%s (got \"%s\", expected \"%s\")", sentence,
	    got == NULL ? "nothing" : got, want);
}

bool
check_status(enum status got, enum status want, const char *sentence)
{
	if (got == want)
		return check(true, "%s", sentence);
	return check(false, "%s (got %s %d, expected %s %d)", sentence,
	    status_get(got)->code, (int)got, status_get(want)->code, (int)want);
}

static void
migrate_work(void *arg)
{
	own_txt struct txt report = { 0 };

	*(bool *)arg = db_migrate(info_owner(), &report) == ST_OK;
	if (!*(bool *)arg)
		fprintf(stderr, "sqltest: %s", txt_str(&report));
}

/* Four hosts at once, as when a cluster is upgraded. */
static void
migrate_together(void)
{
	bool good[4] = { false };

	in_parallel(4, migrate_work, good, sizeof(good[0]));
	if (!check(good[0] && good[1] && good[2] && good[3],
		"four hosts may migrate an empty database at once"))
		exit(1);
}

static bool
is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], name) == 0)
			return true;
	}
	return argc == 1;
}

int
main(int argc, char **argv)
{
	log_set_level(LOG_LVL_ERROR);
	op_init(op_table);
	migrate_together();
	if (!is_wanted("setup", argc, argv))
		setup_now();
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (!is_wanted(groups[i].name, argc, argv))
			continue;
		printf("# %s\n", groups[i].name);
		groups[i].run();
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
