/*
 * Durable turns: claimed once however many ask, one a session at a time and
 * in order, and nothing written by a worker whose lease is lost.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "turn/turn.h"
#include "js/js.h"
#include "tests/sql/sqltest.h"

#define SESSIONS 20
#define TURNS 200

static struct {
	pthread_mutex_t lock;
	char running[SESSIONS * 2][UUID_TEXT]; /* sessions being worked on */
	int order[TURNS]; /* of the inputs, as they were finished */
	int finished, twice;
} board = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* Notes that a session is worked on; it must not be already. */
static void
board_enter(const char *key)
{
	int free_slot = -1;

	(void)pthread_mutex_lock(&board.lock);
	for (int i = 0; i < SESSIONS * 2; i++) {
		if (strcmp(board.running[i], key + 8) == 0)
			board.twice++;
		if (board.running[i][0] == '\0')
			free_slot = i;
	}
	(void)snprintf(board.running[free_slot], UUID_TEXT, "%s", key + 8);
	(void)pthread_mutex_unlock(&board.lock);
}

/* Before the finish is committed: afterwards another may begin. */
static void
board_leave(const char *key, int64_t number)
{
	(void)pthread_mutex_lock(&board.lock);
	for (int i = 0; i < SESSIONS * 2; i++) {
		if (strcmp(board.running[i], key + 8) == 0)
			board.running[i][0] = '\0';
	}
	if (board.finished < TURNS)
		board.order[board.finished] = (int)number;
	board.finished++;
	(void)pthread_mutex_unlock(&board.lock);
}

static enum status
finish(struct db *db, const struct turn_lease *lease, const char *text)
{
	own_json struct json_object *message = js_new();
	own_json struct json_object *event = js_new();

	js_set_text(message, "role", "assistant");
	js_set_text(message, "content", text);
	js_set_text(event, "state", "final");
	return turn_finish(db, lease,
	    &(struct turn_end){ .outcome = "done",
		.message = message,
		.event = event });
}

static void
run_one(struct db *db, const struct turn_lease *lease)
{
	struct turn_loaded l = { 0 };
	own_json struct json_object *step = js_new();

	if (turn_load(db, lease, &l) != ST_OK)
		return;
	board_enter(l.session_key);
	if (turn_step(db, lease, 0, "model_reply", step) == ST_OK) {
		board_leave(l.session_key, l.client_seq);
		if (finish(db, lease, "answer") != ST_OK)
			fprintf(stderr, "sqltest: a finish failed\n");
	}
	turn_loaded_done(&l);
}

struct claimer {
	char name[24];
	int claimed;
};

static void
claim_work(void *arg)
{
	struct claimer *c = arg;
	struct db *db = db_open(info_worker());
	int idle = 0;

	while (idle < 20) {
		struct turn_claim claim = { .worker = c->name,
			.lease_secs = 300,
			.room = 4 };

		if (turn_claim(db, &claim) != ST_OK)
			break;
		idle = claim.count == 0 ? idle + 1 : 0;
		if (claim.count == 0)
			pause_ms(10);
		c->claimed += claim.count;
		for (int i = 0; i < claim.count; i++)
			run_one(db, &claim.leases[i]);
	}
	db_close(db);
}

static void
make_turns(const struct person *p)
{
	for (int i = 0; i < SESSIONS; i++) {
		char key[8 + UUID_TEXT] = "session:";

		uuid_new(key + 8);
		owner_do("INSERT INTO moltis.chat_sessions (account_id, key,"
			 " label) VALUES ('%s', '%s', '%d')",
		    p->account_id, key, i);
	}
	/* Turn 0 of every session, then turn 1 of every session... */
	for (int i = 0; i < TURNS; i++)
		owner_do("INSERT INTO moltis.turns (account_id, session_id,"
			 " user_id, origin, input, client_seq) SELECT"
			 " account_id, id, '%s', 'owner', 'hello', %d FROM"
			 " moltis.chat_sessions WHERE account_id = '%s' AND"
			 " label = '%d'",
		    p->user_id, i, p->account_id, i % SESSIONS);
}

/* In the order of finishing, each session's turns count up. */
static bool
in_order(void)
{
	int next[SESSIONS] = { 0 };

	for (int i = 0; i < TURNS; i++) {
		int session = board.order[i] % SESSIONS;

		if (board.order[i] / SESSIONS != next[session]++)
			return false;
	}
	return true;
}

