/*
 * A process that outlives a killed daemon by a moment and ends what the
 * daemon left: a backend's own processes may be at a point where nobody tells
 * them that their parent is gone.
 */
#ifndef MOLTIS_SANDBOXD_GUARD_H
#define MOLTIS_SANDBOXD_GUARD_H

#include <stdbool.h>

#include "sandboxd/cgroup.h"

/* Takes the lock of a state folder; WAIT gives a guard that still holds it
 * some seconds.  Returns the descriptor to keep open, or -1. */
int guard_lock(const char *path, bool wait);

/* Starts the guard of CGROUPS, which sweeps when the calling process ends,
 * unless another daemon has the lock by then and does it itself.  false: there
 * is none. */
bool guard_start(const struct cgroups *cgroups, const char *lock_path);

#endif
