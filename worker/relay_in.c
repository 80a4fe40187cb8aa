/*
 * What turns on other workers say, for sockets here.
 *
 * Of each speech the last number is kept.  One that does not follow means that
 * something was lost: then no text is passed on until the turn begins to speak
 * anew.  Nor is anything once its end was read: the end carries all of it.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/txt.h"
#include "js/js.h"
#include "worker/relay_int.h"

#define INS_MAX 4096
#define WANTED_MAX 256
#define UNUSED_MS 60000 /* rows live ten seconds */

/* A speech: a turn on one worker.  Or, without SPEECH, the end of a turn. */
struct relay_in {
	TAILQ_ENTRY(relay_in) link;
	char account_id[UUID_TEXT];
	char turn_id[UUID_TEXT];
	char speech[UUID_TEXT];
	int64_t n;  /* of the last batch, -1: none */
	bool whole; /* nothing was missed since it began to speak */
	bool ended;
	int64_t used_ms;
};

static void fetch(struct relay *r);

static void
in_free(struct relay *r, struct relay_in *s)
{
	TAILQ_REMOVE(&r->ins, s, link);
	r->in_count--;
	free(s);
}

static struct relay_in *
in_find(struct relay *r, const char *turn_id, const char *speech)
{
	struct relay_in *s;

	TAILQ_FOREACH_REVERSE(s, &r->ins, relay_in_list, link)
	{
		if (strcmp(s->turn_id, turn_id) == 0 &&
		    strcmp(s->speech, speech) == 0)
			break;
	}
	return s;
}

/* It becomes the last used one. */
static struct relay_in *
in_need(struct relay *r, const char *turn_id, const char *speech)
{
	struct relay_in *s = in_find(r, turn_id, speech);

	if (s != NULL) {
		TAILQ_REMOVE(&r->ins, s, link);
	} else {
		if (r->in_count >= INS_MAX)
			in_free(r, TAILQ_FIRST(&r->ins));
		s = mem_zalloc(sizeof(*s));
		(void)mem_copy_str(s->turn_id, UUID_TEXT, turn_id);
		(void)mem_copy_str(s->speech, UUID_TEXT, speech);
		s->n = -1;
		s->whole = true;
		s->ended = in_find(r, turn_id, "") != NULL;
		r->in_count++;
	}
	s->used_ms = clock_mono_ms();
	TAILQ_INSERT_TAIL(&r->ins, s, link);
	return s;
}

static bool
is_state(struct json_object *payload, const char *a, const char *b)
{
	const char *state = js_text(payload, "state");

	return state != NULL &&
	    (strcmp(state, a) == 0 || strcmp(state, b) == 0);
}

static void
deliver(struct relay *r, const struct relay_row *row)
{
	struct relay_in *s = in_need(r, row->turn_id, row->speech);
	size_t n =
	    row->items == NULL ? 0 : json_object_array_length(row->items);

	(void)mem_copy_str(s->account_id, UUID_TEXT, row->account_id);
	if (row->n <= s->n)
		return;
	if (row->n != s->n + 1)
		s->whole = false;
	s->n = row->n;
	for (size_t i = 0; i < n && !s->ended; i++) {
		struct json_object *o =
		    json_object_array_get_idx(row->items, i);

		/* The client drops its half text, or begins a new one. */
		s->whole |= is_state(o, "iteration", "retrying");
		if (s->whole || !is_state(o, "delta", "tool_output"))
			hub_transient(r->env->hub, row->account_id, "chat", o);
	}
}

static void
ask_clear(struct relay_ask *ask)
{
	js_put(&ask->accounts);
	js_put(&ask->speeches);
	js_put(&ask->ns);
}

static void
run_fetch(struct pool_job *job, struct db *db)
{
	struct relay_fetch_job *j = (struct relay_fetch_job *)job;

	j->status =
	    relay_store_fetch(db, j->relay->id, &j->ask, j->rows, &j->count);
}

