/*
 * The life of a command, one at a time: asked once, decided once by a person,
 * started once by the worker that holds the turn, and told about at each step
 * (S7-S17, S30, A98, A102).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "js/js.h"
#include "tests/sql/exec_case.h"

static void
asked_once(void)
{
	struct exec_case c;
	struct exec_row first, again, other;
	struct exec_ask ask = exec_ask_of("call-1", "rm a");

	exec_case_make("asker", &c);
	ask.cwd = "dir";
	check(exec_put(c.worker, &c.lease, &ask, &first) == ST_OK &&
		first.standing == EXEC_PENDING,
	    "a command that policy asks about waits");
	check(exec_put(c.worker, &c.lease, &ask, &again) == ST_OK &&
		again.standing == EXEC_PENDING &&
		strcmp(first.id, again.id) == 0,
	    "asked again, it is the same request");
	ask.command = "rm b";
	check(exec_put(c.worker, &c.lease, &ask, &other) == ST_OK &&
		strcmp(first.id, other.id) == 0 &&
		strcmp(other.command, "rm a") == 0,
	    "another text for the same call changes nothing");
	check_trail(first.id, "requested | requested",
	    "it was told and noted once");
	check(owner_count("SELECT count(*) FROM moltis.exec_requests WHERE"
			  " account_id = '%s'",
		  c.p.account_id) == 1,
	    "there is one row");
	check(owner_count(
		  "SELECT count(*) FROM moltis.events WHERE account_id ="
		  " '%s' AND scope = 8 AND payload @> jsonb_build_object("
		  "'requestId', '%s', 'command', 'rm a', 'cwd',"
		  " '/workspace/dir', 'timeoutSecs', 30, 'floor', false,"
		  " 'sessionKey', '%s', 'runId', '%s', 'toolCallId', 'call-1',"
		  " 'reason', 'it is not on the safe list', 'envNames',"
		  " '[\"HOME\", \"PATH\"]'::jsonb, 'sandbox',"
		  " '{\"backend\": \"bwrap\", \"network\": false}'::jsonb)"
		  " AND (payload ->> 'expiresAt')::bigint -"
		  " (payload ->> 'createdAt')::bigint = 120000",
		  c.p.account_id, first.id, c.chat_key, c.lease.turn_id) == 1,
	    "the person is told what would run, where, and until when");
	exec_row_done(&first);
	exec_row_done(&again);
	exec_row_done(&other);
	exec_case_done(&c);
}

static void
safe_runs(void)
{
	own_json struct json_object *result = js_new();
	struct exec_case c;
	struct exec_row row;
	struct exec_ask ask = exec_ask_of("call-1", "ls");
	char id[UUID_TEXT];

	exec_case_make("safe", &c);
	js_set_int(result, "exit_code", 3);
	ask.judged.verdict = VERDICT_RUN;
	check(exec_put(c.worker, &c.lease, &ask, &row) == ST_OK &&
		row.standing == EXEC_READY,
	    "a command that policy lets run is ready");
	memcpy(id, row.id, UUID_TEXT);
	exec_row_done(&row);
	check_status(exec_finish(c.worker, &c.lease, id, result), ST_CONFLICT,
	    "what was not started cannot end");
	check(exec_start(c.worker, &c.lease, id, &row) == ST_OK &&
		row.standing == EXEC_STARTED &&
		strcmp(row.command, "ls") == 0 && !row.modified,
	    "it starts");
	exec_row_done(&row);
	check_status(exec_try(&c, id), ST_CONFLICT, "it starts once");
	check_status(exec_finish(c.worker, &c.lease, id, result), ST_OK,
	    "and ends");
	check_status(exec_finish(c.worker, &c.lease, id, result), ST_CONFLICT,
	    "it ends once");
	check_status(exec_try(&c, id), ST_CONFLICT,
	    "what has ended does not start again");
	check(exec_read(c.worker, &c.lease, id, &row) == ST_OK &&
		row.standing == EXEC_FINISHED &&
		js_int(row.result, "exit_code", 0) == 3,
	    "its result is kept");
	exec_row_done(&row);
	check_trail(id, "| requested started finished",
	    "nobody was asked, everything was noted");
	exec_case_done(&c);
}

static void
refused_never_runs(void)
{
	struct exec_case c;
	struct exec_row row;
	struct exec_ask ask = exec_ask_of("call-1", "x");
	char answer[EXEC_WORD];

	exec_case_make("refused", &c);
	ask.judged.verdict = VERDICT_REFUSE;
	check(exec_put(c.worker, &c.lease, &ask, &row) == ST_OK &&
		row.standing == EXEC_REFUSED &&
		strcmp(row.why, "it is not on the safe list") == 0,
	    "a command that policy refuses is refused with the reason");
	check_status(exec_try(&c, row.id), ST_CONFLICT, "it cannot start");
	check_text(exec_decide(c.api, &c.p.key, row.id,
		       &(struct exec_decision){ .word = "approved" }, answer),
	    "gone", "nor be approved");
	check_trail(row.id, "| requested", "nobody was asked");
	exec_row_done(&row);
	exec_case_done(&c);
}

static void
approved(void)
{
	own_json struct json_object *result = js_new();
	struct exec_case c;
	char id[UUID_TEXT], answer[EXEC_WORD];

	exec_case_make("approver", &c);
	exec_asked(&c, "call-1", "make", id);
	check_status(exec_try(&c, id), ST_CONFLICT,
	    "what waits cannot be started");
	exec_decided(&c, id, "approved");
	check(exec_state_of(&c, id) == EXEC_READY, "approved, it is ready");
	check_text(exec_decide(c.api, &c.p.key, id,
		       &(struct exec_decision){ .word = "denied" }, answer),
	    "approved", "a second decision hears of the first");
	check_status(exec_try(&c, id), ST_OK, "it starts");
	check_status(exec_finish(c.worker, &c.lease, id, result), ST_OK,
	    "and ends");
	check_trail(id,
	    "requested resolved:approved |"
	    " requested approved started finished",
	    "every step was told and noted once");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND scope = 8 AND payload @>"
			  " jsonb_build_object('decision', 'approved',"
			  " 'command', 'make', 'decidedBy', 'approver', 'via',"
			  " 'web', 'runId', '%s', 'toolCallId', 'call-1',"
			  " 'sessionKey', '%s')",
		  c.p.account_id, c.lease.turn_id, c.chat_key) == 1,
	    "who decided, and what, was told");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name = 'exec.approved' AND user_id ="
			  " '%s' AND via = 'web' AND peer = '192.0.2.9' AND"
			  " actor = 'key:%s' AND detail @>"
			  " '{\"command\": \"make\", \"final\": \"make\","
			  " \"by\": \"approver\"}' AND detail ->> 'sha256' ="
			  " (SELECT encode(hash, 'hex') FROM"
			  " moltis.exec_requests WHERE id = '%s')",
		  c.p.account_id, c.p.user_id, c.p.key_id, id) == 1,
	    "and noted with person, key, address and hash");
	exec_case_done(&c);
}

static void
denied(void)
{
	struct exec_case c;
	struct exec_row row = { 0 };
	char id[UUID_TEXT], answer[EXEC_WORD];

	exec_case_make("denier", &c);
	exec_asked(&c, "call-1", "rm a", id);
	check_text(exec_decide(c.api, &c.p.key, id,
		       &(struct exec_decision){ .word = "denied",
			   .note = "not that file" },
		       answer),
	    "ok", "a command can be denied");
	check(exec_read(c.worker, &c.lease, id, &row) == ST_OK &&
		row.standing == EXEC_DENIED &&
		strcmp(row.why, "not that file") == 0,
	    "its worker reads why");
	exec_row_done(&row);
	check_status(exec_try(&c, id), ST_CONFLICT, "it does not start");
	check_text(exec_decide(c.api, &c.p.key, id,
		       &(struct exec_decision){ .word = "approved" }, answer),
	    "denied", "an approval comes too late");
	check_status(exec_try(&c, id), ST_CONFLICT, "it still does not start");
	check_trail(id, "requested resolved:denied | requested denied",
	    "the denial was told and noted once");
	exec_case_done(&c);
}

static void
modified(void)
{
	struct exec_case c;
	struct exec_row row = { 0 };
	char id[UUID_TEXT], answer[EXEC_WORD];

	exec_case_make("changer", &c);
	exec_asked(&c, "call-1", "rm a", id);
	check_text(exec_decide(c.api, &c.p.key, id,
		       &(struct exec_decision){ .word = "modified",
			   .command = "ls a",
			   .timeout_secs = 1800 },
		       answer),
	    "ok", "a command can be changed");
	check(exec_start(c.worker, &c.lease, id, &row) == ST_OK &&
		strcmp(row.command, "ls a") == 0 &&
		strcmp(row.original, "rm a") == 0 && row.modified,
	    "the changed text starts, the original is known");
	check(row.timeout_secs == 30, "more time than asked for is not given");
	exec_row_done(&row);
	check_trail(id,
	    "requested resolved:modified |"
	    " requested modified started",
	    "the change was told and noted");
	check(owner_count("SELECT count(*) FROM moltis.exec_requests WHERE id"
			  " = '%s' AND hash = moltis.exec_hash('ls a', cwd,"
			  " env_names, 30, image) AND command = 'rm a'",
		  id) == 1,
	    "the hash is that of what runs");
	exec_asked(&c, "call-2", "sleep 20", id);
	check_text(exec_decide(c.api, &c.p.key, id,
		       &(struct exec_decision){ .word = "approved",
			   .timeout_secs = 5 },
		       answer),
	    "ok", "less time can be given");
	check(exec_start(c.worker, &c.lease, id, &row) == ST_OK &&
		row.timeout_secs == 5 && !row.modified,
	    "and holds");
	exec_row_done(&row);
	exec_case_done(&c);
}

static void
too_late(void)
{
	struct exec_case c;
	char id[UUID_TEXT], answer[EXEC_WORD];

	exec_case_make("late", &c);
	exec_asked(&c, "call-1", "make", id);
	check(exec_state_of(&c, id) == EXEC_PENDING, "it waits for its time");
	owner_do("UPDATE moltis.exec_requests SET expires_at = now() -"
		 " interval '1 second' WHERE id = '%s'",
	    id);
	check_text(exec_decide(c.api, &c.p.key, id,
		       &(struct exec_decision){ .word = "approved" }, answer),
	    "gone", "an approval after its time has no effect");
	check_trail(id, "requested | requested", "and is not told");
	check(exec_state_of(&c, id) == EXEC_TIMEOUT &&
		exec_state_of(&c, id) == EXEC_TIMEOUT,
	    "its worker reads that nobody decided");
	check_text(exec_decide(c.api, &c.p.key, id,
		       &(struct exec_decision){ .word = "approved" }, answer),
	    "gone", "an approval of what ended so has no effect");
	check_status(exec_try(&c, id), ST_CONFLICT, "it never starts");
	check_trail(id, "requested resolved:timeout | requested timeout",
	    "the end was told and noted once");
	exec_case_done(&c);
}

static void
abort_turn(struct exec_case *c)
{
	char params[128];

	(void)snprintf(params, sizeof(params), "{\"sessionKey\":\"%s\"}",
	    c->chat_key);
	check_status(call_op(c->api, &c->p.key, "chat.abort", params, NULL),
	    ST_OK, "the run is aborted");
}

static void
aborted(void)
{
	struct exec_case c;
	struct exec_ask ask = exec_ask_of("call-3", "make");
	struct exec_row row;
	char waits[UUID_TEXT], ready[UUID_TEXT], answer[EXEC_WORD];
	char *state;

	exec_case_make("halter", &c);
	exec_asked(&c, "call-1", "make", waits);
	exec_asked(&c, "call-2", "make", ready);
	exec_decided(&c, ready, "approved");
	abort_turn(&c);
	state = owner_get("SELECT string_agg(state, ' ') FROM"
			  " moltis.exec_requests WHERE account_id = '%s'",
	    c.p.account_id);
	check_text(state, "cancelled cancelled",
	    "what waited and what was approved is cancelled at once");
	free(state);
	check_text(exec_decide(c.api, &c.p.key, waits,
		       &(struct exec_decision){ .word = "approved" }, answer),
	    "gone", "an approval afterwards has no effect");
	check_status(exec_try(&c, waits), ST_CONFLICT, "what waited is over");
	check_status(exec_try(&c, ready), ST_CONFLICT,
	    "what was approved does not start any more");
	check_trail(waits,
	    "requested resolved:cancelled |"
	    " requested cancelled",
	    "the end was told and noted once");
	check_trail(ready,
	    "requested resolved:approved resolved:cancelled |"
	    " requested approved cancelled",
	    "also that of the approved one");
	check(exec_put(c.worker, &c.lease, &ask, &row) == ST_OK &&
		row.standing == EXEC_CANCELLED,
	    "a command asked for after the abort is cancelled");
	check_trail(row.id, "| requested", "and nobody is asked");
	exec_row_done(&row);
	exec_case_done(&c);
}

static enum status
end_turn(struct exec_case *c)
{
	own_json struct json_object *event = js_new();

	js_set_text(event, "state", "final");
	return turn_finish(c->worker, &c->lease,
	    &(struct turn_end){ .outcome = "failed", .event = event });
}

static void
turn_ended(void)
{
	struct exec_case c;
	char id[UUID_TEXT], answer[EXEC_WORD];

	exec_case_make("ender", &c);
	exec_asked(&c, "call-1", "make", id);
	check_status(end_turn(&c), ST_OK, "a turn ends while a command waits");
	check_text(exec_decide(c.api, &c.p.key, id,
		       &(struct exec_decision){ .word = "approved" }, answer),
	    "gone", "its command cannot be approved any more");
	check_trail(id,
	    "requested resolved:cancelled |"
	    " requested cancelled",
	    "it was told and noted as cancelled");
	check_status(exec_try(&c, id), ST_CONFLICT,
	    "nothing starts without a turn");
	exec_case_done(&c);
}

/* Asks for COMMAND once more: does it run without a person? */
static bool
runs(struct exec_case *c, const struct turn_lease *lease, struct exec_ask ask)
{
	static int number;
	char call_id[24];
	struct exec_row row;
	bool ready;

	(void)snprintf(call_id, sizeof(call_id), "again-%d", number++);
	ask.tool_call_id = call_id;
	if (exec_put(c->worker, lease, &ask, &row) != ST_OK)
		return false;
	ready = row.standing == EXEC_READY;
	check_trail(row.id, ready ? "| requested" : "requested | requested",
	    ready ? "nobody is asked" : "a person is asked");
	exec_row_done(&row);
	return ready;
}

