/* The pool's side of a turn: see turn_job.h. */
#include "config.h"

#include "worker/turn_job.h"

#include <string.h>

#include "base/log.h"
#include "js/js.h"

static enum status
save_steps(struct turn_job *w, struct db *db)
{
	size_t n = json_object_array_length(w->steps);
	enum status st = ST_OK;

	for (size_t i = 0; i < n && st == ST_OK; i++) {
		struct json_object *s = json_object_array_get_idx(w->steps, i);

		st = turn_step(db, &w->lease, w->first_step + (int)i,
		    js_text(s, "kind"), js_get(s, "body"));
		/* A step that is there was committed by an attempt whose
		 * answer was lost. */
		if (st == ST_CONFLICT &&
		    strcmp(db_last_error(db)->sqlstate, "23505") == 0)
			st = ST_OK;
	}
	return st;
}

static void
run(struct pool_job *job, struct db *db)
{
	struct turn_job *w = (struct turn_job *)job;

	if (w->kind == TURN_WORK_LOAD)
		w->status = turn_load(db, &w->lease, &w->loaded);
	else if (w->kind == TURN_WORK_SAVE)
		w->status = save_steps(w, db);
	else
		w->status = turn_finish(db, &w->lease, &w->end);
	if (w->status != ST_OK && w->status != ST_CONFLICT &&
	    w->status != ST_NOT_FOUND)
		log_warn(NULL, "turn not committed yet",
		    "turn=%s detail=\"%s\"", w->lease.turn_id,
		    db_last_error(db)->detail);
}

bool
turn_job_submit(struct turn_job *w, struct pool *pool,
    void (*done)(struct pool_job *))
{
	w->status = ST_UNAVAILABLE;
	w->job.run = run;
	w->job.done = done;
	w->out = pool_submit(pool, &w->job) == ST_OK;
	return w->out;
}

void
turn_job_clear(struct turn_job *w)
{
	turn_loaded_done(&w->loaded);
	js_put(&w->steps);
	js_put(&w->end.steps);
	js_put(&w->end.message);
	js_put(&w->end.event);
	js_put(&w->end.error);
}
