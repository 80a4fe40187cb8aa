/*
 * Commands that somebody tries to reach around the decision: a changed row,
 * another account, a key without the right, the agent itself, statements of
 * one's own (A25, A97, S9, S13, S27).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/txt.h"
#include "js/js.h"
#include "op/op_enter.h"
#include "tests/sql/exec_case.h"

/* As the owner role, after the approval, then back again. */
static void
tampered(void)
{
	static const struct {
		const char *name, *change, *back;
	} rows[] = {
		{ "text", "final_command = 'rm -rf x'",
		    "final_command = 'make'" },
		{ "folder", "cwd = 'x'", "cwd = ''" },
		{ "environment", "env_names = 'HOME PATH LD_PRELOAD'",
		    "env_names = 'HOME PATH'" },
		{ "time", "timeout_secs = 1800", "timeout_secs = 30" },
		{ "image", "image = 'x'", "image = ''" },
		{ "border between text and folder",
		    "final_command = 'mak', cwd = 'e'",
		    "final_command = 'make', cwd = ''" },
		{ "hash", "hash = sha256('x')",
		    "hash = moltis.exec_hash(final_command, cwd, env_names,"
		    " timeout_secs, image)" },
	};
	struct exec_case c;

	exec_case_make("tampered", &c);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char call_id[24], id[UUID_TEXT];
		enum status first, second;

		(void)snprintf(call_id, sizeof(call_id), "call-%zu", i);
		exec_asked(&c, call_id, "make", id);
		exec_decided(&c, id, "approved");
		owner_do("UPDATE moltis.exec_requests SET %s WHERE id = '%s'",
		    rows[i].change, id);
		first = exec_try(&c, id);
		owner_do("UPDATE moltis.exec_requests SET %s WHERE id = '%s'",
		    rows[i].back, id);
		second = exec_try(&c, id);
		check(first == ST_INTERNAL && second == ST_CONFLICT &&
			exec_state_of(&c, id) == EXEC_REFUSED,
		    "a changed %s never starts, not even put back",
		    rows[i].name);
		check_trail(id,
		    "requested resolved:approved |"
		    " requested approved refused",
		    "that it was refused is noted");
	}
	check(owner_count("SELECT count(*) FROM moltis.exec_requests WHERE"
			  " account_id = '%s' AND started_at IS NOT NULL",
		  c.p.account_id) == 0,
	    "nothing was started");
	exec_case_done(&c);
}

static void
foreign_worker(struct exec_case *b, const char *id)
{
	own_json struct json_object *result = js_new();
	struct exec_row row = { 0 };

	check_status(exec_read(b->worker, &b->lease, id, &row), ST_NOT_FOUND,
	    "another account's turn cannot read it");
	check_status(exec_try(b, id), ST_CONFLICT, "nor start it");
	check_status(exec_finish(b->worker, &b->lease, id, result), ST_CONFLICT,
	    "nor end it");
}

static void
foreign(void)
{
	struct exec_case a, b;
	char id[UUID_TEXT], nobody[UUID_TEXT], x[EXEC_WORD], y[EXEC_WORD];
	struct exec_decision d = { .word = "approved", .remember = true };

	exec_case_make("owner-of-it", &a);
	exec_case_make("stranger", &b);
	exec_asked(&a, "call-1", "make", id);
	uuid_new(nobody);
	check_text(exec_decide(b.api, &b.p.key, id, &d, x), "gone",
	    "another account's request cannot be decided");
	check_text(exec_decide(b.api, &b.p.key, nobody, &d, y), x,
	    "and is answered like one that nobody has");
	d.word = "denied";
	check_text(exec_decide(b.api, &b.p.session, id, &d, x), "gone",
	    "nor denied");
	foreign_worker(&b, id);
	check(exec_state_of(&a, id) == EXEC_PENDING, "it still waits");
	exec_decided(&a, id, "approved");
	check_text(exec_decide(b.api, &b.p.key, id, &d, x), "gone",
	    "when decided, it is as unknown as before");
	foreign_worker(&b, id);
	check_status(exec_try(&a, id), ST_OK, "it starts for its own account");
	foreign_worker(&b, id);
	check_trail(id,
	    "requested resolved:approved |"
	    " requested approved started",
	    "nothing else was told or noted");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name LIKE 'exec.%%'",
		  b.p.account_id) == 0 &&
		owner_count("SELECT count(*) FROM moltis.exec_rules WHERE"
			    " account_id = '%s'",
		    b.p.account_id) == 0,
	    "the other account has no event of it and no rule");
	exec_case_done(&a);
	exec_case_done(&b);
}

