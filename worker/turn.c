/*
 * The life of one turn: load, ask the model, commit what it said, finish.
 *
 * All of it is turn_next(); callbacks translate their edge and call it.
 * Blocking work is one pool job at a time, embedded in the turn, which is why
 * a turn that is over may outlive its end until that job has come back.
 */
#include "config.h"

#include "worker/turn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "js/js.h"
#include "worker/turn_say.h"

#define TURN_MAX_ATTEMPTS 5  /* workers that died on it */
#define TURN_MODEL_RETRIES 1 /* of a stream that broke in the middle (S257) */
#define TURN_RETRY_SECS 1.0  /* while the database is away */

enum turn_state {
	TURN_LOADING,    /* pool: history; no timer, the database has its own */
	TURN_WAIT_MODEL, /* provider; guarded by the deadline timer */
	TURN_SAVING,     /* pool: finished steps */
	TURN_FINISHING,  /* pool: answer, state, event in one commit */
	TURN_WAIT_DB,    /* database away; retry timer runs the job again */
	TURN_OVER        /* nothing; freed when no job is out */
};

static const char *const state_names[] = {
	[TURN_LOADING] = "loading", [TURN_WAIT_MODEL] = "wait_model",
	[TURN_SAVING] = "saving", [TURN_FINISHING] = "finishing",
	[TURN_WAIT_DB] = "wait_db", [TURN_OVER] = "over",
};

#define EDGE(s) (1u << (s))
static const unsigned edges[] = {
	[TURN_LOADING] = EDGE(TURN_WAIT_MODEL) | EDGE(TURN_FINISHING) |
	    EDGE(TURN_WAIT_DB) | EDGE(TURN_OVER),
	[TURN_WAIT_MODEL] = EDGE(TURN_WAIT_MODEL) | EDGE(TURN_SAVING) |
	    EDGE(TURN_FINISHING) | EDGE(TURN_OVER),
	[TURN_SAVING] = EDGE(TURN_WAIT_MODEL) | EDGE(TURN_FINISHING) |
	    EDGE(TURN_WAIT_DB) | EDGE(TURN_OVER),
	[TURN_FINISHING] = EDGE(TURN_WAIT_DB) | EDGE(TURN_OVER),
	[TURN_WAIT_DB] = EDGE(TURN_LOADING) | EDGE(TURN_SAVING) |
	    EDGE(TURN_FINISHING) | EDGE(TURN_OVER),
	[TURN_OVER] = 0,
};

/* What the pool thread works on: it touches nothing else of the turn. */
struct turn_job {
	struct pool_job job;
	struct turn *turn;
	bool out;                    /* submitted and not back */
	enum turn_state kind;        /* LOADING, SAVING or FINISHING */
	enum status status;
	struct turn_lease lease;
	struct turn_loaded loaded;   /* LOADING: result */
	struct json_object *steps;   /* SAVING: [{kind, body}] */
	int first_step;              /* SAVING: number of the first */
	struct turn_end end;         /* FINISHING */
};

struct turn {
	struct turn_env *env;
	enum turn_state state;
	struct turn_lease lease;
	struct turn_job work;
	struct turn_loaded loaded;
	struct json_object *context;  /* history and steps: what is asked */
	const struct conf_provider *provider; /* borrowed from conf */
	struct turn_words words;
	struct provider_call *call;   /* NULL when none is under way */
	struct txt said;              /* text of the call under way */
	int steps_done;
	int model_retries;
	bool thinking;                /* `thinking` sent, not `thinking_done` */
	bool abort_wanted;
	int64_t started_ms;           /* monotonic, minus earlier workers' */
	ev_timer deadline;
	ev_timer retry;
	ev_timer reap;                /* frees the turn in the next iteration */
	struct log_ctx log;
};

static void submit(struct turn *t);
static void ask_model(struct turn *t);

static void
turn_enter(struct turn *t, enum turn_state next)
{
	assert(edges[t->state] & EDGE(next));
	log_debug(&t->log, "turn state", "from=%s to=%s",
	    state_names[t->state], state_names[next]);
	t->state = next;
}

static void
work_clear(struct turn_job *w)
{
	turn_loaded_done(&w->loaded);
	js_put(&w->steps);
	js_put(&w->end.message);
	js_put(&w->end.event);
	js_put(&w->end.error);
}

static void
turn_free(struct turn *t)
{
	work_clear(&t->work);
	turn_loaded_done(&t->loaded);
	js_put(&t->context);
	txt_done(&t->said);
	free(t);
}

