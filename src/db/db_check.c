/*
 * Does every statement fit the live schema?
 *
 * Prepares each one and compares what the server says with the tags of its
 * file: parameters, columns, their names.  Run by the tests and by
 * `moltis db check`; uses a connection of its own, outside pipeline mode.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/txt.h"
#include "db/db.h"
#include "db/db_conn.h"
#include "db/stmt.h"

/* The Nth "name type" of a tag list has this name. */
static bool
tag_name_is(const char *list, int n, const char *name)
{
	size_t len = strlen(name);

	while (n-- > 0) {
		list = strchr(list, ',');
		if (list == NULL)
			return false;
		list += 1 + strspn(list + 1, " ");
	}
	return strncmp(list, name, len) == 0 && list[len] == ' ';
}

static int
check_described(const struct db_stmt_info *info, const PGresult *res,
    struct txt *out)
{
	int bad = 0;

	if (PQnparams(res) != info->param_count) {
		txt_format(out, "%s: takes %d parameters, tag says %d\n",
		    info->name, PQnparams(res), info->param_count);
		bad++;
	}
	if (PQnfields(res) != info->column_count) {
		txt_format(out, "%s: returns %d columns, tag says %d\n",
		    info->name, PQnfields(res), info->column_count);
		return bad + 1;
	}
	for (int i = 0; i < PQnfields(res); i++) {
		if (tag_name_is(info->returns, i, PQfname(res, i)))
			continue;
		txt_format(out, "%s: column %d is %s, tag says otherwise\n",
		    info->name, i + 1, PQfname(res, i));
		bad++;
	}
	return bad;
}

static int
check_one(PGconn *conn, const struct db_stmt_info *info, struct txt *out)
{
	PGresult *res = PQprepare(conn, info->name, info->sql, 0, NULL);
	int bad;

	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		txt_format(out, "%s: %s", info->name, PQerrorMessage(conn));
		PQclear(res);
		return 1;
	}
	PQclear(res);
	res = PQdescribePrepared(conn, info->name);
	bad = check_described(info, res, out);
	PQclear(res);
	return bad;
}

int
db_check_statements(const char *conninfo, struct txt *out)
{
	PGconn *conn = db_conn_open(conninfo);
	int bad = 0;

	if (PQstatus(conn) != CONNECTION_OK) {
		txt_format(out, "database: %s", PQerrorMessage(conn));
		bad = 1;
	} else {
		for (int i = 0; i < STMT_COUNT; i++)
			bad += check_one(conn, &db_stmts[i], out);
	}
	PQfinish(conn);
	return bad;
}
