/*
 * What our turns say, for sockets on other workers.
 *
 * Each turn gathers for 40 ms, pieces of text that follow each other as one.
 * The statement that stores it says which turns were heard; of the others
 * nothing is gathered until somebody new listens, or three seconds are over.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/txt.h"
#include "base/utf8.h"
#include "js/js.h"
#include "worker/relay_int.h"

#define FLUSH_SECS 0.04
#define UNHEARD_MS 3000
#define TURN_MAX_BYTES (128 << 10)
#define ALL_MAX_BYTES (4 << 20)

struct relay_out {
	LIST_ENTRY(relay_out) link;
	struct turn_lease lease;
	char speech[UUID_TEXT];
	int64_t n;                 /* of its next batch */
	struct json_object *items; /* that wait, or NULL */
	size_t bytes;              /* of them, about */
	bool gap;                  /* something was left out before them */
	bool over;                 /* freed with its last batch */
	int64_t unheard_ms;        /* when nobody listened; 0: not known so */
};

static void send_all(struct relay *r);

static struct relay_out *
out_find(struct relay *r, const char *turn_id)
{
	struct relay_out *o;

	LIST_FOREACH(o, &r->outs, link)
	{
		if (strcmp(o->lease.turn_id, turn_id) == 0)
			return o;
	}
	return NULL;
}

static void
out_drop(struct relay *r, struct relay_out *o)
{
	r->out_bytes -= o->bytes;
	o->bytes = 0;
	js_put(&o->items);
}

static void
out_free(struct relay *r, struct relay_out *o)
{
	out_drop(r, o);
	LIST_REMOVE(o, link);
	free(o);
}

static struct relay_out *
out_need(struct relay *r, const struct turn_lease *lease)
{
	struct relay_out *o = out_find(r, lease->turn_id);

	/* Claimed again while the end of the last time waits. */
	if (o != NULL && strcmp(o->lease.token, lease->token) != 0) {
		out_free(r, o);
		o = NULL;
	}
	if (o == NULL) {
		o = mem_zalloc(sizeof(*o));
		o->lease = *lease;
		uuid_new(o->speech);
		LIST_INSERT_HEAD(&r->outs, o, link);
	}
	return o;
}

static bool
is_delta(struct json_object *payload)
{
	const char *state = js_text(payload, "state");

	return state != NULL && strcmp(state, "delta") == 0;
}

static size_t
text_len(struct json_object *payload)
{
	return js_text_len(payload, "text");
}

/* Appends to the last item what continues it. */
static bool
joined(struct relay_out *o, struct json_object *payload)
{
	own_txt struct txt text = { 0 };
	struct json_object *last;
	size_t n = json_object_array_length(o->items);

	if (n == 0 || !is_delta(payload))
		return false;
	last = json_object_array_get_idx(o->items, n - 1);
	if (!is_delta(last))
		return false;
	txt_append_n(&text, js_text(last, "text"), text_len(last));
	txt_append_n(&text, js_text(payload, "text"), text_len(payload));
	js_set_text_n(last, "text", txt_str(&text), text.len);
	return true;
}

static void
out_add(struct relay *r, struct relay_out *o, struct json_object *payload)
{
	size_t bytes = 200 + text_len(payload);

	if (o->bytes + bytes > TURN_MAX_BYTES ||
	    r->out_bytes + bytes > ALL_MAX_BYTES) {
		out_drop(r, o);
		o->gap = true;
	}
	if (o->items == NULL)
		o->items = json_object_new_array();
	if (joined(o, payload))
		bytes -= 200;
	else
		js_push(o->items, json_object_get(payload));
	o->bytes += bytes;
	r->out_bytes += bytes;
}

void
relay_tell(struct turn_env *env, const struct turn_lease *lease,
    struct json_object *payload)
{
	struct relay *r = env->relay;
	struct relay_out *o;

	hub_transient(env->hub, lease->account_id, "chat", payload);
	if (r == NULL)
		return;
	o = out_need(r, lease);
	if (r->others == 0 || text_len(payload) > TURN_MAX_BYTES / 2 ||
	    (o->unheard_ms != 0 &&
		clock_mono_ms() - o->unheard_ms < UNHEARD_MS)) {
		out_drop(r, o);
		o->gap = true;
		return;
	}
	out_add(r, o, payload);
	if (!ev_is_active(&r->flush) && !r->putting.due) {
		ev_timer_set(&r->flush, FLUSH_SECS, 0.0);
		ev_timer_start(env->loop, &r->flush);
	}
}

void
relay_push(struct turn_env *env)
{
	if (env->relay != NULL)
		send_all(env->relay);
}

void
relay_end(struct turn_env *env, const char *turn_id)
{
	struct relay *r = env->relay;
	struct relay_out *o = r == NULL ? NULL : out_find(r, turn_id);

	if (o == NULL)
		return;
	o->over = true;
	if (o->items == NULL)
		out_free(r, o);
}

