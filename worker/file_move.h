/*
 * One file (or list) on its way between the database and the sandbox daemon.
 *
 * Everything here may be begun again by another worker: an upload is written
 * under a name of its own and renamed when it is whole, the rest changes
 * nothing or the same thing twice.  Owned by struct workspace.
 */
#ifndef MOLTIS_WORKER_FILE_MOVE_H
#define MOLTIS_WORKER_FILE_MOVE_H

#include <ev.h>
#include <stdbool.h>

#include "workspace/transfer.h"
#include "worker/pool.h"

struct file_move;
struct sandbox_client;

/* What the moves of a worker share. */
struct move_env {
	struct ev_loop *loop;
	struct pool *pool;
	struct sandbox_client *sandbox;
	bool has_sandbox; /* it is configured */
	const char *worker;
	/* Its row was committed: sockets may be told. */
	void (*on_committed)(void *arg, const char *account_id);
	/* It is over here; its memory goes at the end of the loop iteration. */
	void (*on_end)(void *arg, struct file_move *move);
	void *arg;
};

struct file_move *file_move_start(const struct move_env *env,
    const struct transfer_lease *lease);
const struct transfer_lease *file_move_lease(const struct file_move *move);
/* The lease is gone, or the worker stops: nothing is committed any more. */
void file_move_drop(struct file_move *move);

#endif
