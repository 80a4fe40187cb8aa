/*
 * The listening socket, and what is done for all sockets at once: counting,
 * the sweep (tick, ping, idle), flushing and freeing before the loop sleeps.
 *
 * The socket file has mode 0660: only the edge's group may connect, which is
 * why its X-Moltis-Peer can be believed.
 */
#include "config.h"

#include "worker/ws_listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/own.h"
#include "js/js.h"
#include "worker/ws_server.h"
#include "ws/frame.h"
#include "ws/wire.h"

#define BACKLOG 1024
#define ACCEPTS_A_TURN 64
#define SOCKETS_SLACK 256 /* past the limit: accepted to be told 503 */
#define BACKOFF_SECS 0.2
#define PINGS_UNANSWERED 3 /* 30 s apart: idle for 90 s */

const struct ws_limits ws_limits_default = {
	.sockets = 12000,
	.sockets_of_address = 50,
	.sockets_of_user = 20,
	.upgrades = 30,
	.upgrade_window_secs = 60,
	.handshake_secs = 10,
	.sweep_secs = 30,
};

static void on_accept(struct ev_loop *loop, ev_io *w, int revents);
static void on_backoff(struct ev_loop *loop, ev_timer *w, int revents);
static void on_prepare(struct ev_loop *loop, ev_prepare *w, int revents);
static void on_sweep(struct ev_loop *loop, ev_timer *w, int revents);
static bool accept_one(struct ws_server *s);
static void accept_pause(struct ws_server *s);
static void sweep_conn(struct ws_conn *c, struct ws_buf *tick);
static struct ws_buf *tick_new(void);
static enum status address_take(const char *path, struct sockaddr_un *ret,
    struct txt *why);
static enum status path_check(const struct sockaddr_un *at, struct txt *why);
static enum status bind_at(struct ws_server *s, const struct sockaddr_un *at,
    struct txt *why);
static enum status fail(struct txt *why, const char *what, const char *path);
static void stop_listening(struct ws_server *s);

struct ws_server *
ws_server_new(const struct ws_server_opts *opts)
{
	struct ws_server *s = mem_zalloc(sizeof(*s));
	unsigned char ping[WS_WIRE_HEAD_MAX];
	double turn;

	s->loop = opts->loop;
	s->conf = opts->conf;
	s->pool = opts->pool;
	s->hub = opts->hub;
	s->limits = opts->limits != NULL ? opts->limits : &ws_limits_default;
	s->on_turns = opts->on_turns;
	s->arg = opts->arg;
	s->listen_fd = -1;
	s->addresses = ws_tally_new();
	s->users = ws_tally_new();
	s->strangers = ws_tally_new();
	STAILQ_INIT(&s->debts);
	s->ping = ws_buf_raw(ping, ws_wire_head(ping, WS_OP_PING, 0));
	txt_init(&s->scratch, 0);
	ev_timer_init(&s->backoff, on_backoff, BACKOFF_SECS, 0);
	s->backoff.data = s;
	ev_prepare_init(&s->prepare, on_prepare);
	s->prepare.data = s;
	ev_prepare_start(s->loop, &s->prepare);
	/* One slot a turn, so that ten thousand ticks are not sent at once. */
	turn = s->limits->sweep_secs / WS_SLOTS;
	ev_timer_init(&s->sweep, on_sweep, turn, turn);
	s->sweep.data = s;
	ev_timer_start(s->loop, &s->sweep);
	return s;
}

enum status
ws_server_listen(struct ws_server *s, struct txt *why)
{
	struct sockaddr_un at;
	enum status st;

	st = address_take(s->conf->worker_socket, &at, why);
	if (st == ST_OK)
		st = path_check(&at, why);
	if (st == ST_OK)
		st = bind_at(s, &at, why);
	if (st != ST_OK)
		return st;
	ev_io_init(&s->accept, on_accept, s->listen_fd, EV_READ);
	s->accept.data = s;
	ev_io_start(s->loop, &s->accept);
	return ST_OK;
}

