/*
 * The hub from inside: hub.c keeps who belongs where, hub_fetch.c reads rows
 * and delivers, hub_auth.c asks what credentials are still worth.
 */
#ifndef MOLTIS_WORKER_HUB_INT_H
#define MOLTIS_WORKER_HUB_INT_H

#include "worker/hub.h"
#include "worker/ws_conn.h"

#define HUB_BUCKETS 4096               /* a power of two */
#define HUB_HELD_MAX_BYTES 262144      /* transient events that wait */
#define HUB_REPLAY_MAX 10000           /* events; behind more: read again */
#define HUB_REPLAY_QUEUED_BYTES 262144 /* a replay pauses above this */

struct hub_fetch;
struct hub_round;
struct hub_beat_job;

/* A transient event that waits for rows committed before it. */
struct hub_held {
	STAILQ_ENTRY(hub_held) next;
	char run_id[UUID_TEXT]; /* "" when the event is of no run */
	char event[WS_EVENT_NAME_MAX + 1];
	struct ws_buf *buf;
};

struct hub_account {
	LIST_ENTRY(hub_account) link;
	char id[UUID_TEXT];
	struct hub *hub;
	struct ws_conn_list conns;
	int64_t head;            /* newest seq we know of */
	bool wanted;             /* there may be rows after head */
	bool failed;             /* last read failed: wait for the beat */
	int empty_reads;         /* in a row, although rows should be there */
	struct hub_fetch *fetch; /* under way, or NULL */
	unsigned pins;           /* callers that still use the account */
	bool listed;             /* the relay listens to it */
	STAILQ_HEAD(, hub_held) held;
	size_t held_bytes;
};

struct hub {
	struct ev_loop *loop;
	const struct conf *conf;
	struct pool *pool;
	LIST_HEAD(, hub_account) accounts[HUB_BUCKETS];
	size_t sockets;
	bool came;           /* an account that was not here before */
	struct relay *relay; /* NULL before it is made and when it is gone */
	ev_timer beat;       /* every second */
	unsigned beats;
	bool polling_heads; /* jobs under way */
	bool polling_authority;
	int64_t epoch;           /* -1 = not read yet */
	struct hub_round *round; /* recheck under way, or NULL */
	bool recheck_again;      /* when the round is done */
	bool recheck_failed;     /* at the next beat */
	unsigned serial;         /* rechecks begun */
	int64_t next_expiry_ms;  /* of any credential; 0 = none */
	bool stopping;
};

/* hub.c */
struct hub_account *hub_account_find(struct hub *hub, const char *id);
void hub_account_release(struct hub_account *a);
void hub_each(struct hub *hub, void (*fn)(struct ws_conn *c, void *arg),
    void *arg);
/* May C get an event of SCOPE called NAME? */
bool hub_may_get(const struct ws_conn *c, unsigned scope, const char *name);

/* C's output queue went down: a paused replay goes on. */
void hub_drained(struct hub *hub, struct ws_conn *c);
/* Counts rechecks: a credential that was asked about before the last one must
 * be asked about again. */
unsigned hub_serial(const struct hub *hub);

/* hub_fetch.c */
void hub_step(struct hub_account *a); /* reads, or lets go of what waits */
void hub_held_free(struct hub_account *a);
/* Whose credential reads; NULL when there is no socket. */
struct ws_conn *hub_reader(const struct hub_account *a);
void hub_heads_poll(struct hub *hub);

/* hub_auth.c */
void hub_authority_poll(struct hub *hub);
void hub_expiry_check(struct hub *hub);
void hub_note_expiry(struct hub *hub, const struct ws_conn *c);

#endif
