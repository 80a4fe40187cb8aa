/*
 * The life of one socket: states, reading, writing, closing.
 *
 * Everything is set up in ws_conn_new and torn down in end(); what is between
 * goes through ws_enter.  Memory of a quiet socket is this struct and nothing
 * else: heads, frames and output live only while they are under way.
 */
#include "config.h"

#include "worker/ws_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "worker/hub_int.h"
#include "worker/ws_server.h"
#include "ws/wire.h"

#define IDENTIFY_SECS 30.0
#define CLOSING_SECS 2.0
#define READS_A_TURN 4   /* then the other sockets */
#define SLOW_BYTES 65536 /* closed first when all queues are large */

#define BIT(state) (1u << (state))

static const char *const state_names[] = {
	[WS_NEW] = "new",
	[WS_HEAD] = "head",
	[WS_ADMIT] = "admit",
	[WS_CONNECT] = "connect",
	[WS_IDENTIFY] = "identify",
	[WS_OPEN] = "open",
	[WS_CLOSING] = "closing",
	[WS_DEAD] = "dead",
};

static const unsigned allowed_edges[] = {
	[WS_NEW] = BIT(WS_HEAD),
	[WS_HEAD] = BIT(WS_ADMIT) | BIT(WS_CLOSING) | BIT(WS_DEAD),
	[WS_ADMIT] = BIT(WS_CONNECT) | BIT(WS_CLOSING) | BIT(WS_DEAD),
	[WS_CONNECT] = BIT(WS_IDENTIFY) | BIT(WS_CLOSING) | BIT(WS_DEAD),
	[WS_IDENTIFY] = BIT(WS_OPEN) | BIT(WS_CLOSING) | BIT(WS_DEAD),
	[WS_OPEN] = BIT(WS_CLOSING) | BIT(WS_DEAD),
	[WS_CLOSING] = BIT(WS_DEAD),
	[WS_DEAD] = 0,
};

static void on_io(struct ev_loop *loop, ev_io *w, int revents);
static void on_deadline(struct ev_loop *loop, ev_timer *w, int revents);
static void conn_read(struct ws_conn *c);
static void conn_take(struct ws_conn *c, const char *bytes, size_t n);
static bool wants_read(const struct ws_conn *c);
static void queue(struct ws_conn *c, struct ws_buf *buf, bool droppable);
static void end(struct ws_conn *c);

struct ws_conn *
ws_conn_new(struct ws_server *server, int fd)
{
	struct ws_conn *c = mem_zalloc(sizeof(*c));

	c->server = server;
	c->fd = fd;
	c->log.component = "ws";
	uuid_new(c->log.id);
	STAILQ_INIT(&c->early);
	TAILQ_INIT(&c->calls);
	ws_queue_init(&c->out);
	ws_subs_init(&c->subs, true);
	ev_io_init(&c->io, on_io, fd, EV_READ);
	c->io.data = c;
	ev_timer_init(&c->deadline, on_deadline, 0, 0);
	c->deadline.data = c;
	LIST_INSERT_HEAD(&server->slots[server->slot_now], c, slot);
	server->count++;
	ws_enter(c, WS_HEAD);
	ev_io_start(server->loop, &c->io);
	return c;
}

void
ws_conn_free(struct ws_conn *c)
{
	c->server->count--;
	wslay_event_context_free(c->wire);
	ws_subs_done(&c->subs);
	free(c->head);
	free(c->user_agent);
	free(c->role);
	free(c->active_session);
	bytes_wipe(&c->cred, sizeof(c->cred));
	free(c);
}

