/* Claims turns, keeps their leases, stops and hands over: see turns.h. */
#include "config.h"

#include "worker/turns.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "js/js.h"

#define POLL_SECS 2.0
#define HAND_OVER_SECS 0.2  /* between two looks while draining */
#define RENEW_GAP_SECS 0.25 /* between two renewals, however often woken */

enum turns_work { WORK_CLAIM, WORK_RENEW, WORK_RELEASE, WORK_HAND_OVER };

struct turns_job {
	struct pool_job job;
	struct turns *turns;
	enum turns_work kind;
	bool out;
	bool again; /* asked for while it was out */
	enum status status;
	int lease_secs;
	char worker[UUID_TEXT];
	struct turn_claim claim;
	struct json_object *tokens; /* renew, hand over: what it is about */
	struct json_object *flags;  /* renew: turn id -> abort requested */
};

struct turns {
	struct turn_env *env;
	struct turn *running[TURNS_MAX];
	int count;
	struct turns_job claim, renew, release, hand_over;
	ev_timer poll;
	ev_timer renew_timer;
	ev_timer drain_timer;
	ev_timer hand_over_timer;
	bool draining;
	void (*on_drained)(void *arg);
	void *drained_arg;
	struct log_ctx log;
};

static void
run_job(struct pool_job *job, struct db *db)
{
	struct turns_job *j = (struct turns_job *)job;

	if (j->kind == WORK_CLAIM)
		j->status = turn_claim(db, &j->claim);
	else if (j->kind == WORK_RENEW)
		j->status = turn_renew(db, j->worker, j->lease_secs, j->tokens,
		    &j->flags);
	else if (j->kind == WORK_HAND_OVER)
		j->status = turn_hand_over(db, j->worker, j->tokens);
	else
		j->status = turn_release(db, j->worker);
}

static void
submit(struct turns *ts, struct turns_job *j)
{
	j->status = ST_UNAVAILABLE;
	j->out = true;
	j->again = false;
	if (pool_submit(ts->env->pool, &j->job) != ST_OK)
		j->out = false; /* the poll comes back to it */
}

static void drain_step(struct turns *ts);

static void
claim(struct turns *ts)
{
	int room = TURNS_MAX - ts->count;

	if (ts->draining || room == 0)
		return;
	if (ts->claim.out) {
		ts->claim.again = true;
		return;
	}
	ts->claim.claim.count = 0;
	ts->claim.claim.room = room < TURN_CLAIM_MAX ? room : TURN_CLAIM_MAX;
	submit(ts, &ts->claim);
}

static void
on_claimed(struct pool_job *job)
{
	struct turns_job *j = (struct turns_job *)job;
	struct turns *ts = j->turns;
	bool more = j->again || j->claim.count == TURN_CLAIM_MAX;

	j->out = false;
	if (ts->draining) {
		drain_step(ts);
		return;
	}
	if (j->status != ST_OK)
		return;
	for (int i = 0; i < j->claim.count && ts->count < TURNS_MAX; i++)
		ts->running[ts->count++] =
		    turn_start(ts->env, &j->claim.leases[i]);
	if (more)
		claim(ts);
}

static void
renew(struct turns *ts)
{
	if (ts->count == 0 || ts->renew.out)
		return;
	js_put(&ts->renew.tokens);
	ts->renew.tokens = json_object_new_array();
	for (int i = 0; i < ts->count; i++)
		js_push(ts->renew.tokens,
		    json_object_new_string(
			turn_lease_of(ts->running[i])->token));
	submit(ts, &ts->renew);
}

static void
on_renewed(struct pool_job *job)
{
	struct turns_job *j = (struct turns_job *)job;
	struct turns *ts = j->turns;

	j->out = false;
	if (j->status != ST_OK)
		return;
	for (int i = ts->count - 1; i >= 0; i--) {
		struct turn *t = ts->running[i];
		const struct turn_lease *l = turn_lease_of(t);

		/* Only of what was asked about does absence mean something. */
		if (!js_has_text(j->tokens, l->token))
			continue;
		if (js_get(j->flags, l->turn_id) == NULL)
			turn_drop(t, "lease lost");
		else if (js_bool(j->flags, l->turn_id, false))
			turn_abort(t);
	}
	js_put(&j->flags);
}

static void
drained(struct turns *ts)
{
	ev_timer_stop(ts->env->loop, &ts->drain_timer);
	ev_timer_stop(ts->env->loop, &ts->hand_over_timer);
	if (ts->on_drained != NULL)
		ts->on_drained(ts->drained_arg);
	ts->on_drained = NULL;
}

/* Nothing runs any more: whatever is still leased (a claim may just have come
 * back) is handed to the other workers, then the drain is over. */
static void
drain_step(struct turns *ts)
{
	if (!ts->draining || ts->count > 0 || ts->claim.out ||
	    ts->release.out || ts->hand_over.out)
		return;
	submit(ts, &ts->release);
	if (!ts->release.out)
		drained(ts);
}

static void
on_released(struct pool_job *job)
{
	struct turns_job *j = (struct turns_job *)job;
	struct turns *ts = j->turns;

	j->out = false;
	if (j->status != ST_OK)
		log_warn(&ts->log, "leases not handed back", "wait=%d",
		    j->lease_secs);
	drained(ts);
}

