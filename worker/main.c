/*
 * moltis-worker: sockets, agent turns, waking up.
 *
 * Puts the parts together on one loop and takes them apart again: SIGTERM
 * lets running turns end or hands them over, says `shutdown` to every socket,
 * and stops.  No part knows more than one neighbour.
 */
#include "config.h"

#include <curl/curl.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/password.h"
#include "base/log.h"
#include "base/pidfile.h"
#include "base/process.h"
#include "conf/conf_args.h"
#include "op_table.h"
#include "worker/cron.h"
#include "worker/hub.h"
#include "worker/notify.h"
#include "worker/pool.h"
#include "worker/provider_http.h"
#include "worker/relay.h"
#include "worker/sandbox_watch.h"
#include "worker/turns.h"
#include "worker/workspace.h"
#include "worker/ws_listen.h"

#define DRAIN_SECS 20.0   /* for running turns (S290) */
#define FAREWELL_SECS 3.0 /* for sockets to close */
#define PURGE_SECS 3600.0

struct purge_job {
	struct pool_job job;
	bool out;
	enum status status;
};

struct worker {
	struct ev_loop *loop;
	struct conf *conf;
	struct pool *pool;
	struct hub *hub;
	struct ws_server *ws;
	struct notify *notify;
	struct provider_http *provider;
	struct turn_env env;
	struct turns *turns;
	struct workspace *files;
	struct cron *cron;
	struct purge_job purge;
	ev_timer purge_timer;
	ev_timer farewell; /* looks whether the sockets are gone */
	double farewell_until;
	ev_signal term, interrupt;
	bool stopping;
};

static const struct log_ctx log_worker = { .component = "worker" };

static void
on_events(void *arg, const char *account_id)
{
	struct worker *w = arg;

	hub_wake(w->hub, account_id[0] == '\0' ? NULL : account_id);
}

/* Work for turns comes with rows of its account. */
static void
on_turns(void *arg, const char *payload)
{
	struct worker *w = arg;

	turns_wake(w->turns, payload[0] == '\0' ? NULL : payload);
	if (payload[0] != '\0')
		hub_wake(w->hub, payload);
}

static void
on_cron(void *arg, const char *payload)
{
	struct worker *w = arg;

	cron_wake(w->cron);
	if (payload[0] != '\0')
		hub_wake(w->hub, payload);
}

static void
on_authority(void *arg)
{
	struct worker *w = arg;

	hub_recheck(w->hub);
}

static void
on_files(void *arg)
{
	struct worker *w = arg;

	workspace_wake(w->files);
}

static void
on_relay(void *arg, const char *payload)
{
	struct worker *w = arg;

	relay_on_batches(w->env.relay, payload);
}

static void
on_listen(void *arg, const char *payload)
{
	struct worker *w = arg;

	relay_on_listen(w->env.relay, payload);
}

static void
on_missed(void *arg)
{
	struct worker *w = arg;

	turns_wake(w->turns, NULL);
	workspace_wake(w->files);
	cron_wake(w->cron);
	hub_wake(w->hub, NULL);
	hub_recheck(w->hub);
	relay_on_missed(w->env.relay);
}

static void
on_own_turns(void *arg)
{
	struct worker *w = arg;

	turns_wake(w->turns, NULL);
}

static void
on_farewell(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct worker *w = timer->data;

	(void)revents;
	if (ws_server_count(w->ws) == 0 || ev_now(loop) > w->farewell_until)
		ev_break(loop, EVBREAK_ALL);
}

static void
on_drained(void *arg)
{
	struct worker *w = arg;

	log_info(&log_worker, "turns are done or handed over", "sockets=%zu",
	    ws_server_count(w->ws));
	ws_server_drain(w->ws);
	hub_shutdown(w->hub);
	w->farewell_until = ev_now(w->loop) + FAREWELL_SECS;
	ev_timer_start(w->loop, &w->farewell);
}

static void
on_stop(struct ev_loop *loop, ev_signal *sig, int revents)
{
	struct worker *w = sig->data;

	(void)loop;
	(void)revents;
	if (w->stopping)
		return;
	w->stopping = true;
	log_info(&log_worker, "stopping", "signal=%d", sig->signum);
	workspace_stop(w->files);
	cron_stop(w->cron);
	turns_drain(w->turns, DRAIN_SECS, on_drained, w);
}

static void
run_purge(struct pool_job *job, struct db *db)
{
	struct purge_job *p = (struct purge_job *)job;
	own_res PGresult *events = NULL, *runs = NULL;

	p->status = db_once(db, DB_WRITE, STMT_EVENT_PURGE, &events);
	if (p->status == ST_OK)
		p->status = db_once(db, DB_WRITE, STMT_CRON_PURGE, &runs);
}

static void
on_purged(struct pool_job *job)
{
	struct purge_job *p = (struct purge_job *)job;

	p->out = false;
	if (p->status != ST_OK)
		log_warn(&log_worker, "old rows stay for another hour",
		    "status=%d", p->status);
}

static void
on_purge_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct worker *w = timer->data;

	(void)loop;
	(void)revents;
	if (w->purge.out)
		return;
	w->purge.job.run = run_purge;
	w->purge.job.done = on_purged;
	w->purge.status = ST_UNAVAILABLE;
	w->purge.out = pool_submit(w->pool, &w->purge.job) == ST_OK;
}

