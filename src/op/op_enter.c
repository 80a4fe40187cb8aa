/*
 * Becoming somebody: the gate's side of enter() in the database.
 *
 * The scope a call needs travels with its credential in the same round trip,
 * so that a right taken away a moment ago does not help any more.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "op/op_enter.h"

static const char *
kind_word(enum cred_kind kind)
{
	switch (kind) {
	case CRED_NONE:
		return "none";
	case CRED_SESSION:
		return "session";
	case CRED_KEY:
		return "key";
	case CRED_CLI:
		return "cli";
	}
	return "none";
}

enum status
op_error_from_db(struct db *db, struct op_error *err)
{
	const struct db_error *e = db_last_error(db);

	snprintf(err->message, sizeof(err->message), "%s", e->why);
	snprintf(err->field, sizeof(err->field), "%s", e->field);
	err->retry_after_secs = e->retry_after_secs;
	return e->status == ST_OK ? ST_INTERNAL : e->status;
}

enum status
op_enter_queue(struct db *db, const struct op_entry *entry)
{
	const struct op_cred *cred = entry->cred;

	db_bind_text(db, kind_word(cred->kind));
	db_bind_bytes(db, cred->hash, sizeof(cred->hash));
	db_bind_text(db, cred->user);
	db_bind_int(db, entry->need);
	db_bind_int(db, entry->mask);
	db_bind_int(db, entry->demand);
	db_bind_text(db, entry->peer);
	if (db_queue_keep(db, STMT_OP_ENTER) != ST_OK)
		return ST_DB;
	if (cred->kind == CRED_CLI)
		return db_queue(db, STMT_OP_SET_ROLE_API);
	return ST_OK;
}

enum status
op_enter_read(struct db *db, struct op_principal *ret_who)
{
	const PGresult *res = db_kept(db);
	struct op_principal who = { 0 };

	if (res == NULL || db_rows(res) != 1)
		return ST_INTERNAL;
	if (!mem_copy_str(who.user_id, sizeof(who.user_id),
		db_text(res, 0, "user_id")) ||
	    !mem_copy_str(who.account_id, sizeof(who.account_id),
		db_text(res, 0, "account_id")) ||
	    !mem_copy_str(who.credential_id, sizeof(who.credential_id),
		db_text(res, 0, "credential_id")) ||
	    !mem_copy_str(who.username, sizeof(who.username),
		db_text(res, 0, "username")))
		return ST_INTERNAL;
	who.scopes = (unsigned)db_int(res, 0, "scopes");
	who.expires_ms = db_int(res, 0, "expires_ms");
	who.administrator = db_bool(res, 0, "administrator");
	who.rotate = db_bool(res, 0, "rotate");
	who.has_socket_hash = db_bytes(res, 0, "socket_hash", who.socket_hash,
	    sizeof(who.socket_hash));
	*ret_who = who;
	return ST_OK;
}

enum status
op_identify(struct db *db, const struct op_entry *entry,
    struct op_principal *ret_who, struct op_error *err)
{
	enum status st = db_begin(db, DB_READ);

	if (st == ST_OK)
		st = op_enter_queue(db, entry);
	if (st == ST_OK)
		st = db_flush(db);
	if (st == ST_OK)
		st = op_enter_read(db, ret_who);
	if (st != ST_OK) {
		st = op_error_from_db(db, err);
		db_rollback(db);
		return st;
	}
	return ST_OK;
}
