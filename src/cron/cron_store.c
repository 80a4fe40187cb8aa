/* Statements of jobs: see cron_store.h.  Limits, locks and events are in the
 * database's functions (sql/schema/0012_cron.sql). */
#include "config.h"

#include "cron/cron_store.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "cron/job.h"
#include "js/js.h"
#include "op/op_enter.h"

static enum status
run(struct cron_work *w, enum db_stmt stmt, PGresult **ret)
{
	enum status st = db_run(w->db, stmt, ret);

	return st == ST_OK ? ST_OK : op_error_from_db(w->db, &w->err);
}

/* Our own sentence; ST is what becomes of the call. */
static enum status
fail(struct cron_work *w, enum status st, const char *prefix,
    const struct cron_error *e)
{
	snprintf(w->err.message, sizeof(w->err.message), "%.39s%.*s", prefix,
	    (int)utf8_cut(e->why, strlen(e->why), DB_WHY_BYTES - 40), e->why);
	snprintf(w->err.field, sizeof(w->err.field), "%s", e->field);
	return st;
}

static enum status
not_found(struct cron_work *w)
{
	return fail(w, ST_NOT_FOUND, "",
	    &(struct cron_error){ .why = "job not found: see cron.list" });
}

static void
bind_next(struct cron_work *w, int64_t next_ms)
{
	if (next_ms > 0)
		db_bind_int(w->db, next_ms);
	else
		db_bind_text(w->db, NULL);
}

enum status
cron_work_list(struct cron_work *w)
{
	own_res PGresult *res = NULL;
	enum status st = run(w, STMT_CRON_JOB_LIST, &res);

	if (st == ST_OK)
		w->reply = db_json(res, 0, "jobs");
	return st;
}

enum status
cron_work_status(struct cron_work *w)
{
	own_res PGresult *res = NULL;
	enum status st = run(w, STMT_CRON_STATUS, &res);

	if (st != ST_OK)
		return st;
	w->reply = js_new();
	js_set_bool(w->reply, "running", true);
	js_set_int(w->reply, "jobCount", db_int(res, 0, "jobs"));
	js_set_int(w->reply, "enabledCount", db_int(res, 0, "enabled"));
	if (db_text(res, 0, "next_ms") == NULL)
		js_set_text(w->reply, "nextRunAtMs", NULL);
	else
		js_set_int(w->reply, "nextRunAtMs", db_int(res, 0, "next_ms"));
	return ST_OK;
}

static enum status
read_now(struct cron_work *w, int64_t *ret_ms)
{
	own_res PGresult *res = NULL;
	enum status st = run(w, STMT_CRON_NOW, &res);

	if (st == ST_OK)
		*ret_ms = db_int(res, 0, "now_ms");
	return st;
}

enum status
cron_work_add(struct cron_work *w, struct json_object *spec)
{
	own_res PGresult *res = NULL;
	own_json struct json_object *job = NULL;
	struct cron_rules rules = { .conf = w->conf,
		.by_agent = w->by_agent,
		.reschedule = true,
		.says_more = true };
	struct cron_error e = { 0 };
	int64_t next_ms;
	enum status st = read_now(w, &rules.now_ms);

	if (st != ST_OK)
		return st;
	st = cron_job_parse(spec, &rules, &e, &job, &next_ms);
	if (st != ST_OK)
		return fail(w, st, "invalid job spec: ", &e);
	db_bind_json(w->db, job);
	bind_next(w, next_ms);
	db_bind_int(w->db, w->conf->cron_rate_limit_max);
	db_bind_int(w->db, w->conf->cron_rate_limit_window_secs);
	db_bind_text(w->db, w->tool_call);
	st = run(w, STMT_CRON_JOB_ADD, &res);
	if (st == ST_OK)
		w->reply = db_json(res, 0, "entry");
	return st;
}

/* PATCH over ENTRY; the schedule is followed anew when it, or the switch, is
 * part of the patch. */
static enum status
put(struct cron_work *w, const char *id, struct json_object *entry,
    struct json_object *patch, int64_t now_ms)
{
	own_res PGresult *res = NULL;
	own_json struct json_object *job = NULL;
	own_json struct json_object *spec = cron_job_patched(entry, patch);
	bool again = js_get(patch, "schedule") != NULL ||
	    js_get(patch, "enabled") != NULL;
	bool counts = js_get(patch, "schedule") != NULL ||
	    js_get(patch, "payload") != NULL;
	struct cron_rules rules = { .conf = w->conf,
		.now_ms = now_ms,
		.by_agent = w->by_agent,
		.reschedule = again,
		.says_more = again || counts };
	struct cron_error e = { 0 };
	int64_t next_ms;
	enum status st = cron_job_parse(spec, &rules, &e, &job, &next_ms);

	if (st != ST_OK)
		return fail(w, st, "invalid patch: ", &e);
	db_bind_text(w->db, id);
	db_bind_json(w->db, job);
	bind_next(w, next_ms);
	db_bind_bool(w->db, rules.reschedule);
	db_bind_bool(w->db, counts);
	st = run(w, STMT_CRON_JOB_PUT, &res);
	if (st == ST_OK)
		w->reply = db_json(res, 0, "entry");
	return st;
}

enum status
cron_work_update(struct cron_work *w, const char *id, struct json_object *patch)
{
	own_res PGresult *res = NULL;
	own_json struct json_object *entry = NULL;
	enum status st;

	if (json_object_object_length(patch) == 0)
		return fail(w, ST_INVALID, "invalid patch: ",
		    &(struct cron_error){ "patch", "it changes nothing" });
	db_bind_text(w->db, id);
	st = run(w, STMT_CRON_JOB_LOCK, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) != 1)
		return not_found(w);
	entry = db_json(res, 0, "entry");
	return put(w, id, entry, patch, db_int(res, 0, "now_ms"));
}

enum status
cron_work_remove(struct cron_work *w, const char *id)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(w->db, id);
	st = run(w, STMT_CRON_JOB_REMOVE, &res);
	if (st != ST_OK)
		return st;
	w->reply = js_new();
	js_set_text(w->reply, "removed", db_text(res, 0, "job_id"));
	return ST_OK;
}

enum status
cron_work_run(struct cron_work *w, const char *id, bool force)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(w->db, id);
	db_bind_bool(w->db, force);
	st = run(w, STMT_CRON_JOB_RUN, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) != 1)
		return not_found(w);
	w->reply = js_new();
	js_set_text(w->reply, "ran", db_text(res, 0, "job_id"));
	js_set_text(w->reply, "runId", db_text(res, 0, "turn_id"));
	return ST_OK;
}

enum status
cron_work_runs(struct cron_work *w, const char *id, int64_t max)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(w->db, id);
	db_bind_int(w->db, max);
	st = run(w, STMT_CRON_RUN_LIST, &res);
	if (st != ST_OK)
		return st;
	if (!db_bool(res, 0, "found"))
		return not_found(w);
	w->reply = db_json(res, 0, "runs");
	return ST_OK;
}
