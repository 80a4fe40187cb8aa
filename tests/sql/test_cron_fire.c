/*
 * Jobs that are due: each slot once whoever looks, at most one caught up,
 * overlaps skipped, and what became of a run (S111 to S116, A105).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "cron/cron.h"
#include "js/js.h"
#include "tests/sql/sqltest.h"
#include "turn/turn.h"

#define DUE_JOBS 200
#define LOOKERS 4

static struct db *api, *worker;

/* A job of P whose time was LATE seconds ago. */
static void
job_due(const struct person *p, const char *kind, const char *schedule,
    double late_secs, char ret_id[UUID_TEXT])
{
	char *id =
	    owner_get("INSERT INTO moltis.cron_jobs (account_id, user_id,"
		      " actor, name, enabled, delete_after_run, kind,"
		      " schedule, payload, target, next_run_at) VALUES"
		      " ('%s', '%s', 'session:x', 'due', true, false,"
		      " '%s', '%s', '{\"kind\": \"agentTurn\","
		      " \"message\": \"go\", \"timeout_secs\": 77}',"
		      " 'isolated', date_trunc('milliseconds',"
		      " clock_timestamp() - make_interval(secs => %f)))"
		      " RETURNING id",
		p->account_id, p->user_id, kind, schedule, late_secs);

	(void)mem_copy_str(ret_id, UUID_TEXT, id);
	free(id);
}

#define HOURLY "{\"kind\": \"every\", \"every_ms\": 3600000, \"anchor_ms\": 0}"
#define MINUTELY "{\"kind\": \"every\", \"every_ms\": 60000, \"anchor_ms\": 0}"
#define NIGHTLY "{\"kind\": \"cron\", \"expr\": \"0 3 * * *\", \"tz\": \"UTC\"}"
#define ONCE "{\"kind\": \"at\", \"at_ms\": 1000}"

static int
look(struct db *db, const char *name)
{
	struct cron_tick tick = { .worker = name, .conf = test_conf() };
	enum status st = cron_tick_run(db, &tick);

	js_put(&tick.accounts);
	if (st != ST_OK)
		check(false, "a look at due jobs fails: %s",
		    db_last_error(db)->detail);
	return st == ST_OK ? tick.claimed : -1;
}

static void
look_until_done(struct db *db, const char *name)
{
	while (look(db, name) > 0)
		continue;
}

static char *
run_state(const char *job)
{
	return owner_get("SELECT string_agg(concat_ws(' ', state, error), ','"
			 " ORDER BY started_at) FROM moltis.cron_runs WHERE"
			 " job_id = '%s'",
	    job);
}

static void
check_runs(const char *job, const char *want, const char *sentence)
{
	char *got = run_state(job);

	check_text(got, want, sentence);
	free(got);
}

static bool
next_is_ahead(const char *job)
{
	return owner_count("SELECT count(*) FROM moltis.cron_jobs WHERE id ="
			   " '%s' AND enabled AND next_run_at > now()",
		   job) == 1;
}

/* Ends the turn of a job's run as a worker would. */
static void
end_turn(const struct person *p, const char *job, const char *outcome)
{
	struct turn_claim claim = { .worker = "fire-test",
		.lease_secs = 60,
		.room = TURN_CLAIM_MAX };
	struct json_object *message = js_new(), *event = js_new();
	struct json_object *error = NULL;
	char *turn = owner_get("SELECT turn_id FROM moltis.cron_runs WHERE"
			       " job_id = '%s' AND state = 'running'",
	    job);
	struct turn_lease lease = { 0 };
	char *token;

	js_set_text(message, "role", "assistant");
	js_set_text(message, "content", "all is well");
	js_set_int(message, "inputTokens", 11);
	js_set_int(message, "outputTokens", 3);
	js_set_text(event, "state", "final");
	if (strcmp(outcome, "failed") == 0) {
		error = js_new();
		js_set_text(error, "detail", "no model");
	}
	check_status(turn_claim(worker, &claim), ST_OK, "turns are claimed");
	/* Perhaps already an earlier time. */
	token = owner_get("SELECT lease_token FROM moltis.turns WHERE id ="
			  " '%s'",
	    turn);
	(void)mem_copy_str(lease.account_id, UUID_TEXT, p->account_id);
	(void)mem_copy_str(lease.turn_id, UUID_TEXT, turn);
	(void)mem_copy_str(lease.token, UUID_TEXT, token);
	check_status(turn_finish(worker, &lease,
			 &(struct turn_end){ .outcome = outcome,
			     .message = error == NULL ? message : NULL,
			     .event = event,
			     .error = error }),
	    ST_OK, "the turn of the run ends");
	free(token);
	js_put(&message);
	js_put(&event);
	js_put(&error);
	free(turn);
}

