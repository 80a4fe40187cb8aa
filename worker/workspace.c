/* Claims transfers, keeps their leases, gives back: see workspace.h. */
#include "config.h"

#include "worker/workspace.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/log.h"
#include "base/mem.h"
#include "js/js.h"
#include "worker/file_move.h"
#include "worker/sandbox_client.h"

#define POLL_SECS 2.0
#define PURGE_SECS 60.0
#define MOVES_MAX TRANSFER_CLAIM_MAX

enum workspace_work { WORK_CLAIM, WORK_RENEW, WORK_RELEASE, WORK_PURGE };

struct workspace_job {
	struct pool_job job;
	struct workspace *ws;
	enum workspace_work kind;
	bool out;
	bool again; /* asked for while it was out */
	enum status status;
	int lease_secs;
	const char *worker;
	struct transfer_claim claim;
	struct json_object *tokens; /* renew: what was held when it left */
	struct json_object *held;   /* renew: ids that still are */
};

struct workspace {
	struct workspace_parts parts;
	struct move_env env;
	char worker[UUID_TEXT];
	struct file_move *running[MOVES_MAX];
	int count;
	struct workspace_job claim, renew, release, purge;
	ev_timer poll;
	ev_timer renew_timer;
	ev_timer purge_timer;
	bool stopped;
};

static const struct log_ctx log_files = { .component = "files" };

static void
run_job(struct pool_job *job, struct db *db)
{
	struct workspace_job *j = (struct workspace_job *)job;

	switch (j->kind) {
	case WORK_CLAIM:
		j->status = transfer_claim(db, &j->claim);
		break;
	case WORK_RENEW:
		j->status = transfer_renew(db, j->worker, j->lease_secs,
		    j->tokens, &j->held);
		break;
	case WORK_RELEASE:
		j->status = transfer_release(db, j->worker, NULL);
		break;
	case WORK_PURGE:
		j->status = transfer_purge(db);
		break;
	}
}

static void
submit(struct workspace *ws, struct workspace_job *j)
{
	j->status = ST_UNAVAILABLE;
	j->again = false;
	j->out = pool_submit(ws->parts.pool, &j->job) == ST_OK;
}

/* Without its daemon a worker leaves the work to those that have theirs. */
static bool
may_claim(const struct workspace *ws)
{
	return !ws->stopped &&
	    (!ws->parts.has_sandbox ||
		sandbox_client_is_connected(ws->parts.sandbox));
}

static void
claim(struct workspace *ws)
{
	if (ws->claim.out || ws->count == MOVES_MAX) {
		ws->claim.again = true;
		return;
	}
	if (!may_claim(ws))
		return;
	ws->claim.claim.count = 0;
	ws->claim.claim.room = MOVES_MAX - ws->count;
	submit(ws, &ws->claim);
}

static void
on_claimed(struct pool_job *job)
{
	struct workspace_job *j = (struct workspace_job *)job;
	struct workspace *ws = j->ws;
	bool more = j->again;

	j->out = false;
	if (j->status != ST_OK)
		return;
	if (ws->stopped) {
		submit(ws, &ws->release);
		return;
	}
	for (int i = 0; i < j->claim.count && ws->count < MOVES_MAX; i++)
		ws->running[ws->count++] =
		    file_move_start(&ws->env, &j->claim.leases[i]);
	if (more)
		claim(ws);
}

static void
renew(struct workspace *ws)
{
	if (ws->count == 0 || ws->renew.out)
		return;
	js_put(&ws->renew.tokens);
	ws->renew.tokens = json_object_new_array();
	for (int i = 0; i < ws->count; i++)
		js_push(ws->renew.tokens,
		    json_object_new_string(
			file_move_lease(ws->running[i])->token));
	submit(ws, &ws->renew);
}

static void
on_renewed(struct pool_job *job)
{
	struct workspace_job *j = (struct workspace_job *)job;
	struct workspace *ws = j->ws;

	j->out = false;
	if (j->status != ST_OK)
		return;
	for (int i = ws->count - 1; i >= 0; i--) {
		const struct transfer_lease *l =
		    file_move_lease(ws->running[i]);

		if (js_has_text(j->tokens, l->token) &&
		    js_get(j->held, l->id) == NULL)
			file_move_drop(ws->running[i]);
	}
	js_put(&j->held);
}