void
ws_enter(struct ws_conn *c, enum ws_state to)
{
	struct ev_loop *loop = c->server->loop;
	double secs = 0;

	if ((allowed_edges[c->state] & BIT(to)) == 0)
		abort();
	log_debug(&c->log, "state", "from=%s to=%s", state_names[c->state],
	    state_names[to]);
	c->state = to;
	switch (to) {
	case WS_ADMIT:
	case WS_CONNECT:
		/* One deadline from accept to connect: a client that is slow
		 * in three steps is as slow as in one. */
		return;
	case WS_HEAD:
		secs = c->server->limits->handshake_secs;
		break;
	case WS_IDENTIFY:
		secs = IDENTIFY_SECS;
		break;
	case WS_CLOSING:
		secs = CLOSING_SECS;
		break;
	case WS_NEW:
	case WS_OPEN:
	case WS_DEAD:
		break;
	}
	ev_timer_stop(loop, &c->deadline);
	if (secs > 0) {
		ev_timer_set(&c->deadline, secs, 0);
		ev_timer_start(loop, &c->deadline);
	}
}

void
ws_send(struct ws_conn *c, struct ws_buf *buf, bool droppable)
{
	struct ws_server *s = c->server;
	size_t before = c->out.bytes;

	if (c->state >= WS_CLOSING)
		return;
	queue(c, buf, droppable);
	if (c->out.bytes <= WS_MAX_QUEUED_BYTES &&
	    (s->queued_bytes <= WS_ALL_QUEUED_BYTES || before < SLOW_BYTES))
		return;
	s->queued_bytes -= c->out.bytes;
	ws_queue_shed(&c->out, WS_MAX_QUEUED_BYTES);
	s->queued_bytes += c->out.bytes;
	if (c->out.bytes > WS_MAX_QUEUED_BYTES ||
	    s->queued_bytes > WS_ALL_QUEUED_BYTES) {
		s->queued_bytes -= c->out.bytes;
		ws_queue_clear(&c->out);
		s->queued_bytes += c->out.bytes;
		ws_close(c, WS_CODE_TRY_AGAIN, "too slow");
	}
}

void
ws_send_text(struct ws_conn *c, const struct txt *json)
{
	struct ws_buf *buf = ws_buf_text(txt_str(json), json->len);

	ws_send(c, buf, false);
	ws_buf_drop(buf);
}

void
ws_close(struct ws_conn *c, unsigned code, const char *reason)
{
	unsigned char frame[WS_WIRE_CLOSE_MAX];
	struct ws_buf *buf;

	if (c->state >= WS_CLOSING)
		return;
	if (!c->is_web) {
		ws_abort(c, reason);
		return;
	}
	buf = ws_buf_raw(frame, ws_wire_close(frame, code, reason));
	queue(c, buf, false);
	ws_buf_drop(buf);
	log_info(&c->log, "closing", "code=%u reason=\"%s\"", code, reason);
	ws_finish(c);
}

void
ws_finish(struct ws_conn *c)
{
	hub_leave(c->server->hub, c);
	ws_enter(c, WS_CLOSING);
	ws_server_mark(c->server, c);
	ws_resume(c);
}

void
ws_abort(struct ws_conn *c, const char *reason)
{
	if (c->state == WS_DEAD)
		return;
	if (c->state < WS_CLOSING)
		log_info(&c->log, "closed", "reason=\"%s\"", reason);
	end(c);
}

void
ws_resume(struct ws_conn *c)
{
	int want = (wants_read(c) ? EV_READ : 0) | (c->blocked ? EV_WRITE : 0);

	if (c->state == WS_DEAD ||
	    (ev_is_active(&c->io) ? c->io.events & (EV_READ | EV_WRITE) : 0) ==
		want)
		return;
	ev_io_stop(c->server->loop, &c->io);
	ev_io_set(&c->io, c->fd, want);
	if (want != 0)
		ev_io_start(c->server->loop, &c->io);
}

