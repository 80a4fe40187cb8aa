/*
 * Events of an account (S279): numbers without gaps however many write at
 * once, and never a number before a smaller one can be seen.
 */
#include "config.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "event/feed.h"
#include "js/js.h"
#include "op/op_enter.h"
#include "tests/sql/sqltest.h"

#define WRITERS 8
#define EACH 50

struct worker {
	const struct person *person;
	bool reads; /* the one that reads meanwhile */
	int good;
	int gaps;
	int64_t highest;
};

static atomic_int writers_left;

static bool
emit_one(struct db *db, const struct person *p)
{
	own_json struct json_object *payload = js_new();
	enum status st = db_begin(db, DB_WRITE);

	js_set_text(payload, "kind", "test");
	if (st == ST_OK)
		st = op_enter_queue(db,
		    &(struct op_entry){ .cred = &p->key, .need = SCOPE_WRITE });
	if (st == ST_OK)
		st = feed_emit(db, "test", SCOPE_READ, payload);
	if (st == ST_OK)
		st = db_commit(db);
	if (st != ST_OK)
		db_rollback(db);
	return st == ST_OK;
}

/* Follows the events as a client would; a number that jumps is a gap. */
static void
read_all(struct db *db, struct worker *w)
{
	bool last_round = false;

	for (;;) {
		struct feed_page page = { .after_seq = w->highest,
			.max = FEED_PAGE_MAX };
		struct op_error err;
		size_t n;

		if (feed_fetch(db, &w->person->key, &page, &err) != ST_OK)
			return;
		n = json_object_array_length(page.events);
		for (size_t i = 0; i < n; i++) {
			int64_t seq =
			    js_int(json_object_array_get_idx(page.events, i),
				"seq", -1);

			w->gaps += seq != w->highest + 1;
			w->highest = seq;
			w->good++;
		}
		js_put(&page.events);
		if (last_round && w->highest == page.head)
			return;
		last_round = atomic_load(&writers_left) == 0;
	}
}

static void
work(void *arg)
{
	struct worker *w = arg;
	struct db *db = db_open(w->reads ? info_worker() : info_api());

	if (w->reads) {
		read_all(db, w);
	} else {
		for (int i = 0; i < EACH; i++)
			w->good += emit_one(db, w->person);
		atomic_fetch_sub(&writers_left, 1);
	}
	db_close(db);
}

static void
together(void)
{
	struct worker workers[WRITERS + 1];
	struct person p, q;
	int written = 0;

	person_make("emitter", &p);
	person_make("emitter2", &q);
	memset(workers, 0, sizeof(workers));
	atomic_store(&writers_left, WRITERS);
	for (int i = 0; i <= WRITERS; i++)
		workers[i].person = &p;
	workers[WRITERS].reads = true;
	in_parallel(WRITERS + 1, work, workers, sizeof(workers[0]));
	for (int i = 0; i < WRITERS; i++)
		written += workers[i].good;
	check(written == WRITERS * EACH, "%d writers emit %d events each",
	    WRITERS, EACH);
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s'",
		  p.account_id) == WRITERS * EACH &&
		owner_count("SELECT max(seq) FROM moltis.events WHERE"
			    " account_id = '%s'",
		    p.account_id) == WRITERS * EACH &&
		owner_count("SELECT min(seq) FROM moltis.events WHERE"
			    " account_id = '%s'",
		    p.account_id) == 1,
	    "their numbers run from 1 to %d without a gap", WRITERS * EACH);
	check(workers[WRITERS].good == WRITERS * EACH &&
		workers[WRITERS].gaps == 0,
	    "who reads meanwhile sees each once and in order (%d seen, %d "
	    "gaps)",
	    workers[WRITERS].good, workers[WRITERS].gaps);
	check(owner_count("SELECT event_seq FROM moltis.account_heads WHERE"
			  " account_id = '%s'",
		  q.account_id) == 0,
	    "another account's numbers stay where they were");
}

static void
undone(struct db *db)
{
	own_json struct json_object *payload = js_new();
	struct person p;

	person_make("undoer", &p);
	(void)!db_begin(db, DB_WRITE);
	(void)!op_enter_queue(db,
	    &(struct op_entry){ .cred = &p.key, .need = SCOPE_WRITE });
	(void)!feed_emit(db, "test", SCOPE_READ, payload);
	(void)!db_flush(db);
	db_rollback(db);
	check(emit_one(db, &p) &&
		owner_count("SELECT min(seq) FROM moltis.events WHERE"
			    " account_id = '%s'",
		    p.account_id) == 1,
	    "a rolled back event uses up no number");
}

/* What a client that was away needs to know. */
static void
reading(struct db *db)
{
	struct feed_page none = { .after_seq = 0, .max = 10 };
	struct feed_page page = { .after_seq = 3, .max = 1 };
	struct op_error err;
	struct person p;

	person_make("reader", &p);
	check(feed_fetch(db, &p.key, &none, &err) == ST_OK &&
		json_object_array_length(none.events) == 0 && none.head == 0 &&
		none.oldest == 1,
	    "an account without events has head 0 and oldest 1");
	for (int i = 0; i < 5; i++)
		(void)emit_one(db, &p);
	owner_do("DELETE FROM moltis.events WHERE account_id = '%s' AND seq <"
		 " 3",
	    p.account_id);
	check(feed_fetch(db, &p.key, &page, &err) == ST_OK &&
		json_object_array_length(page.events) == 1 &&
		js_int(json_object_array_get_idx(page.events, 0), "seq", 0) ==
		    4 &&
		page.head == 5 && page.oldest == 3,
	    "a page after a number, with head and the oldest that is kept");
	js_put(&none.events);
	js_put(&page.events);
}

static void
purging(void)
{
	struct db *worker = db_open(info_worker());
	own_res PGresult *res = NULL;
	struct person p;

	person_make("purged", &p);
	for (int i = 0; i < 3; i++)
		(void)emit_one(worker, &p);
	owner_do("UPDATE moltis.events SET created_at = now() - interval '8"
		 " days' WHERE account_id = '%s' AND seq = 1",
	    p.account_id);
	owner_do("UPDATE moltis.login_sessions SET expires_at = now() -"
		 " interval '1 second' WHERE id = '%s'",
	    p.session_id);
	owner_do("INSERT INTO moltis.throttle VALUES ('old', 'x', now() -"
		 " interval '2 days', 1)");
	check_status(db_once(worker, DB_WRITE, STMT_EVENT_PURGE, &res), ST_OK,
	    "the worker cleans up");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s'",
		  p.account_id) == 2,
	    "events older than a week are gone, younger ones are kept");
	check(owner_count("SELECT count(*) FROM moltis.login_sessions WHERE id"
			  " = '%s'",
		  p.session_id) == 0 &&
		owner_count("SELECT count(*) FROM moltis.throttle WHERE class"
			    " = 'old'") == 0,
	    "so are ended sessions and old counters");
	db_close(worker);
}

void
test_events(void)
{
	struct db *db = db_open(info_api());

	together();
	undone(db);
	reading(db);
	purging();
	db_close(db);
}
