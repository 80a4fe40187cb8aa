/*
 * Statements of a command's row, each behind the lease of its turn.
 *
 * Called by the worker's tools in the pool.  The hash is computed here as well
 * as in the database: a row that was changed by anything but a decision does
 * not run.
 */
#include "config.h"

#include "approval/exec_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "base/utf8.h"
#include "js/js.h"

void
exec_row_done(struct exec_row *row)
{
	free(row->command);
	free(row->original);
	free(row->cwd);
	free(row->image);
	js_put(&row->result);
	memset(row, 0, sizeof(*row));
}

static enum exec_state
state_parse(const char *word)
{
	static const struct {
		const char *word;
		enum exec_state state;
	} words[] = {
		{ "pending", EXEC_PENDING }, { "ready", EXEC_READY },
		{ "denied", EXEC_DENIED }, { "timeout", EXEC_TIMEOUT },
		{ "cancelled", EXEC_CANCELLED }, { "started", EXEC_STARTED },
		{ "finished", EXEC_FINISHED },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].word, word) == 0)
			return words[i].state;
	}
	return EXEC_REFUSED;
}

static void
hash_part(struct txt *t, const char *value)
{
	txt_format(t, "%zu:%s\n", strlen(value), value);
}

/* The same text as moltis.exec_hash() makes. */
static bool
hash_fits(const PGresult *res)
{
	own_txt struct txt t = { 0 };
	unsigned char digest[BYTES_SHA256];
	char hex[2 * BYTES_SHA256 + 1];

	hash_part(&t, db_text(res, 0, "final_command"));
	hash_part(&t, db_text(res, 0, "cwd"));
	hash_part(&t, db_text(res, 0, "env_names"));
	hash_part(&t, db_text(res, 0, "timeout_secs"));
	hash_part(&t, db_text(res, 0, "image"));
	bytes_sha256(txt_str(&t), t.len, digest);
	bytes_hex(digest, sizeof(digest), hex);
	return strcmp(hex, db_text(res, 0, "hash")) == 0;
}

static void
row_read(const PGresult *res, struct exec_row *row)
{
	const char *decision = db_text(res, 0, "decision");
	const char *note = db_text(res, 0, "note");

	(void)mem_copy_str(row->id, sizeof(row->id), db_text(res, 0, "id"));
	row->standing = state_parse(db_text(res, 0, "state"));
	row->modified = decision != NULL && strcmp(decision, "modified") == 0;
	if (row->standing != EXEC_DENIED)
		note = db_text(res, 0, "reason");
	snprintf(row->why, sizeof(row->why), "%.*s",
	    (int)utf8_cut(note, strlen(note), sizeof(row->why) - 1), note);
	row->expires_ms = db_int(res, 0, "expires_ms");
	row->command = mem_strdup(db_text(res, 0, "final_command"));
	row->original = mem_strdup(db_text(res, 0, "command"));
	row->cwd = mem_strdup(db_text(res, 0, "cwd"));
	row->image = mem_strdup(db_text(res, 0, "image"));
	row->timeout_secs = (int)db_int(res, 0, "timeout_secs");
	row->result = db_json(res, 0, "result");
}

/* Ends the transaction; on success reads the one row of RES into RET. */
static enum status
end_with_row(struct db *db, enum status st, const PGresult *res,
    struct exec_row *ret)
{
	if (st == ST_OK && db_rows(res) != 1)
		st = ST_NOT_FOUND;
	st = turn_tx_end(db, st);
	if (st == ST_OK)
		row_read(res, ret);
	return st;
}

static void
bind_ask(struct db *db, const struct turn_lease *lease,
    const struct exec_ask *ask, bool remember)
{
	db_bind_text(db, lease->turn_id);
	db_bind_text(db, ask->tool_call_id);
	db_bind_text_n(db, ask->command, ask->command_len);
	db_bind_text(db, ask->cwd);
	db_bind_text(db, ask->env_names);
	db_bind_int(db, ask->timeout_secs);
	db_bind_text(db, ask->image);
	db_bind_json(db, ask->sandbox);
	db_bind_text(db, verdict_word(ask->judged.verdict));
	db_bind_text(db, ask->judged.reason);
	db_bind_text(db, ask->judged.rule);
	db_bind_int(db, ask->judged.segments);
	db_bind_bool(db, ask->judged.floor);
	db_bind_int(db, ask->approval_secs);
	db_bind_bool(db, remember);
	db_bind_int(db, EXEC_PENDING_SESSION_MAX);
	db_bind_int(db, EXEC_PENDING_ACCOUNT_MAX);
}

enum status
exec_request(struct db *db, const struct turn_lease *lease,
    const struct exec_ask *ask, struct exec_row *ret)
{
	own_res PGresult *res = NULL;
	enum status st = turn_tx_begin(db, lease);

	if (st == ST_OK) {
		bind_ask(db, lease, ask, ask->may_be_remembered);
		st = db_run(db, STMT_APPROVAL_EXEC_REQUEST, &res);
	}
	return end_with_row(db, st, res, ret);
}

enum status
exec_read(struct db *db, const struct turn_lease *lease, const char *id,
    struct exec_row *ret)
{
	own_res PGresult *res = NULL;
	enum status st = turn_tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, id);
		st = db_run(db, STMT_APPROVAL_EXEC_READ, &res);
	}
	return end_with_row(db, st, res, ret);
}

/* What is to run is not what was decided on: nothing runs, for good. */
static enum status
refuse_tampered(struct db *db, const struct turn_lease *lease, const char *id)
{
	enum status st = turn_tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, id);
		db_bind_text(db, "the stored command does not fit its hash");
		st = db_queue(db, STMT_APPROVAL_EXEC_REFUSE);
	}
	st = turn_tx_end(db, st);
	return st == ST_OK ? ST_INTERNAL : st;
}

enum status
exec_start(struct db *db, const struct turn_lease *lease, const char *id,
    struct exec_row *ret)
{
	own_res PGresult *res = NULL;
	enum status st = turn_tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, id);
		st = db_run(db, STMT_APPROVAL_EXEC_START, &res);
	}
	if (st == ST_OK && !hash_fits(res)) {
		db_rollback(db);
		return refuse_tampered(db, lease, id);
	}
	return end_with_row(db, st, res, ret);
}

enum status
exec_finish(struct db *db, const struct turn_lease *lease, const char *id,
    struct json_object *result)
{
	own_res PGresult *res = NULL;
	enum status st = turn_tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, id);
		db_bind_json(db, result);
		st = db_run(db, STMT_APPROVAL_EXEC_FINISH, &res);
	}
	if (st == ST_OK && !db_bool(res, 0, "done"))
		st = ST_CONFLICT;
	return turn_tx_end(db, st);
}

enum status
exec_policy_read(struct db *db, const struct turn_lease *lease,
    enum conf_approval *mode)
{
	own_res PGresult *res = NULL;
	own_json struct json_object *value = NULL;
	enum status st = turn_tx_begin(db, lease);

	if (st == ST_OK) {
		db_bind_text(db, EXEC_MODE_SETTING);
		st = db_run(db, STMT_ACCOUNT_SETTING_GET, &res);
	}
	st = turn_tx_end(db, st);
	if (st != ST_OK || db_rows(res) == 0)
		return st;
	value = db_json(res, 0, "value");
	*mode = exec_mode_stricter(*mode,
	    json_object_get_string(value));
	return ST_OK;
}
