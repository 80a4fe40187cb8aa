/*
 * Statements of a transfer, each behind its lease.
 *
 * Called in the pool of the worker that holds it; touches no file.
 */
#include "config.h"

#include "workspace/transfer.h"

#include <string.h>

#include "base/mem.h"
#include "js/js.h"

enum status
transfer_claim(struct db *db, struct transfer_claim *claim)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(db, claim->worker);
	db_bind_int(db, claim->lease_secs);
	db_bind_int(db, claim->room);
	st = db_once(db, DB_WRITE, STMT_WORKSPACE_CLAIM, &res);
	if (st != ST_OK)
		return st;
	for (int i = 0; i < db_rows(res); i++) {
		struct transfer_lease *l = &claim->leases[i];

		if (!mem_copy_str(l->account_id, UUID_TEXT,
			db_text(res, i, "account_id")) ||
		    !mem_copy_str(l->id, UUID_TEXT,
			db_text(res, i, "transfer_id")) ||
		    !mem_copy_str(l->token, UUID_TEXT,
			db_text(res, i, "lease_token")))
			return ST_INTERNAL;
	}
	claim->count = db_rows(res);
	return ST_OK;
}

enum status
transfer_renew(struct db *db, const char *worker, int lease_secs,
    struct json_object *tokens, struct json_object **ret)
{
	own_res PGresult *res = NULL;
	struct json_object *held;
	enum status st;

	db_bind_text(db, worker);
	db_bind_int(db, lease_secs);
	db_bind_texts(db, tokens);
	st = db_once(db, DB_WRITE, STMT_WORKSPACE_RENEW, &res);
	if (st != ST_OK)
		return st;
	held = js_new();
	for (int i = 0; i < db_rows(res); i++)
		js_set_bool(held, db_text(res, i, "transfer_id"), true);
	*ret = held;
	return ST_OK;
}

enum status
transfer_release(struct db *db, const char *worker, const char *token)
{
	own_res PGresult *res = NULL;

	db_bind_text(db, worker);
	db_bind_text(db, token);
	return db_once(db, DB_WRITE, STMT_WORKSPACE_RELEASE, &res);
}

enum status
transfer_purge(struct db *db)
{
	own_res PGresult *res = NULL;

	return db_once(db, DB_WRITE, STMT_WORKSPACE_PURGE, &res);
}

/* Begins a transaction that speaks for the person of the transfer. */
static enum status
tx_begin(struct db *db, const struct transfer_lease *lease)
{
	if (db_begin(db, DB_WRITE) != ST_OK)
		return ST_DB;
	db_bind_text(db, lease->account_id);
	db_bind_text(db, lease->id);
	db_bind_text(db, lease->token);
	return db_queue(db, STMT_WORKSPACE_ENTER);
}

static enum status
tx_end(struct db *db, enum status st)
{
	if (st == ST_OK)
		st = db_commit(db);
	if (st != ST_OK)
		db_rollback(db);
	return st;
}

static enum transfer_kind
kind_parse(const char *word)
{
	return strcmp(word, "list") == 0 ? TRANSFER_LIST
	    : strcmp(word, "get") == 0   ? TRANSFER_GET
	    : strcmp(word, "put") == 0   ? TRANSFER_PUT
					 : TRANSFER_REMOVE;
}

enum status
transfer_load(struct db *db, const struct transfer_lease *lease,
    struct transfer *ret)
{
	own_res PGresult *res = NULL;
	enum status st = tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, lease->id);
		st = db_run(db, STMT_WORKSPACE_LOAD, &res);
	}
	if (st == ST_OK && db_rows(res) != 1)
		st = ST_CONFLICT;
	st = tx_end(db, st);
	if (st != ST_OK)
		return st;
	ret->kind = kind_parse(db_text(res, 0, "kind"));
	ret->size = db_int(res, 0, "size");
	ret->attempts = (int)db_int(res, 0, "attempts");
	ret->expired = db_bool(res, 0, "expired");
	if (!mem_copy_str(ret->session_id, sizeof(ret->session_id),
		db_text(res, 0, "session_id")) ||
	    !mem_copy_str(ret->path, sizeof(ret->path),
		db_text(res, 0, "path")))
		return ST_INTERNAL;
	return ST_OK;
}

enum status
transfer_piece(struct db *db, const struct transfer_lease *lease, int index,
    void **ret, size_t *ret_n)
{
	own_res PGresult *res = NULL;
	enum status st = tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, lease->id);
		db_bind_int(db, index);
		st = db_run(db, STMT_WORKSPACE_PIECE, &res);
	}
	if (st == ST_OK && db_rows(res) != 1)
		st = ST_CONFLICT;
	st = tx_end(db, st);
	if (st == ST_OK)
		*ret = db_bytes_take(res, 0, "bytes", ret_n);
	return st;
}

enum status
transfer_store(struct db *db, const struct transfer_lease *lease,
    const struct transfer_bytes *piece)
{
	own_res PGresult *res = NULL;
	enum status st = tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, lease->id);
		db_bind_int(db, piece->index);
		db_bind_bytes(db, piece->bytes, piece->n);
		st = db_run(db, STMT_WORKSPACE_STORE, &res);
	}
	if (st == ST_OK && !db_bool(res, 0, "stored"))
		st = ST_CONFLICT;
	return tx_end(db, st);
}

enum status
transfer_finish(struct db *db, const struct transfer_lease *lease,
    const struct transfer_end *how)
{
	own_res PGresult *res = NULL;
	bool ok = how->status == ST_OK;
	enum status st = tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, lease->id);
		db_bind_int(db, how->size);
		db_bind_json(db, how->entries);
		db_bind_int(db, (int64_t)how->status);
		db_bind_text(db, ok ? NULL : status_get(how->status)->code);
		db_bind_text(db, ok ? NULL : how->error);
		st = db_run(db, STMT_WORKSPACE_FINISH, &res);
	}
	if (st == ST_OK && !db_bool(res, 0, "done"))
		st = ST_CONFLICT;
	return tx_end(db, st);
}
