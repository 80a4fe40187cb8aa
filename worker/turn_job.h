/*
 * What a turn does in the pool: load, save steps, finish.
 *
 * Embedded in the turn, one at a time; the thread touches nothing else of it.
 */
#ifndef MOLTIS_WORKER_TURN_JOB_H
#define MOLTIS_WORKER_TURN_JOB_H

#include <stdbool.h>

#include "turn/turn.h"
#include "worker/pool.h"

enum turn_work { TURN_WORK_LOAD, TURN_WORK_SAVE, TURN_WORK_FINISH };

struct turn_job {
	struct pool_job job;
	void *turn; /* for done */
	bool out;   /* submitted and not back */
	enum turn_work kind;
	enum status status;
	struct turn_lease lease;
	struct turn_loaded loaded; /* LOAD: result */
	struct json_object *steps; /* SAVE: [{kind, body}] */
	int first_step;            /* SAVE: number of the first */
	struct turn_end end;       /* FINISH */
};

/* False when it could not be submitted: try again later. */
bool turn_job_submit(struct turn_job *w, struct pool *pool,
    void (*done)(struct pool_job *));
void turn_job_clear(struct turn_job *w);

#endif
