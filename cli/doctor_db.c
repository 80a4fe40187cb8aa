/*
 * doctor, the database part: can each role connect, is each as weak as it
 * should be, does the schema fit, does the fence stand, do the clocks agree.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/doctor.h"
#include "db/db.h"
#include "db/migrate.h"

#define CLOCK_SKEW_MAX_MS 60000

struct role {
	const char *option;   /* of the configuration */
	const char *conninfo; /* NULL: not set */
	const char *name;     /* of the role it must connect as */
	bool is_owner;
};

static void
check_clock(struct doctor *d, const struct role *role, int64_t before_ms,
    int64_t database_ms)
{
	/* The truth lies between before and now. */
	int64_t now_ms = clock_wall_ms();
	int64_t skew_ms = database_ms < before_ms ? before_ms - database_ms
	    : database_ms > now_ms                ? database_ms - now_ms
						  : 0;

	if (skew_ms >= CLOCK_SKEW_MAX_MS)
		doctor_fail(d,
		    "clock: this host and the database behind %s "
		    "differ by %lld s: synchronise them (NTP)",
		    role->option, (long long)(skew_ms / 1000));
	else
		doctor_ok(d,
		    "clock: this host and the database differ by "
		    "less than %lld s",
		    (long long)(skew_ms / 1000 + 1));
}

static void
check_role(struct doctor *d, const struct role *role, const PGresult *res)
{
	const char *name = db_text(res, 0, "role");

	if (strcmp(name, role->name) != 0) {
		doctor_fail(d, "%s: connects as %s: it must be %s",
		    role->option, name, role->name);
		return;
	}
	if (db_bool(res, 0, "superuser") || db_bool(res, 0, "bypass_rls"))
		doctor_fail(d,
		    "%s: %s is superuser or has BYPASSRLS: ALTER "
		    "ROLE %s NOSUPERUSER NOBYPASSRLS",
		    role->option, name, name);
	else if (!role->is_owner && db_bool(res, 0, "owns"))
		doctor_fail(d,
		    "%s: %s owns tables or is a member of their "
		    "owner: it could switch the fence off",
		    role->option, name);
	else
		doctor_ok(d, "%s: connects as %s, without special rights",
		    role->option, name);
}

/* An open connection, or NULL after the failure was told. */
static struct db *
connect_role(struct doctor *d, const struct role *role)
{
	own_res PGresult *res = NULL;
	struct db *db;
	int64_t before_ms = clock_wall_ms();

	if (role->conninfo == NULL) {
		doctor_fail(d,
		    "%s: not set: give it a libpq connection "
		    "string",
		    role->option);
		return NULL;
	}
	db = db_open(role->conninfo);
	if (db_once(db, DB_READ, STMT_DOCTOR_ROLE, &res) != ST_OK ||
	    db_rows(res) != 1) {
		doctor_fail(d, "%s: cannot be used: %s", role->option,
		    db_last_error(db)->detail);
		db_close(db);
		return NULL;
	}
	check_role(d, role, res);
	if (role->is_owner)
		check_clock(d, role, before_ms, db_int(res, 0, "now_ms"));
	return db;
}

static bool
check_migrations(struct doctor *d, struct db *db)
{
	own_res PGresult *res = NULL;
	const struct db_migration *m = db_migrations;
	int version, newest = 0;

	for (; m->version != 0; m++)
		newest = m->version;
	if (db_once(db, DB_READ, STMT_DOCTOR_SCHEMA_VERSION, &res) != ST_OK) {
		doctor_fail(d,
		    "migrations: none applied (%s): run moltis "
		    "migrate",
		    db_last_error(db)->detail);
		return false;
	}
	version = (int)db_int(res, 0, "version");
	if (version < newest)
		doctor_fail(d, "migrations: at %d of %d: run moltis migrate",
		    version, newest);
	else if (version > newest)
		doctor_fail(d,
		    "migrations: the database is at %d, this "
		    "program knows %d: install the newer version",
		    version, newest);
	else
		doctor_ok(d, "migrations: up to date (%d)", version);
	return version == newest;
}

static void
check_fence(struct doctor *d, struct db *db)
{
	own_res PGresult *res = NULL;
	int bad = 0;

	if (db_once(db, DB_READ, STMT_DOCTOR_FENCE, &res) != ST_OK) {
		doctor_fail(d, "row-level security: cannot be read: %s",
		    db_last_error(db)->detail);
		return;
	}
	for (int i = 0; i < db_rows(res); i++) {
		if (db_bool(res, i, "enabled") && db_bool(res, i, "forced") &&
		    db_bool(res, i, "has_policy"))
			continue;
		bad++;
		doctor_fail(d,
		    "row-level security: table moltis.%s is open: "
		    "run moltis migrate, and restore the policy by hand if "
		    "that does not help",
		    db_text(res, i, "name"));
	}
	if (bad == 0 && db_rows(res) > 0)
		doctor_ok(d,
		    "row-level security: forced on all %d tables of "
		    "accounts",
		    db_rows(res));
	else if (bad == 0)
		doctor_fail(d,
		    "row-level security: there are no tables: run "
		    "moltis migrate");
}

static void
check_statements(struct doctor *d, const char *conninfo)
{
	own_txt struct txt report = { 0 };
	int bad = db_check_statements(conninfo, &report);

	if (bad == 0)
		doctor_ok(d, "statements: all %d fit the schema", STMT_COUNT);
	else
		doctor_fail(d,
		    "statements: %d differences to the schema: run "
		    "moltis db check to see them",
		    bad);
}

void
doctor_database(struct doctor *d, const struct conf *conf)
{
	const struct role roles[] = {
		{ "database.api", conf->db_api, "moltis_api", false },
		{ "database.worker", conf->db_worker, "moltis_worker", false },
		{ "database.owner", conf->db_owner, "moltis_owner", true },
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		struct db *db = connect_role(d, &roles[i]);

		if (db != NULL && roles[i].is_owner &&
		    check_migrations(d, db)) {
			check_fence(d, db);
			check_statements(d, roles[i].conninfo);
		}
		db_close(db);
	}
}
