/*
 * Networks, made ahead of time and used once.
 *
 * A network takes tens of milliseconds to put together, so a few wait ready.
 * Each has a keeper, a process that made it, holds its helper and takes it
 * apart; it ends when the daemon lets go of it, also by dying.
 */
#ifndef MOLTIS_SANDBOXD_NETPOOL_H
#define MOLTIS_SANDBOXD_NETPOOL_H

#include <ev.h>
#include <stddef.h>

#include "sandboxd/parts.h"

struct netpool;
struct netns;

struct netpool_request {
	/* NS NULL: there is no network; WHY says why. */
	void (*on_ready)(void *arg, struct netns *ns, const char *why);
	void *arg;
};

/* Keeps SPARES ready, which may be 0. */
struct netpool *netpool_new(struct ev_loop *loop,
    const struct net_policy *policy, size_t spares);
void netpool_free(struct netpool *pool);

/* Answers at once when one is ready.  REQUEST lives until the answer or
 * netpool_forget. */
void netpool_get(struct netpool *pool, struct netpool_request *request);
void netpool_forget(struct netpool *pool, struct netpool_request *request);

/* Enters it; for a child between fork and exec. */
bool netns_enter(const struct netns *ns);
int netns_fd(const struct netns *ns);
void netns_release(struct netns *ns); /* takes it apart */

#endif
