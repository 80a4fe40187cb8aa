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

#include "approval/exec_store.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "js/js.h"
#include "tool/output.h"
#include "tool/result.h"
#include "worker/sandbox_client.h"

#define POLL_SECS 2.0
#define WAKE_GAP_SECS 0.1 /* between two looks, however often woken */
#define RETRY_SECS 1.0
#define START_TRIES 3
#define GUARD_SECS 90.0 /* beyond its own time: waiting for a place, killing */
#define MAX_RESERVE 40000 /* of the model's share, for changed commands */
#define LIVE_MAX_BYTES (64 << 10) /* of a call, shown while it runs */
#define LIVE_FLUSH_BYTES 8192
#define LIVE_FLUSH_SECS 0.05

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
	[TOOL_EXEC_ASKING] = "asking", [TOOL_EXEC_PENDING] = "pending",
	[TOOL_EXEC_READING] = "reading", [TOOL_EXEC_READY] = "ready",
	[TOOL_EXEC_STARTING] = "starting", [TOOL_EXEC_RUNNING] = "running",
	[TOOL_EXEC_STORING] = "storing", [TOOL_EXEC_WAIT_DB] = "wait_db",
	[TOOL_EXEC_OVER] = "over",
};

#define EDGE(s) (1u << (s))
static const unsigned edges[] = {
	[TOOL_EXEC_ASKING] = EDGE(TOOL_EXEC_PENDING) | EDGE(TOOL_EXEC_READY) |
	    EDGE(TOOL_EXEC_WAIT_DB) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_PENDING] = EDGE(TOOL_EXEC_READING) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_READING] = EDGE(TOOL_EXEC_PENDING) |
	    EDGE(TOOL_EXEC_READY) | EDGE(TOOL_EXEC_WAIT_DB) |
	    EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_READY] = EDGE(TOOL_EXEC_STARTING) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_STARTING] = EDGE(TOOL_EXEC_RUNNING) |
	    EDGE(TOOL_EXEC_STORING) | EDGE(TOOL_EXEC_READING) |
	    EDGE(TOOL_EXEC_WAIT_DB) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_RUNNING] = EDGE(TOOL_EXEC_STORING) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_STORING] = EDGE(TOOL_EXEC_READING) |
	    EDGE(TOOL_EXEC_WAIT_DB) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_WAIT_DB] = EDGE(TOOL_EXEC_ASKING) |
	    EDGE(TOOL_EXEC_READING) | EDGE(TOOL_EXEC_STARTING) |
	    EDGE(TOOL_EXEC_STORING) | EDGE(TOOL_EXEC_OVER),
	[TOOL_EXEC_OVER] = 0,
};

/* What the pool thread works on: it touches nothing else of the call. */
struct exec_work {
	struct pool_job job;
	struct tool_exec *exec;
	bool out;                   /* submitted and not back */
	enum tool_exec_state kind;  /* ASKING, READING, STARTING or STORING */
	enum status status;
	const struct conf *conf;
	struct turn_lease lease;
	struct exec_ask ask;        /* ASKING; its texts are the call's own */
	char id[UUID_TEXT];         /* of the row; the others */
	struct exec_row row;        /* result, except of STORING */
	struct json_object *stored; /* STORING */
};

struct tool_exec {
	struct tool_call call;      /* not touched once OVER */
	enum tool_exec_state state;
	struct exec_work work;
	struct exec_row row;        /* as last read */
	char *id;                   /* of the tool call */
	char *command;              /* as the model wrote it */
	char cwd[TOOL_MAX_PATH_BYTES + 1];
	bool asked;                 /* on_asked was called */
	bool again;                 /* woken while the row was being read */
	double read_at;             /* when the row came, by the loop */
	int start_tries;
	struct sandbox_call *sandbox; /* NULL unless RUNNING */
	bool may_have_run;
	struct output out, err;
	struct txt live;            /* shown soon */
	bool live_is_err;
	size_t live_left;
	struct json_object *result; /* how it ended */
	struct txt error;           /* "" when it succeeded */
	ev_timer timer;             /* of the state */
	ev_timer flush;
	ev_timer reap;
	struct log_ctx log;
};