static void
on_quiet_done(struct pool_job *job)
{
	struct workspace_job *j = (struct workspace_job *)job;

	j->out = false;
	if (j->status != ST_OK)
		log_warn(&log_files, "work on transfers was not committed",
		    "kind=%d", j->kind);
}

static void
on_committed(void *arg, const char *account_id)
{
	struct workspace *ws = arg;

	hub_wake(ws->parts.hub, account_id);
	notify_send(ws->parts.notify, NOTIFY_EVENTS, account_id);
}

static void
on_move_end(void *arg, struct file_move *move)
{
	struct workspace *ws = arg;

	for (int i = 0; i < ws->count; i++) {
		if (ws->running[i] != move)
			continue;
		ws->running[i] = ws->running[--ws->count];
		break;
	}
	if (ws->claim.again)
		claim(ws);
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
	(void)loop;
	(void)revents;
	renew(w->data);
}

static void
on_purge_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct workspace *ws = w->data;

	(void)loop;
	(void)revents;
	if (!ws->purge.out)
		submit(ws, &ws->purge);
}

static void
job_init(struct workspace *ws, struct workspace_job *j,
    enum workspace_work kind, void (*done)(struct pool_job *))
{
	j->ws = ws;
	j->kind = kind;
	j->lease_secs = ws->parts.conf->worker_lease_secs;
	j->worker = ws->worker;
	j->job.run = run_job;
	j->job.done = done;
}

static void
timers_start(struct workspace *ws)
{
	double third = ws->parts.conf->worker_lease_secs / 3.0;

	ev_timer_init(&ws->poll, on_poll, 0.0, POLL_SECS);
	ev_timer_init(&ws->renew_timer, on_renew_timer, third, third);
	ev_timer_init(&ws->purge_timer, on_purge_timer, PURGE_SECS, PURGE_SECS);
	ws->poll.data = ws->renew_timer.data = ws->purge_timer.data = ws;
	ev_timer_start(ws->parts.loop, &ws->poll);
	ev_timer_start(ws->parts.loop, &ws->renew_timer);
	ev_timer_start(ws->parts.loop, &ws->purge_timer);
}

struct workspace *
workspace_new(const struct workspace_parts *parts)
{
	struct workspace *ws = mem_zalloc(sizeof(*ws));

	ws->parts = *parts;
	uuid_new(ws->worker);
	ws->env.loop = parts->loop;
	ws->env.pool = parts->pool;
	ws->env.sandbox = parts->sandbox;
	ws->env.has_sandbox = parts->has_sandbox;
	ws->env.worker = ws->worker;
	ws->env.on_committed = on_committed;
	ws->env.on_end = on_move_end;
	ws->env.arg = ws;
	job_init(ws, &ws->claim, WORK_CLAIM, on_claimed);
	job_init(ws, &ws->renew, WORK_RENEW, on_renewed);
	job_init(ws, &ws->release, WORK_RELEASE, on_quiet_done);
	job_init(ws, &ws->purge, WORK_PURGE, on_quiet_done);
	ws->claim.claim.worker = ws->worker;
	ws->claim.claim.lease_secs = ws->claim.lease_secs;
	timers_start(ws);
	return ws;
}

void
workspace_wake(struct workspace *ws)
{
	claim(ws);
}

static void
drop_all(struct workspace *ws)
{
	while (ws->count > 0)
		file_move_drop(ws->running[ws->count - 1]);
}

void
workspace_stop(struct workspace *ws)
{
	bool held = ws->count > 0;

	ws->stopped = true;
	drop_all(ws);
	if (held && !ws->release.out)
		submit(ws, &ws->release);
}

void
workspace_free(struct workspace *ws)
{
	ws->stopped = true;
	drop_all(ws);
	ev_timer_stop(ws->parts.loop, &ws->poll);
	ev_timer_stop(ws->parts.loop, &ws->renew_timer);
	ev_timer_stop(ws->parts.loop, &ws->purge_timer);
	js_put(&ws->renew.tokens);
	js_put(&ws->renew.held);
	free(ws);
}