static void
one_run(void)
{
	struct person p;
	char job[UUID_TEXT], params[80];
	own_json struct json_object *runs = NULL;
	struct json_object *run;

	person_make("fire-one", &p);
	job_due(&p, "every", HOURLY, 2, job);
	look_until_done(worker, "w1");
	check_runs(job, "running", "a job that is due runs");
	check(next_is_ahead(job), "and comes again");
	check(owner_count("SELECT count(*) FROM moltis.turns t JOIN"
			  " moltis.chat_sessions s ON s.account_id ="
			  " t.account_id AND s.id = t.session_id WHERE"
			  " t.account_id = '%s' AND t.origin = 'cron' AND"
			  " t.input = 'go' AND t.timeout_secs = 77 AND t.note"
			  " LIKE 'This is a scheduled run%%fire-one%%' AND"
			  " s.key = 'cron:%s'",
		  p.account_id, job) == 1,
	    "as a turn of origin cron, with its own time, in its own session");
	end_turn(&p, job, "done");
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", job);
	check_status(call_op(api, &p.session, "cron.runs", params, &runs),
	    ST_OK, "its runs are listed");
	run = json_object_array_get_idx(runs, 0);
	check_text(js_text(run, "status"), "ok", "the run was good");
	check_text(js_text(run, "output"), "all is well", "with its output");
	check(js_int(run, "inputTokens", 0) == 11 &&
		js_int(run, "outputTokens", 0) == 3 &&
		js_get(run, "durationMs") != NULL &&
		js_int(run, "finishedAtMs", 0) > 0,
	    "tokens and times");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name IN ('cron.run.started',"
			  " 'cron.run.finished')",
		  p.account_id) == 2,
	    "its begin and its end are told");
}

static void
slot_once(void)
{
	struct person p;
	char job[UUID_TEXT];

	person_make("fire-slot", &p);
	job_due(&p, "every", HOURLY, 2, job);
	look_until_done(worker, "w1");
	end_turn(&p, job, "done");
	/* As after the clock was put back. */
	owner_do("UPDATE moltis.cron_jobs j SET next_run_at = r.slot FROM"
		 " moltis.cron_runs r WHERE r.job_id = j.id AND j.id = '%s'",
	    job);
	look_until_done(worker, "w1");
	check_runs(job, "ok", "a slot does not come twice");
	check(next_is_ahead(job), "and the job goes on");
}

static void
missed(void)
{
	struct person p;
	char a[UUID_TEXT], b[UUID_TEXT], c[UUID_TEXT], d[UUID_TEXT],
	    e[UUID_TEXT];

	person_make("fire-missed", &p);
	job_due(&p, "every", MINUTELY, 290, a);
	job_due(&p, "cron", NIGHTLY, 3000, b);
	job_due(&p, "cron", NIGHTLY, 4000, c);
	job_due(&p, "at", ONCE, 80000, d);
	job_due(&p, "at", ONCE, 90000, e);
	look_until_done(worker, "w1");
	check_runs(a, "skipped missed: too late to catch up",
	    "more than its interval late is too late");
	check_runs(b, "running", "within an hour one run is caught up");
	check_runs(c, "skipped missed: too late to catch up",
	    "after an hour it is not");
	check_runs(d, "running", "what comes once waits a day");
	check_runs(e, "skipped missed: too late to catch up", "and no longer");
	check(next_is_ahead(a) && next_is_ahead(b) && next_is_ahead(c),
	    "none of them comes in a burst");
	check(owner_count("SELECT count(*) FROM moltis.cron_jobs WHERE id ="
			  " '%s' AND NOT enabled",
		  e) == 1,
	    "what came too late and only once is switched off");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name = 'cron.job.updated'",
		  p.account_id) == 1,
	    "and that is told");
	end_turn(&p, d, "done");
	check(owner_count("SELECT count(*) FROM moltis.cron_jobs WHERE id ="
			  " '%s' AND NOT enabled",
		  d) == 1,
	    "so is what has had its only run");
	end_turn(&p, b, "failed");
	check_runs(b, "error no model", "a run that fails says why");
}

static void
overlap(void)
{
	struct person p;
	char job[UUID_TEXT], params[100];

	person_make("fire-overlap", &p);
	job_due(&p, "every", MINUTELY, 1, job);
	look_until_done(worker, "w1");
	owner_do("UPDATE moltis.cron_jobs SET next_run_at ="
		 " date_trunc('milliseconds', clock_timestamp()) WHERE id ="
		 " '%s'",
	    job);
	look_until_done(worker, "w1");
	check_runs(job, "running,skipped the run before was still under way",
	    "a run that is under way is not overtaken");
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", job);
	check_status(call_op(api, &p.session, "cron.run", params, NULL),
	    ST_CONFLICT, "nor by hand");
	owner_do("UPDATE moltis.cron_runs SET started_at = now() - interval"
		 " '3 hours' WHERE job_id = '%s' AND state = 'running'",
	    job);
	owner_do("UPDATE moltis.cron_jobs SET next_run_at ="
		 " date_trunc('milliseconds', clock_timestamp()) WHERE id ="
		 " '%s'",
	    job);
	look_until_done(worker, "w1");
	check_runs(job,
	    "error stuck: exceeded 2h timeout,skipped the run"
	    " before was still under way,running",
	    "one that hangs for two hours is closed");
}