static void
remembered_where(struct exec_case *c, struct exec_ask ask)
{
	char other[EXEC_KEY] = "";
	struct turn_lease lease;
	struct exec_ask a = ask;

	check(runs(c, &c->lease, ask), "a remembered command runs again");
	a.cwd = "";
	check(!runs(c, &c->lease, a), "not in another folder");
	a = ask;
	a.command = "make check ";
	a.command_len = strlen(a.command);
	check(!runs(c, &c->lease, a), "not when one space differs");
	a = ask;
	a.judged.floor = true;
	check(!runs(c, &c->lease, a), "not when it is dangerous");
	a = ask;
	a.may_be_remembered = false;
	check(!runs(c, &c->lease, a), "not in the mode always");
	exec_turn(c, other, &lease);
	check(!runs(c, &lease, ask), "not in another session");
	check_status(end_turn(c), ST_OK, "the turn ends");
	exec_turn(c, c->chat_key, &c->lease);
	check(runs(c, &c->lease, ask), "but in the session's next turn");
}

static void
remembered(void)
{
	struct exec_case c;
	struct exec_ask ask = exec_ask_of("call-1", "make check");
	struct exec_row row;
	char answer[EXEC_WORD];

	exec_case_make("rememberer", &c);
	ask.cwd = "src";
	check(!runs(&c, &c.lease, ask), "at first a command is not remembered");
	if (exec_put(c.worker, &c.lease, &ask, &row) != ST_OK)
		exit(2);
	check_text(
	    exec_decide(c.api, &c.p.key, row.id,
		&(struct exec_decision){ .word = "approved", .remember = true },
		answer),
	    "ok", "a person may remember a command");
	exec_row_done(&row);
	remembered_where(&c, ask);
	exec_case_done(&c);
}

