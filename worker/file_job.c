/* The pool's side of a file on its way: see file_job.h. */
#include "config.h"

#include "worker/file_job.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"

static void
run(struct pool_job *job, struct db *db)
{
	struct file_job *w = (struct file_job *)job;
	const struct transfer_bytes piece = { w->index, w->bytes, w->bytes_n };

	switch (w->kind) {
	case FILE_WORK_LOAD:
		w->status = transfer_load(db, &w->lease, &w->loaded);
		break;
	case FILE_WORK_PIECE:
		w->status = transfer_piece(db, &w->lease, w->index, &w->bytes,
		    &w->bytes_n);
		break;
	case FILE_WORK_STORE:
		w->status = transfer_store(db, &w->lease, &piece);
		break;
	case FILE_WORK_FINISH:
		w->status = transfer_finish(db, &w->lease, &w->end);
		break;
	case FILE_WORK_RELEASE:
		w->status = transfer_release(db, w->worker, w->lease.token);
		break;
	}
	if (w->status == ST_OK)
		return;
	(void)mem_copy_str(w->why, sizeof(w->why), db_last_error(db)->why);
	if (w->status != ST_CONFLICT)
		log_warn(NULL, "file transfer not committed",
		    "transfer=%s detail=\"%s\"", w->lease.id,
		    db_last_error(db)->detail);
}

bool
file_job_submit(struct file_job *w, struct pool *pool,
    void (*done)(struct pool_job *))
{
	w->status = ST_UNAVAILABLE;
	w->job.run = run;
	w->job.done = done;
	w->out = pool_submit(pool, &w->job) == ST_OK;
	return w->out;
}

void
file_job_clear(struct file_job *w)
{
	free(w->bytes);
	w->bytes = NULL;
	w->bytes_n = 0;
}
