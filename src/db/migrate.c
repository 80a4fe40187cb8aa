/*
 * Runs the migrations that are not in moltis.schema_migrations yet.
 *
 * Called by `moltis migrate` only.  Plain libpq: this is the one caller that
 * sends SQL text of its own, because its table must exist before anything.
 */
#include "config.h"

#include "db/migrate.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/db_conn.h"

/* Any constant works, as long as every host uses the same. */
#define MIGRATE_LOCK "SELECT pg_advisory_lock(7238141)"

static enum status
exec(PGconn *conn, const char *sql, struct txt *report)
{
	PGresult *res = PQexec(conn, sql);
	ExecStatusType st = PQresultStatus(res);

	PQclear(res);
	if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK)
		return ST_OK;
	txt_format(report, "database: %s", PQerrorMessage(conn));
	return ST_DB;
}

static int
current_version(PGconn *conn)
{
	PGresult *res = PQexec(conn,
	    "SELECT coalesce(max(version), 0) FROM public.schema_migrations");
	int version = -1;

	if (PQresultStatus(res) == PGRES_TUPLES_OK)
		version = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
	PQclear(res);
	return version;
}

static enum status
apply(PGconn *conn, const struct db_migration *m, struct txt *report)
{
	char note[160];

	if (exec(conn, "BEGIN", report) != ST_OK)
		return ST_DB;
	if (exec(conn, m->sql, report) != ST_OK) {
		txt_format(report, "migration %s failed and was undone\n",
		    m->name);
		return ST_DB;
	}
	snprintf(note, sizeof(note),
	    "INSERT INTO public.schema_migrations"
	    " (version, name) VALUES (%d, '%s')",
	    m->version, m->name);
	if (exec(conn, note, report) != ST_OK ||
	    exec(conn, "COMMIT", report) != ST_OK)
		return ST_DB;
	txt_format(report, "applied %s\n", m->name);
	return ST_OK;
}

static enum status
migrate(PGconn *conn, struct txt *report)
{
	int version;

	if (exec(conn, "SET client_min_messages = warning", report) != ST_OK ||
	    exec(conn, MIGRATE_LOCK, report) != ST_OK ||
	    exec(conn,
		"CREATE TABLE IF NOT EXISTS public.schema_migrations ("
		"version integer PRIMARY KEY, name text NOT NULL,"
		" applied_at timestamptz NOT NULL DEFAULT now())",
		report) != ST_OK)
		return ST_DB;
	version = current_version(conn);
	if (version < 0) {
		txt_append(report, "database: cannot read the version\n");
		return ST_DB;
	}
	for (const struct db_migration *m = db_migrations; m->version != 0;
	     m++) {
		if (m->version <= version)
			continue;
		if (apply(conn, m, report) != ST_OK)
			return ST_DB;
	}
	return ST_OK;
}

enum status
db_migrate(const char *conninfo, struct txt *report)
{
	PGconn *conn = db_conn_open(conninfo);
	enum status st = ST_DB;

	if (PQstatus(conn) != CONNECTION_OK)
		txt_format(report, "database: %s", PQerrorMessage(conn));
	else
		st = migrate(conn, report);
	PQfinish(conn);
	return st;
}
