/*
 * The LISTEN connection, driven by the loop: connecting, listening, telling
 * others.
 *
 * libpq works without blocking here: PQconnectPoll while connecting, then
 * PQconsumeInput when there is something to read.  One query is under way at
 * most; what is to be told meanwhile is gathered and goes as one query.
 */
#include "config.h"

#include "worker/notify.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/txt.h"
#include "db/db_conn.h"

#define FIRST_DELAY_SECS 0.1
#define MAX_DELAY_SECS 5.0
#define CONNECT_SECS 5.0
#define BATCH_SECS 0.005
#define PENDING_MAX 1024 /* then the polls find the rest */

/* The connection waits for... */
enum notify_state {
	NOTIFY_OFF,        /* its time to try again; timer: jittered delay */
	NOTIFY_CONNECTING, /* the server; timer: 5 s */
	NOTIFY_STARTING,   /* the answer to LISTEN; timer: 5 s */
	NOTIFY_READY       /* messages; timer: none */
};

struct notify {
	struct ev_loop *loop;
	const char *conninfo;
	const struct notify_callbacks *callbacks;
	void *arg;
	PGconn *pg;              /* NULL when off */
	enum notify_state state; /* notify_enter */
	ev_io io;
	ev_timer timer;
	ev_timer batch;             /* notify_send gathers for 5 ms */
	double delay_secs;          /* the next one, before jitter */
	bool was_ready;             /* a connection was lost before */
	bool querying;              /* a query is under way */
	char *pending[PENDING_MAX]; /* "channel payload", owned */
	size_t pending_count;
};

static void notify_enter(struct notify *n, enum notify_state to);
static void on_timer(struct ev_loop *loop, ev_timer *w, int revents);
static void on_batch(struct ev_loop *loop, ev_timer *w, int revents);
static void on_io(struct ev_loop *loop, ev_io *w, int revents);
static void start_connecting(struct notify *n);
static void step_connecting(struct notify *n);
static void step_reading(struct notify *n);
static void watch(struct notify *n, int events);
static void lost(struct notify *n, const char *what);
static void query_ended(struct notify *n);
static void handle(struct notify *n, const PGnotify *message);
static void send_pending(struct notify *n);
static void drop_pending(struct notify *n);
static void push_out(struct notify *n);
static bool is_plain(const char *text);

struct notify *
notify_new(struct ev_loop *loop, const char *conninfo,
    const struct notify_callbacks *callbacks, void *arg)
{
	struct notify *n = mem_zalloc(sizeof(*n));

	n->loop = loop;
	n->conninfo = conninfo;
	n->callbacks = callbacks;
	n->arg = arg;
	n->delay_secs = FIRST_DELAY_SECS;
	ev_io_init(&n->io, on_io, -1, 0);
	n->io.data = n;
	ev_timer_init(&n->timer, on_timer, 0, 0);
	n->timer.data = n;
	ev_timer_init(&n->batch, on_batch, BATCH_SECS, 0);
	n->batch.data = n;
	start_connecting(n);
	return n;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	ev_io_stop(n->loop, &n->io);
	ev_timer_stop(n->loop, &n->timer);
	ev_timer_stop(n->loop, &n->batch);
	PQfinish(n->pg);
	drop_pending(n);
	free(n);
}

void
notify_send(struct notify *n, const char *channel, const char *payload)
{
	own_txt struct txt key = { 0 };
	size_t i;

	if (n->state != NOTIFY_READY || n->pending_count == PENDING_MAX)
		return;
	/* They become part of a statement. */
	if (!is_plain(channel) || !is_plain(payload))
		abort();
	txt_format(&key, "%s %s", channel, payload);
	for (i = 0; i < n->pending_count; i++) {
		if (strcmp(n->pending[i], txt_str(&key)) == 0)
			return;
	}
	n->pending[n->pending_count++] = txt_take(&key);
	if (!n->querying && !ev_is_active(&n->batch)) {
		ev_timer_set(&n->batch, BATCH_SECS, 0);
		ev_timer_start(n->loop, &n->batch);
	}
}

