/*
 * The relay from inside: relay.c is who listens to what, relay_out.c what our
 * turns say, relay_in.c what the turns of others say.
 */
#ifndef MOLTIS_WORKER_RELAY_INT_H
#define MOLTIS_WORKER_RELAY_INT_H

#include <ev.h>
#include <sys/queue.h>

#include "base/log.h"
#include "event/relay.h"
#include "worker/relay.h"

#define RELAY_LISTENS_A_JOB 32
#define RELAY_TAG_TEXT 9 /* tells own notifications from others' */

/* Signs of life, and what is listened to. */
struct relay_beat_job {
	struct pool_job job; /* first */
	struct relay *relay;
	bool out;
	bool again; /* asked for while it was out */
	enum status status;
	int others;
	bool known;
	struct json_object *left; /* accounts to unlisten */
	size_t count;             /* accounts to listen to */
	struct hub_listen listens[RELAY_LISTENS_A_JOB];
	bool listening[RELAY_LISTENS_A_JOB];
};

struct relay_put_job {
	struct pool_job job; /* first */
	struct relay *relay;
	bool out;
	bool due; /* the timer ended while it was out */
	enum status status;
	struct relay_put put;
	struct json_object *heard;
};

struct relay_fetch_job {
	struct pool_job job; /* first */
	struct relay *relay;
	bool out;
	enum status status;
	struct relay_ask ask;
	int count;
	struct relay_row rows[RELAY_FETCH_MAX];
};

struct relay_out; /* a turn here */
struct relay_in;  /* a turn elsewhere */

struct relay {
	struct turn_env *env;
	char id[UUID_TEXT];
	char tag[RELAY_TAG_TEXT];
	struct log_ctx log;

	int others; /* workers beside us, as of the last beat */
	ev_timer beat;
	struct relay_beat_job beating;
	struct json_object *left; /* accounts that lost their last socket */

	LIST_HEAD(, relay_out) outs; /* at most the turns of this worker */
	size_t out_bytes;            /* that wait in all of them */
	ev_timer flush;
	struct relay_put_job putting;

	TAILQ_HEAD(relay_in_list, relay_in) ins; /* longest unused first */
	size_t in_count;
	struct json_object *wanted; /* ids of accounts, as keys */
	bool want_all;
	struct relay_fetch_job fetching;
};

/* relay.c */
void relay_beat_now(struct relay *r);

/* relay_out.c */
void relay_out_init(struct relay *r);
void relay_out_done(struct relay *r);
/* ACCOUNT_ID may be listened to now; NULL: any. */
void relay_out_ask_again(struct relay *r, const char *account_id);

/* relay_in.c */
void relay_in_init(struct relay *r);
void relay_in_done(struct relay *r);
/* Forgets turns that were not heard of for long; reads what no NOTIFY told,
 * while there is a turn that speaks. */
void relay_in_beat(struct relay *r);

#endif
