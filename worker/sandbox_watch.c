/* Watching moltis-sandboxd: see sandbox_watch.h. */
#include "config.h"

#include "worker/sandbox_watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "js/js.h"
#include "sandbox/status_ops.h"
#include "tool/output.h"

#define ASK_SECS 5.0
#define ASK_AGAIN_SECS 0.5 /* while it is away */
#define REPORT_MS 30000    /* a report is believed for a minute and a half */

struct report_job {
	struct pool_job job;
	struct sandbox_watch *watch;
	bool out;
	enum status status;
	struct json_object *value;
};

struct sandbox_watch {
	struct ev_loop *loop;
	const struct conf *conf;
	struct pool *pool;
	struct sandbox_client *client;
	bool is_known;
	bool may_run;
	bool has_network;
	char backend[32];
	struct sandbox_call *call; /* NULL: none under way */
	ev_timer timer;
	struct report_job report;
	int64_t reported_ms; /* by the monotonic clock; 0: never */
};

static const struct log_ctx log_watch = { .component = "sandbox" };

const char *
sandbox_watch_path(const struct conf *conf)
{
	return conf->sandbox_enabled ? conf->sandbox.socket : NULL;
}

/* ---- the report ---- */

static void
run_report(struct pool_job *job, struct db *db)
{
	struct report_job *r = (struct report_job *)job;

	r->status = sandbox_report(db, r->value);
}

static void
on_reported(struct pool_job *job)
{
	struct report_job *r = (struct report_job *)job;

	r->out = false;
	js_put(&r->value);
	if (r->status == ST_OK)
		r->watch->reported_ms = clock_mono_ms();
}

/* Takes VALUE. */
static void
report(struct sandbox_watch *w, struct json_object *value)
{
	struct report_job *r = &w->report;

	if (r->out) {
		js_put(&value);
		return;
	}
	r->value = value;
	r->watch = w;
	r->status = ST_UNAVAILABLE;
	r->job.run = run_report;
	r->job.done = on_reported;
	r->out = pool_submit(w->pool, &r->job) == ST_OK;
	if (!r->out)
		js_put(&r->value);
}

/* WHY has a line "NAME: REASON" for each backend that was not taken. */
static struct json_object *
rejected_json(const char *why)
{
	struct json_object *list = json_object_new_array();

	while (*why != '\0') {
		size_t n = strcspn(why, "\n"), name = strcspn(why, ":\n");
		struct json_object *o = js_new();

		js_set_text_n(o, "backend", why, name < n ? name : 0);
		why += name < n ? name + 1 : 0;
		n -= name < n ? name + 1 : 0;
		js_set_text_n(o, "why", why + (*why == ' '), n - (*why == ' '));
		js_push(list, o);
		why += n;
		why += *why == '\n';
	}
	return list;
}

static struct json_object *
limits_json(const struct sbx_limits *l)
{
	struct json_object *o = js_new();

	js_set_int(o, "memory", (int64_t)l->memory_bytes);
	js_set(o, "cpu", json_object_new_double(l->cpu_millis / 1000.0));
	js_set_int(o, "pids", l->pids);
	js_set_int(o, "disk", (int64_t)l->disk_bytes);
	js_set_int(o, "outputBytes", l->output_bytes);
	return o;
}

/* R is NULL when there was no answer. */
static struct json_object *
report_json(const struct sandbox_watch *w, const char *reason,
    const struct sbx_report *r)
{
	const struct conf_sandbox *conf = &w->conf->sandbox;
	own_txt struct txt why = { 0 };
	struct json_object *o = js_new();

	js_set_bool(o, "available", w->may_run);
	js_set_text(o, "backend", w->backend);
	js_set_text(o, "reason", reason);
	js_set_text(o, "network", w->has_network ? "public" : "none");
	js_set_text(o, "image", conf->image_count > 0 ? conf->images[0] : "");
	if (r == NULL)
		return o;
	(void)output_clean(r->why.p, r->why.n, false, &why);
	js_set(o, "limits", limits_json(&r->limits));
	js_set(o, "rejected", rejected_json(txt_str(&why)));
	return o;
}

static void
take_in(struct sandbox_watch *w, bool may_run, const char *reason,
    const struct sbx_report *r)
{
	bool is_new = !w->is_known || may_run != w->may_run;

	if (is_new)
		log_info(&log_watch,
		    may_run ? "commands can run" : "no command can run",
		    "backend=%s why=\"%s\"", w->backend, reason);
	w->is_known = true;
	w->may_run = may_run;
	if (is_new || w->reported_ms == 0 ||
	    clock_mono_ms() - w->reported_ms >= REPORT_MS)
		report(w, report_json(w, reason, r));
}

/* ---- asking ---- */

static void
ask_later(struct sandbox_watch *w)
{
	ev_timer_stop(w->loop, &w->timer);
	ev_timer_set(&w->timer, w->may_run ? ASK_SECS : ASK_AGAIN_SECS, 0.0);
	ev_timer_start(w->loop, &w->timer);
}

static void
on_report(void *arg, const struct sbx_report *r)
{
	struct sandbox_watch *w = arg;
	size_t n = r->backend.n < sizeof(w->backend) ? r->backend.n : 0;

	w->call = NULL;
	memcpy(w->backend, r->backend.p, n);
	w->backend[n] = '\0';
	w->has_network = r->network;
	take_in(w, r->exec_on && n > 0,
	    !r->exec_on  ? "commands are switched off"
		: n == 0 ? "no kind of sandbox works here"
			 : "",
	    r);
	ask_later(w);
}

static void
on_error(void *arg, enum status st, const char *text)
{
	struct sandbox_watch *w = arg;

	(void)st;
	w->call = NULL;
	w->backend[0] = '\0';
	take_in(w, false, text, NULL);
	ask_later(w);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int revents)
{
	static const struct sandbox_callbacks callbacks = { .on_report =
								on_report,
		.on_error = on_error };
	struct sandbox_watch *w = timer->data;

	(void)loop;
	(void)revents;
	if (sandbox_watch_path(w->conf) == NULL) {
		take_in(w, false,
		    "commands are switched off in the "
		    "configuration",
		    NULL);
		ask_later(w);
		return;
	}
	w->call = sandbox_status(w->client, &callbacks, w);
	if (w->call == NULL)
		ask_later(w);
}

struct sandbox_watch *
sandbox_watch_new(struct ev_loop *loop, const struct conf *conf,
    struct pool *pool, struct sandbox_client *client)
{
	struct sandbox_watch *w = mem_zalloc(sizeof(*w));

	w->loop = loop;
	w->conf = conf;
	w->pool = pool;
	w->client = client;
	ev_timer_init(&w->timer, on_timer, 0.0, 0.0);
	w->timer.data = w;
	ev_timer_start(loop, &w->timer);
	return w;
}

void
sandbox_watch_free(struct sandbox_watch *w)
{
	if (w == NULL)
		return;
	ev_timer_stop(w->loop, &w->timer);
	if (w->call != NULL)
		sandbox_forget(w->call);
	js_put(&w->report.value);
	free(w);
}

bool
sandbox_watch_is_known(const struct sandbox_watch *w)
{
	return w->is_known;
}

bool
sandbox_watch_may_run(const struct sandbox_watch *w)
{
	return w->may_run && sandbox_client_is_connected(w->client);
}

const char *
sandbox_watch_backend(const struct sandbox_watch *w)
{
	return w->backend;
}

bool
sandbox_watch_has_network(const struct sandbox_watch *w)
{
	return w->has_network;
}