static void
shared_out(void)
{
	struct claimer claimers[4];
	struct person p;
	int claimed = 0, busy = 0;

	owner_do("UPDATE moltis.turns SET state = 'done' WHERE state IN"
		 " ('queued', 'running')");
	person_make("turner", &p);
	make_turns(&p);
	memset(claimers, 0, sizeof(claimers));
	for (int i = 0; i < 4; i++)
		(void)snprintf(claimers[i].name, sizeof(claimers[i].name),
		    "claimer-%d", i);
	in_parallel(4, claim_work, claimers, sizeof(claimers[0]));
	for (int i = 0; i < 4; i++) {
		claimed += claimers[i].claimed;
		busy += claimers[i].claimed > 0;
	}
	check(claimed == TURNS && busy > 1,
	    "four claimers take %d turns, each once (%d taken by %d)", TURNS,
	    claimed, busy);
	check(owner_count("SELECT count(*) FROM moltis.turns WHERE account_id"
			  " = '%s' AND state = 'done' AND attempts = 1 AND"
			  " lease_token IS NULL",
		  p.account_id) == TURNS,
	    "each was done at its first attempt");
	check(board.twice == 0 && board.finished == TURNS,
	    "no session was ever worked on twice at once (%d were)",
	    board.twice);
	check(in_order(), "the turns of a session kept their order");
	check(owner_count("SELECT count(*) FROM moltis.chat_sessions WHERE"
			  " account_id = '%s' AND message_count <> 20",
		  p.account_id) == 0 &&
		owner_count("SELECT count(*) FROM moltis.messages WHERE"
			    " account_id = '%s'",
		    p.account_id) == 2 * TURNS,
	    "every session has ten questions and ten answers");
	check(owner_count("SELECT count(*) FROM moltis.messages WHERE"
			  " account_id = '%s' AND (body ->> 'role' = 'user')"
			  " <> (index %% 2 = 0)",
		  p.account_id) == 0,
	    "and they take turns");
}

static bool
claim_one(struct db *db, const char *worker, int secs, struct turn_lease *ret)
{
	struct turn_claim claim = { .worker = worker,
		.lease_secs = secs,
		.room = 1 };

	if (turn_claim(db, &claim) != ST_OK || claim.count != 1)
		return false;
	*ret = claim.leases[0];
	return true;
}

static void
send_one(const struct person *p)
{
	struct db *db = db_open(info_api());

	(void)!call_op(db, &p->key, "chat.send", "{\"text\":\"hello\"}", NULL);
	db_close(db);
}

/* Does a renewal of WORKER still know the turn?  And is it to stop? */
static bool
renews(struct db *db, const char *worker, const struct turn_lease *lease,
    bool *ret_stop)
{
	own_json struct json_object *tokens = json_object_new_array();
	own_json struct json_object *flags = NULL;
	struct json_object *flag;

	js_push(tokens, json_object_new_string(lease->token));
	if (turn_renew(db, worker, 60, tokens, &flags) != ST_OK)
		return false;
	flag = js_get(flags, lease->turn_id);
	if (ret_stop != NULL)
		*ret_stop = json_object_get_boolean(flag);
	return flag != NULL;
}

static void
lease_lost(struct db *db)
{
	own_json struct json_object *body = js_new();
	struct turn_lease old, fresh;
	struct turn_loaded l = { 0 };
	struct person p;

	person_make("loser", &p);
	send_one(&p);
	check(claim_one(db, "slow", 300, &old) && old.attempts == 1,
	    "a worker claims a turn");
	check(!claim_one(db, "quick", 300, &fresh),
	    "nobody else gets it while the lease holds");
	check(renews(db, "slow", &old, NULL), "its worker may renew it");
	check(!renews(db, "quick", &old, NULL),
	    "another worker may not, even with the token");
	check_status(turn_step(db, &old, 0, "model_reply", body), ST_OK,
	    "its worker writes a step");
	owner_do("UPDATE moltis.turns SET lease_until = now() - interval '1"
		 " second' WHERE id = '%s'",
	    old.turn_id);
	check(claim_one(db, "quick", 300, &fresh) && fresh.attempts == 2 &&
		strcmp(fresh.turn_id, old.turn_id) == 0,
	    "a turn whose lease ended is taken over");
	check(strcmp(fresh.token, old.token) != 0, "with a new token");
	check_status(turn_step(db, &old, 1, "model_reply", body), ST_CONFLICT,
	    "the worker that lost it writes no step");
	check_status(finish(db, &old, "late"), ST_CONFLICT, "nor the end");
	check(!renews(db, "slow", &old, NULL), "nor does it renew");
	check(turn_load(db, &fresh, &l) == ST_OK &&
		json_object_array_length(l.steps) == 1,
	    "the new worker sees the step that was finished");
	turn_loaded_done(&l);
	check_status(turn_step(db, &fresh, 0, "model_reply", body), ST_CONFLICT,
	    "a step is never written twice");
	check_status(finish(db, &fresh, "answer"), ST_OK, "it ends the turn");
	check_status(finish(db, &fresh, "again"), ST_CONFLICT,
	    "which cannot be ended twice");
	check(owner_count("SELECT count(*) FROM moltis.messages WHERE"
			  " account_id = '%s'",
		  p.account_id) == 2 &&
		owner_count("SELECT count(*) FROM moltis.messages WHERE"
			    " account_id = '%s' AND body ->> 'content' ="
			    " 'answer'",
		    p.account_id) == 1,
	    "the answer is there once, and no other");
}