/* In an iteration of its own: no callback can return into freed memory. */
static void
on_reap(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	turn_free(w->data);
}

/* The turn is not ours any more, for whatever reason. */
static void
turn_over(struct turn *t, const char *reason)
{
	if (t->state == TURN_OVER)
		return;
	log_info(&t->log, "turn ended here", "reason=%s", reason);
	turn_enter(t, TURN_OVER);
	provider_call_cancel(t->call);
	t->call = NULL;
	ev_timer_stop(t->env->loop, &t->deadline);
	ev_timer_stop(t->env->loop, &t->retry);
	t->env->on_end(t->env->arg, t);
	if (!t->work.out)
		ev_timer_start(t->env->loop, &t->reap);
}

/* Tells people; PAYLOAD is taken. */
static void
tell(struct turn *t, struct json_object *payload)
{
	hub_transient(t->env->hub, t->lease.account_id, "chat", payload);
	js_put(&payload);
}

/* Rows of the account were committed: its sockets here and elsewhere. */
static void
committed(struct turn *t)
{
	hub_wake(t->env->hub, t->lease.account_id);
	notify_send(t->env->notify, NOTIFY_EVENTS, t->lease.account_id);
}

static int64_t
elapsed_ms(const struct turn *t)
{
	return clock_mono_ms() - t->started_ms;
}

static void
finish(struct turn *t, const char *outcome, struct json_object *message,
    struct json_object *event, struct json_object *error)
{
	provider_call_cancel(t->call);
	t->call = NULL;
	ev_timer_stop(t->env->loop, &t->deadline);
	turn_enter(t, TURN_FINISHING);
	work_clear(&t->work);
	t->work.kind = TURN_FINISHING;
	t->work.end.outcome = outcome;
	t->work.end.message = message;
	t->work.end.event = event;
	t->work.end.error = error;
	submit(t);
}

static void
finish_final(struct turn *t, const char *text)
{
	t->words.duration_ms = elapsed_ms(t);
	finish(t, "done", turn_message(&t->words, text, false),
	    turn_say_final(&t->words, text), NULL);
}

/* ERROR is taken. */
static void
finish_error(struct turn *t, struct json_object *error)
{
	log_warn(&t->log, "turn failed", "type=%s detail=\"%s\"",
	    js_text(error, "type"), js_text(error, "detail"));
	finish(t, "failed", NULL, turn_say_error(&t->words, error), error);
}

static void
finish_aborted(struct turn *t)
{
	struct json_object *event = turn_say(&t->words, "aborted");
	struct json_object *message = NULL;

	t->words.duration_ms = elapsed_ms(t);
	if (t->said.len > 0) {
		message = turn_message(&t->words, txt_str(&t->said), true);
		js_set(event, "partialMessage", json_object_get(message));
	}
	finish(t, "aborted", message, event, NULL);
}

static void
on_deadline(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct turn *t = w->data;

	(void)loop;
	(void)revents;
	if (t->state == TURN_WAIT_MODEL)
		finish_error(t, turn_error("timeout", "The run took too long",
		    "The agent did not finish in the time it is allowed "
		    "(tools.agent_timeout_secs)."));
}

static void
thinking_done(struct turn *t)
{
	if (!t->thinking)
		return;
	t->thinking = false;
	tell(t, turn_say(&t->words, "thinking_done"));
}

static void
on_model_delta(void *arg, const char *text, size_t n)
{
	struct turn *t = arg;

	thinking_done(t);
	txt_append_n(&t->said, text, n);
	tell(t, turn_say_delta(&t->words, text, n));
}

static void
on_model_retry(void *arg, int delay_ms)
{
	struct turn *t = arg;
	struct json_object *o = turn_say(&t->words, "retrying");

	js_set_int(o, "retryAfterMs", delay_ms);
	tell(t, o);
}

static struct json_object *
step_json(const char *kind, struct json_object *body)
{
	struct json_object *o = js_new();

	js_set_text(o, "kind", kind);
	js_set(o, "body", body);
	return o;
}

/* The model asked for tools: what it said and what came of it are steps. */
static void
save_calls(struct turn *t, const struct provider_reply *reply)
{
	struct json_object *steps = json_object_new_array();

	js_push(steps, step_json("model_reply",
	    turn_message_calls(&t->words, reply)));
	for (size_t i = 0; i < reply->call_count; i++)
		js_push(steps, step_json("tool_result",
		    turn_message_no_tool(&reply->calls[i])));
	t->words.tool_calls += (int)reply->call_count;
	turn_enter(t, TURN_SAVING);
	work_clear(&t->work);
	t->work.kind = TURN_SAVING;
	t->work.steps = steps;
	t->work.first_step = t->steps_done;
	submit(t);
}

