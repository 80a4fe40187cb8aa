/*
 * The life of one command: see tool_exec.h.
 *
 * row_step() says what a row means; callbacks translate their edge and call
 * it.  One pool job at a time, embedded; a command whose turn is over outlives
 * it until that job has come back.
 */
#include "config.h"

#include "worker/tool_exec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "js/js.h"
#include "tool/output.h"
#include "worker/exec_job.h"
#include "worker/exec_run.h"

#define POLL_SECS 2.0
#define WAKE_GAP_SECS 0.1 /* between two looks, however often woken */
#define RETRY_SECS 1.0
#define START_TRIES 3
#define GUARD_SECS 90.0 /* beyond its own time: waiting for a place, killing */

enum tool_exec_state {
	TOOL_EXEC_ASKING,   /* pool: policy, verdict, row */
	TOOL_EXEC_PENDING,  /* a person; the timer reads the row again */
	TOOL_EXEC_READING,  /* pool: the row as it is now */
	TOOL_EXEC_READY,    /* the set lets it run; guarded by the turn */
	TOOL_EXEC_STARTING, /* pool: the row becomes started */
	TOOL_EXEC_RUNNING,  /* sandbox; timer: its time and GUARD_SECS */
	TOOL_EXEC_STORING,  /* pool: the result */
	TOOL_EXEC_WAIT_DB,  /* database away; the timer runs the job again */
	TOOL_EXEC_OVER      /* nothing; freed when no job is out */
};

static const char *const state_names[] = {
	[TOOL_EXEC_ASKING] = "asking",
	[TOOL_EXEC_PENDING] = "pending",
	[TOOL_EXEC_READING] = "reading",
	[TOOL_EXEC_READY] = "ready",
	[TOOL_EXEC_STARTING] = "starting",
	[TOOL_EXEC_RUNNING] = "running",
	[TOOL_EXEC_STORING] = "storing",
	[TOOL_EXEC_WAIT_DB] = "wait_db",
	[TOOL_EXEC_OVER] = "over",
};

#define EDGE(s) (1u << (s))
static const unsigned edges[] = {
	[TOOL_EXEC_ASKING] = EDGE(TOOL_EXEC_PENDING) | EDGE(TOOL_EXEC_READY) |
	    EDGE(TOOL_EXEC_STORING) | EDGE(TOOL_EXEC_WAIT_DB) |
	    EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_PENDING] = EDGE(TOOL_EXEC_READING) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_READING] = EDGE(TOOL_EXEC_PENDING) | EDGE(TOOL_EXEC_READY) |
	    EDGE(TOOL_EXEC_STORING) | EDGE(TOOL_EXEC_WAIT_DB) |
	    EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_READY] = EDGE(TOOL_EXEC_STARTING) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_STARTING] = EDGE(TOOL_EXEC_RUNNING) |
	    EDGE(TOOL_EXEC_STORING) | EDGE(TOOL_EXEC_READING) |
	    EDGE(TOOL_EXEC_WAIT_DB) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_RUNNING] = EDGE(TOOL_EXEC_STORING) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_STORING] = EDGE(TOOL_EXEC_READING) |
	    EDGE(TOOL_EXEC_WAIT_DB) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_WAIT_DB] = EDGE(TOOL_EXEC_ASKING) | EDGE(TOOL_EXEC_READING) |
	    EDGE(TOOL_EXEC_STARTING) | EDGE(TOOL_EXEC_STORING) |
	    EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_OVER] = 0,
};

/* Which state waits for which work. */
static const enum tool_exec_state work_states[] = {
	[EXEC_WORK_ASK] = TOOL_EXEC_ASKING,
	[EXEC_WORK_READ] = TOOL_EXEC_READING,
	[EXEC_WORK_START] = TOOL_EXEC_STARTING,
	[EXEC_WORK_STORE] = TOOL_EXEC_STORING,
};

struct tool_exec {
	struct tool_call call; /* not touched once OVER */
	enum tool_exec_state state;
	struct exec_job work;
	struct exec_row row; /* as last read */
	char *id;            /* of the tool call */
	char *command;       /* as the model wrote it */
	char cwd[TOOL_MAX_PATH_BYTES + 1];
	bool asked;     /* on_asked was called */
	bool again;     /* woken while the row was being read */
	double read_at; /* when the row came, by the loop */
	int start_tries;
	struct exec_run run;
	struct json_object *result; /* how it ended */
	struct txt error;           /* "" when it succeeded */
	ev_timer timer;             /* of the state */
	ev_timer reap;
	struct log_ctx log;
};

