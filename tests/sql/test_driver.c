/*
 * The driver (src/db/db.c) when connections are lost: what is tried again,
 * what is not known, and that the next transaction works.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/txt.h"
#include "event/feed.h"
#include "js/js.h"
#include "op/op_enter.h"
#include "tests/sql/sqltest.h"

#define APPLICATION "sqltest_driver"
#define ROOM 4096

static struct db *
driver_open(void)
{
	own_txt struct txt conninfo = { 0 };

	txt_format(&conninfo, "%s application_name=" APPLICATION, info_api());
	return db_open(txt_str(&conninfo));
}

/* Ends the driver's connection as an administrator would, and waits. */
static void
lose(void)
{
	if (owner_count("SELECT count(pg_terminate_backend(pid, 5000)) FROM"
			" pg_stat_activity WHERE application_name = '%s'",
		APPLICATION) != 1) {
		fprintf(stderr, "sqltest: no connection to lose\n");
		exit(2);
	}
}

static char *
backend(void)
{
	return owner_get("SELECT string_agg(pid::text, ' ') FROM"
			 " pg_stat_activity WHERE application_name = '%s'",
	    APPLICATION);
}

static enum status
once(struct db *db, enum db_mode mode)
{
	own_res PGresult *res = NULL;

	return db_once(db, mode, STMT_AUTH_STATE, &res);
}

static void
between_transactions(struct db *db, const struct person *p)
{
	check_status(once(db, DB_WRITE), ST_OK, "a statement runs");
	lose();
	check_status(once(db, DB_WRITE), ST_OK,
	    "a connection lost while idle is replaced");
	check_status(once(db, DB_READ), ST_OK, "a read runs");
	lose();
	check_status(once(db, DB_READ), ST_OK, "for a read as well");
	db_notify_later(db, "moltis_events", p->account_id);
	lose();
	check_status(once(db, DB_READ), ST_OK,
	    "also when the answer of a notification is still to be read");
	lose();
	check_status(call_op(db, &p->key, "sessions.create", "{}", NULL), ST_OK,
	    "a call that changes something finds a new connection");
	lose();
	check_status(call_op(db, &p->key, "sessions.list", "{}", NULL), ST_OK,
	    "and so does one that reads");
}

static enum status
enter(struct db *db, const struct person *p)
{
	enum status st = db_begin(db, DB_WRITE);

	if (st == ST_OK)
		st = op_enter_queue(db,
		    &(struct op_entry){ .cred = &p->key, .need = SCOPE_WRITE });
	return st;
}

static void
in_transaction(struct db *db, const struct person *p)
{
	own_res PGresult *res = NULL;
	own_res PGresult *none = NULL;

	check_status(enter(db, p), ST_OK, "a transaction begins");
	check_status(db_run(db, STMT_ACCOUNT_WHOAMI, &res), ST_OK,
	    "and its first statement runs");
	lose();
	check_status(db_run(db, STMT_ACCOUNT_WHOAMI, &none), ST_DB,
	    "a connection lost in a transaction is an error");
	check(none == NULL, "without a result");
	check(db_may_repeat(db), "the transaction may be tried again");
	check_text(db_last_error(db)->why, "", "callers are told no detail");
	db_bind_text(db, "of a caller that did not look");
	check_status(db_queue(db, STMT_ACCOUNT_HEALTH), ST_DB,
	    "what follows in it fails too");
	db_rollback(db);
	check_status(once(db, DB_WRITE), ST_OK, "and the next one works");
}

/* The server may have committed although nobody heard of it. */
static void
at_commit(struct db *db, const struct person *p)
{
	own_json struct json_object *payload = js_new();
	enum status st = enter(db, p);

	if (st == ST_OK)
		st = feed_emit(db, "test", SCOPE_READ, payload);
	if (st == ST_OK)
		st = db_flush(db);
	check_status(st, ST_OK, "an event is written");
	lose();
	check_status(db_commit(db), ST_DB,
	    "a connection lost at COMMIT is an error");
	check(!db_may_repeat(db), "that is not tried again by itself");
	db_rollback(db);
	check(owner_count("SELECT count(*) FROM moltis.events WHERE name ="
			  " 'test' AND account_id = '%s'",
		  p->account_id) == 0,
	    "and the server has undone the transaction");
}