static void
forged_leases(struct db *db)
{
	own_json struct json_object *body = js_new();
	struct turn_lease lease, forged;
	struct turn_loaded l = { 0 };
	struct person p, q;

	person_make("lessee", &p);
	person_make("lessee2", &q);
	send_one(&p);
	(void)claim_one(db, "w", 300, &lease);
	forged = lease;
	uuid_new(forged.token);
	check_status(turn_load(db, &forged, &l), ST_CONFLICT,
	    "a made up token enters nothing");
	forged = lease;
	(void)snprintf(forged.account_id, UUID_TEXT, "%s", q.account_id);
	check_status(turn_load(db, &forged, &l), ST_CONFLICT,
	    "a token enters no other account");
	owner_do("UPDATE moltis.accounts SET disabled_at = now() WHERE"
		 " account_id = '%s'",
	    p.account_id);
	check_status(turn_step(db, &lease, 0, "model_reply", body), ST_CONFLICT,
	    "a disabled account's turn goes no further");
	owner_do("UPDATE moltis.accounts SET disabled_at = NULL WHERE"
		 " account_id = '%s'",
	    p.account_id);
	check_status(finish(db, &lease, "x"), ST_OK,
	    "and ends once it is let in again");
}

static void
handing_over(struct db *db)
{
	struct turn_lease lease, next;
	struct person p;

	person_make("hander", &p);
	send_one(&p);
	(void)claim_one(db, "leaving", 300, &lease);
	check_status(turn_release(db, "leaving"), ST_OK,
	    "a worker that stops gives its turns back");
	check(claim_one(db, "staying", 300, &next) &&
		strcmp(next.turn_id, lease.turn_id) == 0,
	    "another takes them at once");
	check_status(finish(db, &next, "x"), ST_OK, "and ends them");
}

/* Of two running turns one waits for a person. */
static void
handing_over_one(struct db *db)
{
	own_json struct json_object *tokens = json_object_new_array();
	struct turn_lease waits, runs, next;
	struct person p, q;

	person_make("waiter", &p);
	person_make("runner", &q);
	send_one(&p);
	(void)claim_one(db, "leaving", 300, &waits);
	send_one(&q);
	(void)claim_one(db, "leaving", 300, &runs);
	js_push(tokens, json_object_new_string(waits.token));
	check_status(turn_hand_over(db, "another", tokens), ST_OK,
	    "nobody else hands it over");
	check(renews(db, "leaving", &waits, NULL), "it is held as before");
	check_status(turn_hand_over(db, "leaving", tokens), ST_OK,
	    "a turn that waits for a person is handed over");
	check(claim_one(db, "staying", 300, &next) &&
		strcmp(next.turn_id, waits.turn_id) == 0 && next.attempts == 1,
	    "another has it at once, and nothing counts as interrupted");
	check(renews(db, "leaving", &runs, NULL),
	    "the turn that runs stays where it is");
	check_status(finish(db, &next, "x"), ST_OK, "the one ends");
	check_status(finish(db, &runs, "x"), ST_OK, "and so does the other");
}

static void
aborted_while_running(struct db *db)
{
	struct db *api = db_open(info_api());
	own_json struct json_object *reply = NULL;
	own_json struct json_object *event = js_new();
	struct turn_lease lease;
	struct turn_loaded l = { 0 };
	struct person p;
	bool stop = true;

	person_make("aborter", &p);
	send_one(&p);
	(void)claim_one(db, "w", 300, &lease);
	check(renews(db, "w", &lease, &stop) && !stop,
	    "a running turn is not to stop");
	check(call_op(api, &p.key, "chat.abort", "{}", &reply) == ST_OK &&
		js_bool(reply, "aborted", false),
	    "a running turn can be aborted");
	check(renews(db, "w", &lease, &stop) && stop,
	    "its worker hears of it at the next renewal");
	check(turn_load(db, &lease, &l) == ST_OK && l.abort_requested,
	    "or when it loads the turn");
	turn_loaded_done(&l);
	js_set_text(event, "state", "aborted");
	check_status(
	    turn_finish(db, &lease,
		&(struct turn_end){ .outcome = "aborted", .event = event }),
	    ST_OK, "and ends it");
	check(owner_count("SELECT count(*) FROM moltis.turns WHERE id = '%s'"
			  " AND state = 'aborted'",
		  lease.turn_id) == 1,
	    "as aborted");
	db_close(api);
}

static void
queue_moves_on(struct db *db)
{
	struct turn_lease first, second;
	struct turn_loaded l = { 0 };
	struct person p;

	person_make("queuer", &p);
	send_one(&p);
	send_one(&p);
	(void)claim_one(db, "w", 300, &first);
	check(!claim_one(db, "w", 300, &second),
	    "a waiting turn is not claimed while its session runs");
	check_status(finish(db, &first, "x"), ST_OK, "the first one ends");
	check(claim_one(db, "w", 300, &second),
	    "then the waiting one is claimed");
	check(turn_load(db, &second, &l) == ST_OK && l.user_index == 2 &&
		json_object_array_length(l.messages) == 3,
	    "and its message joins the history behind the answer");
	turn_loaded_done(&l);
	check_status(finish(db, &second, "y"), ST_OK, "it ends too");
}

void
test_turns(void)
{
	struct db *db = db_open(info_worker());

	shared_out();
	lease_lost(db);
	forged_leases(db);
	handing_over(db);
	handing_over_one(db);
	aborted_while_running(db);
	queue_moves_on(db);
	db_close(db);
}
