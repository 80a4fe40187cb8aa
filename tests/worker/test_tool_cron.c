/*
 * The tool that plans jobs, with the database played here: its one job in the
 * pool, and what the set around it is told.
 */
#include "config.h"

#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cron/cron_agent.h"
#include "js/js.h"
#include "worker/tool_cron.h"

static struct ev_loop *loop;
static struct turn_env env;
static struct turn_lease lease;
static struct pool_job *queued;
static int passed, failed;

/* What the world does, and what it saw. */
static struct {
	bool lost;       /* the lease is gone */
	const char *why; /* of a failure; NULL: it works */
	bool pool_full;
	int runs, ends, losses, woken;
	char channel[32]; /* the last one that was told */
	char result[200], error[200];
} w;

static void
check(bool good, const char *sentence)
{
	printf("%s %s\n", good ? "ok  " : "FAIL", sentence);
	*(good ? &passed : &failed) += 1;
}

enum status
pool_submit(struct pool *pool, struct pool_job *job)
{
	(void)pool;
	if (w.pool_full)
		return ST_LIMIT;
	queued = job;
	return ST_OK;
}

enum status
cron_agent_run(struct db *db, const struct turn_lease *l, struct cron_agent *a)
{
	(void)db;
	(void)l;
	w.runs++;
	a->lost = w.lost;
	if (w.lost)
		return ST_CONFLICT;
	if (w.why != NULL) {
		snprintf(a->why, sizeof(a->why), "%s", w.why);
		return ST_LIMIT;
	}
	a->reply = js_new();
	js_set_text(a->reply, "call", a->call_id);
	return ST_OK;
}

void
hub_wake(struct hub *hub, const char *account_id)
{
	(void)hub;
	(void)account_id;
	w.woken++;
}

void
notify_send(struct notify *n, const char *channel, const char *payload)
{
	(void)n;
	(void)payload;
	snprintf(w.channel, sizeof(w.channel), "%s", channel);
}

static void
on_end(void *arg, const struct tool_end *end)
{
	(void)arg;
	w.ends++;
	snprintf(w.result, sizeof(w.result), "%s",
	    end->result == NULL ? "" : js_str(end->result));
	snprintf(w.error, sizeof(w.error), "%s",
	    end->error == NULL ? "" : end->error);
}

static void
on_lost(void *arg)
{
	(void)arg;
	w.losses++;
}

static struct tool_cron *
begin(const char *text)
{
	static const struct tool_call_events events = { .on_end = on_end,
		.on_lost = on_lost };
	own_json struct json_object *args = NULL;
	struct tool_call call = { .env = &env,
		.lease = &lease,
		.id = "c7",
		.events = &events };
	struct js_error bad;

	if (js_parse(text, strlen(text), &args, &bad) != ST_OK)
		return NULL;
	call.args = args;
	return tool_cron_start(&call);
}

static void
go(void)
{
	struct pool_job *job = queued;

	queued = NULL;
	if (job != NULL) {
		job->run(job, NULL);
		job->done(job);
	}
	ev_run(loop, 0);
}

static void
fresh(void)
{
	memset(&w, 0, sizeof(w));
	ev_now_update(loop);
}

static void
answers(void)
{
	fresh();
	(void)begin("{\"action\":\"add\",\"name\":\"n\"}");
	check(w.ends == 0, "nothing is told from inside the start");
	go();
	check(w.runs == 1 && w.ends == 1 && w.error[0] == '\0' &&
		strcmp(w.result, "{\"add\":{\"call\":\"c7\"}}") == 0,
	    "what was done is the result, by the name of the call");
	check(w.woken == 1 && strcmp(w.channel, NOTIFY_CRON) == 0,
	    "clocks and sockets hear of a new job");
	fresh();
	(void)begin("{\"action\":\"run\",\"id\":\"x\"}");
	go();
	check(strcmp(w.channel, NOTIFY_TURNS) == 0, "workers hear of a run");
	fresh();
	(void)begin("{\"action\":\"list\"}");
	go();
	check(w.ends == 1 && w.woken == 0 && w.channel[0] == '\0',
	    "reading wakes nobody");
}

static void
failures(void)
{
	fresh();
	w.why = "rate limit exceeded";
	(void)begin("{\"action\":\"add\"}");
	go();
	check(w.ends == 1 && strcmp(w.error, "rate limit exceeded") == 0 &&
		w.woken == 0,
	    "a refusal is told in its words");
	fresh();
	(void)begin("{\"action\":\"explode\"}");
	go();
	check(w.runs == 0 && strstr(w.error, "'action' must be") != NULL,
	    "an unknown action reaches no database");
	fresh();
	w.pool_full = true;
	(void)begin("{\"action\":\"list\"}");
	go();
	check(w.ends == 1 && strstr(w.error, "busy") != NULL,
	    "a full pool is said to be");
	fresh();
	w.lost = true;
	(void)begin("{\"action\":\"list\"}");
	go();
	check(w.losses == 1 && w.ends == 0, "a lost lease is told as one");
}

static void
cancelled(void)
{
	fresh();
	tool_cron_cancel(begin("{\"action\":\"add\"}"));
	go();
	check(w.runs == 1 && w.ends == 0 && w.losses == 0,
	    "after it was cancelled nobody is told");
	fresh();
	tool_cron_cancel(begin("{\"action\":\"explode\"}"));
	go();
	check(w.ends == 0, "nor of what never began");
	tool_cron_cancel(NULL);
}

int
main(void)
{
	log_set_level(LOG_LVL_ERROR + 1);
	loop = ev_loop_new(EVFLAG_AUTO);
	env.loop = loop;
	answers();
	failures();
	cancelled();
	ev_loop_destroy(loop);
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0 || passed == 0;
}
