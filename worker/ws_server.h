/*
 * The server's struct, shared by the files of the WebSocket side.
 */
#ifndef MOLTIS_WORKER_WS_SERVER_H
#define MOLTIS_WORKER_WS_SERVER_H

#include <sys/types.h>

#include "op/op_miss.h"
#include "worker/ws_conn.h"

/* Of all sockets together; past it the slow ones are closed. */
#define WS_ALL_QUEUED_BYTES (256u << 20)

/* A place that a failed handshake keeps for a while. */
struct ws_debt {
	STAILQ_ENTRY(ws_debt) next;
	int64_t until_ms;
	char peer_key[WS_PEER_KEY_TEXT];
};

struct ws_server {
	struct ev_loop *loop;
	const struct conf *conf;
	struct pool *pool; /* NULL once it is freed */
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
	struct ws_tally *strangers;   /* places of sockets without identity */
	STAILQ_HEAD(, ws_debt) debts; /* places to be given back, in order */
	struct ws_buf *ping;
	struct txt scratch;
	char read[WS_READ_BYTES];
};

/* Gives places back whose time is over (ws_admit.c). */
void ws_debts_sweep(struct ws_server *s, int64_t now_ms);

/* C has output to flush, or is to be freed. */
void ws_server_mark(struct ws_server *s, struct ws_conn *c);

/* ws_wire.c: bytes to messages */
void ws_wire_take(struct ws_conn *c, const char *bytes, size_t n);

/* ws_admit.c */
void ws_admit_take(struct ws_conn *c, const char *bytes, size_t n);

/* A stranger proved who it is, or ended without that. */
void ws_stranger_known(struct ws_conn *c);
void ws_stranger_failed(struct ws_conn *c);

/* ws_login.c */
void ws_login_start(struct ws_conn *c, const char *text, size_t n);
void ws_early_keep(struct ws_conn *c, const char *text, size_t n);
void ws_login_forget(struct ws_conn *c); /* ends a login made by connect */

/* ws_note.c: after the answer.  MISS is taken and left empty. */
void ws_note_miss(struct ws_server *s, struct op_miss *miss);
void ws_note_origin(struct ws_server *s, const struct ws_upgrade *u);

/* ws_rpc.c */
void ws_rpc_text(struct ws_conn *c, const char *text, size_t n);
void ws_rpc_done(struct ws_conn *c); /* drops requests that never ran */
/* Takes ERROR. */
void ws_answer_error(struct ws_conn *c, const char *id,
    struct json_object *error);
/* Names of the methods C may call.  Caller owns. */
struct json_object *ws_rpc_methods(const struct ws_conn *c);

#endif
