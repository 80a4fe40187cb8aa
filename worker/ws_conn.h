/*
 * One socket: its struct, and what the files of the WebSocket side call of
 * each other.  Internal to worker/ws_*.c and worker/hub*.c.
 *
 * ws_listen.c accepts and sweeps, ws_conn.c moves bytes and states,
 * ws_admit.c answers the upgrade, ws_login.c answers `connect`, ws_rpc.c
 * answers everything else.
 */
#ifndef MOLTIS_WORKER_WS_CONN_H
#define MOLTIS_WORKER_WS_CONN_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <wslay/wslay.h>

#include "base/log.h"
#include "op/op.h"
#include "worker/ws_listen.h"
#include "worker/ws_out.h"
#include "worker/ws_tally.h"
#include "ws/subs.h"
#include "ws/upgrade.h"

#define WS_SLOTS 30         /* the sweep visits one a turn */
#define WS_READ_BYTES 65536 /* shared read buffer */
#define WS_PEER_KEY_TEXT 48
#define WS_CALLS_MAX 16 /* in flight, a socket */
#define WS_CODE_TRY_AGAIN 1013

/* A socket waits for... */
enum ws_state {
	WS_NEW,      /* nothing yet: being set up */
	WS_HEAD,     /* the upgrade request; deadline handshake_secs */
	WS_ADMIT,    /* the pool's word on the upgrade; same deadline */
	WS_CONNECT,  /* the first frame; same deadline, begun at accept */
	WS_IDENTIFY, /* the pool's word on connect; deadline 30 s */
	WS_OPEN,     /* frames; the sweep's unanswered pings */
	WS_CLOSING,  /* output gone and the peer's farewell; deadline 2 s */
	WS_DEAD      /* running jobs to end; freed before the loop sleeps */
};

struct ws_call;
struct ws_early; /* a message that came before its time: ws_login.c */

struct ws_conn {
	struct ws_server *server;
	int fd;              /* -1 once WS_DEAD */
	enum ws_state state; /* ws_enter */
	struct log_ctx log;  /* id: connection and request id */
	ev_io io;
	ev_timer deadline;
	LIST_ENTRY(ws_conn) slot;   /* of the sweep */
	LIST_ENTRY(ws_conn) member; /* of hub_account.conns */
	SLIST_ENTRY(ws_conn) dirty; /* output to flush, or to be freed */
	bool is_dirty;
	bool is_web;   /* 101 was answered: close with a frame */
	bool farewell; /* peer's close frame came */
	uint8_t jobs;  /* pool jobs that point here */
	uint8_t pings; /* unanswered */
	uint8_t invalid_frames;

	/* input */
	char *head; /* unfinished upgrade request, or NULL */
	size_t head_len;
	struct ws_head_scan scan;
	wslay_event_context_ptr wire; /* NULL between messages */
	const char *fed;              /* bytes wslay may take next */
	size_t fed_len;
	int64_t wire_balance;  /* bytes taken minus bytes of whole frames */
	uint64_t wire_payload; /* of the frame being read */
	bool in_message;       /* between first and last fragment */
	bool deaf;             /* wslay gave up: bytes are discarded */
	bool blocked;          /* the last write was not complete */
	struct ws_bucket controls, requests;
	STAILQ_HEAD(, ws_early) early; /* came during WS_IDENTIFY */

	struct ws_queue out;

	/* who */
	char peer[WS_PEER_BYTES];
	char peer_key[WS_PEER_KEY_TEXT]; /* "" until counted */
	char *user_agent;                /* NULL after connect */
	char accept_key[WS_KEY_TEXT];
	bool bearer_given;       /* decides alone, even when unusable */
	struct op_cred cred;     /* upgrade's, then connect's; fixed in OPEN */
	bool owns_login;         /* password in connect: log out at the end */
	bool is_counted;         /* in the tally of its user */
	bool is_stranger;        /* has a place in server->strangers */
	struct op_principal who; /* empty before WS_OPEN */
	unsigned scope_mask;
	char *role; /* fixed in OPEN */

	/* requests */
	TAILQ_HEAD(ws_call_list, ws_call) calls; /* oldest first */
	uint8_t call_count;
	char *active_session; /* or NULL */

	/* hub */
	bool is_member;
	bool replaying; /* behind its account, being caught up */
	bool suspect;   /* its credential failed a read */
	struct ws_subs subs;
	int64_t sent_seq;     /* events up to here were sent or filtered */
	int64_t head_seq;     /* newest seq when connect was answered */
	unsigned auth_serial; /* hub's recheck count at connect */
};

LIST_HEAD(ws_conn_list, ws_conn);

/* ws_conn.c */
struct ws_conn *ws_conn_new(struct ws_server *server, int fd);
void ws_conn_free(struct ws_conn *c); /* WS_DEAD and no jobs */
void ws_enter(struct ws_conn *c, enum ws_state to);
/* Queues BUF (adds a reference); sheds droppable frames, or closes with 1013,
 * when too much waits.  Does nothing once the socket is closing. */
void ws_send(struct ws_conn *c, struct ws_buf *buf, bool droppable);
void ws_send_text(struct ws_conn *c, const struct txt *json);
/* Close frame, then WS_CLOSING.  Idempotent. */
void ws_close(struct ws_conn *c, unsigned code, const char *reason);
/* Ends at once, without a frame.  Idempotent. */
void ws_abort(struct ws_conn *c, const char *reason);
/* Sends what waits, then leaves: the answer to a refused upgrade. */
void ws_finish(struct ws_conn *c);
/* Reads again, or stops reading, as the state says. */
void ws_resume(struct ws_conn *c);
void ws_flush(struct ws_conn *c);
/* A job that points to C begins; false: the pool is full or stopping. */
bool ws_job_start(struct ws_conn *c, struct pool_job *job);
void ws_job_end(struct ws_conn *c);

#endif
