/*
 * The worker's WebSocket server: a Unix socket behind the edge.
 *
 * Order at the end of a worker: ws_server_drain, hub_shutdown, the loop until
 * ws_server_count is 0 or patience ends, pool_free, ws_server_free, hub_free.
 */
#ifndef MOLTIS_WORKER_WS_LISTEN_H
#define MOLTIS_WORKER_WS_LISTEN_H

#include <ev.h>
#include <stddef.h>

#include "base/status.h"
#include "base/txt.h"
#include "conf/conf.h"
#include "worker/hub.h"
#include "worker/pool.h"

/* S201, S223.  The defaults bind production; tests may raise them. */
struct ws_limits {
	int sockets; /* of this worker */
	int sockets_of_address;
	int sockets_of_user;
	int upgrades; /* unauthenticated, per address and window */
	int upgrade_window_secs;
	double handshake_secs; /* first byte to a valid connect */
	double sweep_secs;     /* ping, tick; 3 unanswered pings close */
};
extern const struct ws_limits ws_limits_default;

struct ws_server_opts {
	struct ev_loop *loop;
	const struct conf *conf;        /* borrowed */
	struct pool *pool;              /* borrowed */
	struct hub *hub;                /* borrowed */
	const struct ws_limits *limits; /* borrowed; NULL = default */
	/* An operation made work for turns; called in the loop.  May be
	 * NULL. */
	void (*on_turns)(void *arg);
	void *arg;
};

struct ws_server;

struct ws_server *ws_server_new(const struct ws_server_opts *opts);
/* Binds conf->worker_socket.  A socket file that nobody answers on is
 * replaced; ST_CONFLICT: somebody does.  WHY gets a sentence. */
MUST_CHECK enum status ws_server_listen(struct ws_server *s, struct txt *why);
/* Stops accepting and ends unfinished handshakes; open sockets stay. */
void ws_server_drain(struct ws_server *s);
size_t ws_server_count(const struct ws_server *s);
/* Closes what is left, without ceremony. */
void ws_server_free(struct ws_server *s); /* accepts NULL */

#endif
