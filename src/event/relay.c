/*
 * Rows of the relay: see relay.h.
 *
 * Each function is one statement in a transaction of its own; listening alone
 * is done as somebody.
 */
#include "config.h"

#include "event/relay.h"

#include "base/mem.h"
#include "js/js.h"
#include "op/op_enter.h"

enum status
relay_store_beat(struct db *db, const char *worker, int *ret_others,
    bool *ret_known)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(db, worker);
	st = db_once(db, DB_WRITE, STMT_RELAY_BEAT, &res);
	if (st != ST_OK)
		return st;
	*ret_others = (int)db_int(res, 0, "others");
	*ret_known = db_bool(res, 0, "known");
	return ST_OK;
}

enum status
relay_store_listen(struct db *db, const char *worker,
    const struct op_cred *cred)
{
	own_res PGresult *res = NULL;
	enum status st = db_begin(db, DB_WRITE);

	if (st == ST_OK)
		st = op_enter_queue(db, &(struct op_entry){ .cred = cred });
	if (st == ST_OK) {
		db_bind_text(db, worker);
		st = db_run(db, STMT_RELAY_LISTEN, &res);
	}
	if (st == ST_OK)
		st = db_commit(db);
	else
		db_rollback(db);
	if (st == ST_OK && !db_bool(res, 0, "listening"))
		st = ST_NOT_FOUND;
	return st;
}

enum status
relay_store_unlisten(struct db *db, const char *worker,
    struct json_object *accounts)
{
	own_res PGresult *res = NULL;

	db_bind_text(db, worker);
	db_bind_texts(db, accounts);
	return db_once(db, DB_WRITE, STMT_RELAY_UNLISTEN, &res);
}

enum status
relay_store_put(struct db *db, const char *worker, const struct relay_put *put,
    struct json_object **ret)
{
	own_res PGresult *res = NULL;
	struct json_object *heard;
	enum status st;

	db_bind_text(db, worker);
	db_bind_texts(db, put->accounts);
	db_bind_texts(db, put->turns);
	db_bind_texts(db, put->tokens);
	db_bind_texts(db, put->speeches);
	db_bind_texts(db, put->ns);
	db_bind_texts(db, put->items);
	st = db_once(db, DB_WRITE, STMT_RELAY_PUT, &res);
	if (st != ST_OK)
		return st;
	heard = js_new();
	for (int i = 0; i < db_rows(res); i++)
		js_set_bool(heard, db_text(res, i, "turn_id"), true);
	*ret = heard;
	return ST_OK;
}

enum status
relay_store_fetch(struct db *db, const char *worker,
    const struct relay_ask *ask, struct relay_row rows[RELAY_FETCH_MAX],
    int *ret_count)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(db, worker);
	if (ask->accounts == NULL)
		db_bind_text(db, NULL);
	else
		db_bind_texts(db, ask->accounts);
	db_bind_texts(db, ask->speeches);
	db_bind_texts(db, ask->ns);
	st = db_once(db, DB_READ, STMT_RELAY_FETCH, &res);
	if (st != ST_OK)
		return st;
	*ret_count = 0;
	for (int i = 0; i < db_rows(res) && i < RELAY_FETCH_MAX; i++) {
		struct relay_row *row = &rows[(*ret_count)++];

		(void)mem_copy_str(row->account_id, UUID_TEXT,
		    db_text(res, i, "account_id"));
		(void)mem_copy_str(row->turn_id, UUID_TEXT,
		    db_text(res, i, "turn_id"));
		(void)mem_copy_str(row->speech, UUID_TEXT,
		    db_text(res, i, "speech"));
		row->n = db_int(res, i, "n");
		row->items = db_json(res, i, "items");
	}
	return ST_OK;
}