static void
on_model_end(void *arg, enum status st, const struct provider_reply *reply,
    struct json_object *error)
{
	struct turn *t = arg;

	t->call = NULL;
	thinking_done(t);
	if (st != ST_OK && t->said.len > 0 &&
	    t->model_retries++ < TURN_MODEL_RETRIES) {
		/* Half an answer: asking again harms nobody. */
		tell(t, turn_say(&t->words, "retrying"));
		t->words.iterations--;
		ask_model(t);
		return;
	}
	if (st != ST_OK) {
		finish_error(t, error != NULL ? json_object_get(error) :
		    turn_error("server_error", "The model did not answer",
		    "The connection to the model provider failed."));
		return;
	}
	t->words.input_tokens += reply->input_tokens;
	t->words.output_tokens += reply->output_tokens;
	if (reply->call_count > 0)
		save_calls(t, reply);
	else
		finish_final(t, txt_str(&reply->text));
}

static void
ask_model(struct turn *t)
{
	static const struct provider_call_events events = {
		on_model_delta, on_model_retry, on_model_end
	};
	struct provider_ask ask = { .provider = t->provider };
	struct json_object *o;

	if (t->words.iterations >= t->env->conf->agent_max_iterations) {
		finish_error(t, turn_error("iteration_limit",
		    "The agent went in circles", "It asked for tools as often "
		    "as it may in one run (tools.agent_max_iterations)."));
		return;
	}
	turn_enter(t, TURN_WAIT_MODEL);
	t->words.iterations++;
	txt_reset(&t->said);
	o = turn_say(&t->words, "iteration");
	js_set_int(o, "iteration", t->words.iterations);
	tell(t, o);
	tell(t, turn_say(&t->words, "thinking"));
	t->thinking = true;
	ask.messages = t->context;
	ask.body = provider_request(t->provider, t->words.model,
	    turn_system_prompt(), t->context, NULL);
	t->call = provider_call_start(t->env->provider, &ask, &events, t);
}

/* Steps of an earlier worker, or of this one, join what the model reads. */
static void
add_steps(struct turn *t, struct json_object *steps)
{
	size_t n = json_object_array_length(steps);

	for (size_t i = 0; i < n; i++) {
		struct json_object *s = json_object_array_get_idx(steps, i);

		js_push(t->context, json_object_get(js_get(s, "body")));
		if (strcmp(js_text(s, "kind"), "model_reply") == 0 &&
		    t->state == TURN_LOADING)
			t->words.iterations++;
	}
	t->steps_done += (int)n;
}

/* The model's name and provider; false when it is not configured. */
static bool
choose_model(struct turn *t)
{
	t->provider = conf_provider_find(t->env->conf, t->loaded.model,
	    &t->words.model);
	if (t->provider == NULL)
		return false;
	t->words.provider = t->provider->name;
	return true;
}

static void
start_deadline(struct turn *t)
{
	double left = t->env->conf->agent_timeout_secs -
	    (double)t->loaded.elapsed_ms / 1000.0;

	t->started_ms = clock_mono_ms() - t->loaded.elapsed_ms;
	ev_timer_set(&t->deadline, left > 0.1 ? left : 0.1, 0.0);
	ev_timer_start(t->env->loop, &t->deadline);
}

static void
after_load(struct turn *t)
{
	t->loaded = t->work.loaded;
	memset(&t->work.loaded, 0, sizeof(t->work.loaded));
	t->words.session_key = t->loaded.session_key;
	t->words.client_seq = t->loaded.client_seq;
	t->context = json_object_get(t->loaded.messages);
	add_steps(t, t->loaded.steps);
	committed(t);
	if (t->loaded.abort_requested || t->abort_wanted) {
		finish_aborted(t);
	} else if (t->lease.attempts > TURN_MAX_ATTEMPTS) {
		finish_error(t, turn_error("server_error", "The run failed",
		    "The server was interrupted too often while it worked on "
		    "this message. Send it again."));
	} else if (!choose_model(t)) {
		finish_error(t, turn_error("unsupported_model",
		    "This model is not available", "The model chosen for this "
		    "session is not configured any more. Choose another."));
	} else {
		start_deadline(t);
		if (t->lease.attempts > 1)
			tell(t, turn_say(&t->words, "retrying"));
		ask_model(t);
	}
}