void
ws_flush(struct ws_conn *c)
{
	size_t before = c->out.bytes;
	enum ws_write result;

	if (c->state == WS_DEAD)
		return;
	result = ws_queue_write(&c->out, c->fd);
	c->server->queued_bytes -= before - c->out.bytes;
	if (result == WS_WRITE_BROKEN) {
		ws_abort(c, "the peer is gone");
		return;
	}
	c->blocked = result == WS_WRITE_AGAIN;
	if (c->state == WS_CLOSING && !c->blocked) {
		if (c->farewell) {
			end(c);
			return;
		}
		/* A refused upgrade: the edge passes the answer on when it
		 * sees the end of the stream. */
		if (!c->is_web)
			(void)shutdown(c->fd, SHUT_WR);
	}
	if (c->replaying && !c->blocked)
		hub_drained(c->server->hub, c);
	ws_resume(c);
}

bool
ws_job_start(struct ws_conn *c, struct pool_job *job)
{
	if (c->server->pool == NULL ||
	    pool_submit(c->server->pool, job) != ST_OK)
		return false;
	c->jobs++;
	return true;
}

void
ws_job_end(struct ws_conn *c)
{
	c->jobs--;
	if (c->state == WS_DEAD && c->jobs == 0)
		ws_server_mark(c->server, c);
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	struct ws_conn *c = w->data;

	(void)loop;
	if ((revents & EV_WRITE) != 0)
		ws_flush(c);
	if ((revents & EV_READ) != 0 && c->state != WS_DEAD)
		conn_read(c);
}

static void
on_deadline(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct ws_conn *c = w->data;

	(void)loop;
	(void)revents;
	if (c->state == WS_CLOSING)
		end(c);
	else
		ws_close(c, WSLAY_CODE_POLICY_VIOLATION,
		    "no valid connect in time");
}

static void
conn_read(struct ws_conn *c)
{
	char *buf = c->server->read;
	int turn;

	for (turn = 0; turn < READS_A_TURN && wants_read(c); turn++) {
		ssize_t n = recv(c->fd, buf, WS_READ_BYTES, MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n <= 0) {
			ws_abort(c, "the peer closed");
			return;
		}
		c->pings = 0;
		conn_take(c, buf, (size_t)n);
		if (n < WS_READ_BYTES)
			break;
	}
	if (c->state != WS_DEAD)
		ws_resume(c);
}

static void
conn_take(struct ws_conn *c, const char *bytes, size_t n)
{
	switch (c->state) {
	case WS_HEAD:
		ws_admit_take(c, bytes, n);
		break;
	case WS_CONNECT:
	case WS_OPEN:
		ws_wire_take(c, bytes, n);
		break;
	case WS_CLOSING:
		/* Read to the end, so that the peer is not reset before it
		 * has read our last words. */
		if (c->is_web && !c->deaf)
			ws_wire_take(c, bytes, n);
		break;
	case WS_NEW:
	case WS_ADMIT:
	case WS_IDENTIFY:
	case WS_DEAD:
		break;
	}
}

static bool
wants_read(const struct ws_conn *c)
{
	return c->state == WS_HEAD || c->state == WS_CONNECT ||
	    c->state == WS_OPEN || c->state == WS_CLOSING;
}

static void
queue(struct ws_conn *c, struct ws_buf *buf, bool droppable)
{
	ws_queue_push(&c->out, buf, droppable);
	c->server->queued_bytes += buf->len;
	ws_server_mark(c->server, c);
}

/* Gives everything back but the memory, which callbacks may still use. */
static void
end(struct ws_conn *c)
{
	struct ws_server *s = c->server;

	hub_leave(s->hub, c);
	ws_enter(c, WS_DEAD);
	ev_io_stop(s->loop, &c->io);
	close(c->fd);
	c->fd = -1;
	LIST_REMOVE(c, slot);
	s->queued_bytes -= c->out.bytes;
	ws_queue_done(&c->out);
	ws_rpc_done(c);
	ws_login_forget(c);
	ws_stranger_failed(c);
	if (c->peer_key[0] != '\0')
		ws_tally_give(s->addresses, c->peer_key);
	if (c->is_counted)
		ws_tally_give(s->users, c->who.user_id);
	ws_server_mark(s, c);
}
