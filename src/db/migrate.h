/*
 * Forward-only migrations, compiled in from sql/schema.
 *
 * Run by `moltis migrate` as the owner role only.  Each runs in its own
 * transaction under one advisory lock, so that two hosts may start it at the
 * same time.
 */
#ifndef MOLTIS_DB_MIGRATE_H
#define MOLTIS_DB_MIGRATE_H

#include "base/status.h"
#include "base/txt.h"

struct db_migration {
	int version; /* 0 ends the list */
	const char *name;
	const char *sql;
};

extern const struct db_migration db_migrations[];

/* REPORT gets one line an applied migration, or the failure in words. */
MUST_CHECK enum status db_migrate(const char *conninfo, struct txt *report);

#endif
