/*
 * From SQLSTATE to status: what is the caller's fault, what may be tried
 * again, and what is a bug of ours.
 */
#include "config.h"

#include <string.h>

#include "db/db_error.h"
#include "tests/unit/unit.h"

static void
states(void)
{
	static const struct {
		const char *state;
		enum status status;
	} rows[] = {
		{ "MO400", ST_INVALID },
		{ "MO401", ST_UNAUTH },
		{ "MO402", ST_SETUP_REQUIRED },
		{ "MO403", ST_FORBIDDEN },
		{ "MO404", ST_NOT_FOUND },
		{ "MO409", ST_CONFLICT },
		{ "MO410", ST_GONE },
		{ "MO429", ST_LIMIT },
		{ "MO499", ST_INTERNAL }, /* raised by nobody */
		{ "23505", ST_CONFLICT },
		{ "23503", ST_NOT_FOUND },
		{ "23502", ST_INTERNAL },
		{ "23514", ST_INTERNAL },
		{ "22P02", ST_INVALID },
		{ "22021", ST_INVALID },
		{ "22003", ST_INTERNAL },
		{ "40001", ST_DB },
		{ "40P01", ST_DB },
		{ "08006", ST_DB },
		{ "53300", ST_DB },
		{ "55P03", ST_DB },
		{ "57014", ST_DB },
		{ "57P01", ST_DB },
		{ "57P03", ST_DB },
		{ "25006", ST_DB },
		{ "25P03", ST_DB },
		{ "25P02", ST_INTERNAL },
		{ "42501", ST_INTERNAL },
		{ "42P01", ST_INTERNAL },
		{ "42601", ST_INTERNAL },
		{ "XX000", ST_INTERNAL },
		{ "", ST_INTERNAL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(db_error_status(rows[i].state), rows[i].status);
}

static void
connection(void)
{
	struct db_error err = { .status = ST_OK,
		.why = "old",
		.field = "old",
		.retry_after_secs = 9 };
	char text[DB_WHY_BYTES * 2];

	db_error_connection(&err, DB_STATE_AWAY, "could not connect");
	CU_ASSERT_EQUAL(err.status, ST_DB);
	CU_ASSERT_STRING_EQUAL(err.sqlstate, "08001");
	CU_ASSERT_STRING_EQUAL(err.detail, "could not connect");
	CU_ASSERT_STRING_EQUAL(err.why, "");
	CU_ASSERT_STRING_EQUAL(err.field, "");
	CU_ASSERT_EQUAL(err.retry_after_secs, 0);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	db_error_connection(&err, DB_STATE_LOST, text);
	CU_ASSERT_EQUAL(strlen(err.detail), DB_WHY_BYTES - 1);
	db_error_connection(&err, DB_STATE_LOST, NULL);
	CU_ASSERT_STRING_EQUAL(err.detail, "");
}

/* A result that libpq made itself has no SQLSTATE. */
static void
without_state(void)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_FATAL_ERROR);
	struct db_error err;

	db_error_result(&err, res);
	CU_ASSERT_EQUAL(err.status, ST_DB);
	CU_ASSERT_STRING_EQUAL(err.sqlstate, "08006");
	CU_ASSERT_STRING_EQUAL(err.why, "");
	PQclear(res);
}

void
suite_db_db_error(void)
{
	static const struct unit_test tests[] = {
		{ "each SQLSTATE has its status", states },
		{ "a lost connection is the database's fault and says so to "
		  "nobody but us",
		    connection },
		{ "a failure of libpq itself is a lost connection",
		    without_state },
		{ NULL, NULL },
	};

	unit_add("src/db/db_error.c", tests);
}
