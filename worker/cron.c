/*
 * One timer, one job in the pool: see cron.h.  The database's clock says what
 * is due; the timer here only decides when to ask it.
 */
#include "config.h"

#include "worker/cron.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "cron/cron.h"
#include "js/js.h"

#define POLL_SECS 3.0  /* what a lost NOTIFY, or a dead worker, costs */
#define GAP_SECS 0.02  /* between two looks, however often woken */
#define RETRY_SECS 1.0 /* while the database is away */

struct cron {
	struct pool_job job;
	struct turn_env *env;
	void (*on_turns)(void *arg);
	void *arg;
	char worker[UUID_TEXT];
	struct cron_tick tick;
	enum status status;
	bool out;   /* in the pool */
	bool again; /* woken meanwhile */
	bool stopped;
	ev_timer timer;
	struct log_ctx log;
};

static void
run_tick(struct pool_job *job, struct db *db)
{
	struct cron *c = (struct cron *)job;

	c->status = cron_tick_run(db, &c->tick);
}

static void
look_in(struct cron *c, double secs)
{
	if (c->stopped)
		return;
	ev_timer_stop(c->env->loop, &c->timer);
	ev_timer_set(&c->timer, secs, 0.0);
	ev_timer_start(c->env->loop, &c->timer);
}

/* Rows of these accounts were committed. */
static void
tell(struct cron *c)
{
	if (c->tick.accounts == NULL)
		return;
	json_object_object_foreach(c->tick.accounts, account, verdict)
	{
		(void)verdict;
		hub_wake(c->env->hub, account);
		notify_send(c->env->notify, NOTIFY_EVENTS, account);
	}
	if (c->tick.started > 0) {
		notify_send(c->env->notify, NOTIFY_TURNS, "");
		c->on_turns(c->arg);
	}
}

static double
next_look(const struct cron *c)
{
	double secs = (double)c->tick.wait_ms / 1000.0;

	if (c->status != ST_OK)
		return RETRY_SECS;
	if (c->again || c->tick.claimed == CRON_TICK_MAX)
		return GAP_SECS;
	if (c->tick.wait_ms < 0 || secs > POLL_SECS)
		return POLL_SECS;
	return secs < GAP_SECS ? GAP_SECS : secs;
}

static void
on_ticked(struct pool_job *job)
{
	struct cron *c = (struct cron *)job;

	c->out = false;
	if (c->status == ST_OK && c->tick.claimed > 0)
		log_info(&c->log, "jobs were due", "claimed=%d started=%d",
		    c->tick.claimed, c->tick.started);
	tell(c);
	js_put(&c->tick.accounts);
	look_in(c, next_look(c));
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct cron *c = w->data;

	(void)loop;
	(void)revents;
	c->again = false;
	c->status = ST_UNAVAILABLE;
	c->out = pool_submit(c->env->pool, &c->job) == ST_OK;
	if (!c->out)
		look_in(c, RETRY_SECS);
}

struct cron *
cron_new(struct turn_env *env, void (*on_turns)(void *arg), void *arg)
{
	struct cron *c = mem_zalloc(sizeof(*c));

	c->env = env;
	c->on_turns = on_turns;
	c->arg = arg;
	c->log.component = "cron";
	uuid_new(c->worker);
	c->tick.worker = c->worker;
	c->tick.conf = env->conf;
	c->job.run = run_tick;
	c->job.done = on_ticked;
	ev_timer_init(&c->timer, on_timer, 0.0, 0.0);
	c->timer.data = c;
	look_in(c, 0.0);
	return c;
}

void
cron_wake(struct cron *c)
{
	if (c->out)
		c->again = true;
	else if (ev_timer_remaining(c->env->loop, &c->timer) > GAP_SECS)
		look_in(c, GAP_SECS);
}

void
cron_stop(struct cron *c)
{
	c->stopped = true;
	ev_timer_stop(c->env->loop, &c->timer);
}

void
cron_free(struct cron *c)
{
	cron_stop(c);
	js_put(&c->tick.accounts);
	free(c);
}