static void
by_hand(void)
{
	own_json struct json_object *reply = NULL;
	struct person p;
	char job[UUID_TEXT], params[100];
	char *before, *after;

	person_make("fire-hand", &p);
	job_due(&p, "every", HOURLY, -600, job);
	owner_do("UPDATE moltis.cron_jobs SET enabled = false WHERE id = '%s'",
	    job);
	before = owner_get("SELECT next_run_at FROM moltis.cron_jobs WHERE id ="
			   " '%s'",
	    job);
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", job);
	check_status(call_op(api, &p.session, "cron.run", params, NULL),
	    ST_CONFLICT, "what is switched off does not run");
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\",\"force\":true}",
	    job);
	check_status(call_op(api, &p.session, "cron.run", params, &reply),
	    ST_OK, "unless it is forced");
	check_text(js_text(reply, "ran"), job, "which is answered at once");
	check_runs(job, "running", "and makes a run");
	after = owner_get("SELECT next_run_at FROM moltis.cron_jobs WHERE id ="
			  " '%s'",
	    job);
	check_text(after, before, "its schedule stays as it was");
	end_turn(&p, job, "aborted");
	check_runs(job, "error it was stopped", "a run may be stopped");
	free(before);
	free(after);
}

static void
deleted_after(void)
{
	struct person p;
	char job[UUID_TEXT];

	person_make("fire-delete", &p);
	job_due(&p, "at", ONCE, 1, job);
	owner_do("UPDATE moltis.cron_jobs SET delete_after_run = true WHERE id"
		 " = '%s'",
	    job);
	look_until_done(worker, "w1");
	check_runs(job, "running", "a job for one time runs");
	end_turn(&p, job, "done");
	check(owner_count("SELECT count(*) FROM moltis.cron_jobs WHERE id ="
			  " '%s'",
		  job) == 0,
	    "and is gone when it ended");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name = 'cron.job.removed'",
		  p.account_id) == 1,
	    "which is told");
}

static void
rights(void)
{
	struct person p, q;
	char job[UUID_TEXT], other[UUID_TEXT];

	person_make("fire-gone", &p);
	person_make("fire-reader", &q);
	job_due(&p, "every", HOURLY, 1, job);
	job_due(&q, "every", HOURLY, 1, other);
	owner_do("UPDATE moltis.users SET disabled_at = now() WHERE id ="
		 " '%s'",
	    p.user_id);
	owner_do("UPDATE moltis.memberships SET scopes = 1 WHERE user_id ="
		 " '%s'",
	    q.user_id);
	look_until_done(worker, "w1");
	check_runs(job,
	    "error the person who made this job may not run it any"
	    " more",
	    "who is out makes nothing run");
	check_runs(other,
	    "error the person who made this job may not run it"
	    " any more",
	    "nor who may only read");
	check(owner_count("SELECT count(*) FROM moltis.cron_jobs WHERE enabled"
			  " AND id IN ('%s', '%s')",
		  job, other) == 0,
	    "their jobs are switched off");
}

static void
limits(void)
{
	struct person p;
	char job[UUID_TEXT];

	person_make("fire-five", &p);
	for (int i = 0; i < 7; i++)
		job_due(&p, "every", HOURLY, 1, job);
	look_until_done(worker, "w1");
	check(owner_count("SELECT count(*) FROM moltis.cron_runs WHERE"
			  " account_id = '%s' AND state = 'running'",
		  p.account_id) == 5,
	    "five runs of an account at a time");
	owner_do("UPDATE moltis.turns SET state = 'aborted' WHERE account_id ="
		 " '%s' AND state = 'queued'",
	    p.account_id);
	owner_do("UPDATE moltis.cron_jobs SET claimed_until = NULL WHERE"
		 " account_id = '%s'",
	    p.account_id);
	look_until_done(worker, "w1");
	check(owner_count("SELECT count(*) FROM moltis.cron_runs WHERE"
			  " account_id = '%s'",
		  p.account_id) == 7,
	    "the others come when there is room");
}