static void
rights(void)
{
	struct exec_case c;
	struct op_cred weak, fit;
	struct exec_decision d = { .word = "approved" };
	own_res PGresult *res = NULL;
	char id[UUID_TEXT], key_id[UUID_TEXT], x[EXEC_WORD];
	enum status st;

	exec_case_make("rightful", &c);
	person_key(&c.p, "3", &weak, key_id);
	person_key(&c.p, "8", &fit, key_id);
	exec_asked(&c, "call-1", "make", id);
	check_text(exec_decide(c.api, &weak, id, &d, x), "FORBIDDEN",
	    "a key that may read and write decides nothing");
	st = turn_tx_begin(c.worker, &c.lease);
	if (st == ST_OK) {
		db_bind_text(c.worker, id);
		db_bind_text(c.worker, "approved");
		db_bind_text(c.worker, NULL);
		db_bind_text(c.worker, NULL);
		db_bind_text(c.worker, "");
		db_bind_bool(c.worker, false);
		db_bind_text(c.worker, "agent");
		db_bind_text(c.worker, "");
		st = db_run(c.worker, STMT_APPROVAL_RESOLVE, &res);
	}
	check_status(turn_tx_end(c.worker, st), ST_CONFLICT,
	    "nor does the agent in its own turn");
	check(exec_state_of(&c, id) == EXEC_PENDING, "it still waits");
	check_text(exec_decide(c.api, &fit, id, &d, x), "ok",
	    "a key for approvals does");
	exec_case_done(&c);
}

#define DECIDED ", decided_by = moltis.ctx_user()"
#define HASHED(command, secs) \
	", hash = moltis.exec_hash(" command ", cwd, env_names, " secs \
	", image)"

/* One UPDATE each, of a row in the state FROM. */
static const struct {
	const char *from, *sentence, *set;
} updates[] = {
	{ "pending", "start what waits", "state = 'started'" },
	{ "pending", "end what waits", "state = 'finished'" },
	{ "pending", "decide without a name",
	    "state = 'ready',"
	    " decision = 'approved'" },
	{ "pending", "decide in another's name",
	    "state = 'ready', decision = 'approved',"
	    " decided_by = gen_random_uuid()" },
	{ "pending", "deny in another's name",
	    "state = 'denied', decision = 'denied',"
	    " decided_by = gen_random_uuid()" },
	{ "pending", "call policy what a person decided",
	    "state = 'ready', decision = 'policy'" DECIDED },
	{ "pending", "change the text as if approved",
	    "state = 'ready', decision = 'approved', final_command ="
	    " 'x'" DECIDED HASHED("'x'", "30") },
	{ "pending", "change the text without its hash",
	    "state = 'ready', decision = 'modified', final_command ="
	    " 'x'" DECIDED },
	{ "pending", "give it more time",
	    "state = 'ready', decision = 'approved', timeout_secs ="
	    " 1800" DECIDED HASHED("final_command", "1800") },
	{ "pending", "change the text and let it wait",
	    "final_command = 'x'" HASHED("'x'", "30") },
	{ "pending", "hide a decision in a timeout",
	    "state = 'timeout', note = 'x'" },
	{ "ready", "change what was approved",
	    "final_command = 'x'" HASHED("'x'", "30") },
	{ "ready", "change it while cancelling",
	    "state = 'cancelled', final_command = 'x'" },
	{ "ready", "let it wait again", "state = 'pending'" },
	{ "ready", "deny what was approved",
	    "state = 'denied', decision ="
	    " 'denied'" DECIDED },
	{ "denied", "approve what was denied",
	    "state = 'ready', decision ="
	    " 'approved'" DECIDED },
	{ "denied", "ask again", "state = 'pending'" },
	{ "timeout", "revive what timed out", "state = 'pending'" },
	{ "cancelled", "revive what was cancelled",
	    "state = 'ready',"
	    " decision = 'approved'" DECIDED },
	{ "refused", "revive what was refused", "state = 'ready'" },
	{ "started", "start again", "state = 'ready'" },
	{ "started", "cancel what runs", "state = 'cancelled'" },
	{ "finished", "start what has ended", "state = 'started'" },
	{ "finished", "make ready what has ended", "state = 'ready'" },
};

static void
update_refused(PGconn *conn, const char *role, const char *enter, size_t i)
{
	own_txt struct txt sql = { 0 };

	if (strcmp(plain_state(conn, enter, NULL), "00000") != 0) {
		fprintf(stderr, "sqltest: broken test: cannot enter\n");
		exit(2);
	}
	txt_format(&sql,
	    "UPDATE moltis.exec_requests SET %s WHERE state = '%s'",
	    updates[i].set, updates[i].from);
	check(strcmp(plain_state(conn, txt_str(&sql), NULL), "MO409") == 0,
	    "%s may not %s", role, updates[i].sentence);
	(void)plain_state(conn, "ROLLBACK", NULL);
}

