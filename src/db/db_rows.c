/* Reading rows by column name.  A name the statement does not return is a bug
 * of ours and aborts: the tests run every statement. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "db/db.h"
#include "js/js.h"

static int
column(const PGresult *res, const char *col)
{
	int n = PQfnumber(res, col);

	if (n < 0)
		abort();
	return n;
}

int
db_rows(const PGresult *res)
{
	return res == NULL ? 0 : PQntuples(res);
}

const char *
db_text(const PGresult *res, int row, const char *col)
{
	int n = column(res, col);

	if (PQgetisnull(res, row, n))
		return NULL;
	return PQgetvalue(res, row, n);
}

int64_t
db_int(const PGresult *res, int row, const char *col)
{
	const char *s = db_text(res, row, col);

	return s == NULL ? 0 : strtoll(s, NULL, 10);
}

bool
db_bool(const PGresult *res, int row, const char *col)
{
	const char *s = db_text(res, row, col);

	return s != NULL && s[0] == 't';
}

struct json_object *
db_json(const PGresult *res, int row, const char *col)
{
	const char *s = db_text(res, row, col);

	return s == NULL ? NULL : json_tokener_parse(s);
}

void
db_res_clear(PGresult **res)
{
	PQclear(*res);
	*res = NULL;
}
