/*
 * Reading rows by column name.
 *
 * A name the statement does not return is a bug of ours and aborts: the tests
 * run every statement.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "db/db.h"
#include "js/js.h"

/* What a caller may send (JS_MAX_DEPTH), inside of what we wrap around it. */
#define JSON_MAX_DEPTH 64

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
	struct json_tokener *t;
	struct json_object *o;

	if (s == NULL)
		return NULL;
	t = json_tokener_new_ex(JSON_MAX_DEPTH);
	if (t == NULL)
		abort();
	o = json_tokener_parse_ex(t, s, -1);
	json_tokener_free(t);
	return o;
}

void
db_res_clear(PGresult **res)
{
	PQclear(*res);
	*res = NULL;
}