static void
notify_enter(struct notify *n, enum notify_state to)
{
	static const char *const names[] = { "off", "connecting", "starting",
		"ready" };
	static const unsigned allowed[] = {
		[NOTIFY_OFF] = 1u << NOTIFY_CONNECTING | 1u << NOTIFY_OFF,
		[NOTIFY_CONNECTING] = 1u << NOTIFY_STARTING | 1u << NOTIFY_OFF,
		[NOTIFY_STARTING] = 1u << NOTIFY_READY | 1u << NOTIFY_OFF,
		[NOTIFY_READY] = 1u << NOTIFY_OFF,
	};
	unsigned char dice;
	double secs = CONNECT_SECS;

	if ((allowed[n->state] & 1u << to) == 0)
		abort();
	log_debug(NULL, "notify state", "from=%s to=%s", names[n->state],
	    names[to]);
	n->state = to;
	ev_timer_stop(n->loop, &n->timer);
	if (to == NOTIFY_READY)
		return;
	if (to == NOTIFY_OFF) {
		/* Workers that lost one server do not come back as one. */
		bytes_random(&dice, sizeof(dice));
		secs = n->delay_secs * (0.5 + dice / 510.0);
		n->delay_secs *= 2;
		if (n->delay_secs > MAX_DELAY_SECS)
			n->delay_secs = MAX_DELAY_SECS;
	}
	ev_timer_set(&n->timer, secs, 0);
	ev_timer_start(n->loop, &n->timer);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct notify *n = w->data;

	(void)loop;
	(void)revents;
	if (n->state == NOTIFY_OFF)
		start_connecting(n);
	else
		lost(n, "no answer in time");
}

static void
on_batch(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	send_pending(w->data);
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	struct notify *n = w->data;

	(void)loop;
	if (n->state == NOTIFY_CONNECTING) {
		step_connecting(n);
		return;
	}
	if ((revents & EV_WRITE) != 0)
		push_out(n);
	if ((revents & EV_READ) != 0 && n->state != NOTIFY_OFF)
		step_reading(n);
}

static void
start_connecting(struct notify *n)
{
	n->pg = PQconnectStart(n->conninfo);
	if (n->pg == NULL)
		abort();
	db_conn_log_notices(n->pg);
	notify_enter(n, NOTIFY_CONNECTING);
	if (PQstatus(n->pg) == CONNECTION_BAD) {
		lost(n, "cannot connect");
		return;
	}
	watch(n, EV_WRITE);
}

static void
step_connecting(struct notify *n)
{
	switch (PQconnectPoll(n->pg)) {
	case PGRES_POLLING_READING:
		watch(n, EV_READ);
		return;
	case PGRES_POLLING_WRITING:
		watch(n, EV_WRITE);
		return;
	case PGRES_POLLING_ACTIVE:
		return;
	case PGRES_POLLING_FAILED:
		lost(n, "cannot connect");
		return;
	case PGRES_POLLING_OK:
		break;
	}
	notify_enter(n, NOTIFY_STARTING);
	if (PQsetnonblocking(n->pg, 1) != 0 ||
	    !PQsendQuery(n->pg,
		"LISTEN " NOTIFY_EVENTS "; LISTEN " NOTIFY_TURNS
		"; LISTEN " NOTIFY_FILES "; LISTEN " NOTIFY_CRON
		"; LISTEN " NOTIFY_RELAY "; LISTEN " NOTIFY_LISTEN
		"; LISTEN " NOTIFY_AUTHORITY)) {
		lost(n, "cannot listen");
		return;
	}
	n->querying = true;
	push_out(n);
}

