/*
 * Who belongs to which account; joining, leaving, the beat.
 *
 * An account is here while one of its sockets is.  Reading rows and handing
 * them out is hub_fetch.c, asking about credentials is hub_auth.c.
 */
#include "config.h"

#include "worker/hub.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "js/js.h"
#include "worker/hub_int.h"
#include "worker/relay.h"
#include "ws/frame.h"

#define HEADS_BEATS 3 /* seconds between polls for what a NOTIFY missed */

static void on_beat(struct ev_loop *loop, ev_timer *w, int revents);
static struct hub_account *account_need(struct hub *hub,
    const struct ws_conn *c);
static size_t bucket_of(const char *id);
static void retry_failed(struct hub *hub);
static void say_goodbye(struct ws_conn *c, void *arg);
static struct hub_account *next_account(struct hub *hub, size_t *bucket,
    struct hub_account *after);

struct hub *
hub_new(struct ev_loop *loop, const struct conf *conf, struct pool *pool)
{
	struct hub *hub = mem_zalloc(sizeof(*hub));

	hub->loop = loop;
	hub->conf = conf;
	hub->pool = pool;
	hub->epoch = -1;
	ev_timer_init(&hub->beat, on_beat, 1.0, 1.0);
	hub->beat.data = hub;
	ev_timer_start(loop, &hub->beat);
	return hub;
}

void
hub_free(struct hub *hub)
{
	if (hub == NULL)
		return;
	if (hub->sockets > 0)
		abort();
	ev_timer_stop(hub->loop, &hub->beat);
	free(hub);
}

void
hub_join(struct hub *hub, struct ws_conn *c)
{
	struct hub_account *a;

	if (c->state != WS_OPEN)
		return;
	a = account_need(hub, c);
	LIST_INSERT_HEAD(&a->conns, c, member);
	c->is_member = true;
	hub->sockets++;
	c->replaying = c->sent_seq < c->head_seq;
	if (c->head_seq > a->head)
		a->wanted = true;
	hub_note_expiry(hub, c);
	/* Asked about before the last recheck began: it was not part of it. */
	if (c->auth_serial != hub->serial)
		hub_recheck(hub);
	if (hub->came)
		relay_account_came(hub->relay);
	hub->came = false;
	hub_step(a);
}

void
hub_leave(struct hub *hub, struct ws_conn *c)
{
	struct hub_account *a;

	if (!c->is_member)
		return;
	a = hub_account_find(hub, c->who.account_id);
	LIST_REMOVE(c, member);
	c->is_member = false;
	hub->sockets--;
	hub_account_release(a);
}

/* The last socket, the last read and the last caller let an account go:
 * sending to a slow socket may close it in the middle of anything. */
void
hub_account_release(struct hub_account *a)
{
	if (!LIST_EMPTY(&a->conns) || a->fetch != NULL || a->pins > 0)
		return;
	hub_held_free(a);
	if (a->listed)
		relay_account_left(a->hub->relay, a->id);
	LIST_REMOVE(a, link);
	free(a);
}

void
hub_wake(struct hub *hub, const char *account_id)
{
	struct hub_account *a;

	if (account_id == NULL) {
		hub_heads_poll(hub);
		return;
	}
	a = hub_account_find(hub, account_id);
	if (a == NULL)
		return;
	a->wanted = true;
	hub_step(a);
}

void
hub_shutdown(struct hub *hub)
{
	own_json struct json_object *payload = js_new();
	own_txt struct txt frame = { 0 };
	struct ws_buf *buf;

	hub->stopping = true;
	js_set_text(payload, "reason", "the server is restarting");
	ws_event(&frame, "shutdown", payload, 0);
	buf = ws_buf_text(txt_str(&frame), frame.len);
	hub_each(hub, say_goodbye, buf);
	ws_buf_drop(buf);
}

size_t
hub_socket_count(const struct hub *hub)
{
	return hub->sockets;
}

void
hub_drained(struct hub *hub, struct ws_conn *c)
{
	struct hub_account *a;

	if (!c->is_member || c->out.bytes > HUB_REPLAY_QUEUED_BYTES)
		return;
	a = hub_account_find(hub, c->who.account_id);
	if (a->fetch == NULL)
		hub_step(a);
}

bool
hub_has(struct hub *hub, const char *account_id)
{
	return hub_account_find(hub, account_id) != NULL;
}