static void
own_statements(void)
{
	static const char *const states[] = { "pending", "ready", "denied",
		"timeout", "cancelled", "refused", "started", "finished" };
	PGconn *api = plain_connect(info_api());
	PGconn *worker = plain_connect(info_worker());
	own_txt struct txt enter = { 0 };
	struct exec_case c;
	char hex[65], call_id[16], id[UUID_TEXT];

	exec_case_make("updater", &c);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		(void)snprintf(call_id, sizeof(call_id), "call-%zu", i);
		exec_asked(&c, call_id, "make", id);
		owner_do("UPDATE moltis.exec_requests SET state = '%s' WHERE"
			 " id = '%s'",
		    states[i], id);
	}
	bytes_hex(c.p.key.hash, sizeof(c.p.key.hash), hex);
	txt_format(&enter,
	    "BEGIN; SELECT moltis.enter('key', '\\x%s', '', 0, 0, 0, '')", hex);
	for (size_t i = 0; i < sizeof(updates) / sizeof(updates[0]); i++) {
		update_refused(api, "moltis_api", txt_str(&enter), i);
		update_refused(worker, "moltis_worker", txt_str(&enter), i);
	}
	(void)plain_state(api, txt_str(&enter), NULL);
	check_text(plain_state(api,
		       "UPDATE moltis.exec_requests SET state = 'started'"
		       " WHERE state = 'ready'",
		       NULL),
	    "MO409", "moltis_api starts nothing");
	(void)plain_state(api, "ROLLBACK", NULL);
	(void)plain_state(api, txt_str(&enter), NULL);
	check_text(plain_state(api,
		       "UPDATE moltis.exec_requests SET state = 'ready',"
		       " decision = 'approved'" DECIDED
		       " WHERE state = 'pending'",
		       NULL),
	    "00000", "but a decision of its own it may write");
	(void)plain_state(api, "ROLLBACK", NULL);
	PQfinish(api);
	PQfinish(worker);
	exec_case_done(&c);
}

static void
setting_put(struct exec_case *c, const char *json)
{
	own_res PGresult *res = NULL;
	enum status st = db_begin(c->api, DB_WRITE);

	if (st == ST_OK)
		st = op_enter_queue(c->api,
		    &(struct op_entry){ .cred = &c->p.key,
			.need = SCOPE_ADMIN });
	db_bind_text(c->api, EXEC_MODE_SETTING);
	db_bind_text(c->api, json);
	if (st == ST_OK)
		st = db_run(c->api, STMT_ACCOUNT_SETTING_PUT, &res);
	if (st == ST_OK)
		st = db_commit(c->api);
	if (st != ST_OK || db_rows(res) != 1) {
		fprintf(stderr, "sqltest: broken test: no setting\n");
		exit(2);
	}
}

static void
mode_of_account(void)
{
	static const struct {
		enum conf_approval deployment;
		const char *json;
		enum conf_approval want;
	} rows[] = {
		{ APPROVAL_SMART, "\"always\"", APPROVAL_ALWAYS },
		{ APPROVAL_SMART, "\"smart\"", APPROVAL_SMART },
		{ APPROVAL_SMART, "\"never\"", APPROVAL_SMART },
		{ APPROVAL_NEVER, "\"smart\"", APPROVAL_SMART },
		{ APPROVAL_NEVER, "\"never\"", APPROVAL_NEVER },
		{ APPROVAL_ALWAYS, "\"never\"", APPROVAL_ALWAYS },
		{ APPROVAL_NEVER, "\"sometimes\"", APPROVAL_ALWAYS },
		{ APPROVAL_NEVER, "{\"mode\": \"never\"}", APPROVAL_ALWAYS },
		{ APPROVAL_NEVER, NULL, APPROVAL_NEVER },
	};
	struct exec_case c, other;

	exec_case_make("moder", &c);
	exec_case_make("moder2", &other);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum conf_approval mode = rows[i].deployment;
		enum conf_approval theirs = rows[i].deployment;

		setting_put(&c, rows[i].json);
		check(exec_policy_read(c.worker, &c.lease, &mode) == ST_OK &&
			mode == rows[i].want,
		    "deployment %s, account %s: %s",
		    exec_mode_word(rows[i].deployment),
		    rows[i].json == NULL ? "nothing" : rows[i].json,
		    exec_mode_word(rows[i].want));
		check(exec_policy_read(other.worker, &other.lease, &theirs) ==
			    ST_OK &&
			theirs == rows[i].deployment,
		    "another account keeps the deployment's");
	}
	exec_case_done(&c);
	exec_case_done(&other);
}

void
test_exec_fence(void)
{
	exec_quiet();
	tampered();
	foreign();
	rights();
	own_statements();
	mode_of_account();
}
