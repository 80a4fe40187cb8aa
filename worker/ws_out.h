/*
 * What waits to be sent on a socket.
 *
 * A frame is built once and shared by every socket that gets it.  The queue
 * is bounded by its owner (ws_conn.c), which may throw away droppable frames;
 * a frame that was begun is always finished, or the stream would be broken.
 */
#ifndef MOLTIS_WORKER_WS_OUT_H
#define MOLTIS_WORKER_WS_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

/* Counted in the loop's thread only; a pool thread may make one and hand it
 * over. */
struct ws_buf {
	unsigned refs;
	size_t len;
	unsigned char bytes[];
};

/* A text frame around JSON, or bytes as they are.  One reference, the
 * caller's. */
struct ws_buf *ws_buf_text(const char *json, size_t n);
struct ws_buf *ws_buf_raw(const void *bytes, size_t n);
struct ws_buf *ws_buf_ref(struct ws_buf *buf);
void ws_buf_drop(struct ws_buf *buf); /* accepts NULL */

struct ws_out;

struct ws_queue {
	STAILQ_HEAD(ws_out_list, ws_out) list;
	size_t bytes; /* not yet written */
	size_t sent;  /* of the first frame */
};

enum ws_write { WS_WRITE_ALL, WS_WRITE_AGAIN, WS_WRITE_BROKEN };

void ws_queue_init(struct ws_queue *q);
/* Adds its own reference to BUF. */
void ws_queue_push(struct ws_queue *q, struct ws_buf *buf, bool droppable);
/* Drops droppable frames, oldest first, until at most MAX bytes wait. */
void ws_queue_shed(struct ws_queue *q, size_t max);
/* Drops everything that was not begun. */
void ws_queue_clear(struct ws_queue *q);
enum ws_write ws_queue_write(struct ws_queue *q, int fd);
void ws_queue_done(struct ws_queue *q);

#endif
