/*
 * Turns and commands for the tests of command approval: through chat.send,
 * the claim, and exec_store, as a worker does it.
 */
#include "config.h"

#include "tests/sql/exec_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "js/js.h"
#include "op/op_enter.h"

static void
broken(const char *what)
{
	fprintf(stderr, "sqltest: broken test: %s\n", what);
	exit(2);
}

void
exec_quiet(void)
{
	owner_do("UPDATE moltis.turns SET state = 'done' WHERE state IN"
		 " ('queued', 'running')");
}

void
exec_turn(struct exec_case *c, char key[EXEC_KEY], struct turn_lease *ret)
{
	struct turn_claim claim = { .worker = "exec",
		.lease_secs = 300,
		.room = 1 };
	own_txt struct txt params = { 0 };

	if (key[0] == '\0') {
		memcpy(key, "session:", 8);
		uuid_new(key + 8);
	}
	txt_format(&params, "{\"sessionKey\":\"%s\",\"text\":\"go\"}", key);
	if (call_op(c->api, &c->p.key, "chat.send", txt_str(&params), NULL) !=
		ST_OK ||
	    turn_claim(c->worker, &claim) != ST_OK || claim.count != 1 ||
	    strcmp(claim.leases[0].account_id, c->p.account_id) != 0)
		broken("no turn");
	*ret = claim.leases[0];
}

void
exec_case_make(const char *username, struct exec_case *ret)
{
	memset(ret, 0, sizeof(*ret));
	person_make(username, &ret->p);
	ret->api = db_open(info_api());
	ret->worker = db_open(info_worker());
	exec_turn(ret, ret->chat_key, &ret->lease);
}

void
exec_case_done(struct exec_case *c)
{
	db_close(c->api);
	db_close(c->worker);
}

struct exec_ask
exec_ask_of(const char *call_id, const char *command)
{
	return (struct exec_ask){ .tool_call_id = call_id,
		.command = command,
		.command_len = strlen(command),
		.cwd = "",
		.timeout_secs = 30,
		.image = "",
		.env_names = "HOME PATH",
		.judged = { .verdict = VERDICT_ASK,
		    .understood = true,
		    .segments = 1,
		    .reason = "it is not on the safe list" },
		.approval_secs = 120,
		.may_be_remembered = true };
}

enum status
exec_put(struct db *worker, const struct turn_lease *lease,
    struct exec_ask *ask, struct exec_row *ret)
{
	own_json struct json_object *sandbox = js_new();

	js_set_text(sandbox, "backend", "bwrap");
	js_set_text(sandbox, "image", "");
	js_set_bool(sandbox, "network", false);
	ask->sandbox = sandbox;
	memset(ret, 0, sizeof(*ret));
	return exec_request(worker, lease, ask, ret);
}

void
exec_asked(struct exec_case *c, const char *call_id, const char *command,
    char ret_id[UUID_TEXT])
{
	struct exec_ask ask = exec_ask_of(call_id, command);
	struct exec_row row;

	if (exec_put(c->worker, &c->lease, &ask, &row) != ST_OK ||
	    row.standing != EXEC_PENDING)
		broken("a command does not wait");
	memcpy(ret_id, row.id, UUID_TEXT);
	exec_row_done(&row);
}

static enum status
decide(struct db *api, const struct op_cred *cred, const char *id,
    const struct exec_decision *d, PGresult **ret)
{
	enum status st = db_begin(api, DB_WRITE);

	if (st == ST_OK)
		st = op_enter_queue(api,
		    &(struct op_entry){ .cred = cred,
			.need = SCOPE_APPROVALS });
	if (st != ST_OK)
		return st;
	db_bind_text(api, id);
	db_bind_text(api, d->word);
	db_bind_text(api, d->command);
	if (d->timeout_secs == 0)
		db_bind_text(api, NULL);
	else
		db_bind_int(api, d->timeout_secs);
	db_bind_text(api, d->note == NULL ? "" : d->note);
	db_bind_bool(api, d->remember);
	db_bind_text(api, "web");
	db_bind_text(api, "192.0.2.9");
	st = db_run(api, STMT_APPROVAL_RESOLVE, ret);
	return st == ST_OK ? db_commit(api) : st;
}

const char *
exec_decide(struct db *api, const struct op_cred *cred, const char *id,
    const struct exec_decision *d, char ret[EXEC_WORD])
{
	own_res PGresult *res = NULL;
	enum status st = decide(api, cred, id, d, &res);

	if (st != ST_OK)
		db_rollback(api);
	(void)mem_copy_str(ret, EXEC_WORD,
	    st == ST_OK ? db_text(res, 0, "verdict") : status_get(st)->code);
	return ret;
}

void
exec_decided(struct exec_case *c, const char *id, const char *word)
{
	char answer[EXEC_WORD];

	if (strcmp(exec_decide(c->api, &c->p.key, id,
		       &(struct exec_decision){ .word = word }, answer),
		"ok") != 0)
		broken("a decision was not taken");
}

enum status
exec_try(struct exec_case *c, const char *id)
{
	struct exec_row row = { 0 };
	enum status st = exec_start(c->worker, &c->lease, id, &row);

	exec_row_done(&row);
	return st;
}

enum exec_state
exec_state_of(struct exec_case *c, const char *id)
{
	struct exec_row row = { 0 };
	enum exec_state state;

	if (exec_read(c->worker, &c->lease, id, &row) != ST_OK)
		broken("a request cannot be read");
	state = row.standing;
	exec_row_done(&row);
	return state;
}

void
check_trail(const char *id, const char *want, const char *sentence)
{
	char *got = owner_get(
	    "SELECT concat_ws(' ', (SELECT string_agg(concat_ws(':',"
	    " split_part(name, '.', 3), payload ->> 'decision'), ' '"
	    " ORDER BY seq) FROM moltis.events WHERE name LIKE"
	    " 'exec.approval.%%' AND payload ->> 'requestId' = '%s'), '|',"
	    " (SELECT string_agg(substr(name, 6), ' ' ORDER BY chain_seq) FROM"
	    " moltis.audit WHERE name LIKE 'exec.%%' AND detail ->> 'request'"
	    " = '%s'))",
	    id, id);

	check_text(got, want, sentence);
	free(got);
}
