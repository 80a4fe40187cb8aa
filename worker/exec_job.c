/* The pool's side of a command: see exec_job.h. */
#include "config.h"

#include "worker/exec_job.h"

#include "base/log.h"
#include "js/js.h"

/* The policy of an account may change between two commands: it is read for
 * each, and the stricter one holds. */
static enum status
ask(struct exec_job *w, struct db *db)
{
	struct analysis_policy policy = { 0 };
	enum status st;

	policy.mode = w->conf->approval_mode;
	policy.level = w->conf->security_level;
	st = exec_policy_read(db, &w->lease, &policy.mode);
	if (st != ST_OK)
		return st;
	analysis_judge(&policy, w->ask.command, w->ask.command_len,
	    &w->ask.judged);
	w->ask.may_be_remembered = policy.mode != APPROVAL_ALWAYS;
	return exec_request(db, &w->lease, &w->ask, &w->row);
}

static void
run(struct pool_job *job, struct db *db)
{
	struct exec_job *w = (struct exec_job *)job;

	exec_row_done(&w->row);
	switch (w->kind) {
	case EXEC_WORK_ASK:
		w->status = ask(w, db);
		break;
	case EXEC_WORK_READ:
		w->status = exec_read(db, &w->lease, w->id, &w->row);
		break;
	case EXEC_WORK_START:
		w->status = exec_start(db, &w->lease, w->id, &w->row);
		break;
	case EXEC_WORK_STORE:
		w->status = exec_finish(db, &w->lease, w->id, w->stored);
		break;
	}
	if (w->status == ST_DB || w->status == ST_INTERNAL)
		log_warn(NULL, "command not committed yet",
		    "turn=%s request=%s detail=\"%s\"", w->lease.turn_id, w->id,
		    db_last_error(db)->detail);
}

bool
exec_job_submit(struct exec_job *w, struct pool *pool,
    void (*done)(struct pool_job *))
{
	w->status = ST_UNAVAILABLE;
	w->job.run = run;
	w->job.done = done;
	w->out = pool_submit(pool, &w->job) == ST_OK;
	return w->out;
}

void
exec_job_done(struct exec_job *w)
{
	exec_row_done(&w->row);
	js_put(&w->stored);
	js_put(&w->ask.sandbox);
}
