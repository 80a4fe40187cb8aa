/*
 * What a command does in the pool: ask, look, start, store.
 *
 * Embedded in the command, one at a time; the thread touches nothing else of
 * it.
 */
#ifndef MOLTIS_WORKER_EXEC_JOB_H
#define MOLTIS_WORKER_EXEC_JOB_H

#include <stdbool.h>

#include "approval/exec_store.h"
#include "worker/pool.h"

enum exec_work {
	EXEC_WORK_ASK,   /* policy, verdict, row */
	EXEC_WORK_READ,  /* the row as it is now */
	EXEC_WORK_START, /* the row becomes started */
	EXEC_WORK_STORE  /* the result */
};

struct exec_job {
	struct pool_job job;
	void *exec; /* for done */
	bool out;   /* submitted and not back */
	enum exec_work kind;
	enum status status;
	const struct conf *conf;
	struct turn_lease lease;
	struct exec_ask ask;        /* ASK; its texts are the command's */
	char id[UUID_TEXT];         /* of the row; the others */
	struct exec_row row;        /* what came, except of STORE */
	struct json_object *stored; /* STORE */
};

/* False when it could not be submitted: try again later. */
bool exec_job_submit(struct exec_job *w, struct pool *pool,
    void (*done)(struct pool_job *));
void exec_job_done(struct exec_job *w); /* frees what it holds */

#endif