static void submit(struct tool_exec *e, enum tool_exec_state kind);
static void row_step(struct tool_exec *e);
static void start_sandbox(struct tool_exec *e);

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
	exec_row_done(&e->work.row);
	js_put(&e->work.stored);
	js_put(&e->work.ask.sandbox);
	js_put(&e->result);
	output_done(&e->out);
	output_done(&e->err);
	txt_done(&e->live);
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
	ev_timer_stop(loop, &e->flush);
	if (e->sandbox != NULL)
		sandbox_forget(e->sandbox);
	e->sandbox = NULL;
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

/* ---- what people see while it runs ---- */

static void
live_flush(struct tool_exec *e)
{
	struct json_object *o;

	ev_timer_stop(e->call.env->loop, &e->flush);
	if (e->live.len == 0)
		return;
	o = turn_say(e->call.words, "tool_output");
	js_set_text(o, "toolCallId", e->id);
	js_set_text(o, "stream", e->live_is_err ? "stderr" : "stdout");
	js_set_text_n(o, "text", txt_str(&e->live), e->live.len);
	hub_transient(e->call.env->hub, e->call.lease->account_id, "chat", o);
	js_put(&o);
	txt_reset(&e->live);
}

static void
on_flush(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	live_flush(w->data);
}

static void
live_add(struct tool_exec *e, bool is_err, const struct txt *text)
{
	size_t n = utf8_cut(txt_str(text), text->len, e->live_left);

	if (n == 0)
		return;
	if (is_err != e->live_is_err)
		live_flush(e);
	e->live_is_err = is_err;
	/* Nothing may follow what was left out. */
	e->live_left = n < text->len ? 0 : e->live_left - n;
	txt_append_n(&e->live, txt_str(text), n);
	if (e->live.len >= LIVE_FLUSH_BYTES)
		live_flush(e);
	else if (!ev_is_active(&e->flush))
		ev_timer_start(e->call.env->loop, &e->flush);
}

/* ---- the sandbox ---- */

static void
on_started(void *arg)
{
	struct tool_exec *e = arg;

	e->may_have_run = true;
}

static void
on_output(void *arg, bool is_err, struct sbx_text bytes)
{
	own_txt struct txt text = { 0 };
	struct tool_exec *e = arg;

	output_add(is_err ? &e->err : &e->out, bytes.p, bytes.n, &text);
	live_add(e, is_err, &text);
}

static void
outputs_end(struct tool_exec *e, const struct sbx_result *r)
{
	own_txt struct txt out = { 0 }, err = { 0 };

	output_end(&e->out, r->out_truncated, &out);
	live_add(e, false, &out);
	output_end(&e->err, r->err_truncated, &err);
	live_add(e, true, &err);
	live_flush(e);
}

/* Bytes that say_modified will need, at most. */
static size_t
modified_bytes(const struct tool_exec *e)
{
	size_t n;

	if (!e->row.modified)
		return 0;
	n = 2 * (strlen(e->row.original) + strlen(e->row.command)) + 100;
	return n > MAX_RESERVE ? MAX_RESERVE : n;
}

/* A person changed it: the model must not take the result for that of what it
 * asked for (S11). */
static void
say_modified(struct tool_exec *e)
{
	if (!e->row.modified)
		return;
	if (e->result == NULL)
		e->result = js_new();
	js_set_bool(e->result, "changed_by_user", true);
	js_set_text(e->result, "asked", e->row.original);
	js_set_text(e->result, "command", e->row.command);
}

/* The result goes into the row, then to the model. */
static void
store(struct tool_exec *e)
{
	struct json_object *stored = js_new();

	say_modified(e);
	if (e->result != NULL) {
		json_object_object_foreach(e->result, key, value)
			js_set(stored, key, json_object_get(value));
	}
	if (e->error.len > 0)
		js_set_text_n(stored, "error", txt_str(&e->error),
		    e->error.len);
	js_put(&e->work.stored);
	e->work.stored = stored;
	submit(e, TOOL_EXEC_STORING);
}

static void
store_failure(struct tool_exec *e, const char *what, const char *why)
{
	txt_reset(&e->error);
	txt_append(&e->error, what);
	(void)output_clean(why, strlen(why), false, &e->error);
	store(e);
}

static void
on_sandbox_error(void *arg, enum status st, const char *text)
{
	struct tool_exec *e = arg;

	e->sandbox = NULL;
	live_flush(e);
	/* A connection that broke takes the word "started" with it. */
	store_failure(e, e->may_have_run || st == ST_UNAVAILABLE ?
	    "interrupted, outcome unknown, the command may have run: " :
	    "the sandbox did not run this command: ", text);
}

