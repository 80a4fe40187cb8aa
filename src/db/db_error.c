/*
 * From the server's words to our statuses.
 *
 * The table is the only place that knows SQLSTATEs.  What a client may read
 * is what our own functions raise under class MO; the rest goes to our log.
 */
#include "config.h"

#include "db/db_error.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *prefix;
	enum status status;
} sqlstates[] = { { "MO400", ST_INVALID }, { "MO401", ST_UNAUTH },
	{ "MO402", ST_SETUP_REQUIRED }, { "MO403", ST_FORBIDDEN },
	{ "MO404", ST_NOT_FOUND }, { "MO409", ST_CONFLICT },
	{ "MO410", ST_GONE }, { "MO423", ST_REAUTH }, { "MO429", ST_LIMIT },
	{ "MO42A", ST_LIMIT },     /* calls of an account */
	{ "MO42P", ST_LIMIT },     /* calls of a person */
	{ "23505", ST_CONFLICT },  /* unique */
	{ "23503", ST_NOT_FOUND }, /* reference to what is not there */
	{ "22P02", ST_INVALID },   /* text that is no uuid, number... */
	{ "22021", ST_INVALID },   /* not UTF-8 */
	{ "40", ST_DB },    /* serialization, deadlock: may be repeated */
	{ "08", ST_DB },    /* connection */
	{ "53", ST_DB },    /* out of resources */
	{ "55P03", ST_DB }, /* lock timeout */
	{ "57", ST_DB },    /* cancelled, shutting down */
	{ "25006", ST_DB }, /* read-only: a standby */
	{ "25P03", ST_DB }, /* idle in transaction too long */
	{ NULL, ST_INTERNAL } };

enum status
db_error_status(const char *sqlstate)
{
	size_t i;

	for (i = 0; sqlstates[i].prefix != NULL; i++) {
		const char *p = sqlstates[i].prefix;

		if (strncmp(sqlstate, p, strlen(p)) == 0)
			break;
	}
	return sqlstates[i].status;
}

static void
copy_cut(char *dst, size_t size, const char *src)
{
	size_t n = src == NULL ? 0 : strnlen(src, size - 1);

	if (n > 0)
		memcpy(dst, src, n);
	dst[n] = '\0';
}

void
db_error_result(struct db_error *err, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *column = PQresultErrorField(res, PG_DIAG_COLUMN_NAME);

	memset(err, 0, sizeof(*err));
	/* No SQLSTATE: libpq itself failed, so the connection did. */
	copy_cut(err->sqlstate, sizeof(err->sqlstate),
	    state == NULL ? DB_STATE_LOST : state);
	err->status = db_error_status(err->sqlstate);
	copy_cut(err->detail, sizeof(err->detail),
	    text == NULL ? PQresultErrorMessage(res) : text);
	if (strncmp(err->sqlstate, "MO", 2) != 0)
		return;
	copy_cut(err->why, sizeof(err->why), text);
	copy_cut(err->field, sizeof(err->field), column);
	if (err->status == ST_LIMIT && detail != NULL)
		err->retry_after_secs = (int)strtol(detail, NULL, 10);
}

void
db_error_connection(struct db_error *err, const char *sqlstate,
    const char *detail)
{
	memset(err, 0, sizeof(*err));
	err->status = ST_DB;
	copy_cut(err->sqlstate, sizeof(err->sqlstate), sqlstate);
	copy_cut(err->detail, sizeof(err->detail), detail);
}
