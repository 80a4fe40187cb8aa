/*
 * The blocking driver: one connection, pipeline mode, named statements.
 *
 * Called by fcgi threads, the worker's pool and the command line through
 * src/op and the features.  Knows nothing of accounts or rights; it moves
 * statements and turns the server's errors into statuses.
 */
#include "config.h"

#include "db/db.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "db/db_conn.h"
#include "db/db_error.h"
#include "db/stmt.h"
#include "js/js.h"

#define DB_MAX_PIPELINE 32

enum queued_kind {
	QUEUED_PLAIN,  /* rows are dropped */
	QUEUED_KEEP,   /* result goes to db->kept */
	QUEUED_RESULT, /* result is what db_run returns */
	QUEUED_PREPARE /* preparation of the statement behind it */
};

struct param {
	char *data; /* owned; NULL is SQL NULL */
	int len;
	int binary;
};

struct db {
	char *conninfo;
	PGconn *conn;              /* NULL: not connected */
	bool prepared[STMT_COUNT]; /* on this connection */
	struct param params[DB_MAX_PARAMS];
	int param_count;
	enum queued_kind queue[DB_MAX_PIPELINE];
	enum db_stmt queue_stmt[DB_MAX_PIPELINE];
	int queued;         /* sent, answers not read */
	bool syncs_pending; /* a notification nobody waited for */
	enum db_mode mode;  /* of the transaction under way */
	bool commit_sent;
	PGresult *kept;
	struct db_error error;
};

static enum status send_text(struct db *db, const char *sql);
static enum status read_answers(struct db *db, PGresult **ret);

struct db *
db_open(const char *conninfo)
{
	struct db *db = mem_zalloc(sizeof(*db));

	db->conninfo = mem_strdup(conninfo);
	return db;
}

static void
params_clear(struct db *db)
{
	for (int i = 0; i < db->param_count; i++) {
		free(db->params[i].data);
		db->params[i].data = NULL;
	}
	db->param_count = 0;
}

static void
disconnect(struct db *db)
{
	PQfinish(db->conn);
	db->conn = NULL;
	memset(db->prepared, 0, sizeof(db->prepared));
	db->queued = 0;
	db->syncs_pending = false;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	disconnect(db);
	params_clear(db);
	PQclear(db->kept);
	free(db->conninfo);
	free(db);
}

static enum status
fail_with(struct db *db, const char *sqlstate)
{
	db_error_connection(&db->error, sqlstate, PQerrorMessage(db->conn));
	disconnect(db);
	params_clear(db);
	return ST_DB;
}

/* The connection cannot be used any more: the next begin opens another. */
static enum status
fail_connection(struct db *db)
{
	return fail_with(db, DB_STATE_LOST);
}

enum status
db_connect(struct db *db)
{
	PGresult *res;

	if (db->conn != NULL && PQstatus(db->conn) == CONNECTION_OK)
		return ST_OK;
	disconnect(db);
	db->conn = db_conn_open(db->conninfo);
	if (PQstatus(db->conn) != CONNECTION_OK)
		return fail_with(db, DB_STATE_AWAY);
	/* Nothing resolves by accident: every name in sql/ is qualified.  Plans
	 * are made once a connection: planning costs more than most of our
	 * statements do, and none gains from knowing its parameters. */
	res = PQexec(db->conn,
	    "SET search_path = pg_catalog; "
	    "SET statement_timeout = '5s'; SET lock_timeout = '2s'; "
	    "SET idle_in_transaction_session_timeout = '15s'; "
	    "SET plan_cache_mode = force_generic_plan; SET jit = off");
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		PQclear(res);
		return fail_with(db, DB_STATE_AWAY);
	}
	PQclear(res);
	if (!PQenterPipelineMode(db->conn))
		return fail_with(db, DB_STATE_AWAY);
	return ST_OK;
}

/* Reads the answer of a notification that nobody waited for. */
static enum status
drain(struct db *db)
{
	if (!db->syncs_pending)
		return ST_OK;
	db->syncs_pending = false;
	return read_answers(db, NULL);
}

enum status
db_begin(struct db *db, enum db_mode mode)
{
	memset(&db->error, 0, sizeof(db->error));
	PQclear(db->kept);
	db->kept = NULL;
	db->commit_sent = false;
	params_clear(db);
	/* An idle connection may have died with its server; a new one is
	 * tried before anybody hears of it. */
	if (db->conn != NULL &&
	    (drain(db) != ST_OK || db_conn_is_dead(db->conn)))
		disconnect(db);
	if (db_connect(db) != ST_OK)
		return ST_DB;
	memset(&db->error, 0, sizeof(db->error));
	db->mode = mode;
	/* Without BEGIN the server ends the transaction where the pipeline is
	 * synchronised. */
	return mode == DB_READ ? ST_OK : send_text(db, "BEGIN");
}

