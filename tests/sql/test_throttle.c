/*
 * Counters that all processes share (S166, S223): exact, also when many
 * connections count at once, and over when their window is.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "auth/auth.h"
#include "js/js.h"
#include "tests/sql/sqltest.h"

static enum status
hit(struct db *db, const char *class_name, const char *subject,
    struct op_error *err)
{
	const struct auth_limit limit = { class_name, subject, 5, 60 };

	return auth_throttle(db, &limit, err);
}

static void
in_order(struct db *db)
{
	struct op_error err = { 0 };
	int good = 0;

	for (int i = 0; i < 8; i++)
		good += hit(db, "test", "one", &err) == ST_OK;
	check(good == 5, "five of eight hits are let through (%d)", good);
	check(err.retry_after_secs >= 59 && err.retry_after_secs <= 60,
	    "the wait is what is left of the window (%d)",
	    err.retry_after_secs);
	check_status(hit(db, "test", "two", &err), ST_OK,
	    "another subject counts by itself");
	check_status(hit(db, "test2", "one", &err), ST_OK,
	    "another class counts by itself");
}

static void
window_ends(struct db *db)
{
	const struct timespec pause = { .tv_sec = 1,
		.tv_nsec = 150 * 1000 * 1000 };
	const struct auth_limit one = { "test", "window", 1, 1 };
	struct op_error err;

	(void)!auth_throttle(db, &one, &err);
	check_status(auth_throttle(db, &one, &err), ST_LIMIT,
	    "the second hit of a window of one is refused");
	check(err.retry_after_secs == 1, "with a wait of at least a second");
	(void)nanosleep(&pause, NULL);
	check_status(auth_throttle(db, &one, &err), ST_OK,
	    "a new window begins empty");
	check_status(auth_throttle(db, &one, &err), ST_LIMIT,
	    "and counts again");
}

struct hitter {
	int hits, good, limited;
};

static void
hit_work(void *arg)
{
	const struct auth_limit twenty = { "test", "many", 20, 60 };
	struct hitter *h = arg;
	struct db *db = db_open(info_api());

	for (int i = 0; i < h->hits; i++) {
		struct op_error err;
		enum status st = auth_throttle(db, &twenty, &err);

		h->good += st == ST_OK;
		h->limited += st == ST_LIMIT;
	}
	db_close(db);
}

static void
together(void)
{
	struct hitter hitters[8];
	int hits = 0, good = 0, limited = 0;

	memset(hitters, 0, sizeof(hitters));
	for (int i = 0; i < 8; i++)
		hits += hitters[i].hits = i < 2 ? 7 : 6; /* 50 */
	in_parallel(8, hit_work, hitters, sizeof(hitters[0]));
	for (int i = 0; i < 8; i++) {
		good += hitters[i].good;
		limited += hitters[i].limited;
	}
	check(hits == 50 && good == 20 && limited == 30,
	    "of 50 hits from 8 connections exactly 20 pass (%d, %d refused)",
	    good, limited);
	check(owner_count("SELECT hits FROM moltis.throttle WHERE class ="
			  " 'test' AND subject = 'many'") >= 21,
	    "the database is asked until it says no");
}

/* The limit of a person's calls, through the gate. */
static void
calls(struct db *db)
{
	struct conf conf = *test_conf();
	struct person p;
	enum status st = ST_OK;
	int good = 0, wait = 0;

	person_make("throttled", &p);
	conf.limit_chat_per_min = 3;
	for (int i = 0; i < 5; i++) {
		own_json struct json_object *params = js_new();
		struct op_call call = { .method = "chat.send",
			.params = params,
			.cred = p.key,
			.peer = "",
			.conf = &conf,
			.db = db };

		js_set_text(params, "text", "hello");
		st = op_run(&call);
		good += st == ST_OK;
		wait = call.error.retry_after_secs;
		op_call_done(&call);
	}
	check(good == 3 && st == ST_LIMIT,
	    "three of five messages are taken when the limit is three");
	check(wait >= 1 && wait <= 60, "the refusal says when to try again");
	check(owner_count("SELECT count(*) FROM moltis.turns WHERE"
			  " account_id = '%s'",
		  p.account_id) == 3,
	    "a refused message leaves nothing behind");
	check_status(call_op(db, &p.key, "sessions.create", "{}", NULL), ST_OK,
	    "other changes count by themselves");
}

void
test_throttle(void)
{
	struct db *db = db_open(info_api());

	in_order(db);
	window_ends(db);
	together();
	calls(db);
	db_close(db);
}