/* What is remembered is what the row says, or what was changed in it. */
static void
remembered_what(void)
{
	struct exec_case c;
	struct exec_decision d = { .word = "approved",
		.command = "rm -rf b",
		.remember = true };
	char id[UUID_TEXT], answer[EXEC_WORD];

	exec_case_make("forgetter", &c);
	exec_asked(&c, "call-1", "rm a", id);
	check_text(exec_decide(c.api, &c.p.key, id, &d, answer), "CONFLICT",
	    "another text cannot be approved as if it had been asked");
	check(exec_state_of(&c, id) == EXEC_PENDING &&
		!runs(&c, &c.lease, exec_ask_of("", "rm -rf b")),
	    "and is not remembered");
	d.word = "denied";
	d.command = NULL;
	check_text(exec_decide(c.api, &c.p.key, id, &d, answer), "ok",
	    "a denial may say remember");
	check(!runs(&c, &c.lease, exec_ask_of("", "rm a")),
	    "but is not remembered as an approval");
	exec_asked(&c, "call-2", "rm b", id);
	d.word = "modified";
	d.command = "ls b";
	check_text(exec_decide(c.api, &c.p.key, id, &d, answer), "ok",
	    "a changed command may be remembered");
	check(runs(&c, &c.lease, exec_ask_of("", "ls b")), "as it was changed");
	check(!runs(&c, &c.lease, exec_ask_of("", "rm b")),
	    "not as it was asked for");
	exec_case_done(&c);
}

