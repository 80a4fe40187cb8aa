/*
 * However a turn ends, no command of it stays `started`: stopped by a person,
 * cut off with its turn, or left by a worker that died; and the list of past
 * commands says so.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "js/js.h"
#include "tests/sql/exec_case.h"

/* A command that runs. */
static void
started(struct exec_case *c, const char *call, char ret_id[UUID_TEXT])
{
	exec_asked(c, call, "sleep 60", ret_id);
	exec_decided(c, ret_id, "approved");
	check_status(exec_try(c, ret_id), ST_OK, "a command was started");
}

static void
end_turn(struct exec_case *c, const char *outcome)
{
	own_json struct json_object *event = js_new();

	js_set_text(event, "state", outcome);
	check_status(
	    turn_finish(c->worker, &c->lease,
		&(struct turn_end){ .outcome = outcome, .event = event }),
	    ST_OK, "its turn ends");
}

/* The entry of ID in the list of past commands says ERROR, once. */
static void
listed(struct exec_case *c, const char *id, const char *error)
{
	own_json struct json_object *reply = NULL;
	struct json_object *list;
	int found = 0;

	check_status(
	    call_op(c->api, &c->p.key, "exec.approval.history", "{}", &reply),
	    ST_OK, "past commands are listed");
	list = js_get(reply, "requests");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		const char *text = js_text(o, "error");

		if (strcmp(js_text(o, "requestId"), id) == 0 &&
		    strcmp(js_text(o, "state"), "finished") == 0 &&
		    js_int(o, "finishedAt", 0) > 0 && text != NULL &&
		    strcmp(text, error) == 0)
			found++;
	}
	check(found == 1, "with how it ended: %s", error);
}

static void
stopped(void)
{
	struct exec_case c;
	char id[UUID_TEXT], waiting[UUID_TEXT];

	exec_case_make("endstop", &c);
	started(&c, "call-1", id);
	exec_asked(&c, "call-2", "rm b", waiting);
	end_turn(&c, "aborted");
	listed(&c, id, "the command was stopped");
	check_trail(id,
	    "requested resolved:approved |"
	    " requested approved started finished",
	    "its end is in the trail");
	check(owner_count("SELECT count(*) FROM moltis.exec_requests WHERE"
			  " id = '%s' AND state = 'cancelled'",
		  waiting) == 1,
	    "one that waited is cancelled, not finished");
	exec_case_done(&c);
}

static void
cut_off(void)
{
	struct exec_case c;
	char id[UUID_TEXT];

	exec_case_make("endcut", &c);
	started(&c, "call-1", id);
	end_turn(&c, "failed");
	listed(&c, id,
	    "interrupted, outcome unknown: the command may have run");
	exec_case_done(&c);
}

static void
ended_before(void)
{
	own_json struct json_object *result = js_new();
	struct exec_case c;
	char id[UUID_TEXT];

	exec_case_make("endself", &c);
	started(&c, "call-1", id);
	js_set_int(result, "exit_code", 7);
	check_status(exec_finish(c.worker, &c.lease, id, result), ST_OK,
	    "it ends by itself");
	end_turn(&c, "done");
	check(owner_count("SELECT count(*) FROM moltis.exec_requests WHERE"
			  " id = '%s' AND result = '{\"exit_code\": 7}'",
		  id) == 1,
	    "the end of the turn does not rewrite its result");
	exec_case_done(&c);
}

/* The worker died; another has the turn and finds the row started. */
static void
left_behind(void)
{
	own_json struct json_object *unknown = js_new();
	struct exec_case c;
	struct turn_claim claim = { .worker = "next",
		.lease_secs = 300,
		.room = 1 };
	char id[UUID_TEXT];

	exec_case_make("endleft", &c);
	started(&c, "call-1", id);
	owner_do("UPDATE moltis.turns SET lease_until = '-infinity' WHERE"
		 " id = '%s'",
	    c.lease.turn_id);
	check(turn_claim(c.worker, &claim) == ST_OK && claim.count == 1,
	    "another worker takes the turn");
	c.lease = claim.leases[0];
	check_status(exec_try(&c, id), ST_CONFLICT,
	    "it cannot start the command again");
	js_set_text(unknown, "error", "interrupted, outcome unknown");
	check_status(exec_finish(c.worker, &c.lease, id, unknown), ST_OK,
	    "but say that nobody knows");
	listed(&c, id, "interrupted, outcome unknown");
	exec_case_done(&c);
}

/* The API's role ends a waiting turn, and reaches no command by it. */
static void
other_accounts(void)
{
	struct exec_case a, b;
	char id[UUID_TEXT];

	exec_case_make("enda", &a);
	exec_case_make("endb", &b);
	started(&a, "call-1", id);
	end_turn(&b, "aborted");
	check(owner_count("SELECT count(*) FROM moltis.exec_requests WHERE"
			  " id = '%s' AND state = 'started'",
		  id) == 1,
	    "the end of a turn touches the commands of no other");
	end_turn(&a, "aborted");
	exec_case_done(&a);
	exec_case_done(&b);
}

void
test_exec_end(void)
{
	exec_quiet();
	stopped();
	cut_off();
	ended_before();
	left_behind();
	other_accounts();
	exec_quiet();
}