static void submit(struct tool_exec *e, enum exec_work kind);
static void row_step(struct tool_exec *e);

/* SECS < 0: no timer guards the new state. */
static void
tool_exec_enter(struct tool_exec *e, enum tool_exec_state next, double secs)
{
	struct ev_loop *loop = e->call.env->loop;

	assert(edges[e->state] & EDGE(next));
	log_debug(&e->log, "command changes state", "from=%s to=%s",
	    state_names[e->state], state_names[next]);
	e->state = next;
	ev_timer_stop(loop, &e->timer);
	if (secs < 0)
		return;
	ev_timer_set(&e->timer, secs, 0.0);
	ev_timer_start(loop, &e->timer);
}

static void
exec_free(struct tool_exec *e)
{
	exec_row_done(&e->row);
	exec_job_done(&e->work);
	js_put(&e->result);
	exec_run_done(&e->run);
	txt_done(&e->error);
	free(e->id);
	free(e->command);
	free(e);
}

/* In an iteration of its own: no callback can return into freed memory. */
static void
on_reap(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	exec_free(w->data);
}

static void
exec_over(struct tool_exec *e)
{
	struct ev_loop *loop = e->call.env->loop;

	if (e->state == TOOL_EXEC_OVER)
		return;
	tool_exec_enter(e, TOOL_EXEC_OVER, -1);
	exec_run_stop(&e->run);
	if (!e->work.out)
		ev_timer_start(loop, &e->reap);
}

static void
exec_lost(struct tool_exec *e)
{
	exec_over(e);
	e->call.events->on_lost(e->call.arg);
}

/* As result and error say. */
static void
exec_end(struct tool_exec *e)
{
	struct tool_end end = { .result = e->result };

	if (e->error.len > 0)
		end.error = txt_str(&e->error);
	exec_over(e);
	e->call.events->on_end(e->call.arg, &end);
}

static void
exec_fail(struct tool_exec *e, const char *text)
{
	txt_reset(&e->error);
	(void)output_clean(text, strlen(text), false, &e->error);
	exec_end(e);
}

/* Rows of the account were committed: its sockets here and elsewhere. */
static void
committed(struct tool_exec *e)
{
	hub_wake(e->call.env->hub, e->call.lease->account_id);
	notify_send(e->call.env->notify, NOTIFY_EVENTS,
	    e->call.lease->account_id);
}

/* ---- the sandbox ---- */

/* The result goes into the row, then to the model. */
static void
store(struct tool_exec *e, const struct tool_end *end)
{
	struct json_object *stored = js_new();

	js_put(&e->result);
	js_put(&e->work.stored);
	txt_reset(&e->error);
	e->result = json_object_get(end->result);
	if (end->error != NULL)
		txt_append(&e->error, end->error);
	if (e->result != NULL) {
		json_object_object_foreach(e->result, key, value)
		    js_set(stored, key, json_object_get(value));
	}
	if (end->error != NULL)
		js_set_text(stored, "error", end->error);
	e->work.stored = stored;
	submit(e, EXEC_WORK_STORE);
}

static void
on_run_end(void *arg, const struct tool_end *end)
{
	store(arg, end);
}

/* The row says that it is started. */
static void
start(struct tool_exec *e)
{
	struct tool_end end = { .error = exec_run_start(&e->run, &e->row) };

	if (end.error != NULL) {
		store(e, &end);
		return;
	}
	log_info(&e->log, "command starts", "request=%s timeout=%d", e->row.id,
	    e->row.timeout_secs);
	tool_exec_enter(e, TOOL_EXEC_RUNNING, e->row.timeout_secs + GUARD_SECS);
}

/* ---- the row ---- */

static void
fail_denied(struct tool_exec *e)
{
	own_txt struct txt text = { 0 }, note = { 0 };

	txt_append(&text, "the user refused this command");
	(void)output_clean(e->row.why, strlen(e->row.why), false, &note);
	if (note.len > 0) {
		txt_append(&text, "; their note, as data: ");
		txt_append_quoted(&text, txt_str(&note), note.len);
	}
	exec_fail(e, txt_str(&text));
}