static void
after_save(struct turn *t)
{
	add_steps(t, t->work.steps);
	if (t->abort_wanted)
		finish_aborted(t);
	else
		ask_model(t);
}

static void
on_work_done(struct pool_job *job)
{
	struct turn_job *w = (struct turn_job *)job;
	struct turn *t = w->turn;

	w->out = false;
	if (t->state == TURN_OVER) {
		ev_timer_start(t->env->loop, &t->reap);
		return;
	}
	if (w->status == ST_CONFLICT || w->status == ST_NOT_FOUND) {
		committed(t);
		turn_over(t, w->kind == TURN_FINISHING ? "finished" : "lost");
	} else if (w->status != ST_OK) {
		turn_enter(t, TURN_WAIT_DB);
		ev_timer_set(&t->retry, TURN_RETRY_SECS, 0.0);
		ev_timer_start(t->env->loop, &t->retry);
	} else if (w->kind == TURN_LOADING) {
		after_load(t);
	} else if (w->kind == TURN_SAVING) {
		after_save(t);
	} else {
		committed(t);
		turn_over(t, w->end.outcome);
	}
}

static enum status
save_steps(struct turn_job *w, struct db *db)
{
	size_t n = json_object_array_length(w->steps);
	enum status st = ST_OK;

	for (size_t i = 0; i < n && st == ST_OK; i++) {
		struct json_object *s = json_object_array_get_idx(w->steps, i);

		st = turn_step(db, &w->lease, w->first_step + (int)i,
		    js_text(s, "kind"), js_get(s, "body"));
		/* A step that is there was committed by an attempt whose
		 * answer was lost. */
		if (st == ST_CONFLICT && strcmp(
		    db_last_error(db)->sqlstate, "23505") == 0)
			st = ST_OK;
	}
	return st;
}

static void
run_work(struct pool_job *job, struct db *db)
{
	struct turn_job *w = (struct turn_job *)job;

	if (w->kind == TURN_LOADING)
		w->status = turn_load(db, &w->lease, &w->loaded);
	else if (w->kind == TURN_SAVING)
		w->status = save_steps(w, db);
	else
		w->status = turn_finish(db, &w->lease, &w->end);
	if (w->status == ST_DB || w->status == ST_INTERNAL)
		log_warn(NULL, "turn not committed yet", "turn=%s detail=\"%s\"",
		    w->lease.turn_id, db_last_error(db)->detail);
}

static void
submit(struct turn *t)
{
	t->work.status = ST_UNAVAILABLE;
	t->work.out = true;
	t->work.job.run = run_work;
	t->work.job.done = on_work_done;
	if (pool_submit(t->env->pool, &t->work.job) == ST_OK)
		return;
	t->work.out = false;
	turn_enter(t, TURN_WAIT_DB);
	ev_timer_set(&t->retry, TURN_RETRY_SECS, 0.0);
	ev_timer_start(t->env->loop, &t->retry);
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct turn *t = w->data;

	(void)loop;
	(void)revents;
	turn_enter(t, t->work.kind);
	submit(t);
}

struct turn *
turn_start(struct turn_env *env, const struct turn_lease *lease)
{
	struct turn *t = mem_zalloc(sizeof(*t));

	t->env = env;
	t->lease = *lease;
	t->work.turn = t;
	t->work.lease = *lease;
	t->work.kind = TURN_LOADING;
	t->words.turn_id = t->lease.turn_id;
	t->words.client_seq = -1;
	t->started_ms = clock_mono_ms();
	t->log.component = "turn";
	(void)mem_copy_str(t->log.id, sizeof(t->log.id), lease->turn_id);
	(void)mem_copy_str(t->log.account, sizeof(t->log.account),
	    lease->account_id);
	txt_init(&t->said, PROVIDER_MAX_REPLY_BYTES);
	ev_timer_init(&t->deadline, on_deadline, 0.0, 0.0);
	ev_timer_init(&t->retry, on_retry, 0.0, 0.0);
	ev_timer_init(&t->reap, on_reap, 0.0, 0.0);
	t->deadline.data = t->retry.data = t->reap.data = t;
	log_info(&t->log, "turn claimed", "attempt=%d", lease->attempts);
	submit(t);
	return t;
}

const struct turn_lease *
turn_lease_of(const struct turn *turn)
{
	return &turn->lease;
}

void
turn_abort(struct turn *turn)
{
	turn->abort_wanted = true;
	if (turn->state == TURN_WAIT_MODEL)
		finish_aborted(turn);
}

void
turn_drop(struct turn *turn, const char *reason)
{
	turn_over(turn, reason);
}
