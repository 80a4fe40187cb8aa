/*
 * What moltis-sandboxd last said of itself: may commands run, and where.
 *
 * Asks every few seconds and reports to the database, for sandbox.status.  A
 * turn that begins before the first answer need not guess:
 * sandbox_watch_is_known says whether there was one.
 */
#ifndef MOLTIS_WORKER_SANDBOX_WATCH_H
#define MOLTIS_WORKER_SANDBOX_WATCH_H

#include <ev.h>
#include <stdbool.h>

#include "conf/conf.h"
#include "worker/pool.h"
#include "worker/sandbox_client.h"

struct sandbox_watch;

/* Where the daemon listens; NULL: commands are switched off. */
const char *sandbox_watch_path(const struct conf *conf);

/* Everything is borrowed. */
struct sandbox_watch *sandbox_watch_new(struct ev_loop *loop,
    const struct conf *conf, struct pool *pool, struct sandbox_client *client);
/* After the pool, before the client. */
void sandbox_watch_free(struct sandbox_watch *w);

/* It answered, or could not be reached. */
bool sandbox_watch_is_known(const struct sandbox_watch *w);
/* There is a sandbox and commands are allowed. */
bool sandbox_watch_may_run(const struct sandbox_watch *w);
const char *sandbox_watch_backend(const struct sandbox_watch *w); /* or "" */
bool sandbox_watch_has_network(const struct sandbox_watch *w);

#endif
