/*
 * All turns of this worker: claiming, leases, handing over.
 *
 * Work is found by a poll; being woken only makes it sooner.  Any number of
 * workers do this at the same time over one database.
 */
#ifndef MOLTIS_WORKER_TURNS_H
#define MOLTIS_WORKER_TURNS_H

#include "worker/turn.h"

#define TURNS_MAX 256 /* at once on one worker */

struct turns;

/* ENV's on_end and arg are set here. */
struct turns *turns_new(struct turn_env *env);
/* There may be turns to claim, running ones to stop, or commands of theirs
 * that were decided; NULL: of any account. */
void turns_wake(struct turns *ts, const char *account_id);
/* Claims no more, and hands turns that only wait for a person back at once;
 * calls ON_DRAINED once nothing runs, or after SECS when the rest was handed
 * back for other workers. */
void turns_drain(struct turns *ts, double secs, void (*on_drained)(void *arg),
    void *arg);
void turns_free(struct turns *ts);

#endif