void
ws_server_drain(struct ws_server *s)
{
	struct ws_conn *c, *next;
	int i;

	s->draining = true;
	stop_listening(s);
	for (i = 0; i < WS_SLOTS; i++) {
		for (c = LIST_FIRST(&s->slots[i]); c != NULL; c = next) {
			next = LIST_NEXT(c, slot);
			if (c->state < WS_OPEN)
				ws_close(c, WSLAY_CODE_GOING_AWAY,
				    "the server is stopping");
		}
	}
}

size_t
ws_server_count(const struct ws_server *s)
{
	return s->count;
}

void
ws_server_free(struct ws_server *s)
{
	int i;

	if (s == NULL)
		return;
	s->pool = NULL; /* is freed before us */
	stop_listening(s);
	for (i = 0; i < WS_SLOTS; i++) {
		while (!LIST_EMPTY(&s->slots[i]))
			ws_abort(LIST_FIRST(&s->slots[i]), "the server ends");
	}
	on_prepare(s->loop, &s->prepare, 0);
	ev_prepare_stop(s->loop, &s->prepare);
	ev_timer_stop(s->loop, &s->sweep);
	ws_tally_free(s->addresses);
	ws_tally_free(s->users);
	ws_debts_sweep(s, INT64_MAX);
	ws_tally_free(s->strangers);
	ws_buf_drop(s->ping);
	txt_done(&s->scratch);
	free(s);
}

void
ws_server_mark(struct ws_server *s, struct ws_conn *c)
{
	if (c->is_dirty)
		return;
	c->is_dirty = true;
	SLIST_INSERT_HEAD(&s->dirty, c, dirty);
}

/* A flush may end a socket, which puts it on the list again: the list is
 * worked off until it is empty. */
static void
on_prepare(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct ws_server *s = w->data;

	(void)loop;
	(void)revents;
	while (!SLIST_EMPTY(&s->dirty)) {
		struct ws_conn *c = SLIST_FIRST(&s->dirty);

		SLIST_REMOVE_HEAD(&s->dirty, dirty);
		c->is_dirty = false;
		if (c->state != WS_DEAD)
			ws_flush(c);
		else if (c->jobs == 0)
			ws_conn_free(c);
	}
}

static void
on_sweep(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct ws_server *s = w->data;
	struct ws_conn *c, *next;
	struct ws_buf *tick;

	(void)loop;
	(void)revents;
	s->slot_now = (s->slot_now + 1) % WS_SLOTS;
	ws_debts_sweep(s, clock_mono_ms());
	if (s->slot_now == 0)
		ws_tally_sweep(s->strangers, clock_mono_ms());
	if (LIST_EMPTY(&s->slots[s->slot_now]))
		return;
	tick = tick_new();
	for (c = LIST_FIRST(&s->slots[s->slot_now]); c != NULL; c = next) {
		next = LIST_NEXT(c, slot);
		sweep_conn(c, tick);
	}
	ws_buf_drop(tick);
}

static void
sweep_conn(struct ws_conn *c, struct ws_buf *tick)
{
	if (c->state != WS_OPEN)
		return;
	if (c->pings >= PINGS_UNANSWERED) {
		ws_close(c, WSLAY_CODE_GOING_AWAY, "idle for too long");
		return;
	}
	c->pings++;
	if (ws_subs_wants(&c->subs, "tick"))
		ws_send(c, tick, true);
	ws_send(c, c->server->ping, true);
}

static struct ws_buf *
tick_new(void)
{
	own_json struct json_object *payload = js_new();
	own_txt struct txt frame = { 0 };

	js_set_int(payload, "ts", clock_wall_ms());
	ws_event(&frame, "tick", payload, 0);
	return ws_buf_text(txt_str(&frame), frame.len);
}

static void
on_accept(struct ev_loop *loop, ev_io *w, int revents)
{
	struct ws_server *s = w->data;
	int i;

	(void)loop;
	(void)revents;
	for (i = 0; i < ACCEPTS_A_TURN; i++) {
		if (s->count >= (size_t)s->limits->sockets + SOCKETS_SLACK) {
			accept_pause(s);
			return;
		}
		if (!accept_one(s))
			return;
	}
}

