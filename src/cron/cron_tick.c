/*
 * What a worker does when jobs are due: claim some, compute what comes after
 * each, and let the database make their runs in one commit.
 *
 * Blocking; called in the worker's pool.  Computing is done between two
 * transactions; a job that was changed meanwhile has another version and is
 * left for the next look.
 */
#include "config.h"

#include <string.h>

#include "cron/cron.h"
#include "cron/schedule.h"
#include "js/js.h"

#define LEASE_SECS 10
#define MAX_LATE_MS INT64_C(3600000)     /* D20: an hour */
#define MAX_LATE_AT_MS INT64_C(86400000) /* a day, for what comes once */

static int64_t
max_late(const struct cron_schedule *s, int64_t slot_ms)
{
	int64_t gap;

	if (s->kind == CRON_AT)
		return MAX_LATE_AT_MS;
	gap = cron_schedule_gap(s, slot_ms);
	return gap < MAX_LATE_MS ? gap : MAX_LATE_MS;
}

/* One claimed row as the database wants it back. */
static struct json_object *
item(const PGresult *res, int row)
{
	own_json struct json_object *schedule = db_json(res, row, "schedule");
	struct json_object *o = js_new();
	int64_t now_ms = db_int(res, row, "now_ms");
	int64_t slot_ms = db_int(res, row, "slot_ms"), next_ms;
	struct cron_schedule s;
	struct cron_error err;

	js_set_text(o, "account_id", db_text(res, row, "account_id"));
	js_set_text(o, "job_id", db_text(res, row, "job_id"));
	js_set_int(o, "version", db_int(res, row, "version"));
	js_set_int(o, "slot_ms", slot_ms);
	/* A zone that tzdata has lost: this run, and none after it. */
	if (cron_schedule_load(schedule, now_ms, &s, &err) != ST_OK) {
		js_set_int(o, "max_late_ms", MAX_LATE_MS);
		return o;
	}
	js_set_int(o, "max_late_ms", max_late(&s, slot_ms));
	/* The clock may have gone back: a slot never comes twice. */
	if (cron_schedule_next(&s, now_ms > slot_ms ? now_ms : slot_ms,
		&next_ms))
		js_set_int(o, "next_ms", next_ms);
	return o;
}

static enum status
claim(struct db *db, struct cron_tick *tick, struct json_object **ret_items)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(db, tick->worker);
	db_bind_int(db, LEASE_SECS);
	db_bind_int(db, CRON_TICK_MAX);
	st = db_once(db, DB_WRITE, STMT_CRON_CLAIM, &res);
	if (st != ST_OK)
		return st;
	tick->claimed = db_rows(res);
	*ret_items = json_object_new_array();
	for (int i = 0; i < tick->claimed; i++)
		js_push(*ret_items, item(res, i));
	return ST_OK;
}

static enum status
fire(struct db *db, struct cron_tick *tick, struct json_object *items)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(db, tick->worker);
	db_bind_json(db, items);
	db_bind_int(db, tick->conf->cron_max_running);
	st = db_once(db, DB_WRITE, STMT_CRON_FIRE, &res);
	if (st != ST_OK)
		return st;
	tick->accounts = js_new();
	for (int i = 0; i < db_rows(res); i++) {
		const char *verdict = db_text(res, i, "verdict");

		if (strcmp(verdict, "stale") == 0 ||
		    strcmp(verdict, "busy") == 0)
			continue;
		tick->started += strcmp(verdict, "started") == 0;
		js_set_text(tick->accounts, db_text(res, i, "account_id"),
		    verdict);
	}
	return ST_OK;
}

static enum status
wait_of(struct db *db, struct cron_tick *tick)
{
	own_res PGresult *res = NULL;
	enum status st = db_once(db, DB_READ, STMT_CRON_WAIT, &res);

	if (st == ST_OK && db_text(res, 0, "wait_ms") != NULL)
		tick->wait_ms = db_int(res, 0, "wait_ms");
	return st;
}

enum status
cron_tick_run(struct db *db, struct cron_tick *tick)
{
	own_json struct json_object *items = NULL;
	enum status st;

	tick->started = 0;
	tick->wait_ms = -1;
	st = claim(db, tick, &items);
	if (st == ST_OK && tick->claimed > 0)
		st = fire(db, tick, items);
	if (st == ST_OK)
		st = wait_of(db, tick);
	return st;
}