static void
on_fetched(struct pool_job *job)
{
	struct relay_fetch_job *j = (struct relay_fetch_job *)job;
	struct relay *r = j->relay;

	j->out = false;
	for (int i = 0; i < j->count; i++) {
		deliver(r, &j->rows[i]);
		js_put(&j->rows[i].items);
	}
	if (j->count == RELAY_FETCH_MAX)
		r->want_all = true;
	ask_clear(&j->ask);
	fetch(r);
}

static void
push_number(struct json_object *array, int64_t n)
{
	own_txt struct txt text = { 0 };

	txt_format(&text, "%lld", (long long)n);
	js_push(array, json_object_new_string(txt_str(&text)));
}

/* What is known of the speeches that the rows may be about. */
static void
ask_known(struct relay *r, struct relay_ask *ask)
{
	const struct relay_in *s;

	ask->speeches = json_object_new_array();
	ask->ns = json_object_new_array();
	TAILQ_FOREACH(s, &r->ins, link)
	{
		if (s->n < 0 ||
		    (!r->want_all && js_get(r->wanted, s->account_id) == NULL))
			continue;
		js_push(ask->speeches, json_object_new_string(s->speech));
		push_number(ask->ns, s->n);
	}
}

static void
fetch(struct relay *r)
{
	struct relay_fetch_job *j = &r->fetching;

	if (j->out ||
	    (!r->want_all && json_object_object_length(r->wanted) == 0))
		return;
	if (!r->want_all) {
		j->ask.accounts = json_object_new_array();
		json_object_object_foreach(r->wanted, id, unused)
		{
			(void)unused;
			js_push(j->ask.accounts, json_object_new_string(id));
		}
	}
	ask_known(r, &j->ask);
	js_put(&r->wanted);
	r->wanted = js_new();
	r->want_all = false;
	j->count = 0;
	j->status = ST_UNAVAILABLE;
	j->out = pool_submit(r->env->pool, &j->job) == ST_OK;
	if (!j->out)
		ask_clear(&j->ask); /* the beat comes back to it */
}

/* PAYLOAD: account id, "_", the sender's tag. */
void
relay_on_batches(struct relay *r, const char *payload)
{
	char id[UUID_TEXT];
	const char *tag = strchr(payload, '_');

	if (tag == NULL || tag - payload != UUID_TEXT - 1 ||
	    strcmp(tag + 1, r->tag) == 0)
		return;
	memcpy(id, payload, UUID_TEXT - 1);
	id[UUID_TEXT - 1] = '\0';
	if (!hub_has(r->env->hub, id))
		return;
	if (json_object_object_length(r->wanted) >= WANTED_MAX)
		r->want_all = true;
	else
		js_set_bool(r->wanted, id, true);
	fetch(r);
}

void
relay_run_ended(struct relay *r, const char *run_id)
{
	struct relay_in *s;

	if (r == NULL || r->others == 0)
		return;
	TAILQ_FOREACH(s, &r->ins, link)
	{
		if (strcmp(s->turn_id, run_id) == 0)
			s->ended = true;
	}
	in_need(r, run_id, "")->ended = true;
}

void
relay_in_beat(struct relay *r)
{
	int64_t now = clock_mono_ms();
	struct relay_in *s;

	while (
	    (s = TAILQ_FIRST(&r->ins)) != NULL && now - s->used_ms > UNUSED_MS)
		in_free(r, s);
	TAILQ_FOREACH(s, &r->ins, link)
	{
		if (!s->ended)
			r->want_all = true;
	}
	fetch(r);
}

void
relay_in_init(struct relay *r)
{
	TAILQ_INIT(&r->ins);
	r->wanted = js_new();
	r->fetching.relay = r;
	r->fetching.job.run = run_fetch;
	r->fetching.job.done = on_fetched;
}

void
relay_in_done(struct relay *r)
{
	while (!TAILQ_EMPTY(&r->ins))
		in_free(r, TAILQ_FIRST(&r->ins));
	for (int i = 0; i < r->fetching.count; i++)
		js_put(&r->fetching.rows[i].items);
	ask_clear(&r->fetching.ask);
	js_put(&r->wanted);
}
