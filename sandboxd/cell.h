/*
 * Cells: places for commands, made ahead of time and used once.
 *
 * Entering a control group of version 1 and taking a mount namespace apart
 * from the host's wait for all processors of the machine, milliseconds each.
 * So one process waits, already in a control group with the usual limits and
 * in a namespace with the backend's stage, to be told which command it is.
 * It knows no account, has run nothing of anybody, and is the daemon itself
 * until it becomes the sandbox; it ends when the daemon lets go of it, also by
 * dying.
 */
#ifndef MOLTIS_SANDBOXD_CELL_H
#define MOLTIS_SANDBOXD_CELL_H

#include <ev.h>
#include <stdbool.h>

#include "sandboxd/backend.h"
#include "sandboxd/cgroup.h"
#include "sandboxd/netpool.h"

struct cells;

struct cells_spec {
	struct ev_loop *loop;
	const struct sbx_host *host;
	const struct cgroups *cgroups;
	const struct sbx_limits *limits; /* of the groups */
};

struct cell {
	pid_t pid; /* 0: none */
	int socket;
	char name[SBX_NAME_BYTES]; /* of its control group */
};

struct cells *cells_new(const struct cells_spec *spec);
void cells_free(struct cells *cells);

/* A cell for BACKEND, if there is one now; in any case the next one will be
 * made a little later.  The caller owns its process and its control group. */
bool cells_take(struct cells *cells, const struct sbx_backend *backend,
    struct cell *ret);

/* Lets it become the sandbox of PLAN, with OUT and ERR as its descriptors and
 * NET (or NULL) as its network.  BODY is that of the RUN frame.  false: errno;
 * the caller drops it. */
bool cell_start(struct cell *cell, const struct sbx_plan *plan,
    struct sbx_text body, const int fds[3]);
void cell_drop(struct cell *cell); /* lets go of it; idempotent */

#endif
