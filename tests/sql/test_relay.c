/*
 * Deltas between workers: who may write, who may read, in which order, and
 * what is left of it after a while.
 */
#include "config.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "event/relay.h"
#include "js/js.h"
#include "tests/sql/sqltest.h"

struct speaker {
	char worker[UUID_TEXT];
	const char *account, *turn, *token, *speech;
};

static struct json_object *
list(const char *one)
{
	struct json_object *o = json_object_new_array();

	if (one != NULL)
		js_push(o, json_object_new_string(one));
	return o;
}

/* True when somebody listens. */
static bool
say(struct db *db, const struct speaker *s, const char *n, const char *items)
{
	struct relay_put put = { list(s->account), list(s->turn),
		list(s->token), list(s->speech), list(n), list(items) };
	own_json struct json_object *heard = NULL;
	bool yes = relay_store_put(db, s->worker, &put, &heard) == ST_OK &&
	    js_bool(heard, s->turn, false);

	js_put(&put.accounts);
	js_put(&put.turns);
	js_put(&put.tokens);
	js_put(&put.speeches);
	js_put(&put.ns);
	js_put(&put.items);
	return yes;
}

/* How many batches WORKER reads after number N of SPEECH (NULL: knows none); the
 * numbers must rise. */
static int
hear(struct db *db, const char *worker, const char *speech, const char *n)
{
	struct relay_ask ask = { NULL, list(speech), list(n) };
	struct relay_row rows[RELAY_FETCH_MAX];
	int count = -1;

	if (relay_store_fetch(db, worker, &ask, rows, &count) != ST_OK)
		count = -1;
	for (int i = 0; i < count; i++) {
		if (i > 0 && rows[i].n <= rows[i - 1].n)
			count = -2;
		js_put(&rows[i].items);
	}
	js_put(&ask.speeches);
	js_put(&ask.ns);
	return count;
}

static void
beats(struct db *db, char a[UUID_TEXT], char b[UUID_TEXT])
{
	int others = -1;
	bool known = true;

	uuid_new(a);
	uuid_new(b);
	check(relay_store_beat(db, a, &others, &known) == ST_OK && !known,
	    "a new worker is not known");
	check(relay_store_beat(db, b, &others, &known) == ST_OK && !known &&
		others >= 1,
	    "the second one sees the first");
	check(relay_store_beat(db, a, &others, &known) == ST_OK && known &&
		others >= 1,
	    "and the first one the second");
}

static void
aging(struct db *db, const char *listener)
{
	int others;
	bool known;

	owner_do("UPDATE moltis.relay_batches SET"
		 " at = now() - interval '11 seconds'");
	check(hear(db, listener, NULL, NULL) == 0,
	    "what is older than ten seconds is not passed on");
	check(relay_store_beat(db, listener, &others, &known) == ST_OK &&
		owner_count("SELECT count(*) FROM moltis.relay_batches") == 0,
	    "and goes with the next beat");
	owner_do("UPDATE moltis.relay_workers SET"
		 " until = now() - interval '1 second' WHERE worker <> '%s'",
	    listener);
	check(relay_store_beat(db, listener, &others, &known) == ST_OK &&
		others == 0,
	    "a worker that has no beat any more is forgotten");
	owner_do("TRUNCATE moltis.relay_workers, moltis.relay_listeners");
	check(relay_store_beat(db, listener, &others, &known) == ST_OK &&
		!known,
	    "after a crash of the database it must listen again");
}

void
test_relay(void)
{
	struct db *db = db_open(info_worker());
	char listener[UUID_TEXT], stranger[UUID_TEXT];
	struct speaker s = { 0 };
	struct person p, q;
	char *session, *turn, *token;

	person_make("relayed", &p);
	person_make("relay-other", &q);
	session = owner_get("INSERT INTO moltis.chat_sessions (account_id, key)"
			    " VALUES ('%s', 'session:relay') RETURNING id",
	    p.account_id);
	turn = owner_get(
	    "INSERT INTO moltis.turns (account_id, session_id, user_id, state,"
	    " origin, input, attempts, lease_token, lease_until) VALUES"
	    " ('%s', '%s', '%s', 'running', 'owner', 'x', 1,"
	    " gen_random_uuid(), now() + interval '1 day') RETURNING id",
	    p.account_id, session, p.user_id);
	token = owner_get(
	    "SELECT lease_token FROM moltis.turns WHERE id = '%s'", turn);
	beats(db, s.worker, listener);
	s.account = p.account_id;
	s.turn = turn;
	s.token = token;
	s.speech = session; /* any id */
	check(!say(db, &s, "0", "[1]"), "nobody listens: nothing is stored");
	check(relay_store_listen(db, listener, &p.key) == ST_OK,
	    "a worker with a credential of the account may listen");
	uuid_new(stranger);
	check(relay_store_listen(db, stranger, &p.key) == ST_NOT_FOUND,
	    "not one without a beat");
	check(relay_store_listen(db, s.worker, &q.key) == ST_OK &&
		hear(db, s.worker, NULL, NULL) == 0,
	    "it hears of its own accounts only");
	check(say(db, &s, "0", "[\"a\\u0000\"]") && say(db, &s, "1", "[2]") &&
		hear(db, listener, NULL, NULL) == 2,
	    "then it hears all, in order, whatever the text is");
	check(hear(db, listener, s.speech, "0") == 1 &&
		hear(db, listener, s.speech, "1") == 0,
	    "and nothing twice");
	check(hear(db, s.worker, NULL, NULL) == 0 &&
		hear(db, stranger, NULL, NULL) == 0,
	    "the speaker does not hear itself, nor a stranger anything");
	s.token = stranger;
	check(!say(db, &s, "2", "[3]"), "without the lease nobody speaks");
	s.token = token;
	owner_do("UPDATE moltis.turns SET state = 'done' WHERE id = '%s'",
	    turn);
	check(!say(db, &s, "2", "[3]"), "nor for a turn that is over");
	aging(db, listener);
	free(session);
	free(turn);
	free(token);
	db_close(db);
}