static void
watchers_start(struct worker *w)
{
	ev_signal_init(&w->term, on_stop, SIGTERM);
	ev_signal_init(&w->interrupt, on_stop, SIGINT);
	ev_timer_init(&w->purge_timer, on_purge_timer, 60.0, PURGE_SECS);
	ev_timer_init(&w->farewell, on_farewell, 0.05, 0.05);
	w->term.data = w->interrupt.data = w;
	w->purge_timer.data = w->farewell.data = w;
	ev_signal_start(w->loop, &w->term);
	ev_signal_start(w->loop, &w->interrupt);
	ev_timer_start(w->loop, &w->purge_timer);
}

static void
files_open(struct worker *w)
{
	const struct workspace_parts parts = {
		.loop = w->loop,
		.conf = w->conf,
		.pool = w->pool,
		.hub = w->hub,
		.notify = w->notify,
		.sandbox = w->env.sandbox,
		.has_sandbox = sandbox_watch_path(w->conf) != NULL,
	};

	w->files = workspace_new(&parts);
}

static void
parts_open(struct worker *w)
{
	static const struct notify_callbacks callbacks = { on_events, on_turns,
		on_cron, on_authority, on_files, on_relay, on_listen,
		on_missed };
	struct ws_server_opts opts = { 0 };

	password_limit(w->conf->password_parallel / 2, w->conf->worker_threads);
	w->pool =
	    pool_new(w->loop, w->conf->db_worker, w->conf->worker_threads);
	w->hub = hub_new(w->loop, w->conf, w->pool);
	w->notify = notify_new(w->loop, w->conf->db_worker, &callbacks, w);
	w->provider = provider_http_new(w->loop);
	w->env.loop = w->loop;
	w->env.conf = w->conf;
	w->env.pool = w->pool;
	w->env.hub = w->hub;
	w->env.notify = w->notify;
	w->env.provider = w->provider;
	w->env.sandbox =
	    sandbox_client_new(w->loop, sandbox_watch_path(w->conf));
	w->env.sandbox_watch =
	    sandbox_watch_new(w->loop, w->conf, w->pool, w->env.sandbox);
	(void)relay_new(&w->env);
	w->turns = turns_new(&w->env);
	files_open(w);
	w->cron = cron_new(&w->env, on_own_turns, w);
	opts.loop = w->loop;
	opts.conf = w->conf;
	opts.pool = w->pool;
	opts.hub = w->hub;
	opts.on_turns = on_own_turns;
	opts.arg = w;
	w->ws = ws_server_new(&opts);
}

/* Backwards, with what the pool still brings back handled in between. */
static void
parts_close(struct worker *w)
{
	pool_free(w->pool);
	relay_free(w->env.relay);
	cron_free(w->cron);
	turns_free(w->turns);
	workspace_free(w->files);
	sandbox_watch_free(w->env.sandbox_watch);
	sandbox_client_free(w->env.sandbox);
	ev_run(w->loop, EVRUN_NOWAIT);
	ws_server_free(w->ws);
	hub_free(w->hub);
	notify_free(w->notify);
	provider_http_free(w->provider);
}

static int
serve(struct worker *w)
{
	own_txt struct txt why = { 0 };
	struct pidfile pidfile;
	int status = EXIT_FAILURE;

	if (!pidfile_open(&pidfile, w->conf->worker_pid_file))
		return EXIT_FAILURE;
	parts_open(w);
	watchers_start(w);
	if (ws_server_listen(w->ws, &why) != ST_OK) {
		log_error(&log_worker, "cannot listen", "why=\"%s\"",
		    txt_str(&why));
	} else {
		log_info(&log_worker, "ready",
		    "threads=%d lease_secs=%d open_files=%ld",
		    w->conf->worker_threads, w->conf->worker_lease_secs,
		    process_raise_files());
		ev_run(w->loop, 0);
		status = EXIT_SUCCESS;
	}
	parts_close(w);
	pidfile_close(&pidfile);
	return status;
}

static int
run(struct worker *w)
{
	enum log_level level;

	if (log_level_parse(w->conf->log_level, &level))
		log_set_level(level);
	if (w->conf->worker_socket == NULL || w->conf->db_worker == NULL) {
		fputs("worker.socket and database.worker must be set\n",
		    stderr);
		return EXIT_FAILURE;
	}
	op_init(op_table);
	if (!process_protect_memory()) {
		fputs("cannot switch core dumps off\n", stderr);
		return EXIT_FAILURE;
	}
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return EXIT_FAILURE;
	w->loop = ev_default_loop(EVFLAG_AUTO);
	return serve(w);
}

int
main(int argc, char **argv)
{
	struct worker w = { 0 };
	int status;

	log_open("moltis-worker");
	process_clean_environment();
	status = conf_args_load(argc, argv, "moltis-worker",
	    "Serves WebSockets on worker.socket and runs agent turns.",
	    &w.conf);
	if (status >= 0)
		return status;
	status = run(&w);
	if (w.loop != NULL)
		ev_loop_destroy(w.loop);
	curl_global_cleanup();
	conf_free(w.conf);
	return status;
}
