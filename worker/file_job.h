/*
 * What a file on its way does in the pool: load, next bytes of an upload, next
 * bytes of a download, the end.
 *
 * Embedded in the move, one at a time; the thread touches nothing else of it.
 */
#ifndef MOLTIS_WORKER_FILE_JOB_H
#define MOLTIS_WORKER_FILE_JOB_H

#include <stdbool.h>

#include "workspace/transfer.h"
#include "worker/pool.h"

enum file_work {
	FILE_WORK_LOAD,
	FILE_WORK_PIECE,  /* put: bytes from the database */
	FILE_WORK_STORE,  /* get: bytes into it */
	FILE_WORK_FINISH, /* what came of it */
	FILE_WORK_RELEASE /* another worker, or this one later, begins anew */
};

struct file_job {
	struct pool_job job;
	void *move; /* for done */
	bool out;   /* submitted and not back */
	enum file_work kind;
	enum status status;
	char why[DB_WHY_BYTES]; /* of a refusal */
	const char *worker;     /* RELEASE */
	struct transfer_lease lease;
	struct transfer loaded; /* LOAD */
	int index;              /* PIECE, STORE */
	void *bytes;            /* PIECE: what came; STORE: what goes; owned */
	size_t bytes_n;
	struct transfer_end end; /* FINISH; its texts are the move's */
};

/* False when it could not be submitted. */
bool file_job_submit(struct file_job *w, struct pool *pool,
    void (*done)(struct pool_job *));
void file_job_clear(struct file_job *w); /* frees the bytes */

#endif
