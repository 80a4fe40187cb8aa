/*
 * The gate: known, role, scope, parameters, rate, then the handler inside one
 * transaction with the tenant set, then its event and audit rows.
 *
 * Called by every transport; there is no other way to a handler.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "op/op_enter.h"

static const struct op *ops;
static size_t op_count;

void
op_init(const struct op *table)
{
	op_count = 0;
	for (const struct op *op = table; op->name != NULL; op++, op_count++) {
		if (op->scope == SCOPE_NONE || op->run == NULL ||
		    op->summary == NULL || op->params == NULL ||
		    (op_count > 0 && strcmp(op[-1].name, op->name) >= 0)) {
			fprintf(stderr, "operation table: bad row %s\n",
			    op->name);
			abort();
		}
	}
	ops = table;
}

static int
compare_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct op *)row)->name);
}

const struct op *
op_find(const char *name)
{
	return bsearch(name, ops, op_count, sizeof(*ops), compare_name);
}

const struct op *
op_all(void)
{
	return ops;
}

enum status
op_fail(struct op_call *call, enum status st, const char *message)
{
	call->error.field[0] = '\0';
	snprintf(call->error.message, sizeof(call->error.message), "%s",
	    message);
	return st;
}

enum status
op_fail_field(struct op_call *call, const char *field, const char *message)
{
	(void)op_fail(call, ST_INVALID, message);
	snprintf(call->error.field, sizeof(call->error.field), "%s", field);
	return ST_INVALID;
}

enum status
op_db(struct op_call *call, enum db_stmt stmt, PGresult **ret)
{
	enum status st;

	/* The tenant of a read ends with its statement: a second one would
	 * find nothing.  Such an operation is OP_RW. */
	if (call->op->tx == OP_RO && call->statements++ > 0)
		abort();
	st = db_run(call->db, stmt, ret);
	if (st != ST_OK)
		return op_error_from_db(call->db, &call->error);
	return op_enter_read(call->db, &call->who);
}

void
op_call_done(struct op_call *call)
{
	js_put(&call->reply);
	js_put(&call->event);
	js_put(&call->audit);
}

const char *
op_via_word(enum op_via via)
{
	switch (via) {
	case VIA_REST:
		return "rest";
	case VIA_WS:
		return "websocket";
	case VIA_CLI:
		return "cli";
	}
	return "unknown";
}

/* The rows that belong to a change, in its transaction. */
static enum status
queue_traces(struct op_call *call)
{
	const struct op *op = call->op;
	struct db *db = call->db;

	if (op->event != NULL && call->event != NULL) {
		db_bind_text(db, op->event);
		db_bind_int(db,
		    op->event_scope == SCOPE_NONE ? SCOPE_READ
						  : op->event_scope);
		db_bind_json(db, call->event);
		if (db_queue(db, STMT_EVENT_EMIT) != ST_OK)
			return ST_DB;
	}
	if (op->audit) {
		db_bind_text(db, op->name);
		db_bind_text(db, op_via_word(call->via));
		db_bind_text(db, call->peer == NULL ? "" : call->peer);
		db_bind_json(db, call->audit);
		if (db_queue(db, STMT_OP_AUDIT_INSERT) != ST_OK)
			return ST_DB;
	}
	return ST_OK;
}

static struct op_entry
entry_of(const struct op_call *call, enum scope need, unsigned demand)
{
	return (struct op_entry){
		.cred = &call->cred,
		.need = need,
		.mask = call->scope_mask,
		.demand = demand,
		.peer = call->peer == NULL ? "" : call->peer,
	};
}

/* Proves who the caller is when there is nothing to run: the answer to a
 * stranger never depends on whether a method exists or its parameters fit. */
static enum status
enter_only(struct op_call *call, enum scope need, unsigned demand)
{
	const struct op_entry entry = entry_of(call, need, demand);
	enum status st = db_begin(call->db, DB_READ);

	if (st == ST_OK)
		st = op_enter_queue(call->db, &entry);
	if (st == ST_OK)
		st = op_meter_queue(call);
	if (st == ST_OK)
		st = db_flush(call->db);
	if (st != ST_OK)
		st = op_error_from_db(call->db, &call->error);
	op_meter_end(call);
	db_rollback(call->db);
	return st;
}

