/*
 * The life of one turn: load, ask the model, commit what it said, run its
 * tools, commit what came of them, and again until it has answered.
 *
 * Callbacks translate their edge and call what comes next.  Blocking work is
 * one pool job at a time, embedded in the turn, which is why a turn that is
 * over may outlive its end until that job has come back.
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
#include "worker/relay.h"
#include "worker/tools.h"
#include "worker/turn_job.h"
#include "worker/turn_say.h"
#include "worker/turn_steps.h"

#define TURN_MAX_ATTEMPTS 5  /* workers that died on it */
#define TURN_MODEL_RETRIES 1 /* of a stream that broke in the middle (S257) */
#define TURN_RETRY_SECS 1.0  /* while the database is away */
#define TURN_WORK_TRIES 5    /* of work that the database refuses */

enum turn_state {
	TURN_LOADING,    /* pool: history; no timer, the database has its own */
	TURN_WAIT_MODEL, /* provider; guarded by the deadline timer */
	TURN_TOOLS,      /* its tools; guarded by the deadline timer */
	TURN_SAVING,     /* pool: finished steps */
	TURN_PARKED,     /* another worker; the drain hands it over */
	TURN_FINISHING,  /* pool: answer, state, event in one commit */
	TURN_WAIT_DB,    /* database away; retry timer runs the job again */
	TURN_OVER        /* nothing; freed when no job is out */
};

static const char *const state_names[] = {
	[TURN_LOADING] = "loading",
	[TURN_WAIT_MODEL] = "wait_model",
	[TURN_TOOLS] = "tools",
	[TURN_SAVING] = "saving",
	[TURN_PARKED] = "parked",
	[TURN_FINISHING] = "finishing",
	[TURN_WAIT_DB] = "wait_db",
	[TURN_OVER] = "over",
};

/* Which state waits for which work. */
static const enum turn_state work_states[] = {
	[TURN_WORK_LOAD] = TURN_LOADING,
	[TURN_WORK_SAVE] = TURN_SAVING,
	[TURN_WORK_FINISH] = TURN_FINISHING,
};

#define EDGE(s) (1u << (s))
static const unsigned edges[] = {
	[TURN_LOADING] = EDGE(TURN_WAIT_MODEL) | EDGE(TURN_TOOLS) |
	    EDGE(TURN_SAVING) | EDGE(TURN_FINISHING) | EDGE(TURN_WAIT_DB) |
	    EDGE(TURN_PARKED) | EDGE(TURN_OVER),
	[TURN_WAIT_MODEL] = EDGE(TURN_WAIT_MODEL) | EDGE(TURN_SAVING) |
	    EDGE(TURN_FINISHING) | EDGE(TURN_OVER),
	[TURN_TOOLS] =
	    EDGE(TURN_SAVING) | EDGE(TURN_FINISHING) | EDGE(TURN_OVER),
	[TURN_SAVING] = EDGE(TURN_WAIT_MODEL) | EDGE(TURN_TOOLS) |
	    EDGE(TURN_SAVING) | EDGE(TURN_FINISHING) | EDGE(TURN_WAIT_DB) |
	    EDGE(TURN_PARKED) | EDGE(TURN_OVER),
	[TURN_PARKED] = EDGE(TURN_FINISHING) | EDGE(TURN_OVER),
	[TURN_FINISHING] =
	    EDGE(TURN_FINISHING) | EDGE(TURN_WAIT_DB) | EDGE(TURN_OVER),
	[TURN_WAIT_DB] = EDGE(TURN_LOADING) | EDGE(TURN_SAVING) |
	    EDGE(TURN_FINISHING) | EDGE(TURN_OVER),
	[TURN_OVER] = 0,
};

struct turn {
	struct turn_env *env;
	enum turn_state state;
	struct turn_lease lease;
	struct turn_job work;
	struct turn_loaded loaded;
	struct turn_steps steps;              /* valid once loaded */
	struct tools *tools;                  /* NULL unless TURN_TOOLS */
	const struct conf_provider *provider; /* borrowed from conf */
	struct turn_words words;
	struct provider_call *call; /* NULL when none is under way */
	struct txt said;            /* text of the call under way */
	int model_retries;
	int refusals;         /* of the work under way */
	bool without_history; /* it ends with an error alone */
	bool thinking;        /* `thinking` sent, not `thinking_done` */
	bool abort_wanted;
	int64_t started_ms; /* monotonic, minus earlier workers' */
	ev_timer deadline;
	ev_timer retry;
	ev_timer reap; /* frees the turn in the next iteration */
	struct log_ctx log;
};

static void submit(struct turn *t);
static void ask_model(struct turn *t);

