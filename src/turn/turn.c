/*
 * Statements of a turn, each behind its lease.
 *
 * Called in the pool of the worker that holds it; decides nothing about what a
 * turn does next.
 */
#include "config.h"

#include "turn/turn.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/feed.h"
#include "js/js.h"

enum status
turn_claim(struct db *db, struct turn_claim *claim)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(db, claim->worker);
	db_bind_int(db, claim->lease_secs);
	db_bind_int(db, claim->room);
	st = db_once(db, DB_WRITE, STMT_TURN_CLAIM, &res);
	if (st != ST_OK)
		return st;
	for (int i = 0; i < db_rows(res); i++) {
		struct turn_lease *l = &claim->leases[i];

		if (!mem_copy_str(l->account_id, UUID_TEXT,
			db_text(res, i, "account_id")) ||
		    !mem_copy_str(l->turn_id, UUID_TEXT,
			db_text(res, i, "turn_id")) ||
		    !mem_copy_str(l->token, UUID_TEXT,
			db_text(res, i, "lease_token")))
			return ST_INTERNAL;
		l->attempts = (int)db_int(res, i, "attempts");
	}
	claim->count = db_rows(res);
	return ST_OK;
}

enum status
turn_renew(struct db *db, const char *worker, int lease_secs,
    struct json_object *tokens, struct json_object **ret)
{
	own_res PGresult *res = NULL;
	struct json_object *flags;
	enum status st;

	db_bind_text(db, worker);
	db_bind_int(db, lease_secs);
	db_bind_texts(db, tokens);
	st = db_once(db, DB_WRITE, STMT_TURN_RENEW, &res);
	if (st != ST_OK)
		return st;
	flags = js_new();
	for (int i = 0; i < db_rows(res); i++)
		js_set_bool(flags, db_text(res, i, "turn_id"),
		    db_bool(res, i, "abort_requested"));
	*ret = flags;
	return ST_OK;
}

enum status
turn_release(struct db *db, const char *worker)
{
	own_res PGresult *res = NULL;

	db_bind_text(db, worker);
	return db_once(db, DB_WRITE, STMT_TURN_RELEASE, &res);
}

enum status
turn_hand_over(struct db *db, const char *worker, struct json_object *tokens)
{
	own_res PGresult *res = NULL;

	db_bind_text(db, worker);
	db_bind_texts(db, tokens);
	return db_once(db, DB_WRITE, STMT_TURN_HAND_OVER, &res);
}

/* Begins a transaction that speaks for the turn's account. */
enum status
turn_tx_begin(struct db *db, const struct turn_lease *lease)
{
	if (db_begin(db, DB_WRITE) != ST_OK)
		return ST_DB;
	db_bind_text(db, lease->account_id);
	db_bind_text(db, lease->turn_id);
	db_bind_text(db, lease->token);
	return db_queue(db, STMT_TURN_ENTER);
}

enum status
turn_tx_end(struct db *db, enum status st)
{
	if (st == ST_OK)
		st = db_commit(db);
	if (st != ST_OK)
		db_rollback(db);
	return st;
}

static void
read_loaded(const PGresult *res, struct turn_loaded *ret)
{
	(void)mem_copy_str(ret->session_id, UUID_TEXT,
	    db_text(res, 0, "session_id"));
	ret->session_key = mem_strdup(db_text(res, 0, "session_key"));
	ret->model = mem_strdup(db_text(res, 0, "model"));
	ret->user_index = (int)db_int(res, 0, "user_index");
	ret->client_seq = db_text(res, 0, "client_seq") == NULL
	    ? -1
	    : db_int(res, 0, "client_seq");
	ret->abort_requested = db_bool(res, 0, "abort_requested");
	ret->elapsed_ms = db_int(res, 0, "elapsed_ms");
	ret->origin = mem_strdup(db_text(res, 0, "origin"));
	ret->timeout_secs = (int)db_int(res, 0, "timeout_secs");
	ret->image = mem_strdup(db_text(res, 0, "image"));
	ret->note = mem_strdup(db_text(res, 0, "note"));
	ret->messages = db_json(res, 0, "messages");
	ret->steps = db_json(res, 0, "steps");
}

enum status
turn_load(struct db *db, const struct turn_lease *lease,
    struct turn_loaded *ret)
{
	own_res PGresult *res = NULL;
	enum status st = turn_tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, lease->turn_id);
		st = db_queue(db, STMT_TURN_ADMIT);
	}
	if (st == ST_OK) {
		db_bind_text(db, lease->turn_id);
		db_bind_int(db, TURN_HISTORY_MAX);
		st = db_run(db, STMT_TURN_LOAD, &res);
	}
	if (st == ST_OK && db_rows(res) != 1)
		st = ST_CONFLICT;
	st = turn_tx_end(db, st);
	if (st == ST_OK)
		read_loaded(res, ret);
	return st;
}

void
turn_loaded_done(struct turn_loaded *l)
{
	free(l->session_key);
	free(l->model);
	free(l->origin);
	free(l->image);
	free(l->note);
	js_put(&l->messages);
	js_put(&l->steps);
	memset(l, 0, sizeof(*l));
}

enum status
turn_step(struct db *db, const struct turn_lease *lease, int step,
    const char *kind, struct json_object *body)
{
	enum status st = turn_tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, lease->turn_id);
		db_bind_int(db, step);
		db_bind_text(db, kind);
		db_bind_json(db, body);
		st = db_queue(db, STMT_TURN_STEP_INSERT);
	}
	return turn_tx_end(db, st);
}

/* A message at the end of the session. */
static enum status
append(struct db *db, const struct turn_lease *lease,
    struct json_object *message, int64_t *ret_index)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(db, lease->turn_id);
	db_bind_json(db, message);
	st = db_run(db, STMT_TURN_MESSAGE_APPEND, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) != 1)
		return ST_CONFLICT;
	*ret_index = db_int(res, 0, "message_index");
	return ST_OK;
}

/* What the turn adds to the history, in order; the index of its last word
 * goes into the event. */
static enum status
append_all(struct db *db, const struct turn_lease *lease,
    const struct turn_end *how)
{
	size_t n =
	    how->steps == NULL ? 0 : json_object_array_length(how->steps);
	enum status st = ST_OK;
	int64_t index = -1;

	for (size_t i = 0; i < n && st == ST_OK; i++)
		st = append(db, lease, json_object_array_get_idx(how->steps, i),
		    &index);
	if (st != ST_OK || how->message == NULL)
		return st;
	st = append(db, lease, how->message, &index);
	if (st == ST_OK)
		js_set_int(how->event, "messageIndex", index);
	return st;
}

enum status
turn_finish(struct db *db, const struct turn_lease *lease,
    const struct turn_end *how)
{
	enum status st = turn_tx_begin(db, lease);

	if (st == ST_OK)
		st = append_all(db, lease, how);
	if (st == ST_OK) {
		db_bind_text(db, lease->turn_id);
		db_bind_text(db, how->outcome);
		db_bind_json(db, how->error);
		st = db_queue(db, STMT_TURN_FINISH);
	}
	if (st == ST_OK)
		st = feed_emit(db, "chat", SCOPE_READ, how->event);
	return turn_tx_end(db, st);
}