/* A refused statement is no reason to do anything twice. */
static void
refusals(struct db *db)
{
	const struct op_cred nobody = { .kind = CRED_KEY };
	struct op_principal who;
	struct op_error err;

	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &nobody }, &who, &err),
	    ST_UNAUTH, "a stranger is refused");
	check(!db_may_repeat(db), "and not asked about again");
}

/* A read ends with its statement. */
static void
rollback_of_read(struct db *db, const struct person *p)
{
	own_res PGresult *res = NULL;
	char *before, *after;

	(void)!db_begin(db, DB_READ);
	(void)!op_enter_queue(db,
	    &(struct op_entry){ .cred = &p->key, .need = SCOPE_READ });
	(void)!db_run(db, STMT_ACCOUNT_WHOAMI, &res);
	before = backend();
	db_rollback(db);
	check_status(once(db, DB_WRITE), ST_OK,
	    "rolling a read back that is over changes nothing");
	after = backend();
	check_text(after, before, "and costs no connection");
	free(before);
	free(after);
}

/* While a deployment is upgraded, statements are prepared against the schema
 * of yesterday. */
static void
other_schema(struct db *db)
{
	char *definition =
	    owner_get("SELECT pg_get_functiondef('moltis.auth_state()'::"
		      "pg_catalog.regprocedure)");

	check_status(once(db, DB_READ), ST_OK, "a statement is prepared");
	owner_do("BEGIN; DROP FUNCTION moltis.auth_state();"
		 " CREATE FUNCTION moltis.auth_state() RETURNS TABLE"
		 " (configured text, has_password text, has_passkeys text)"
		 " LANGUAGE sql AS $$ SELECT 't', 't', 'f' $$; COMMIT");
	check_status(once(db, DB_READ), ST_INTERNAL,
	    "it fails when it returns another type");
	check_status(once(db, DB_READ), ST_OK, "and is prepared anew");
	owner_do("BEGIN; DROP FUNCTION moltis.auth_state(); %s; GRANT EXECUTE"
		 " ON FUNCTION moltis.auth_state() TO moltis_api,"
		 " moltis_worker; COMMIT",
	    definition);
	(void)!once(db, DB_READ);
	check_status(once(db, DB_READ), ST_OK, "as often as need be");
	free(definition);
}

static void
notices(struct db *db)
{
	int pair[2], saved = dup(STDERR_FILENO);
	char said[ROOM];
	ssize_t n;

	if (saved < 0 || pipe2(pair, O_CLOEXEC) != 0)
		exit(2);
	log_set_level(LOG_LVL_WARN);
	(void)dup2(pair[1], STDERR_FILENO);
	(void)close(pair[1]);
	if (once(db, DB_WRITE) == ST_OK)
		(void)!db_commit(db); /* of no transaction */
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	log_set_level(LOG_LVL_ERROR);
	n = read(pair[0], said, sizeof(said) - 1);
	(void)close(pair[0]);
	said[n > 0 ? n : 0] = '\0';
	check(said[0] == '{' && strstr(said, "\"level\":\"warn\"") != NULL &&
		strstr(said, "25P01") != NULL &&
		strchr(said, '\n') == said + strlen(said) - 1,
	    "a warning of the server is one line of the log");
}

void
test_driver(void)
{
	struct db *db = driver_open();
	struct person p;

	person_make("driver", &p);
	between_transactions(db, &p);
	in_transaction(db, &p);
	at_commit(db, &p);
	refusals(db);
	rollback_of_read(db, &p);
	other_schema(db);
	notices(db);
	db_close(db);
}