static struct param *
param_next(struct db *db)
{
	if (db->param_count >= DB_MAX_PARAMS)
		abort(); /* a statement with that many is our bug */
	return &db->params[db->param_count++];
}

void
db_bind_text_n(struct db *db, const char *s, size_t n)
{
	struct param *p = param_next(db);

	p->binary = 0;
	p->data = s == NULL ? NULL : mem_strndup(s, n);
	p->len = 0;
}

void
db_bind_text(struct db *db, const char *s)
{
	db_bind_text_n(db, s, s == NULL ? 0 : strlen(s));
}

void
db_bind_int(struct db *db, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	db_bind_text(db, text);
}

void
db_bind_bool(struct db *db, bool b)
{
	db_bind_text(db, b ? "t" : "f");
}

void
db_bind_bytes(struct db *db, const void *bytes, size_t n)
{
	struct param *p = param_next(db);

	p->binary = 1;
	p->len = (int)n;
	p->data = mem_zalloc(n + 1);
	memcpy(p->data, bytes, n);
}

void
db_bind_texts(struct db *db, struct json_object *texts)
{
	own_txt struct txt list = { 0 };
	size_t n = json_object_array_length(texts);

	txt_append(&list, "{");
	for (size_t i = 0; i < n; i++) {
		const char *s =
		    json_object_get_string(json_object_array_get_idx(texts, i));

		txt_append(&list, i == 0 ? "\"" : ",\"");
		for (; *s != '\0'; s++) {
			if (*s == '"' || *s == '\\')
				txt_append_c(&list, '\\');
			txt_append_c(&list, *s);
		}
		txt_append_c(&list, '"');
	}
	txt_append_c(&list, '}');
	db_bind_text(db, txt_str(&list));
}

void
db_bind_json(struct db *db, struct json_object *o)
{
	db_bind_text(db, o == NULL ? NULL : js_str(o));
}

static enum status
queue_push(struct db *db, enum queued_kind kind, enum db_stmt stmt)
{
	if (db->queued >= DB_MAX_PIPELINE)
		abort(); /* no operation has that many statements */
	db->queue[db->queued] = kind;
	db->queue_stmt[db->queued] = stmt;
	db->queued++;
	return ST_OK;
}

static enum status
send_text(struct db *db, const char *sql)
{
	if (!PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 0))
		return fail_connection(db);
	return queue_push(db, QUEUED_PLAIN, STMT_COUNT);
}

static enum status
send_prepared(struct db *db, enum db_stmt stmt, enum queued_kind kind)
{
	const struct db_stmt_info *info = &db_stmts[stmt];
	const char *values[DB_MAX_PARAMS];
	int lengths[DB_MAX_PARAMS], formats[DB_MAX_PARAMS];
	int count = db->param_count;

	if (db->conn == NULL) {
		params_clear(db);
		return ST_DB;
	}
	if (count != info->param_count)
		abort(); /* the tags say what the statement takes */
	for (int i = 0; i < count; i++) {
		values[i] = db->params[i].data;
		lengths[i] = db->params[i].len;
		formats[i] = db->params[i].binary;
	}
	if (!db->prepared[stmt]) {
		if (!PQsendPrepare(db->conn, info->name, info->sql, 0, NULL))
			return fail_connection(db);
		(void)queue_push(db, QUEUED_PREPARE, stmt);
		db->prepared[stmt] = true;
	}
	if (!PQsendQueryPrepared(db->conn, info->name, count, values, lengths,
		formats, 0))
		return fail_connection(db);
	params_clear(db);
	return queue_push(db, kind, stmt);
}

enum status
db_queue(struct db *db, enum db_stmt stmt)
{
	return send_prepared(db, stmt, QUEUED_PLAIN);
}

enum status
db_queue_keep(struct db *db, enum db_stmt stmt)
{
	return send_prepared(db, stmt, QUEUED_KEEP);
}

/* Sorts one answer into its place; the first failure is the one reported. */
static void
take_answer(struct db *db, int i, PGresult *res, PGresult **ret)
{
	ExecStatusType st = PQresultStatus(res);
	bool good = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK;

	if (!good) {
		if (db->queue[i] == QUEUED_PREPARE)
			db->prepared[db->queue_stmt[i]] = false;
		if (st != PGRES_PIPELINE_ABORTED && db->error.status == ST_OK)
			db_error_result(&db->error, res);
	} else if (db->queue[i] == QUEUED_KEEP) {
		PQclear(db->kept);
		db->kept = res;
		return;
	} else if (db->queue[i] == QUEUED_RESULT && ret != NULL) {
		PQclear(*ret);
		*ret = res;
		return;
	}
	PQclear(res);
}