size_t
hub_unlisted(struct hub *hub, struct hub_listen *ret, size_t max)
{
	struct hub_account *a;
	size_t bucket = 0, n = 0;

	if (hub->stopping)
		return 0;
	for (a = next_account(hub, &bucket, NULL); a != NULL && n < max;
	     a = next_account(hub, &bucket, a)) {
		if (a->listed || LIST_EMPTY(&a->conns))
			continue;
		memcpy(ret[n].account_id, a->id, sizeof(a->id));
		ret[n++].cred = hub_reader(a)->cred;
	}
	return n;
}

bool
hub_list(struct hub *hub, const char *account_id)
{
	struct hub_account *a = hub_account_find(hub, account_id);

	if (a != NULL)
		a->listed = true;
	return a != NULL;
}

void
hub_unlist_all(struct hub *hub)
{
	struct hub_account *a;
	size_t bucket = 0;

	for (a = next_account(hub, &bucket, NULL); a != NULL;
	     a = next_account(hub, &bucket, a))
		a->listed = false;
}

void
hub_set_relay(struct hub *hub, struct relay *relay)
{
	hub->relay = relay;
}

unsigned
hub_serial(const struct hub *hub)
{
	return hub->serial;
}

struct hub_account *
hub_account_find(struct hub *hub, const char *id)
{
	struct hub_account *a;

	LIST_FOREACH(a, &hub->accounts[bucket_of(id)], link)
	{
		if (strcmp(a->id, id) == 0)
			return a;
	}
	return NULL;
}

/* FN may close the socket it is given, which may free its account. */
void
hub_each(struct hub *hub, void (*fn)(struct ws_conn *c, void *arg), void *arg)
{
	struct hub_account *a, *next;
	size_t bucket = 0;

	for (a = next_account(hub, &bucket, NULL); a != NULL; a = next) {
		struct ws_conn *c, *after;

		next = next_account(hub, &bucket, a);
		for (c = LIST_FIRST(&a->conns); c != NULL; c = after) {
			after = LIST_NEXT(c, member);
			fn(c, arg);
		}
	}
}

bool
hub_may_get(const struct ws_conn *c, unsigned scope, const char *name)
{
	/* A row without a scope is for nobody. */
	return scope_has(c->who.scopes, (enum scope)scope) &&
	    ws_subs_wants(&c->subs, name);
}

static void
on_beat(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct hub *hub = w->data;

	(void)loop;
	(void)revents;
	if (hub->sockets == 0 || hub->stopping)
		return;
	hub_authority_poll(hub);
	hub_expiry_check(hub);
	if (hub->recheck_failed)
		hub_recheck(hub);
	retry_failed(hub);
	if (++hub->beats % HEADS_BEATS == 0)
		hub_heads_poll(hub);
}

static void
retry_failed(struct hub *hub)
{
	struct hub_account *a, *next;
	size_t bucket = 0;

	for (a = next_account(hub, &bucket, NULL); a != NULL; a = next) {
		next = next_account(hub, &bucket, a);
		if (!a->failed)
			continue;
		a->failed = false;
		hub_step(a);
	}
}

static struct hub_account *
account_need(struct hub *hub, const struct ws_conn *c)
{
	struct hub_account *a = hub_account_find(hub, c->who.account_id);

	if (a != NULL)
		return a;
	a = mem_zalloc(sizeof(*a));
	(void)mem_copy_str(a->id, sizeof(a->id), c->who.account_id);
	a->hub = hub;
	a->head = c->head_seq;
	LIST_INIT(&a->conns);
	STAILQ_INIT(&a->held);
	LIST_INSERT_HEAD(&hub->accounts[bucket_of(a->id)], a, link);
	hub->came = true;
	return a;
}

/* The account after AFTER, or the first one; NULL at the end. */
static struct hub_account *
next_account(struct hub *hub, size_t *bucket, struct hub_account *after)
{
	struct hub_account *a = after == NULL
	    ? LIST_FIRST(&hub->accounts[*bucket])
	    : LIST_NEXT(after, link);

	while (a == NULL && ++*bucket < HUB_BUCKETS)
		a = LIST_FIRST(&hub->accounts[*bucket]);
	return a;
}

/* Account ids are random uuids, so that any hash spreads them. */
static size_t
bucket_of(const char *id)
{
	size_t h = 5381;

	for (; *id != '\0'; id++)
		h = h * 33 + (unsigned char)*id;
	return h & (HUB_BUCKETS - 1);
}

static void
say_goodbye(struct ws_conn *c, void *arg)
{
	ws_send(c, arg, false);
	ws_close(c, WSLAY_CODE_GOING_AWAY, "the server is restarting");
}
