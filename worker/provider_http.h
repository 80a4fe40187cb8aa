/*
 * Runs model calls over libcurl multi on the worker's libev loop.
 *
 * One struct provider_call per call; streaming; bounded; retried on 429, 5xx
 * and lost connections with jittered backoff as long as nothing was streamed
 * yet (Retry-After honoured up to 30 s, at most 2 retries); cancellable.  The
 * demo provider runs through the same interface with a timer.  Callbacks run
 * in the loop, never from inside provider_call_start.
 */
#ifndef MOLTIS_WORKER_PROVIDER_HTTP_H
#define MOLTIS_WORKER_PROVIDER_HTTP_H

#include <ev.h>
#include <json-c/json.h>

#include "base/status.h"
#include "conf/conf.h"
#include "provider/provider.h"

struct provider_http; /* one a worker: curl multi, timers */
struct provider_call;

struct provider_call_events {
	/* A piece of text arrived. */
	void (*on_delta)(void *arg, const char *text, size_t n);
	/* A failed attempt will be repeated after DELAY_MS. */
	void (*on_retry)(void *arg, int delay_ms);
	/*
	 * The last callback: ST_OK with REPLY complete, or a failure with
	 * ERROR (chat error object, borrowed).  The call is freed afterwards.
	 */
	void (*on_end)(void *arg, enum status st,
	    const struct provider_reply *reply, struct json_object *error);
};

struct provider_http *provider_http_new(struct ev_loop *loop);
void provider_http_free(struct provider_http *ph); /* cancels all, silently */

/* One question to a model. */
struct provider_ask {
	const struct conf_provider *provider; /* borrowed until on_end */
	struct json_object *body;             /* provider_request(); taken */
	struct json_object *messages;         /* what the demo answers to */
	struct json_object *tools;            /* what it may call */
};
/* Timeouts: connect 10 s, no bytes for 120 s; the turn's own deadline is the
 * caller's. */
struct provider_call *provider_call_start(struct provider_http *ph,
    const struct provider_ask *ask, const struct provider_call_events *events,
    void *arg);

/* No callback comes after this; frees the call.  Accepts NULL. */
void provider_call_cancel(struct provider_call *call);

#endif