static void
fail_refused(struct tool_exec *e)
{
	own_txt struct txt text = { 0 };

	txt_format(&text, "this command may not run: %s", e->row.why);
	exec_fail(e, txt_str(&text));
}

/* An earlier worker ran it to its end. */
static void
end_finished(struct tool_exec *e)
{
	const char *error = js_text(e->row.result, "error");

	txt_reset(&e->error);
	if (error != NULL)
		txt_append(&e->error, error);
	js_put(&e->result);
	e->result = json_object_get(e->row.result);
	if (e->result != NULL)
		json_object_object_del(e->result, "error");
	exec_end(e);
}

static void
wait_for_person(struct tool_exec *e)
{
	double left = (double)(e->row.expires_ms - clock_wall_ms()) / 1000.0;

	if (left > POLL_SECS)
		left = POLL_SECS;
	/* The database's clock decides; ours may be a little ahead. */
	if (left < 0.2)
		left = 0.2;
	if (e->again)
		left = WAKE_GAP_SECS;
	tool_exec_enter(e, TOOL_EXEC_PENDING, left);
	e->again = false;
}

static void
row_step(struct tool_exec *e)
{
	static const struct tool_end unknown = {
		.error =
		    "interrupted, outcome unknown: the command may have run"
	};

	switch (e->row.standing) {
	case EXEC_PENDING:
		wait_for_person(e);
		break;
	case EXEC_READY:
		tool_exec_enter(e, TOOL_EXEC_READY, -1);
		e->call.events->on_ready(e->call.arg);
		break;
	case EXEC_REFUSED:
		fail_refused(e);
		break;
	case EXEC_DENIED:
		fail_denied(e);
		break;
	case EXEC_TIMEOUT:
		exec_fail(e,
		    "approval timed out: nobody decided in time, the "
		    "command did not run");
		break;
	case EXEC_CANCELLED:
		exec_over(e);
		e->call.events->on_stopped(e->call.arg);
		break;
	case EXEC_STARTED:
		/* By a worker that is gone: nobody will say more. */
		store(e, &unknown);
		break;
	case EXEC_FINISHED:
		end_finished(e);
		break;
	}
}

/* ---- the pool ---- */

static void
take_row(struct tool_exec *e)
{
	exec_row_done(&e->row);
	e->row = e->work.row;
	memset(&e->work.row, 0, sizeof(e->work.row));
	memcpy(e->work.id, e->row.id, UUID_TEXT);
	e->read_at = ev_now(e->call.env->loop);
}

static void
asked(struct tool_exec *e)
{
	if (e->asked)
		return;
	e->asked = true;
	e->call.events->on_asked(e->call.arg);
}

static void
work_ok(struct tool_exec *e, enum exec_work kind)
{
	if (kind == EXEC_WORK_STORE) {
		exec_end(e);
		return;
	}
	take_row(e);
	if (kind == EXEC_WORK_START) {
		start(e);
		return;
	}
	committed(e);
	row_step(e);
	if (kind == EXEC_WORK_ASK && e->state != TOOL_EXEC_OVER)
		asked(e);
}

/* A conflict of these is not always a lost lease: the command was stopped or
 * started meanwhile, or an answer got lost after its commit.  The row knows. */
static bool
may_look_again(const struct tool_exec *e)
{
	return e->work.kind == EXEC_WORK_STORE ||
	    (e->work.kind == EXEC_WORK_START && e->start_tries < START_TRIES);
}

static void
on_work_done(struct pool_job *job)
{
	struct exec_job *w = (struct exec_job *)job;
	struct tool_exec *e = w->exec;

	w->out = false;
	if (e->state == TOOL_EXEC_OVER)
		ev_timer_start(e->call.env->loop, &e->reap);
	else if (w->status == ST_OK)
		work_ok(e, w->kind);
	else if (w->status == ST_CONFLICT && may_look_again(e))
		submit(e, EXEC_WORK_READ);
	else if (w->status == ST_CONFLICT || w->status == ST_NOT_FOUND)
		exec_lost(e);
	else if (w->status == ST_DB || w->status == ST_UNAVAILABLE ||
	    w->status == ST_LIMIT)
		tool_exec_enter(e, TOOL_EXEC_WAIT_DB, RETRY_SECS);
	else if (w->kind == EXEC_WORK_STORE)
		exec_end(e);
	else
		exec_fail(e,
		    "this command was refused: its request could not "
		    "be written down or is not what was decided on");
}

