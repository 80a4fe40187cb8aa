/*
 * Waking up: one LISTEN connection a worker.
 *
 * A payload is an id or nothing, never content.  Nothing depends on a message
 * arriving: everything it tells is also found by a poll, only later.  After a
 * reconnect everything is woken, because what was sent meanwhile is lost.
 */
#ifndef MOLTIS_WORKER_NOTIFY_H
#define MOLTIS_WORKER_NOTIFY_H

#include <ev.h>

#define NOTIFY_EVENTS "moltis_events"       /* payload: account id */
#define NOTIFY_TURNS "moltis_turns"         /* payload: account id or "" */
#define NOTIFY_FILES "moltis_files"         /* payload: account id */
#define NOTIFY_RELAY "moltis_relay"         /* payload: account id, "_", tag */
#define NOTIFY_LISTEN "moltis_listen"       /* payload: account id or "" */
#define NOTIFY_CRON "moltis_cron"           /* payload: account id or "" */
#define NOTIFY_AUTHORITY "moltis_authority" /* no payload */

/* Called in the loop. */
struct notify_callbacks {
	/* ACCOUNT_ID "" : any account. */
	void (*on_events)(void *arg, const char *account_id);
	void (*on_turns)(void *arg, const char *payload);
	/* A job was made or changed. */
	void (*on_cron)(void *arg, const char *payload);
	void (*on_authority)(void *arg);
	void (*on_files)(void *arg);
	/* Another worker said something; another worker listens. */
	void (*on_relay)(void *arg, const char *payload);
	void (*on_listen)(void *arg, const char *payload);
	/* Connected again: messages may have been missed. */
	void (*on_missed)(void *arg);
};

struct notify;

/* CONNINFO and CALLBACKS are borrowed. Connects in the background and goes on
 * trying.  Host names in CONNINFO would be looked up by libpq and hold up the
 * loop: use a socket folder or addresses. */
struct notify *notify_new(struct ev_loop *loop, const char *conninfo,
    const struct notify_callbacks *callbacks, void *arg);
void notify_free(struct notify *n); /* accepts NULL */

/* Sends within 5 ms, together with others and once for equal ones.  Forgotten
 * while there is no connection.  PAYLOAD is an id or "". */
void notify_send(struct notify *n, const char *channel, const char *payload);

#endif
