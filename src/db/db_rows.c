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

void *
db_bytes_take(const PGresult *res, int row, const char *col, size_t *ret_n)
{
	const char *s = db_text(res, row, col);
	unsigned char *raw;
	char *out;

	*ret_n = 0;
	if (s == NULL)
		return NULL;
	raw = PQunescapeBytea((const unsigned char *)s, ret_n);
	if (raw == NULL)
		abort();
	/* libpq has an allocator of its own. */
	out = mem_array(*ret_n + 1, 1);
	memcpy(out, raw, *ret_n);
	PQfreemem(raw);
	return out;
}

bool
db_bool(const PGresult *res, int row, const char *col)
{
	const char *s = db_text(res, row, col);

	return s != NULL && s[0] == 't';
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
db_bytes(const PGresult *res, int row, const char *col, void *out, size_t n)
{
	const char *s = db_text(res, row, col);
	unsigned char *to = out;

	if (s == NULL || strncmp(s, "\\x", 2) != 0 || strlen(s) != 2 + 2 * n)
		return false;
	for (s += 2; *s != '\0'; s += 2) {
		int high = hex_digit(s[0]), low = hex_digit(s[1]);

		if (high < 0 || low < 0)
			return false;
		*to++ = (unsigned char)(high << 4 | low);
	}
	return true;
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
