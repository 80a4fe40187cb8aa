/*
 * Threads for what blocks: database operations, password hashing.
 *
 * Each thread owns one database connection.  A job runs in a thread, then its
 * `done` runs in the loop (ev_async).  The queue is bounded: pool_submit
 * answers ST_LIMIT when it is full and the caller says "busy".
 */
#ifndef MOLTIS_WORKER_POOL_H
#define MOLTIS_WORKER_POOL_H

#include <ev.h>
#include <sys/queue.h>

#include "base/status.h"
#include "db/db.h"

#define POOL_MAX_QUEUED 4096

struct pool;

/* Embedded first in the caller's own struct. */
struct pool_job {
	void (*run)(struct pool_job *job, struct db *db); /* in a thread */
	void (*done)(struct pool_job *job);               /* in the loop */
	STAILQ_ENTRY(pool_job) next;
};

struct pool *pool_new(struct ev_loop *loop, const char *conninfo, int threads);
MUST_CHECK enum status pool_submit(struct pool *pool, struct pool_job *job);
/* Waits for running jobs, runs their done, drops queued ones through done
 * (their run was not called: jobs must start out as failed). */
void pool_free(struct pool *pool);

#endif
