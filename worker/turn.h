/*
 * One turn: a user message to its final answer.
 *
 * A state machine over the pool (what is committed), the provider (what the
 * model says) and the hub (what people see).  Every step is committed before
 * the next begins; a turn whose lease is lost stops without a word, because
 * another worker goes on with it.  Owned by struct turns.
 */
#ifndef MOLTIS_WORKER_TURN_H
#define MOLTIS_WORKER_TURN_H

#include <ev.h>
#include <stdbool.h>

#include "turn/turn.h"
#include "conf/conf.h"
#include "worker/hub.h"
#include "worker/notify.h"
#include "worker/pool.h"
#include "worker/provider_http.h"

struct relay;
struct sandbox_client;
struct sandbox_watch;
struct turn;

/* What turns share on this worker. */
struct turn_env {
	struct ev_loop *loop;
	const struct conf *conf;
	struct pool *pool;
	struct hub *hub;
	struct notify *notify; /* other workers hear of what was committed */
	struct relay *relay;   /* and what is said; NULL: only here */
	struct provider_http *provider;
	struct sandbox_client *sandbox;
	struct sandbox_watch *sandbox_watch;
	/* The turn ended here (done, failed, aborted or lost); its memory goes
	 * at the end of the loop iteration. */
	void (*on_end)(void *arg, struct turn *turn);
	void *arg;
	bool draining; /* turns go no further than their next step */
};

struct turn *turn_start(struct turn_env *env, const struct turn_lease *lease);
const struct turn_lease *turn_lease_of(const struct turn *turn);
/* Somebody asked to stop it: ends as aborted, with what was said so far. */
void turn_abort(struct turn *turn);
/* What its tools wait for may have been decided. */
void turn_wake(struct turn *turn);
/* Nothing of it runs: it waits for a person, for however long, or stands
 * between two steps while the worker is draining. */
bool turn_may_move(const struct turn *turn);
/* The lease is gone, or the worker stops: nothing is committed any more. */
void turn_drop(struct turn *turn, const char *reason);

#endif