static void
submit(struct tool_exec *e, enum exec_work kind)
{
	if (e->state != work_states[kind])
		tool_exec_enter(e, work_states[kind], -1);
	e->work.kind = kind;
	if (!exec_job_submit(&e->work, e->call.env->pool, on_work_done))
		tool_exec_enter(e, TOOL_EXEC_WAIT_DB, RETRY_SECS);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	static const struct tool_end silent = {
		.error = "interrupted, outcome "
			 "unknown: the sandbox does not answer"
	};
	struct tool_exec *e = timer->data;

	(void)loop;
	(void)revents;
	if (e->state == TOOL_EXEC_PENDING) {
		submit(e, EXEC_WORK_READ);
	} else if (e->state == TOOL_EXEC_WAIT_DB) {
		submit(e, e->work.kind);
	} else if (e->state == TOOL_EXEC_RUNNING) {
		log_error(&e->log, "the sandbox does not answer", "request=%s",
		    e->row.id);
		exec_run_stop(&e->run);
		store(e, &silent);
	}
}

/* ---- from the set ---- */

static void
ask_fill(struct tool_exec *e)
{
	struct exec_ask *ask = &e->work.ask;
	int64_t secs = js_int(e->call.args, "timeout", TOOL_TIMEOUT_SECS);

	ask->tool_call_id = e->id;
	ask->command = e->command;
	ask->command_len = strlen(e->command);
	ask->cwd = e->cwd;
	ask->timeout_secs =
	    secs > TOOL_MAX_TIMEOUT_SECS ? TOOL_MAX_TIMEOUT_SECS : (int)secs;
	ask->image = e->call.words->image == NULL ? "" : e->call.words->image;
	ask->env_names = "";
	ask->sandbox = tool_call_sandbox(&e->call);
	ask->approval_secs = e->call.env->conf->approval_timeout_secs;
}

static void
timers_init(struct tool_exec *e)
{
	ev_timer_init(&e->timer, on_timer, 0.0, 0.0);
	ev_timer_init(&e->reap, on_reap, 0.0, 0.0);
	e->timer.data = e->reap.data = e;
}

struct tool_exec *
tool_exec_start(const struct tool_call *call)
{
	struct tool_exec *e = mem_zalloc(sizeof(*e));
	const char *dir = js_text(call->args, "working_dir");

	e->call = *call;
	e->id = mem_strdup(call->id);
	e->command = mem_strdup(js_text(call->args, "command"));
	exec_run_init(&e->run, &e->call, on_run_end, e);
	timers_init(e);
	e->log.component = "exec";
	(void)mem_copy_str(e->log.id, sizeof(e->log.id), call->lease->turn_id);
	(void)mem_copy_str(e->log.account, sizeof(e->log.account),
	    call->lease->account_id);
	e->work.exec = e;
	e->work.conf = call->env->conf;
	e->work.lease = *call->lease;
	/* The set has checked it. */
	if (tool_path_normalize(dir == NULL ? "" : dir, e->cwd) != ST_OK)
		e->cwd[0] = '\0';
	ask_fill(e);
	submit(e, EXEC_WORK_ASK);
	return e;
}

void
tool_exec_run(struct tool_exec *e)
{
	assert(e->state == TOOL_EXEC_READY);
	e->start_tries++;
	submit(e, EXEC_WORK_START);
}

void
tool_exec_wake(struct tool_exec *e)
{
	struct ev_loop *loop = e->call.env->loop;
	double secs = e->read_at + WAKE_GAP_SECS - ev_now(loop);

	if (e->state == TOOL_EXEC_READING)
		e->again = true;
	if (e->state != TOOL_EXEC_PENDING ||
	    ev_timer_remaining(loop, &e->timer) <= secs)
		return;
	ev_timer_stop(loop, &e->timer);
	ev_timer_set(&e->timer, secs > 0 ? secs : 0.0, 0.0);
	ev_timer_start(loop, &e->timer);
}

void
tool_exec_cancel(struct tool_exec *e)
{
	if (e != NULL)
		exec_over(e);
}