static void
quota(void)
{
	struct person p;
	char job[UUID_TEXT];
	char *state;

	person_make("fire-quota", &p);
	owner_do("UPDATE moltis.accounts SET max_turns_day = 0 WHERE account_id"
		 " = '%s'",
	    p.account_id);
	job_due(&p, "every", HOURLY, 1, job);
	look_until_done(worker, "w1");
	state = run_state(job);
	check(strncmp(state, "error this account may send 0", 29) == 0,
	    "a quota that is used up is the run's error (%s)", state);
	check(next_is_ahead(job), "and the job stays");
	free(state);
}

static void
look_work(void *arg)
{
	struct db *db = db_open(info_worker());
	char name[UUID_TEXT];

	(void)arg;
	uuid_new(name);
	look_until_done(db, name);
	db_close(db);
}

static void
many(void)
{
	struct person p[DUE_JOBS / 5];
	char name[32], job[UUID_TEXT];
	int unused[LOOKERS] = { 0 };

	owner_do("UPDATE moltis.turns SET state = 'aborted' WHERE origin ="
		 " 'cron' AND state IN ('queued', 'running')");
	for (int i = 0; i < DUE_JOBS / 5; i++) {
		(void)snprintf(name, sizeof(name), "fire-many-%d", i);
		person_make(name, &p[i]);
		for (int n = 0; n < 5; n++)
			job_due(&p[i], "every", HOURLY, 1, job);
	}
	owner_do("CREATE FUNCTION moltis.test_end() RETURNS trigger LANGUAGE"
		 " plpgsql SECURITY DEFINER AS 'BEGIN UPDATE moltis.turns SET"
		 " state = ''done'' WHERE id = new.turn_id; RETURN NULL; END';"
		 " CREATE TRIGGER test_end AFTER UPDATE OF turn_id ON"
		 " moltis.cron_runs FOR EACH ROW EXECUTE FUNCTION"
		 " moltis.test_end()");
	in_parallel(LOOKERS, look_work, unused, sizeof(unused[0]));
	owner_do("DROP FUNCTION moltis.test_end() CASCADE");
	check(owner_count("SELECT count(*) FROM moltis.cron_runs r JOIN"
			  " moltis.users u ON u.username LIKE 'fire-many-%%'"
			  " JOIN moltis.cron_jobs j ON j.id = r.job_id AND"
			  " j.user_id = u.id") == DUE_JOBS,
	    "%d jobs that %d workers look at run once each", DUE_JOBS, LOOKERS);
	check(owner_count(
		  "SELECT count(*) FROM moltis.turns t JOIN"
		  " moltis.users u ON u.id = t.user_id AND u.username"
		  " LIKE 'fire-many-%%' WHERE t.origin = 'cron'") == DUE_JOBS,
	    "with one turn each");
}

static void
claims(void)
{
	struct person p;
	char job[UUID_TEXT];

	person_make("fire-claim", &p);
	job_due(&p, "every", HOURLY, 1, job);
	owner_do("UPDATE moltis.cron_jobs SET claimed_by = 'dead',"
		 " claimed_until = now() + interval '1 minute' WHERE id ="
		 " '%s'",
	    job);
	check(look(worker, "w1") == 0,
	    "what another has claimed is left to"
	    " it");
	owner_do("UPDATE moltis.cron_jobs SET claimed_until = now() - interval"
		 " '1 second' WHERE id = '%s'",
	    job);
	look_until_done(worker, "w1");
	check_runs(job, "running", "until its lease ends");
}

/* An idle worker sleeps: nothing due at any time is not due now. */
static void
idle(void)
{
	struct cron_tick tick = { .worker = "w1", .conf = test_conf() };

	owner_do("CREATE TEMP TABLE awake AS SELECT id FROM moltis.cron_jobs"
		 " WHERE enabled; UPDATE moltis.cron_jobs SET enabled = false");
	check_status(cron_tick_run(worker, &tick), ST_OK, "a look at nothing");
	check(tick.wait_ms == -1, "without a job there is no time to wait for");
	js_put(&tick.accounts);
	owner_do("UPDATE moltis.cron_jobs SET enabled = true, next_run_at ="
		 " now() + interval '1 hour' WHERE id = (SELECT min(id::text)"
		 "::uuid FROM awake)");
	check_status(cron_tick_run(worker, &tick), ST_OK,
	    "a look at a later job");
	check(tick.wait_ms > 3590000 && tick.wait_ms <= 3600000,
	    "the time until the next one is told");
	js_put(&tick.accounts);
}

void
test_cron_fire(void)
{
	api = db_open(info_api());
	worker = db_open(info_worker());
	one_run();
	slot_once();
	missed();
	overlap();
	by_hand();
	deleted_after();
	rights();
	limits();
	quota();
	claims();
	many();
	idle();
	db_close(api);
	db_close(worker);
}
