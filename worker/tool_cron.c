/*
 * One pool job around src/cron/cron_agent.c: see tool_cron.h.
 *
 * A worker that takes the turn over makes the call again; the name of the call
 * keeps a job from being made twice.
 */
#include "config.h"

#include "worker/tool_cron.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cron/cron_agent.h"
#include "js/js.h"

struct tool_cron {
	struct pool_job job;
	struct tool_call call; /* not touched once over */
	bool over;
	bool out;
	/* What the thread has for itself. */
	struct turn_lease lease;
	char *call_id;
	struct cron_agent agent;
	enum status status;
	ev_timer kick; /* ends without the pool, outside of start */
	ev_timer reap;
};

static void
on_reap(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct tool_cron *t = w->data;

	(void)loop;
	(void)revents;
	js_put(&t->agent.args);
	js_put(&t->agent.reply);
	free(t->call_id);
	free(t);
}

static void
over(struct tool_cron *t)
{
	t->over = true;
	ev_timer_stop(t->call.env->loop, &t->kick);
	if (!t->out)
		ev_timer_start(t->call.env->loop, &t->reap);
}

static void
run_job(struct pool_job *job, struct db *db)
{
	struct tool_cron *t = (struct tool_cron *)job;

	t->status = cron_agent_run(db, &t->lease, &t->agent);
}

static void
fail(struct tool_cron *t)
{
	struct tool_end end = { .error = t->agent.why[0] != '\0'
		    ? t->agent.why
		    : "the server is busy" };

	over(t);
	t->call.events->on_end(t->call.arg, &end);
}

/* Rows were committed: sockets, clocks and workers hear of it. */
static void
tell(const struct tool_cron *t)
{
	const struct turn_env *env = t->call.env;
	const char *account = t->call.lease->account_id;

	switch (t->agent.action) {
	case CRON_ADD:
	case CRON_UPDATE:
	case CRON_REMOVE:
		hub_wake(env->hub, account);
		notify_send(env->notify, NOTIFY_CRON, account);
		return;
	case CRON_RUN:
		hub_wake(env->hub, account);
		notify_send(env->notify, NOTIFY_TURNS, account);
		return;
	case CRON_LIST:
	case CRON_STATUS:
	case CRON_RUNS:
	case CRON_ACTIONS:
		return;
	}
}

static void
succeed(struct tool_cron *t)
{
	own_json struct json_object *result = js_new();
	struct tool_end end = { .result = result };

	js_set(result, cron_action_word(t->agent.action),
	    json_object_get(t->agent.reply));
	tell(t);
	over(t);
	t->call.events->on_end(t->call.arg, &end);
}

static void
on_job_done(struct pool_job *job)
{
	struct tool_cron *t = (struct tool_cron *)job;

	t->out = false;
	if (t->over) {
		ev_timer_start(t->call.env->loop, &t->reap);
	} else if (t->agent.lost) {
		over(t);
		t->call.events->on_lost(t->call.arg);
	} else if (t->status == ST_OK) {
		succeed(t);
	} else {
		fail(t);
	}
}

static void
on_kick(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	fail(w->data);
}

struct tool_cron *
tool_cron_start(const struct tool_call *call)
{
	struct tool_cron *t = mem_zalloc(sizeof(*t));

	t->call = *call;
	t->lease = *call->lease;
	t->call_id = mem_strdup(call->id);
	t->status = ST_UNAVAILABLE;
	t->agent.conf = call->env->conf;
	t->agent.call_id = t->call_id;
	/* Of its own: counts of references are not for two threads. */
	if (json_object_deep_copy(call->args, &t->agent.args, NULL) != 0)
		abort();
	t->job.run = run_job;
	t->job.done = on_job_done;
	ev_timer_init(&t->kick, on_kick, 0.0, 0.0);
	ev_timer_init(&t->reap, on_reap, 0.0, 0.0);
	t->kick.data = t->reap.data = t;
	if (cron_agent_check(&t->agent) == ST_OK)
		t->out = pool_submit(call->env->pool, &t->job) == ST_OK;
	if (!t->out)
		ev_timer_start(call->env->loop, &t->kick);
	return t;
}

void
tool_cron_cancel(struct tool_cron *t)
{
	if (t != NULL && !t->over)
		over(t);
}
