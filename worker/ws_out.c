/*
 * The output queue of a socket, written with one writev(2) a loop iteration,
 * so that a burst of small frames costs one system call.
 */
#include "config.h"

#include "worker/ws_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/mem.h"
#include "ws/wire.h"

#define MAX_PIECES 64

struct ws_out {
	STAILQ_ENTRY(ws_out) next;
	struct ws_buf *buf;
	bool droppable;
};

static void out_drop(struct ws_queue *q, struct ws_out *out);
static size_t gather(const struct ws_queue *q, struct iovec *pieces);
static void consume(struct ws_queue *q, size_t n);

struct ws_buf *
ws_buf_text(const char *json, size_t n)
{
	struct ws_buf *buf = mem_zalloc(sizeof(*buf) + WS_WIRE_HEAD_MAX + n);

	buf->refs = 1;
	buf->len = ws_wire_head(buf->bytes, WS_OP_TEXT, n);
	memcpy(buf->bytes + buf->len, json, n);
	buf->len += n;
	return buf;
}

struct ws_buf *
ws_buf_raw(const void *bytes, size_t n)
{
	struct ws_buf *buf = mem_zalloc(sizeof(*buf) + n);

	buf->refs = 1;
	buf->len = n;
	memcpy(buf->bytes, bytes, n);
	return buf;
}

struct ws_buf *
ws_buf_ref(struct ws_buf *buf)
{
	buf->refs++;
	return buf;
}

void
ws_buf_drop(struct ws_buf *buf)
{
	if (buf != NULL && --buf->refs == 0)
		free(buf);
}

void
ws_queue_init(struct ws_queue *q)
{
	STAILQ_INIT(&q->list);
	q->bytes = 0;
	q->sent = 0;
}

void
ws_queue_push(struct ws_queue *q, struct ws_buf *buf, bool droppable)
{
	struct ws_out *out;

	if (buf->len == 0)
		return;
	out = mem_zalloc(sizeof(*out));
	out->buf = ws_buf_ref(buf);
	out->droppable = droppable;
	STAILQ_INSERT_TAIL(&q->list, out, next);
	q->bytes += buf->len;
}

void
ws_queue_shed(struct ws_queue *q, size_t max)
{
	struct ws_out *out, *next;

	for (out = STAILQ_FIRST(&q->list); out != NULL && q->bytes > max;
	     out = next) {
		next = STAILQ_NEXT(out, next);
		if (out == STAILQ_FIRST(&q->list) && q->sent > 0)
			continue;
		if (out->droppable)
			out_drop(q, out);
	}
}

void
ws_queue_clear(struct ws_queue *q)
{
	struct ws_out *out, *next;

	for (out = STAILQ_FIRST(&q->list); out != NULL; out = next) {
		next = STAILQ_NEXT(out, next);
		if (out != STAILQ_FIRST(&q->list) || q->sent == 0)
			out_drop(q, out);
	}
}

enum ws_write
ws_queue_write(struct ws_queue *q, int fd)
{
	struct iovec pieces[MAX_PIECES];

	while (!STAILQ_EMPTY(&q->list)) {
		struct msghdr msg = { .msg_iov = pieces };
		ssize_t n;

		msg.msg_iovlen = gather(q, pieces);
		n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK
			    ? WS_WRITE_AGAIN
			    : WS_WRITE_BROKEN;
		consume(q, (size_t)n);
	}
	return WS_WRITE_ALL;
}

void
ws_queue_done(struct ws_queue *q)
{
	while (!STAILQ_EMPTY(&q->list))
		out_drop(q, STAILQ_FIRST(&q->list));
	q->sent = 0;
}

static void
out_drop(struct ws_queue *q, struct ws_out *out)
{
	size_t begun = out == STAILQ_FIRST(&q->list) ? q->sent : 0;

	q->bytes -= out->buf->len - begun;
	STAILQ_REMOVE(&q->list, out, ws_out, next);
	ws_buf_drop(out->buf);
	free(out);
}

static size_t
gather(const struct ws_queue *q, struct iovec *pieces)
{
	struct ws_out *out;
	size_t n = 0;

	STAILQ_FOREACH(out, &q->list, next)
	{
		size_t skip = n == 0 ? q->sent : 0;

		pieces[n].iov_base = out->buf->bytes + skip;
		pieces[n].iov_len = out->buf->len - skip;
		if (++n == MAX_PIECES)
			break;
	}
	return n;
}

static void
consume(struct ws_queue *q, size_t n)
{
	while (n > 0) {
		struct ws_out *out = STAILQ_FIRST(&q->list);
		size_t left = out->buf->len - q->sent;

		if (n < left) {
			q->sent += n;
			q->bytes -= n;
			return;
		}
		n -= left;
		out_drop(q, out);
		q->sent = 0;
	}
}