void
relay_out_ask_again(struct relay *r, const char *account_id)
{
	struct relay_out *o;

	LIST_FOREACH(o, &r->outs, link)
	{
		if (account_id == NULL ||
		    strcmp(o->lease.account_id, account_id) == 0)
			o->unheard_ms = 0;
	}
}

static void
run_put(struct pool_job *job, struct db *db)
{
	struct relay_put_job *j = (struct relay_put_job *)job;

	j->status = relay_store_put(db, j->relay->id, &j->put, &j->heard);
}

static const char *
nth(struct json_object *array, size_t i)
{
	return json_object_get_string(json_object_array_get_idx(array, i));
}

/* Others hear of the accounts whose turns were heard. */
static void
judge(struct relay *r, struct relay_put_job *j)
{
	size_t n = json_object_array_length(j->put.turns);

	for (size_t i = 0; i < n; i++) {
		struct relay_out *o = out_find(r, nth(j->put.turns, i));
		own_txt struct txt payload = { 0 };

		if (js_bool(j->heard, nth(j->put.turns, i), false)) {
			txt_format(&payload, "%s_%s", nth(j->put.accounts, i),
			    r->tag);
			notify_send(r->env->notify, NOTIFY_RELAY,
			    txt_str(&payload));
			continue;
		}
		if (o == NULL ||
		    strcmp(o->lease.token, nth(j->put.tokens, i)) != 0)
			continue;
		o->gap = true;
		if (j->status == ST_OK)
			o->unheard_ms = clock_mono_ms();
	}
}

static void
put_clear(struct relay_put_job *j)
{
	js_put(&j->put.accounts);
	js_put(&j->put.turns);
	js_put(&j->put.tokens);
	js_put(&j->put.speeches);
	js_put(&j->put.ns);
	js_put(&j->put.items);
	js_put(&j->heard);
}

static void
on_put(struct pool_job *job)
{
	struct relay_put_job *j = (struct relay_put_job *)job;
	struct relay *r = j->relay;

	j->out = false;
	judge(r, j);
	put_clear(j);
	if (j->due)
		send_all(r);
}

static void
push_number(struct json_object *array, int64_t n)
{
	own_txt struct txt text = { 0 };

	txt_format(&text, "%lld", (long long)n);
	js_push(array, json_object_new_string(txt_str(&text)));
}

/* What would break the statement, and with it the others', is left out. */
static void
put_add(struct relay_put *put, struct relay_out *o)
{
	const char *text = js_str(o->items);

	if (!utf8_check(text, strlen(text))) {
		o->gap = true;
		return;
	}
	if (o->gap)
		o->n++;
	o->gap = false;
	js_push(put->accounts, json_object_new_string(o->lease.account_id));
	js_push(put->turns, json_object_new_string(o->lease.turn_id));
	js_push(put->tokens, json_object_new_string(o->lease.token));
	js_push(put->speeches, json_object_new_string(o->speech));
	push_number(put->ns, o->n++);
	js_push(put->items, json_object_new_string(text));
}

static void
send_all(struct relay *r)
{
	struct relay_put_job *j = &r->putting;
	struct relay_out *o, *next;

	ev_timer_stop(r->env->loop, &r->flush);
	j->due = j->out;
	if (j->out)
		return;
	j->put.accounts = json_object_new_array();
	j->put.turns = json_object_new_array();
	j->put.tokens = json_object_new_array();
	j->put.speeches = json_object_new_array();
	j->put.ns = json_object_new_array();
	j->put.items = json_object_new_array();
	for (o = LIST_FIRST(&r->outs); o != NULL; o = next) {
		next = LIST_NEXT(o, link);
		if (o->items == NULL)
			continue;
		put_add(&j->put, o);
		out_drop(r, o);
		if (o->over)
			out_free(r, o);
	}
	j->status = ST_UNAVAILABLE;
	if (json_object_array_length(j->put.turns) > 0)
		j->out = pool_submit(r->env->pool, &j->job) == ST_OK;
	if (j->out)
		return;
	judge(r, j);
	put_clear(j);
}

static void
on_flush(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	send_all(w->data);
}

void
relay_out_init(struct relay *r)
{
	LIST_INIT(&r->outs);
	ev_timer_init(&r->flush, on_flush, FLUSH_SECS, 0.0);
	r->flush.data = r;
	r->putting.relay = r;
	r->putting.job.run = run_put;
	r->putting.job.done = on_put;
}

void
relay_out_done(struct relay *r)
{
	ev_timer_stop(r->env->loop, &r->flush);
	while (!LIST_EMPTY(&r->outs))
		out_free(r, LIST_FIRST(&r->outs));
	put_clear(&r->putting);
}