static enum status
run_handler(struct op_call *call)
{
	const struct op *op = call->op;
	const struct op_entry entry = entry_of(call, op->scope, op->demand);
	enum status st;

	if (db_begin(call->db, op->tx == OP_RO ? DB_READ : DB_WRITE) != ST_OK ||
	    op_enter_queue(call->db, &entry) != ST_OK ||
	    op_meter_queue(call) != ST_OK || op_rate_queue(call) != ST_OK)
		return op_error_from_db(call->db, &call->error);
	st = op->run(call);
	/* Failed before it ran anything: who asks is proved all the same. */
	if (st != ST_OK && db_kept(call->db) == NULL &&
	    db_last_error(call->db)->status == ST_OK &&
	    db_flush(call->db) != ST_OK)
		return op_error_from_db(call->db, &call->error);
	if (st != ST_OK)
		return st;
	if (op->tx == OP_RO)
		st = db_flush(call->db); /* nothing ran yet: enter() must */
	else if (queue_traces(call) != ST_OK || db_commit(call->db) != ST_OK)
		st = ST_DB;
	if (st != ST_OK)
		return op_error_from_db(call->db, &call->error);
	return op_enter_read(call->db, &call->who);
}

/* In a transaction of its own, after the commit: NOTIFY takes a lock of the
 * whole database.  A lost one costs the time to the next poll. */
static void
tell_workers(struct op_call *call)
{
	call->woke = call->op->wake == WAKE_TURNS;
	if (call->woke)
		db_notify_later(call->db, "moltis_turns", call->who.account_id);
	else if (call->op->wake == WAKE_FILES)
		db_notify_later(call->db, "moltis_files", call->who.account_id);
	else if (call->op->wake == WAKE_CRON)
		db_notify_later(call->db, "moltis_cron", call->who.account_id);
	else if (call->event != NULL)
		db_notify_later(call->db, "moltis_events",
		    call->who.account_id);
}

/* Runs the handler; once more when the connection was found dead before
 * anything could have been committed. */
static enum status
run_op(struct op_call *call)
{
	enum status st = ST_DB;

	for (int attempt = 0; attempt < 2; attempt++) {
		memset(&call->error, 0, sizeof(call->error));
		call->statements = 0;
		st = run_handler(call);
		op_meter_end(call);
		if (st == ST_OK)
			break;
		db_rollback(call->db);
		op_call_done(call);
		if (!db_may_repeat(call->db))
			break;
	}
	if (st == ST_OK)
		tell_workers(call);
	return st;
}

enum status
op_run(struct op_call *call)
{
	struct op_error invalid = { 0 };
	enum status st;

	memset(&call->error, 0, sizeof(call->error));
	st = op_meter_begin(call);
	if (st != ST_OK)
		return st;
	call->op = op_find(call->method);
	if (call->op == NULL) {
		st = enter_only(call, SCOPE_ADMIN, 0);
		if (st != ST_OK)
			return st;
		snprintf(call->error.message, sizeof(call->error.message),
		    "unknown method: %.*s",
		    (int)utf8_cut(call->method, strlen(call->method), 100),
		    call->method);
		return ST_NOT_FOUND;
	}
	if (call->role != NULL && strcmp(call->role, "operator") != 0) {
		snprintf(call->error.message, sizeof(call->error.message),
		    "unauthorized role: %.*s",
		    (int)utf8_cut(call->role, strlen(call->role), 60),
		    call->role);
		return ST_FORBIDDEN;
	}
	if (op_params_check(call->op->params, call->params, &invalid) !=
	    ST_OK) {
		st = enter_only(call, call->op->scope, call->op->demand);
		if (st != ST_OK)
			return st;
		call->error = invalid;
		return ST_INVALID;
	}
	return run_op(call);
}
