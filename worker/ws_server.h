/*
 * The server's struct, shared by the files of the WebSocket side.
 */
#ifndef MOLTIS_WORKER_WS_SERVER_H
#define MOLTIS_WORKER_WS_SERVER_H

#include <sys/types.h>

#include "worker/ws_conn.h"

/* Of all sockets together; past it the slow ones are closed. */
#define WS_ALL_QUEUED_BYTES (256u << 20)

struct ws_server {
	struct ev_loop *loop;
	const struct conf *conf;
	struct pool *pool;
	struct hub *hub;
	const struct ws_limits *limits;
	void (*on_turns)(void *arg);
	void *arg;

	int listen_fd;    /* -1 when not listening */
	dev_t socket_dev; /* of the socket file, to remove only ours */
	ino_t socket_ino;
	ev_io accept;
	ev_timer backoff;   /* accept again after EMFILE and the like */
	ev_prepare prepare; /* flushes and frees before the loop sleeps */
	ev_timer sweep;
	unsigned slot_now;
	bool draining;

	struct ws_conn_list slots[WS_SLOTS];
	SLIST_HEAD(, ws_conn) dirty;
	size_t count;        /* sockets not yet freed */
	size_t queued_bytes; /* of all sockets */
	struct ws_tally *addresses;
	struct ws_tally *users;
	struct ws_buf *ping;
	struct txt scratch;
	char read[WS_READ_BYTES];
};

/* C has output to flush, or is to be freed. */
void ws_server_mark(struct ws_server *s, struct ws_conn *c);

#endif
