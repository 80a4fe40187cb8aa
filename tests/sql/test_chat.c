/*
 * Chat through the gate: the queue's limit and repeated sends when many come
 * at once, stopping, clearing, forking (S227).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "js/js.h"
#include "tests/sql/sqltest.h"

struct sender {
	const struct person *person;
	const char *params;
	int count;
	int taken, limited, other;
	char run_id[UUID_TEXT]; /* of the last one taken */
};

static void
send_work(void *arg)
{
	struct sender *s = arg;
	struct db *db = db_open(info_api());

	for (int i = 0; i < s->count; i++) {
		own_json struct json_object *reply = NULL;
		enum status st = call_op(db, &s->person->key, "chat.send",
		    s->params, &reply);

		s->taken += st == ST_OK;
		s->limited += st == ST_LIMIT;
		s->other += st != ST_OK && st != ST_LIMIT;
		if (st == ST_OK)
			(void)snprintf(s->run_id, sizeof(s->run_id), "%s",
			    js_text(reply, "runId"));
	}
	db_close(db);
}

static void
queue_limit(void)
{
	struct sender senders[10];
	struct person p;
	int taken = 0, limited = 0, other = 0;

	person_make("chatty", &p);
	memset(senders, 0, sizeof(senders));
	for (int i = 0; i < 10; i++) {
		senders[i].person = &p;
		senders[i].params = "{\"text\":\"hello\"}";
		senders[i].count = 3;
	}
	in_parallel(10, send_work, senders, sizeof(senders[0]));
	for (int i = 0; i < 10; i++) {
		taken += senders[i].taken;
		limited += senders[i].limited;
		other += senders[i].other;
	}
	check(taken == 21 && limited == 9 && other == 0,
	    "of 30 messages at once one runs, 20 wait and 9 are refused (%d "
	    "taken, %d refused, %d failed)",
	    taken, limited, other);
	check(owner_count("SELECT count(*) FROM moltis.turns WHERE account_id"
			  " = '%s'",
		  p.account_id) == 21,
	    "each that was taken is a turn");
	check(owner_count("SELECT count(*) FROM moltis.messages WHERE"
			  " account_id = '%s'",
		  p.account_id) == 1 &&
		owner_count("SELECT count(*) FROM moltis.events WHERE"
			    " account_id = '%s' AND payload ->> 'state' ="
			    " 'queued'",
		    p.account_id) == 20,
	    "the first joins the history, the others are told as queued");
	check(owner_count("SELECT count(DISTINCT created_at) FROM moltis.turns"
			  " WHERE account_id = '%s'",
		  p.account_id) == 21,
	    "they have an order");
}

static void
repeated(struct db *db)
{
	struct sender senders[8];
	struct person p;
	int same = 0;

	person_make("repeater", &p);
	memset(senders, 0, sizeof(senders));
	for (int i = 0; i < 8; i++) {
		senders[i].person = &p;
		senders[i].params = "{\"text\":\"once\",\"idempotencyKey\":"
				    "\"same\"}";
		senders[i].count = 2;
	}
	in_parallel(8, send_work, senders, sizeof(senders[0]));
	for (int i = 0; i < 8; i++)
		same += senders[i].taken == 2 &&
		    strcmp(senders[i].run_id, senders[0].run_id) == 0;
	check(same == 8, "16 sends of one idempotency key get one run id");
	check(owner_count("SELECT count(*) FROM moltis.turns WHERE account_id"
			  " = '%s'",
		  p.account_id) == 1 &&
		owner_count("SELECT count(*) FROM moltis.messages WHERE"
			    " account_id = '%s'",
		    p.account_id) == 1,
	    "and are one turn with one message");
	check_status(call_op(db, &p.key, "chat.send",
			 "{\"text\":\"twice\",\"idempotencyKey\":\"other\"}",
			 NULL),
	    ST_OK, "another key is another turn");
}

static bool
is_aborted(struct json_object *reply)
{
	return js_bool(reply, "aborted", false);
}

static void
stopping(struct db *db)
{
	own_json struct json_object *first = NULL;
	own_json struct json_object *again = NULL;
	own_json struct json_object *cleared = NULL;
	struct person p;

	person_make("stopper", &p);
	for (int i = 0; i < 4; i++)
		(void)!call_op(db, &p.key, "chat.send", "{\"text\":\"x\"}",
		    NULL);
	check_status(call_op(db, &p.key, "chat.cancel_queued", "{}", &cleared),
	    ST_OK, "waiting messages are dropped");
	check(js_int(cleared, "cleared", -1) == 3,
	    "three of four, not the one whose turn it is");
	check(call_op(db, &p.key, "chat.abort", "{}", &first) == ST_OK &&
		is_aborted(first),
	    "a turn nobody claimed yet is aborted at once");
	check(owner_count("SELECT count(*) FROM moltis.turns WHERE account_id"
			  " = '%s' AND state = 'aborted' AND finished_at IS"
			  " NOT NULL",
		  p.account_id) == 4,
	    "all four are over");
	check(call_op(db, &p.key, "chat.abort", "{}", &again) == ST_OK &&
		!is_aborted(again),
	    "with nothing to stop nothing is aborted");
}

