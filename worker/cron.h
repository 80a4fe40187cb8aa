/*
 * The clock of this worker: looks for jobs that are due and lets their runs be
 * made.
 *
 * Asleep until the next job is due, at most a few seconds; being woken only
 * makes it sooner.  Any number of workers do this over one database.
 */
#ifndef MOLTIS_WORKER_CRON_H
#define MOLTIS_WORKER_CRON_H

#include "worker/turn.h"

struct cron;

/* ON_TURNS: turns wait for a worker. */
struct cron *cron_new(struct turn_env *env, void (*on_turns)(void *arg),
    void *arg);
void cron_wake(struct cron *c); /* a job may be due earlier than was known */
void cron_stop(struct cron *c); /* looks no more */
void cron_free(struct cron *c); /* after the pool */

#endif