/* Of these nothing runs here, and nobody knows how long a person takes. */
static void
hand_over(struct turns *ts)
{
	struct turns_job *j = &ts->hand_over;
	struct turn *given[TURNS_MAX];
	int n = 0;

	if (j->out)
		return;
	js_put(&j->tokens);
	j->tokens = json_object_new_array();
	for (int i = 0; i < ts->count; i++) {
		struct turn *t = ts->running[i];

		if (!turn_may_move(t))
			continue;
		js_push(j->tokens,
		    json_object_new_string(turn_lease_of(t)->token));
		given[n++] = t;
	}
	if (n > 0)
		submit(ts, j);
	for (int i = 0; i < n && j->out; i++)
		turn_drop(given[i], "handed over between two steps");
}

static void
on_handed_over(struct pool_job *job)
{
	struct turns_job *j = (struct turns_job *)job;
	struct turns *ts = j->turns;

	j->out = false;
	/* Otherwise their leases end by themselves. */
	if (j->status == ST_OK)
		notify_send(ts->env->notify, NOTIFY_TURNS, "");
	drain_step(ts);
}

static void
on_hand_over_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	hand_over(w->data);
}

/* Time is up: what still runs goes to another worker. */
static void
on_drain_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct turns *ts = w->data;

	(void)loop;
	(void)revents;
	while (ts->count > 0)
		turn_drop(ts->running[ts->count - 1], "handed over");
	drain_step(ts);
}

static void
on_turn_end(void *arg, struct turn *turn)
{
	struct turns *ts = arg;

	for (int i = 0; i < ts->count; i++) {
		if (ts->running[i] != turn)
			continue;
		ts->running[i] = ts->running[--ts->count];
		break;
	}
	claim(ts); /* the next message of the session may wait */
	drain_step(ts);
}

static void
on_poll(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	claim(w->data);
}

static void
on_renew_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct turns *ts = w->data;

	(void)revents;
	w->repeat = ts->env->conf->worker_lease_secs / 3.0;
	ev_timer_again(loop, w);
	renew(ts);
}

static void
job_init(struct turns *ts, struct turns_job *j, enum turns_work kind,
    void (*done)(struct pool_job *))
{
	j->turns = ts;
	j->kind = kind;
	j->lease_secs = ts->env->conf->worker_lease_secs;
	j->job.run = run_job;
	j->job.done = done;
}

struct turns *
turns_new(struct turn_env *env)
{
	struct turns *ts = mem_zalloc(sizeof(*ts));

	ts->env = env;
	env->on_end = on_turn_end;
	env->arg = ts;
	ts->log.component = "turns";
	job_init(ts, &ts->claim, WORK_CLAIM, on_claimed);
	job_init(ts, &ts->renew, WORK_RENEW, on_renewed);
	job_init(ts, &ts->release, WORK_RELEASE, on_released);
	job_init(ts, &ts->hand_over, WORK_HAND_OVER, on_handed_over);
	/* A new name each start: leases of a dead predecessor are not ours. */
	uuid_new(ts->claim.worker);
	ts->claim.claim.worker = ts->claim.worker;
	ts->claim.claim.lease_secs = ts->claim.lease_secs;
	memcpy(ts->renew.worker, ts->claim.worker, UUID_TEXT);
	memcpy(ts->release.worker, ts->claim.worker, UUID_TEXT);
	memcpy(ts->hand_over.worker, ts->claim.worker, UUID_TEXT);
	ev_timer_init(&ts->poll, on_poll, 0.0, POLL_SECS);
	ev_timer_init(&ts->renew_timer, on_renew_timer,
	    env->conf->worker_lease_secs / 3.0, 0.0);
	ev_timer_init(&ts->drain_timer, on_drain_timer, 0.0, 0.0);
	ev_timer_init(&ts->hand_over_timer, on_hand_over_timer, 0.0,
	    HAND_OVER_SECS);
	ts->poll.data = ts->renew_timer.data = ts->drain_timer.data =
	    ts->hand_over_timer.data = ts;
	ev_timer_start(env->loop, &ts->poll);
	ev_timer_start(env->loop, &ts->renew_timer);
	return ts;
}

void
turns_wake(struct turns *ts, const char *account_id)
{
	claim(ts);
	if (ts->count == 0)
		return;
	for (int i = 0; i < ts->count; i++) {
		if (account_id == NULL ||
		    strcmp(account_id,
			turn_lease_of(ts->running[i])->account_id) == 0)
			turn_wake(ts->running[i]);
	}
	ts->renew_timer.repeat = RENEW_GAP_SECS;
	if (ev_timer_remaining(ts->env->loop, &ts->renew_timer) >
	    RENEW_GAP_SECS)
		ev_timer_again(ts->env->loop, &ts->renew_timer);
}

void
turns_drain(struct turns *ts, double secs, void (*on_drained)(void *arg),
    void *arg)
{
	ts->draining = true;
	ts->env->draining = true;
	ts->on_drained = on_drained;
	ts->drained_arg = arg;
	ev_timer_stop(ts->env->loop, &ts->poll);
	ev_timer_set(&ts->drain_timer, secs, 0.0);
	ev_timer_start(ts->env->loop, &ts->drain_timer);
	ev_timer_start(ts->env->loop, &ts->hand_over_timer);
	hand_over(ts);
	drain_step(ts);
}

void
turns_free(struct turns *ts)
{
	while (ts->count > 0)
		turn_drop(ts->running[ts->count - 1], "worker stops");
	ev_timer_stop(ts->env->loop, &ts->poll);
	ev_timer_stop(ts->env->loop, &ts->renew_timer);
	ev_timer_stop(ts->env->loop, &ts->drain_timer);
	ev_timer_stop(ts->env->loop, &ts->hand_over_timer);
	js_put(&ts->hand_over.tokens);
	js_put(&ts->renew.tokens);
	js_put(&ts->renew.flags);
	free(ts);
}