static void
busy_sessions(struct db *db)
{
	struct person p;

	person_make("busy", &p);
	(void)!call_op(db, &p.key, "chat.send", "{\"text\":\"x\"}", NULL);
	check_status(call_op(db, &p.key, "chat.clear", "{}", NULL), ST_CONFLICT,
	    "a session with an active turn is not cleared");
	check_status(
	    call_op(db, &p.key, "sessions.reset", "{\"key\":\"main\"}", NULL),
	    ST_CONFLICT, "nor reset");
	check_status(call_op(db, &p.key, "sessions.delete",
			 "{\"key\":\"main\",\"force\":true}", NULL),
	    ST_CONFLICT, "main cannot be deleted");
	(void)!call_op(db, &p.key, "chat.abort", "{}", NULL);
	check_status(call_op(db, &p.key, "chat.clear", "{}", NULL), ST_OK,
	    "once it is idle it is cleared");
	check(owner_count("SELECT message_count FROM moltis.chat_sessions"
			  " WHERE account_id = '%s'",
		  p.account_id) == 0 &&
		owner_count("SELECT count(*) FROM moltis.messages WHERE"
			    " account_id = '%s'",
		    p.account_id) == 0,
	    "its messages are gone");
}

static void
forking(struct db *db)
{
	own_json struct json_object *fork = NULL;
	struct person p;

	person_make("forker", &p);
	(void)!call_op(db, &p.key, "chat.send", "{\"text\":\"one\"}", NULL);
	(void)!call_op(db, &p.key, "chat.abort", "{}", NULL);
	(void)!call_op(db, &p.key, "chat.send", "{\"text\":\"two\"}", NULL);
	(void)!call_op(db, &p.key, "chat.abort", "{}", NULL);
	check_status(call_op(db, &p.key, "sessions.fork",
			 "{\"key\":\"main\",\"forkPoint\":1}", &fork),
	    ST_OK, "a session is forked after its first message");
	check(js_int(fork, "messageCount", -1) == 1 &&
		owner_count("SELECT count(*) FROM moltis.messages m JOIN"
			    " moltis.chat_sessions s ON s.id = m.session_id"
			    " WHERE s.account_id = '%s' AND s.key <> 'main'",
		    p.account_id) == 1,
	    "and has that one");
	check_status(call_op(db, &p.key, "sessions.fork",
			 "{\"key\":\"main\",\"forkPoint\":3}", NULL),
	    ST_INVALID, "a point beyond the end is refused");
	check_status(call_op(db, &p.key, "sessions.fork",
			 "{\"key\":\"session:00000000-0000-4000-8000-"
			 "000000000000\"}",
			 NULL),
	    ST_NOT_FOUND, "an unknown session is not found");
}

static void
session_work(void *arg)
{
	struct sender *s = arg;
	struct db *db = db_open(info_api());
	char params[128], uuid[UUID_TEXT];

	for (int i = 0; i < s->count; i++) {
		enum status st;

		uuid_new(uuid);
		(void)snprintf(params, sizeof(params),
		    "{\"text\":\"x\","
		    "\"sessionKey\":\"session:%s\"}",
		    uuid);
		st = call_op(db, &s->person->key,
		    i % 2 ? "chat.send" : "sessions.create",
		    i % 2 ? params : "{}", NULL);
		s->taken += st == ST_OK;
		s->limited += st == ST_LIMIT;
		s->other += st != ST_OK && st != ST_LIMIT;
	}
	db_close(db);
}

/* However a session is made: the limit holds. */
static void
session_limit(struct db *db)
{
	struct sender senders[8];
	struct person p;
	int taken = 0, limited = 0, other = 0;

	person_make("hoarder", &p);
	owner_do("INSERT INTO moltis.chat_sessions (account_id, key) SELECT"
		 " '%s', CASE i WHEN 0 THEN 'main' ELSE 'session:' ||"
		 " gen_random_uuid() END FROM generate_series(0, 991) i",
	    p.account_id);
	memset(senders, 0, sizeof(senders));
	for (int i = 0; i < 8; i++) {
		senders[i].person = &p;
		senders[i].count = 4;
	}
	in_parallel(8, session_work, senders, sizeof(senders[0]));
	for (int i = 0; i < 8; i++) {
		taken += senders[i].taken;
		limited += senders[i].limited;
		other += senders[i].other;
	}
	check(taken == 8 && limited == 24 && other == 0,
	    "with 992 sessions eight more are made of 32 asked for at once "
	    "(%d made, %d refused, %d failed)",
	    taken, limited, other);
	check_status(
	    call_op(db, &p.key, "sessions.fork", "{\"key\":\"main\"}", NULL),
	    ST_LIMIT, "a fork is a session too");
	check_status(
	    call_op(db, &p.key, "sessions.resolve", "{\"key\":\"main\"}", NULL),
	    ST_OK, "what exists can still be opened");
	check_status(call_op(db, &p.key, "chat.send", "{\"text\":\"x\"}", NULL),
	    ST_OK, "and talked in");
}

void
test_chat(void)
{
	struct db *db = db_open(info_api());

	queue_limit();
	repeated(db);
	stopping(db);
	busy_sessions(db);
	forking(db);
	session_limit(db);
	db_close(db);
}