static void
on_sandbox_end(void *arg, const struct sbx_result *r)
{
	struct tool_exec *e = arg;

	e->sandbox = NULL;
	outputs_end(e, r);
	e->result = result_exec(r, &e->out, &e->err,
	    modified_bytes(e));
	if (r->timed_out)
		txt_format(&e->error, "the command did not end within %d "
		    "seconds and was stopped", e->row.timeout_secs);
	else if (r->canceled)
		txt_append(&e->error, "the command was stopped");
	store(e);
}

static void
start_sandbox(struct tool_exec *e)
{
	static const struct sandbox_callbacks callbacks = {
		.on_started = on_started, .on_output = on_output,
		.on_end = on_sandbox_end, .on_error = on_sandbox_error
	};
	struct sbx_run run = { 0 };
	const char *field = "";

	if (!tool_call_uuid(e->call.lease->account_id, run.account) ||
	    !tool_call_uuid(e->call.words->session_id, run.session) ||
	    !tool_call_uuid(e->row.id, run.run)) {
		store_failure(e, "the sandbox did not run this command", "");
		return;
	}
	run.command = (struct sbx_text){ e->row.command,
		strlen(e->row.command) };
	run.cwd = (struct sbx_text){ e->row.cwd, strlen(e->row.cwd) };
	run.image = (struct sbx_text){ e->row.image, strlen(e->row.image) };
	run.timeout_secs = (uint32_t)e->row.timeout_secs;
	if (sbx_run_check(&run, &field) != ST_OK) {
		store_failure(e, "the sandbox does not take this value: ",
		    field);
		return;
	}
	if (!sandbox_client_is_connected(e->call.env->sandbox)) {
		store_failure(e, "no sandbox is available, and nothing runs "
		    "outside one", "");
		return;
	}
	e->sandbox = sandbox_run(e->call.env->sandbox, &run, &callbacks, e);
	if (e->sandbox == NULL) {
		store_failure(e, "busy: too many commands are under way, try "
		    "again later", "");
		return;
	}
	log_info(&e->log, "command starts", "request=%s timeout=%d", e->row.id,
	    e->row.timeout_secs);
	tool_exec_enter(e, TOOL_EXEC_RUNNING, e->row.timeout_secs +
	    GUARD_SECS);
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
	switch (e->row.state) {
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
		exec_fail(e, "approval timed out: nobody decided in time, the "
		    "command did not run");
		break;
	case EXEC_CANCELLED:
		exec_over(e);
		e->call.events->on_stopped(e->call.arg);
		break;
	case EXEC_STARTED:
		exec_fail(e, "interrupted, outcome unknown: the command may "
		    "have run");
		break;
	case EXEC_FINISHED:
		end_finished(e);
		break;
	}
}

/* ---- the pool ---- */

static enum status
run_ask(struct exec_work *w, struct db *db)
{
	struct analysis_policy policy = { 0 };
	enum status st;

	policy.mode = w->conf->approval_mode;
	policy.level = w->conf->security_level;
	st = exec_policy_read(db, &w->lease, &policy.mode);
	if (st != ST_OK)
		return st;
	analysis_judge(&policy, w->ask.command, w->ask.command_len,
	    &w->ask.judged);
	w->ask.may_be_remembered = policy.mode != APPROVAL_ALWAYS;
	return exec_request(db, &w->lease, &w->ask, &w->row);
}

static void
run_work(struct pool_job *job, struct db *db)
{
	struct exec_work *w = (struct exec_work *)job;

	exec_row_done(&w->row);
	if (w->kind == TOOL_EXEC_ASKING)
		w->status = run_ask(w, db);
	else if (w->kind == TOOL_EXEC_READING)
		w->status = exec_read(db, &w->lease, w->id, &w->row);
	else if (w->kind == TOOL_EXEC_STARTING)
		w->status = exec_start(db, &w->lease, w->id, &w->row);
	else
		w->status = exec_finish(db, &w->lease, w->id, w->stored);
	if (w->status == ST_DB || w->status == ST_INTERNAL)
		log_warn(NULL, "command not committed yet",
		    "request=%s detail=\"%s\"", w->id,
		    db_last_error(db)->detail);
}

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
work_ok(struct tool_exec *e, enum tool_exec_state kind)
{
	if (kind == TOOL_EXEC_STORING) {
		exec_end(e);
		return;
	}
	take_row(e);
	if (kind == TOOL_EXEC_STARTING) {
		start_sandbox(e);
		return;
	}
	committed(e);
	row_step(e);
	if (kind == TOOL_EXEC_ASKING && e->state != TOOL_EXEC_OVER)
		asked(e);
}