/*
 * What a new connection would not run into: a server that has become a
 * standby, and statements prepared against a schema that was since upgraded.
 */
static bool
is_outdated(const char *sqlstate)
{
	return strcmp(sqlstate, "25006") == 0 ||
	    strcmp(sqlstate, "0A000") == 0 || strcmp(sqlstate, "26000") == 0;
}

/* Reads until the answer of the last sync. */
static enum status
read_answers(struct db *db, PGresult **ret)
{
	int i = 0;

	for (;;) {
		PGresult *res = PQgetResult(db->conn);

		if (res == NULL) {
			if (PQstatus(db->conn) != CONNECTION_OK)
				return fail_connection(db);
			i++; /* end of one statement's answers */
			if (i > db->queued)
				return fail_connection(db);
			continue;
		}
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			break;
		}
		if (i >= db->queued) {
			PQclear(res);
			return fail_connection(db);
		}
		take_answer(db, i, res, ret);
	}
	db->queued = 0;
	if (db->error.status == ST_DB && PQstatus(db->conn) != CONNECTION_OK)
		return fail_connection(db);
	if (is_outdated(db->error.sqlstate))
		disconnect(db);
	return db->error.status;
}

enum status
db_flush(struct db *db)
{
	if (db->conn == NULL)
		return ST_DB;
	if (db->queued == 0)
		return db->error.status;
	if (!PQpipelineSync(db->conn))
		return fail_connection(db);
	return read_answers(db, NULL);
}

enum status
db_run(struct db *db, enum db_stmt stmt, PGresult **ret)
{
	PGresult *res = NULL;
	enum status st = send_prepared(db, stmt, QUEUED_RESULT);

	if (st != ST_OK)
		return st;
	if (!PQpipelineSync(db->conn))
		return fail_connection(db);
	st = read_answers(db, &res);
	if (st != ST_OK) {
		PQclear(res);
		return st;
	}
	*ret = res;
	return ST_OK;
}

const PGresult *
db_kept(const struct db *db)
{
	return db->kept;
}

enum status
db_commit(struct db *db)
{
	if (db->conn == NULL)
		return ST_DB;
	/* Whatever fails from here on, some of it may have been sent. */
	db->commit_sent = true;
	if (send_text(db, "COMMIT") != ST_OK)
		return ST_DB;
	if (!PQpipelineSync(db->conn))
		return fail_connection(db);
	return read_answers(db, NULL);
}

/* Sends what is queued and reads it; false: the connection is gone. */
static bool
settle(struct db *db)
{
	if (PQpipelineSync(db->conn) && read_answers(db, NULL) != ST_DB)
		return true;
	disconnect(db);
	return false;
}

void
db_rollback(struct db *db)
{
	struct db_error first = db->error;

	params_clear(db);
	/* What fails in a pipeline drops all that is behind it, and a ROLLBACK
	 * there would leave its transaction open for whoever comes next. */
	if (db->conn != NULL && (db->queued == 0 || settle(db)) &&
	    db->mode == DB_WRITE && send_text(db, "ROLLBACK") == ST_OK)
		(void)settle(db);
	db->error = first;
}

bool
db_may_repeat(const struct db *db)
{
	const char *state = db->error.sqlstate;

	return !db->commit_sent &&
	    (strcmp(state, DB_STATE_LOST) == 0 || is_outdated(state) ||
		strncmp(state, "40", 2) == 0);
}

enum status
db_once(struct db *db, enum db_mode mode, enum db_stmt stmt, PGresult **ret)
{
	struct param saved[DB_MAX_PARAMS];
	int count = db->param_count;
	enum status st;

	memcpy(saved, db->params, sizeof(saved));
	db->param_count = 0;
	st = db_begin(db, mode);
	memcpy(db->params, saved, sizeof(saved));
	db->param_count = count;
	if (st != ST_OK) {
		params_clear(db);
		return st;
	}
	st = db_run(db, stmt, ret);
	if (st != ST_OK) {
		db_rollback(db);
		return st;
	}
	if (mode == DB_READ)
		return ST_OK;
	st = db_commit(db);
	if (st != ST_OK) {
		PQclear(*ret);
		*ret = NULL;
	}
	return st;
}

void
db_notify_later(struct db *db, const char *channel, const char *payload)
{
	const char *values[2] = { channel, payload };

	if (db->conn == NULL || drain(db) != ST_OK)
		return;
	if (!PQsendQueryParams(db->conn, "SELECT pg_notify($1, $2)", 2, NULL,
		values, NULL, NULL, 0) ||
	    !PQpipelineSync(db->conn)) {
		(void)fail_connection(db);
		return;
	}
	(void)queue_push(db, QUEUED_PLAIN, STMT_COUNT);
	db->syncs_pending = true;
}

const struct db_error *
db_last_error(const struct db *db)
{
	return &db->error;
}