static void
taken_over(void)
{
	own_json struct json_object *result = js_new();
	struct exec_case c;
	struct exec_ask ask = exec_ask_of("call-1", "make");
	struct exec_row row = { 0 };
	struct turn_lease old;
	struct turn_claim claim = { .worker = "next",
		.lease_secs = 300,
		.room = 1 };
	char started[UUID_TEXT], waits[UUID_TEXT];

	exec_case_make("heir", &c);
	exec_asked(&c, "call-1", "make", started);
	exec_decided(&c, started, "approved");
	check_status(exec_try(&c, started), ST_OK, "a command has started");
	exec_asked(&c, "call-2", "make x", waits);
	old = c.lease;
	owner_do("UPDATE moltis.turns SET lease_until = now() - interval '1"
		 " second' WHERE id = '%s'",
	    old.turn_id);
	check(turn_claim(c.worker, &claim) == ST_OK && claim.count == 1,
	    "another worker takes its turn over");
	check_status(exec_finish(c.worker, &old, started, result), ST_CONFLICT,
	    "the worker that lost it cannot say how it ended");
	check_status(exec_read(c.worker, &old, waits, &row), ST_CONFLICT,
	    "nor read");
	check_status(exec_start(c.worker, &old, waits, &row), ST_CONFLICT,
	    "nor start");
	check_status(exec_put(c.worker, &old, &ask, &row), ST_CONFLICT,
	    "nor ask");
	c.lease = claim.leases[0];
	check(exec_put(c.worker, &c.lease, &ask, &row) == ST_OK &&
		row.standing == EXEC_STARTED && strcmp(row.id, started) == 0,
	    "the new one finds that it was started");
	exec_row_done(&row);
	check_status(exec_try(&c, started), ST_CONFLICT,
	    "and cannot start it again");
	ask.tool_call_id = "call-2";
	check(exec_put(c.worker, &c.lease, &ask, &row) == ST_OK &&
		row.standing == EXEC_PENDING && strcmp(row.id, waits) == 0,
	    "it waits for what the old one asked");
	exec_row_done(&row);
	check_trail(waits, "requested | requested",
	    "and nobody is asked twice");
	exec_decided(&c, waits, "approved");
	check_status(exec_try(&c, waits), ST_OK, "it starts what is approved");
	exec_case_done(&c);
}

void
test_exec(void)
{
	exec_quiet();
	asked_once();
	safe_runs();
	refused_never_runs();
	approved();
	denied();
	modified();
	too_late();
	aborted();
	turn_ended();
	remembered();
	remembered_what();
	taken_over();
}