static bool
accept_one(struct ws_server *s)
{
	int fd =
	    accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		(void)ws_conn_new(s, fd);
		return true;
	}
	if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
	    errno == ENOMEM) {
		log_warn(NULL, "cannot accept sockets", "errno=%d sockets=%zu",
		    errno, s->count);
		accept_pause(s);
	}
	return errno == EINTR || errno == ECONNABORTED;
}

/* Without this the loop would spin on a socket it cannot accept. */
static void
accept_pause(struct ws_server *s)
{
	ev_io_stop(s->loop, &s->accept);
	ev_timer_set(&s->backoff, BACKOFF_SECS, 0);
	ev_timer_start(s->loop, &s->backoff);
}

static void
on_backoff(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct ws_server *s = w->data;

	(void)revents;
	ev_io_start(loop, &s->accept);
}

static enum status
address_take(const char *path, struct sockaddr_un *ret, struct txt *why)
{
	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	/* Room for the suffix of the temporary name. */
	if (path == NULL || path[0] == '\0' ||
	    strlen(path) + 4 >= sizeof(ret->sun_path)) {
		txt_append(why,
		    "worker.socket must be a path of at most 100 "
		    "characters");
		return ST_INVALID;
	}
	(void)mem_copy_str(ret->sun_path, sizeof(ret->sun_path), path);
	return ST_OK;
}

/* A file that is no socket is not ours to replace, and a socket that answers
 * belongs to another worker. */
static enum status
path_check(const struct sockaddr_un *at, struct txt *why)
{
	own_fd int fd = -1;
	struct stat st;

	if (lstat(at->sun_path, &st) != 0)
		return errno == ENOENT ? ST_OK
				       : fail(why, "look at", at->sun_path);
	if (!S_ISSOCK(st.st_mode)) {
		txt_format(why,
		    "%s is not a socket: move it away or change "
		    "worker.socket",
		    at->sun_path);
		return ST_CONFLICT;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail(why, "open a socket for", at->sun_path);
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ||
	    errno == EAGAIN) {
		txt_format(why, "another worker listens on %s: stop it first",
		    at->sun_path);
		return ST_CONFLICT;
	}
	return ST_OK;
}

/* Bound under another name and moved into place: there is always a socket,
 * and never one with a wider mode. */
static enum status
bind_at(struct ws_server *s, const struct sockaddr_un *at, struct txt *why)
{
	struct sockaddr_un fresh = *at;
	struct stat st;
	own_fd int fd = -1;
	size_t n = strlen(fresh.sun_path);

	memcpy(fresh.sun_path + n, ".new", sizeof(".new"));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || fchmod(fd, 0660) != 0)
		return fail(why, "open a socket for", at->sun_path);
	(void)unlink(fresh.sun_path);
	if (bind(fd, (struct sockaddr *)&fresh, sizeof(fresh)) != 0 ||
	    chmod(fresh.sun_path, 0660) != 0 || listen(fd, BACKLOG) != 0 ||
	    lstat(fresh.sun_path, &st) != 0 ||
	    rename(fresh.sun_path, at->sun_path) != 0)
		return fail(why, "listen on", at->sun_path);
	s->socket_dev = st.st_dev;
	s->socket_ino = st.st_ino;
	s->listen_fd = fd;
	fd = -1;
	return ST_OK;
}

static enum status
fail(struct txt *why, const char *what, const char *path)
{
	txt_format(why, "cannot %s %s: %s", what, path, strerror(errno));
	return ST_INTERNAL;
}

static void
stop_listening(struct ws_server *s)
{
	const char *path = s->conf->worker_socket;
	struct stat st;

	if (s->listen_fd < 0)
		return;
	ev_io_stop(s->loop, &s->accept);
	ev_timer_stop(s->loop, &s->backoff);
	/* A successor may have put its own socket there. */
	if (lstat(path, &st) == 0 && st.st_dev == s->socket_dev &&
	    st.st_ino == s->socket_ino)
		(void)unlink(path);
	close(s->listen_fd);
	s->listen_fd = -1;
}
