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

#define SENDERS_MAX 10

struct tally {
	int taken, limited, other;
};

struct sender {
	const struct person *person;
	const char *params;
	int count;
	struct tally tally;
	char run_id[UUID_TEXT]; /* of the last one taken */
};

static void
tally_add(struct tally *t, enum status st)
{
	t->taken += st == ST_OK;
	t->limited += st == ST_LIMIT;
	t->other += st != ST_OK && st != ST_LIMIT;
}

/* N senders like FIRST at once; what became of all they sent. */
static struct tally
send_together(int n, void (*work)(void *), const struct sender *first)
{
	struct sender senders[SENDERS_MAX];
	struct tally sum = { 0 };

	for (int i = 0; i < n; i++)
		senders[i] = *first;
	in_parallel(n, work, senders, sizeof(senders[0]));
	for (int i = 0; i < n; i++) {
		sum.taken += senders[i].tally.taken;
		sum.limited += senders[i].tally.limited;
		sum.other += senders[i].tally.other;
	}
	return sum;
}

static void
send_work(void *arg)
{
	struct sender *s = arg;
	struct db *db = db_open(info_api());

	for (int i = 0; i < s->count; i++) {
		own_json struct json_object *reply = NULL;
		enum status st = call_op(db, &s->person->key, "chat.send",
		    s->params, &reply);

		tally_add(&s->tally, st);
		if (st == ST_OK)
			(void)snprintf(s->run_id, sizeof(s->run_id), "%s",
			    js_text(reply, "runId"));
	}
	db_close(db);
}

static void
queue_limit(void)
{
	struct person p;
	const struct sender hello = { .person = &p,
		.params = "{\"text\":\"hello\"}",
		.count = 3 };
	struct tally sum;

	person_make("chatty", &p);
	sum = send_together(10, send_work, &hello);
	check(sum.taken == 21 && sum.limited == 9 && sum.other == 0,
	    "of 30 messages at once one runs, 20 wait and 9 are refused (%d "
	    "taken, %d refused, %d failed)",
	    sum.taken, sum.limited, sum.other);
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
		same += senders[i].tally.taken == 2 &&
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

/* How many entries a page has, or -1; *RET_NEXT is its cursor, owned by the
 * caller, NULL on the last page. */
static int
page(struct db *db, const struct person *p, const char *params, char **ret_next)
{
	own_json struct json_object *reply = NULL;
	const char *next;

	*ret_next = NULL;
	if (call_op(db, &p->key, "sessions.list", params, &reply) != ST_OK)
		return -1;
	next = js_text(reply, "nextCursor");
	if (js_bool(reply, "hasMore", false) != (next != NULL))
		return -1;
	if (next != NULL)
		*ret_next = strdup(next);
	return (int)json_object_array_length(js_get(reply, "sessions"));
}

static void
listing(struct db *db)
{
	struct person p;
	char params[320], *next, *end;

	person_make("lister", &p);
	for (int i = 0; i < 3; i++)
		(void)!call_op(db, &p.key, "sessions.create", "{}", NULL);
	check(page(db, &p, "{\"limit\":3}", &end) == 3 && end == NULL,
	    "a page that holds all has no next one");
	check(page(db, &p, "{\"limit\":2}", &next) == 2 && next != NULL,
	    "a page that does not has");
	(void)snprintf(params, sizeof(params),
	    "{\"limit\":2,\"cursor\":\"%s\"}", next == NULL ? "" : next);
	free(next);
	check(page(db, &p, params, &end) == 1 && end == NULL,
	    "and the next one has the rest");
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
		tally_add(&s->tally, st);
	}
	db_close(db);
}

/* However a session is made: the limit holds. */
static void
session_limit(struct db *db)
{
	struct person p;
	const struct sender maker = { .person = &p, .count = 4 };
	struct tally sum;

	person_make("hoarder", &p);
	owner_do("INSERT INTO moltis.chat_sessions (account_id, key) SELECT"
		 " '%s', CASE i WHEN 0 THEN 'main' ELSE 'session:' ||"
		 " gen_random_uuid() END FROM generate_series(0, 991) i",
	    p.account_id);
	sum = send_together(8, session_work, &maker);
	check(sum.taken == 8 && sum.limited == 24 && sum.other == 0,
	    "with 992 sessions eight more are made of 32 asked for at once "
	    "(%d made, %d refused, %d failed)",
	    sum.taken, sum.limited, sum.other);
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
	listing(db);
	session_limit(db);
	db_close(db);
}
