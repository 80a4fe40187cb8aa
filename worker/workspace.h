/*
 * Files of people on their way through this worker: claiming, leases, giving
 * back.
 *
 * Found by a poll; being woken only makes it sooner.  A worker without its
 * sandbox daemon claims nothing: the files are on the daemon's host.
 */
#ifndef MOLTIS_WORKER_WORKSPACE_H
#define MOLTIS_WORKER_WORKSPACE_H

#include <ev.h>
#include <stdbool.h>

#include "conf/conf.h"
#include "worker/hub.h"
#include "worker/notify.h"
#include "worker/pool.h"

struct sandbox_client;
struct workspace;

struct workspace_parts {
	struct ev_loop *loop;
	const struct conf *conf;
	struct pool *pool;
	struct hub *hub;
	struct notify *notify;
	struct sandbox_client *sandbox;
	bool has_sandbox; /* it is configured */
};

struct workspace *workspace_new(const struct workspace_parts *parts);
void workspace_wake(struct workspace *ws);
/* Claims no more and gives back what it holds. */
void workspace_stop(struct workspace *ws);
void workspace_free(struct workspace *ws);

#endif
