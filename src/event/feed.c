/*
 * Reading events for sockets, and writing those of turns; op_run writes the
 * events of operations itself.  Blocking; called in the worker's pool.
 */
#include "config.h"

#include "event/feed.h"

#include "js/js.h"
#include "op/op_enter.h"

enum status
feed_emit(struct db *db, const char *name, enum scope scope,
    struct json_object *payload)
{
	db_bind_text(db, name);
	db_bind_int(db, scope);
	db_bind_json(db, payload);
	return db_queue(db, STMT_EVENT_EMIT);
}

enum status
feed_fetch(struct db *db, const struct op_cred *cred, struct feed_page *page,
    struct op_error *err)
{
	own_res PGresult *res = NULL;
	enum status st = db_begin(db, DB_READ);

	if (st == ST_OK)
		st = op_enter_queue(db, &(struct op_entry){ .cred = cred });
	if (st == ST_OK) {
		db_bind_int(db, page->after_seq);
		db_bind_int(db, page->max);
		st = db_run(db, STMT_EVENT_FETCH, &res);
	}
	if (st != ST_OK || db_rows(res) != 1) {
		st = op_error_from_db(db, err);
		db_rollback(db);
		return st;
	}
	page->events = db_json(res, 0, "events");
	page->head = db_int(res, 0, "head");
	page->oldest = db_int(res, 0, "oldest");
	return ST_OK;
}

enum status
feed_heads(struct db *db, struct json_object *account_ids,
    struct json_object **ret_heads)
{
	own_res PGresult *res = NULL;
	struct json_object *heads;
	enum status st;

	db_bind_texts(db, account_ids);
	st = db_once(db, DB_READ, STMT_EVENT_HEADS, &res);
	if (st != ST_OK)
		return st;
	heads = js_new();
	for (int i = 0; i < db_rows(res); i++)
		js_set_int(heads, db_text(res, i, "account_id"),
		    db_int(res, i, "event_seq"));
	*ret_heads = heads;
	return ST_OK;
}

enum status
feed_authority(struct db *db, int64_t *ret_epoch)
{
	own_res PGresult *res = NULL;
	enum status st = db_once(db, DB_READ, STMT_EVENT_AUTHORITY, &res);

	if (st != ST_OK)
		return st;
	*ret_epoch = db_int(res, 0, "epoch");
	return ST_OK;
}
