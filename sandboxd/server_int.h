/* A peer and what it asked for; shared by server.c, peer.c and peer_file.c. */
#ifndef MOLTIS_SANDBOXD_SERVER_INT_H
#define MOLTIS_SANDBOXD_SERVER_INT_H

#include <sys/queue.h>

#include "base/txt.h"
#include "sandbox/sbx_wire.h"
#include "sandboxd/helper.h"
#include "sandboxd/server.h"

struct peer;

/* One request that is not answered yet. */
struct call {
	struct peer *peer;
	LIST_ENTRY(call) link;
	uint32_t id;           /* the peer's word for it */
	struct job *job;       /* a command */
	struct helper *helper; /* or a file request; both NULL: not begun */
};

struct peer {
	struct server *server;
	LIST_ENTRY(peer) link;
	int fd;
	ev_io in, out;
	ev_timer stuck; /* running: it does not read what we write */
	struct txt input, output;
	LIST_HEAD(, call) calls;
	unsigned int call_count;
	bool is_paused;
	bool is_over; /* to be closed when the callback returns */
};

struct server {
	struct server_spec spec;
	int fd;
	ev_io accept;
	LIST_HEAD(, peer) peers;
	unsigned int peer_count;
	struct helper *bin; /* takes the trash out */
	bool bin_again;
};

/* peer.c */
void peer_new(struct server *s, int fd);
void peer_free(struct peer *p);
void peer_flush(struct peer *p); /* sends what was put into output */
struct call *call_new(struct peer *p, uint32_t id);
void call_free(struct call *c);

/* peer_file.c: LIST, READ, WRITE, DELETE, MKDIR and DROP. */
void peer_file(struct peer *p, const struct sbx_frame *frame);

/* server.c: removes what was dropped. */
void server_take_out(struct server *s);

#endif
