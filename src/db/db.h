/*
 * The one database driver: blocking libpq in pipeline mode.
 *
 * A struct db is one connection used by one thread at a time.  Statements are
 * named (enum db_stmt, made from sql/queries), prepared on first use, and sent
 * together: db_queue adds to the pipeline, db_run adds, sends everything and
 * waits.  A lost connection is reopened at the next db_begin.  Text from the
 * database never reaches a client, except the sentences our own functions
 * raise under SQLSTATE class MO.
 */
#ifndef MOLTIS_DB_DB_H
#define MOLTIS_DB_DB_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "db/stmt_gen.h"

#define own_res __attribute__((cleanup(db_res_clear)))

#define DB_MAX_PARAMS 24
#define DB_FIELD_BYTES 80
#define DB_WHY_BYTES 240

struct db;
struct json_object;

/*
 * DB_WRITE is a transaction from db_begin to db_commit.  DB_READ is one
 * transaction from db_begin to the next db_run or db_flush and needs no
 * commit: enter() and a statement in one round trip, and nothing of the tenant
 * is left for what comes after.
 */
enum db_mode { DB_READ, DB_WRITE };

struct db_error {
	enum status status;
	char why[DB_WHY_BYTES];     /* a sentence for the caller, "" if none */
	char field[DB_FIELD_BYTES]; /* parameter it is about, "" if none */
	int retry_after_secs;       /* 0 = not known */
	char sqlstate[6];
	char detail[DB_WHY_BYTES]; /* server's text: for our log only */
};

struct db *db_open(const char *conninfo); /* connects at the first use */
void db_close(struct db *db);             /* accepts NULL */

/* Connects if needed: ST_DB with db_error filled when it cannot. */
MUST_CHECK enum status db_connect(struct db *db);

/* Begins; sends nothing.  Connects if needed. */
MUST_CHECK enum status db_begin(struct db *db, enum db_mode mode);

/* Parameters of the next statement, in order.  Text is copied; NULL is SQL
 * NULL.  Bytes are sent in binary. */
void db_bind_text(struct db *db, const char *s);
void db_bind_text_n(struct db *db, const char *s, size_t n);
void db_bind_int(struct db *db, int64_t n);
void db_bind_bool(struct db *db, bool b);
void db_bind_bytes(struct db *db, const void *bytes, size_t n);
/* TEXTS: array of text, bound as a text[] for a cast in the statement. */
void db_bind_texts(struct db *db, struct json_object *texts);
void db_bind_json(struct db *db, struct json_object *o); /* NULL: SQL NULL */

/* Adds a statement whose rows nobody reads. */
MUST_CHECK enum status db_queue(struct db *db, enum db_stmt stmt);
/* As db_queue, but its result can be fetched with db_kept after the next
 * db_run: used by the gate for enter(). */
MUST_CHECK enum status db_queue_keep(struct db *db, enum db_stmt stmt);
/* Adds, sends the pipeline, waits.  The caller owns *RET (own_res). */
MUST_CHECK enum status db_run(struct db *db, enum db_stmt stmt, PGresult **ret);
/* Sends what is queued and waits; ST_OK when nothing was. */
MUST_CHECK enum status db_flush(struct db *db);
/* Result of the last db_queue_keep, borrowed until the next db_begin; NULL
 * when it failed or was not sent. */
const PGresult *db_kept(const struct db *db);

/* COMMIT and wait.  ST_DB after COMMIT was sent means: outcome unknown. */
MUST_CHECK enum status db_commit(struct db *db);
void db_rollback(struct db *db); /* never fails: closes if it must */
/* The last failure left nothing behind, and was not the statement's own: a
 * connection lost before COMMIT, a deadlock, a plan of an older schema. */
bool db_may_repeat(const struct db *db);

/* A single statement in a transaction of its own. */
MUST_CHECK enum status db_once(struct db *db, enum db_mode mode,
    enum db_stmt stmt, PGresult **ret);

/* After the commit, without waiting: wakes listeners of CHANNEL. */
void db_notify_later(struct db *db, const char *channel, const char *payload);

const struct db_error *db_last_error(const struct db *db); /* never NULL */

/* Rows.  Column by name aborts when the statement has no such column. */
int db_rows(const PGresult *res);
const char *db_text(const PGresult *res, int row, const char *col); /* NULL */
int64_t db_int(const PGresult *res, int row, const char *col);
bool db_bool(const PGresult *res, int row, const char *col);
/* Exactly N bytes of a bytea; false: NULL or another length. */
bool db_bytes(const PGresult *res, int row, const char *col, void *out,
    size_t n);
struct json_object *db_json(const PGresult *res, int row, const char *col);
/* A bytea, for free(); NULL for NULL. */
void *db_bytes_take(const PGresult *res, int row, const char *col,
    size_t *ret_n);
void db_res_clear(PGresult **res);

/* Compares every statement with the live schema (parameter and column count,
 * declared in its tags).  Returns the number of differences, described in
 * OUT. */
struct txt;
int db_check_statements(const char *conninfo, struct txt *out);

#endif