/* A conflict of these is not always a lost lease: the command was stopped or
 * started meanwhile, or an answer got lost after its commit.  The row knows. */
static bool
may_look_again(const struct tool_exec *e)
{
	return e->work.kind == TOOL_EXEC_STORING ||
	    (e->work.kind == TOOL_EXEC_STARTING &&
	    e->start_tries < START_TRIES);
}

static void
on_work_done(struct pool_job *job)
{
	struct exec_work *w = (struct exec_work *)job;
	struct tool_exec *e = w->exec;

	w->out = false;
	if (e->state == TOOL_EXEC_OVER)
		ev_timer_start(e->call.env->loop, &e->reap);
	else if (w->status == ST_OK)
		work_ok(e, w->kind);
	else if (w->status == ST_CONFLICT && may_look_again(e))
		submit(e, TOOL_EXEC_READING);
	else if (w->status == ST_CONFLICT || w->status == ST_NOT_FOUND)
		exec_lost(e);
	else if (w->status == ST_DB || w->status == ST_UNAVAILABLE ||
	    w->status == ST_LIMIT)
		tool_exec_enter(e, TOOL_EXEC_WAIT_DB, RETRY_SECS);
	else if (w->kind == TOOL_EXEC_STORING)
		exec_end(e);
	else
		exec_fail(e, "this command was refused: its request could not "
		    "be written down or is not what was decided on");
}

static void
submit(struct tool_exec *e, enum tool_exec_state kind)
{
	struct exec_work *w = &e->work;

	if (e->state != kind)
		tool_exec_enter(e, kind, -1);
	w->kind = kind;
	w->status = ST_UNAVAILABLE;
	w->out = true;
	w->job.run = run_work;
	w->job.done = on_work_done;
	if (pool_submit(e->call.env->pool, &w->job) == ST_OK)
		return;
	w->out = false;
	tool_exec_enter(e, TOOL_EXEC_WAIT_DB, RETRY_SECS);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct tool_exec *e = timer->data;

	(void)loop;
	(void)revents;
	if (e->state == TOOL_EXEC_PENDING) {
		submit(e, TOOL_EXEC_READING);
	} else if (e->state == TOOL_EXEC_WAIT_DB) {
		submit(e, e->work.kind);
	} else if (e->state == TOOL_EXEC_RUNNING) {
		log_error(&e->log, "the sandbox does not answer", "request=%s",
		    e->row.id);
		sandbox_forget(e->sandbox);
		e->sandbox = NULL;
		store_failure(e, "the sandbox did not answer, outcome "
		    "unknown", "");
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
	ask->timeout_secs = secs > TOOL_MAX_TIMEOUT_SECS ?
	    TOOL_MAX_TIMEOUT_SECS : (int)secs;
	ask->image = "";
	ask->env_names = "";
	ask->sandbox = tool_call_sandbox(e->call.env);
	ask->approval_secs = EXEC_APPROVAL_SECS;
}

static void
timers_init(struct tool_exec *e)
{
	ev_timer_init(&e->timer, on_timer, 0.0, 0.0);
	ev_timer_init(&e->flush, on_flush, LIVE_FLUSH_SECS, 0.0);
	ev_timer_init(&e->reap, on_reap, 0.0, 0.0);
	e->timer.data = e->flush.data = e->reap.data = e;
}

struct tool_exec *
tool_exec_start(const struct tool_call *call)
{
	struct tool_exec *e = mem_zalloc(sizeof(*e));
	const char *dir = js_text(call->args, "working_dir");

	e->call = *call;
	e->id = mem_strdup(call->id);
	e->command = mem_strdup(js_text(call->args, "command"));
	e->live_left = LIVE_MAX_BYTES;
	output_init(&e->out, call->secrets, RESULT_MODEL_BYTES);
	output_init(&e->err, call->secrets, RESULT_MODEL_BYTES);
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
	submit(e, TOOL_EXEC_ASKING);
	return e;
}

void
tool_exec_run(struct tool_exec *e)
{
	assert(e->state == TOOL_EXEC_READY);
	e->start_tries++;
	submit(e, TOOL_EXEC_STARTING);
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