static void
step_reading(struct notify *n)
{
	PGnotify *message;
	PGresult *res;

	if (!PQconsumeInput(n->pg)) {
		lost(n, "the connection was lost");
		return;
	}
	while (n->querying && !PQisBusy(n->pg)) {
		res = PQgetResult(n->pg);
		if (res == NULL)
			n->querying = false;
		else if (PQresultStatus(res) != PGRES_COMMAND_OK) {
			PQclear(res);
			lost(n, "a query failed");
			return;
		}
		PQclear(res);
	}
	while ((message = PQnotifies(n->pg)) != NULL) {
		handle(n, message);
		PQfreemem(message);
		(void)PQconsumeInput(n->pg);
	}
	if (!n->querying)
		query_ended(n);
}

/* libpq opens another socket for every host it tries. */
static void
watch(struct notify *n, int events)
{
	ev_io_stop(n->loop, &n->io);
	ev_io_set(&n->io, PQsocket(n->pg), events);
	ev_io_start(n->loop, &n->io);
}

static void
lost(struct notify *n, const char *what)
{
	log_warn(NULL, "database notifications are away", "reason=\"%s\"",
	    what);
	ev_io_stop(n->loop, &n->io);
	ev_timer_stop(n->loop, &n->batch);
	PQfinish(n->pg);
	n->pg = NULL;
	n->querying = false;
	drop_pending(n);
	notify_enter(n, NOTIFY_OFF);
}

static void
query_ended(struct notify *n)
{
	if (n->state == NOTIFY_STARTING) {
		notify_enter(n, NOTIFY_READY);
		n->delay_secs = FIRST_DELAY_SECS;
		if (n->was_ready)
			n->callbacks->on_missed(n->arg);
		n->was_ready = true;
		log_debug(NULL, "listening", "channels=%d", 7);
	}
	if (n->pending_count > 0 && !ev_is_active(&n->batch))
		send_pending(n);
}

static void
handle(struct notify *n, const PGnotify *message)
{
	const struct notify_callbacks *call = n->callbacks;

	if (strcmp(message->relname, NOTIFY_EVENTS) == 0)
		call->on_events(n->arg, message->extra);
	else if (strcmp(message->relname, NOTIFY_TURNS) == 0)
		call->on_turns(n->arg, message->extra);
	else if (strcmp(message->relname, NOTIFY_CRON) == 0)
		call->on_cron(n->arg, message->extra);
	else if (strcmp(message->relname, NOTIFY_AUTHORITY) == 0)
		call->on_authority(n->arg);
	else if (strcmp(message->relname, NOTIFY_FILES) == 0)
		call->on_files(n->arg);
	else if (strcmp(message->relname, NOTIFY_RELAY) == 0)
		call->on_relay(n->arg, message->extra);
	else if (strcmp(message->relname, NOTIFY_LISTEN) == 0)
		call->on_listen(n->arg, message->extra);
}

/* One query string is one transaction: one wake-up for the others. */
static void
send_pending(struct notify *n)
{
	own_txt struct txt sql = { 0 };
	size_t i;

	if (n->state != NOTIFY_READY || n->querying || n->pending_count == 0)
		return;
	for (i = 0; i < n->pending_count; i++) {
		const char *payload = strchr(n->pending[i], ' ');

		txt_append(&sql, "NOTIFY ");
		txt_append_n(&sql, n->pending[i],
		    (size_t)(payload - n->pending[i]));
		txt_format(&sql, ", '%s';", payload + 1);
	}
	drop_pending(n);
	if (!PQsendQuery(n->pg, txt_str(&sql))) {
		lost(n, "the connection was lost");
		return;
	}
	n->querying = true;
	push_out(n);
}

static void
drop_pending(struct notify *n)
{
	while (n->pending_count > 0)
		free(n->pending[--n->pending_count]);
}

static void
push_out(struct notify *n)
{
	int left = PQflush(n->pg);

	if (left < 0)
		lost(n, "the connection was lost");
	else
		watch(n, left > 0 ? EV_READ | EV_WRITE : EV_READ);
}

/* Letters, digits, "_" and "-" only. */
static bool
is_plain(const char *text)
{
	for (; *text != '\0'; text++) {
		char c = *text;

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '_' && c != '-')
			return false;
	}
	return true;
}
