/*
 * The limits of a person's and an account's calls (S223), counted in blocks:
 * nobody is refused too early, and all processes together let at most a block
 * less one more through than the limit says, for each of them.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "js/js.h"
#include "tests/sql/sqltest.h"

#define LIMIT 90
#define BLOCK 3 /* a thirtieth */

static struct conf conf;

static enum status
one_call(struct db *db, const struct op_cred *cred, enum op_via via,
    struct op_error *err)
{
	struct op_call call = { .method = "status",
		.cred = *cred,
		.via = via,
		.peer = "192.0.2.9",
		.conf = &conf,
		.db = db };
	enum status st = op_run(&call);

	*err = call.error;
	op_call_done(&call);
	return st;
}

/* Calls until one is refused, MAX at most; how many were let through. */
static int
let_through(const struct op_cred *cred, enum op_via via, int max)
{
	struct db *db = db_open(via == VIA_WS ? info_worker() : info_api());
	struct op_error err;
	int n = 0;

	while (n < max && one_call(db, cred, via, &err) == ST_OK)
		n++;
	db_close(db);
	return n;
}

/* The same, in processes of their own, at once. */
static int
in_processes(const struct op_cred *cred, enum op_via via, int count)
{
	int pipes[2], sum = 0, n;

	if (pipe(pipes) != 0)
		exit(2);
	fflush(stdout);
	for (int i = 0; i < count; i++) {
		if (fork() != 0)
			continue;
		n = let_through(cred, via, 2 * LIMIT);
		_exit(write(pipes[1], &n, sizeof(n)) == sizeof(n) ? 0 : 1);
	}
	for (int i = 0; i < count; i++) {
		if (read(pipes[0], &n, sizeof(n)) != sizeof(n))
			exit(2);
		sum += n;
	}
	while (wait(NULL) > 0)
		;
	close(pipes[0]);
	close(pipes[1]);
	return sum;
}

static void
person_limit(void)
{
	struct op_error err;
	struct op_cred second;
	struct person p, q;
	struct db *db = db_open(info_api());
	char id[UUID_TEXT];
	int n;

	person_make("metered", &p);
	person_make("unmetered", &q);
	person_key(&p, "1", &second, id);
	n = in_processes(&p.key, VIA_REST, 4);
	check(n >= LIMIT && n <= LIMIT + 4 * (BLOCK - 1),
	    "four processes let %d calls through, the limit is %d, the error "
	    "%d",
	    n, LIMIT, 4 * (BLOCK - 1));
	n += let_through(&p.key, VIA_REST, LIMIT);
	check(n <= LIMIT + 5 * (BLOCK - 1), "with a fifth they are %d", n);
	check_status(one_call(db, &p.key, VIA_REST, &err), ST_LIMIT,
	    "the person is refused");
	check(err.retry_after_secs >= 1 && err.retry_after_secs <= 60,
	    "and told for how long (%d)", err.retry_after_secs);
	/* What was refused was not counted: there may be one left. */
	(void)!let_through(&second, VIA_REST, 3);
	check_status(one_call(db, &second, VIA_REST, &err), ST_LIMIT,
	    "by another key as well");
	(void)!let_through(&p.session, VIA_REST, 3);
	check_status(one_call(db, &p.session, VIA_REST, &err), ST_LIMIT,
	    "and by cookie");
	check_status(one_call(db, &p.key, VIA_WS, &err), ST_OK,
	    "sockets count by themselves");
	check_status(one_call(db, &q.key, VIA_REST, &err), ST_OK,
	    "another person goes on");
	/* Memory refuses, whatever the database would say by now ... */
	owner_do("DELETE FROM moltis.throttle");
	check_status(one_call(db, &p.key, VIA_REST, &err), ST_LIMIT,
	    "a refusal is remembered");
	/* ... and admits nobody whom the database does not know. */
	owner_do("UPDATE moltis.api_keys SET revoked_at = now() WHERE"
		 " account_id = '%s'",
	    q.account_id);
	check_status(one_call(db, &q.key, VIA_REST, &err), ST_UNAUTH,
	    "a revoked key is nobody at once, counted or not");
	db_close(db);
}

static void
account_limit(void)
{
	struct person p, q;
	int n;

	owner_do("DELETE FROM moltis.throttle");
	person_make("crowd", &p);
	person_make("crowd2", &q);
	owner_do("INSERT INTO moltis.memberships (account_id, user_id, scopes)"
		 " VALUES ('%s', '%s', 31)",
	    p.account_id, q.user_id);
	owner_do("UPDATE moltis.login_sessions SET account_id = '%s'"
		 " WHERE id = '%s'",
	    p.account_id, q.session_id);
	conf.limit_account_calls_per_min = 120; /* blocks of 4 */
	n = let_through(&p.session, VIA_REST, 2 * LIMIT);
	check(n >= LIMIT && n < LIMIT + BLOCK, "one person has %d calls", n);
	n += let_through(&q.session, VIA_REST, 2 * LIMIT);
	check(n >= 120 && n < 120 + 4 + BLOCK,
	    "two people of an account %d of its 120", n);
	n = let_through(&q.session, VIA_WS, LIMIT);
	check(n == 0, "sockets count for the account too (%d)", n);
	conf.limit_account_calls_per_min = 1000000;
}

/* Calls told to the database after each of the first ten. */
static void
cheap(void)
{
	static const long told[] = { 1, 1, 1, 4, 4, 4, 7, 7, 7, 10 };
	struct person p;
	struct db *db = db_open(info_api());
	struct op_error err;

	person_make("unhurried", &p);
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		long hits;

		(void)!one_call(db, &p.key, VIA_REST, &err);
		hits = owner_count("SELECT hits FROM moltis.throttle WHERE"
				   " class = 'calls.rest' AND subject = '%s'",
		    p.user_id);
		check(hits == told[i], "after %zu calls %ld are told", i + 1,
		    hits);
	}
	db_close(db);
}

void
test_meter(void)
{
	conf = *test_conf();
	conf.limit_calls_per_min = LIMIT;
	conf.limit_ws_calls_per_min = LIMIT;
	person_limit();
	account_limit();
	cheap();
}