static void
turn_enter(struct turn *t, enum turn_state next)
{
	assert(edges[t->state] & EDGE(next));
	log_debug(&t->log, "turn state", "from=%s to=%s", state_names[t->state],
	    state_names[next]);
	t->state = next;
}

static void
turn_free(struct turn *t)
{
	turn_job_clear(&t->work);
	turn_loaded_done(&t->loaded);
	turn_steps_done(&t->steps);
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

/* The model and the tools. */
static void
stop_work(struct turn *t)
{
	provider_call_cancel(t->call);
	t->call = NULL;
	tools_cancel(t->tools);
	t->tools = NULL;
}

/* The turn is not ours any more, for whatever reason. */
static void
turn_over(struct turn *t, const char *reason)
{
	if (t->state == TURN_OVER)
		return;
	log_info(&t->log, "turn ended here", "reason=%s", reason);
	turn_enter(t, TURN_OVER);
	stop_work(t);
	ev_timer_stop(t->env->loop, &t->deadline);
	ev_timer_stop(t->env->loop, &t->retry);
	relay_end(t->env, t->lease.turn_id);
	t->env->on_end(t->env->arg, t);
	if (!t->work.out)
		ev_timer_start(t->env->loop, &t->reap);
}

/* Tells people; PAYLOAD is taken. */
static void
tell(struct turn *t, struct json_object *payload)
{
	relay_tell(t->env, &t->lease, payload);
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
	stop_work(t);
	ev_timer_stop(t->env->loop, &t->deadline);
	relay_push(t->env);
	turn_enter(t, TURN_FINISHING);
	turn_job_clear(&t->work);
	t->work.kind = TURN_WORK_FINISH;
	t->work.end.outcome = outcome;
	t->work.end.steps =
	    t->without_history ? NULL : turn_steps_history(&t->steps);
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
	if (t->state == TURN_WAIT_MODEL || t->state == TURN_TOOLS)
		finish_error(t,
		    turn_error("timeout", "The run took too long",
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

/* Takes STEPS. */
static void
save(struct turn *t, struct json_object *steps)
{
	turn_enter(t, TURN_SAVING);
	turn_job_clear(&t->work);
	t->work.kind = TURN_WORK_SAVE;
	t->work.steps = steps;
	t->work.first_step = t->steps.count;
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
		finish_error(t,
		    error != NULL
			? json_object_get(error)
			: turn_error("server_error", "The model did not answer",
			      "The connection to the model provider failed."));
		return;
	}
	t->words.input_tokens += reply->input_tokens;
	t->words.output_tokens += reply->output_tokens;
	if (reply->call_count == 0) {
		finish_final(t, txt_str(&reply->text));
		return;
	}
	/* The text is part of the step: it must not be said twice. */
	txt_reset(&t->said);
	save(t, turn_steps_reply(&t->steps, &t->words, reply));
}

static void
ask_model(struct turn *t)
{
	static const struct provider_call_events events = { on_model_delta,
		on_model_retry, on_model_end };
	struct provider_ask ask = { .provider = t->provider };
	own_json struct json_object *offered = NULL;
	own_txt struct txt prompt = { 0 };
	struct json_object *o;

	if (t->words.iterations >= t->env->conf->agent_max_iterations) {
		finish_error(t,
		    turn_error("iteration_limit", "The agent went in circles",
			"It asked for tools as often "
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
	offered = t->steps.tools_off ? json_object_new_array()
				     : tools_offered(t->env, &t->words);
	turn_system_prompt(t->loaded.note, &prompt);
	ask.messages = t->steps.context;
	ask.tools = offered;
	ask.body = provider_request(t->provider, t->words.model,
	    txt_str(&prompt), t->steps.context, offered);
	t->call = provider_call_start(t->env->provider, &ask, &events, t);
}

static void
on_tools_end(void *arg, struct json_object *results)
{
	struct turn *t = arg;

	t->tools = NULL;
	save(t, turn_steps_results(&t->steps, results));
}

static void
on_tools_lost(void *arg)
{
	struct turn *t = arg;

	t->tools = NULL;
	turn_over(t, "lost");
}

static void
on_tools_stopped(void *arg)
{
	struct turn *t = arg;

	t->tools = NULL;
	turn_abort(t);
}

/* The calls of the last reply that have no result yet. */
static void
run_tools(struct turn *t)
{
	const struct tools_events events = { on_tools_end, on_tools_lost,
		on_tools_stopped, t };
	own_json struct json_object *refused = NULL;

	if (t->steps.refuse_calls) {
		refused = turn_steps_refused(&t->steps,
		    "no tools are offered now: answer without them");
		save(t, turn_steps_results(&t->steps, refused));
		return;
	}
	turn_enter(t, TURN_TOOLS);
	t->tools =
	    tools_start(t->env, &t->lease, &t->words, t->steps.open, &events);
}

/* All that is committed is known: what comes next? */
static void
go_on(struct turn *t)
{
	t->words.tool_calls = t->steps.calls;
	if (t->abort_wanted)
		finish_aborted(t);
	else if (t->env->draining)
		turn_enter(t, TURN_PARKED);
	else if (turn_steps_wait(&t->steps))
		run_tools(t);
	else
		ask_model(t);
}

/* The model's name and provider; false when it is not configured. */
static bool
choose_model(struct turn *t)
{
	t->provider =
	    conf_provider_find(t->env->conf, t->loaded.model, &t->words.model);
	if (t->provider == NULL)
		return false;
	t->words.provider = t->provider->name;
	return true;
}

static void
start_deadline(struct turn *t)
{
	int secs = t->loaded.timeout_secs > 0
	    ? t->loaded.timeout_secs
	    : t->env->conf->agent_timeout_secs;
	double left = secs - (double)t->loaded.elapsed_ms / 1000.0;

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
	t->words.session_id = t->loaded.session_id;
	t->words.client_seq = t->loaded.client_seq;
	t->words.origin = t->loaded.origin;
	t->words.image = t->loaded.image;
	if (t->words.image == NULL && strcmp(t->loaded.origin, "cron") == 0)
		t->words.image = t->env->conf->cron_sandbox_image;
	turn_steps_init(&t->steps, t->loaded.messages);
	turn_steps_replay(&t->steps, t->loaded.steps);
	t->words.iterations = t->steps.replies;
	committed(t);
	if (t->loaded.abort_requested || t->abort_wanted) {
		finish_aborted(t);
	} else if (t->lease.attempts > TURN_MAX_ATTEMPTS) {
		finish_error(t,
		    turn_error("server_error", "The run failed",
			"The server was interrupted too often while it worked on "
			"this message. Send it again."));
	} else if (!choose_model(t)) {
		finish_error(t,
		    turn_error("unsupported_model",
			"This model is not available",
			"The model chosen for this "
			"session is not configured any more. Choose another."));
	} else {
		start_deadline(t);
		if (t->lease.attempts > 1)
			tell(t, turn_say(&t->words, "retrying"));
		go_on(t);
	}
}

static void
after_save(struct turn *t)
{
	turn_steps_add(&t->steps, t->work.steps);
	go_on(t);
}

static void
retry_later(struct turn *t)
{
	turn_enter(t, TURN_WAIT_DB);
	ev_timer_set(&t->retry, TURN_RETRY_SECS, 0.0);
	ev_timer_start(t->env->loop, &t->retry);
}

/*
 * The database is away, or refuses what it is given.  The first passes; the
 * second may, while the schema is upgraded.  If it does not, the turn ends
 * with less: a run that nobody can end would block its session.
 */
static void
work_failed(struct turn *t)
{
	enum status st = t->work.status;

	if (st == ST_DB || st == ST_UNAVAILABLE ||
	    ++t->refusals < TURN_WORK_TRIES) {
		retry_later(t);
	} else if (t->without_history) {
		turn_over(t, "its end cannot be stored");
	} else {
		t->refusals = 0;
		t->without_history = t->work.kind != TURN_WORK_SAVE;
		finish_error(t,
		    turn_error("server_error", "The run failed",
			"What came of it could not be stored."));
	}
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
		turn_over(t, w->kind == TURN_WORK_FINISH ? "finished" : "lost");
	} else if (w->status != ST_OK) {
		work_failed(t);
	} else if (w->kind == TURN_WORK_LOAD) {
		t->refusals = 0;
		after_load(t);
	} else if (w->kind == TURN_WORK_SAVE) {
		t->refusals = 0;
		after_save(t);
	} else {
		committed(t);
		turn_over(t, w->end.outcome);
	}
}

static void
submit(struct turn *t)
{
	if (!turn_job_submit(&t->work, t->env->pool, on_work_done))
		retry_later(t);
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct turn *t = w->data;

	(void)loop;
	(void)revents;
	turn_enter(t, work_states[t->work.kind]);
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
	t->work.kind = TURN_WORK_LOAD;
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
	if (turn->state == TURN_WAIT_MODEL || turn->state == TURN_TOOLS ||
	    turn->state == TURN_PARKED)
		finish_aborted(turn);
}

void
turn_wake(struct turn *turn)
{
	if (turn->tools != NULL)
		tools_wake(turn->tools);
}

bool
turn_may_move(const struct turn *turn)
{
	return turn->state == TURN_PARKED ||
	    (turn->state == TURN_TOOLS && turn->tools != NULL &&
		tools_wait_for_person(turn->tools));
}

void
turn_drop(struct turn *turn, const char *reason)
{
	turn_over(turn, reason);
}
