/*
 * The tools of one reply, with everything around them played here: the rows,
 * the pool, the sandbox, the clock of the person who decides.
 *
 * The real worker/tools.c, tool_exec.c and tool_file.c run on a real loop; the
 * functions they call stand below in the place of the libraries' own.  What
 * counts is how often a command ran, and what the model is told.
 */
#include "config.h"

#include <assert.h>
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/exec_store.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "js/js.h"
#include "worker/relay.h"
#include "worker/sandbox_watch.h"
#include "worker/tools.h"

#define KEY "sk-provider-0123456789"
#define MAX_ROWS 40

enum stage { ASK, READ, START, FINISH, STAGES };

/* A row as the database would have it. */
struct row {
	char call[40];
	char *command;
	enum exec_state is;
	bool modified;
	struct json_object *result;
};

struct sandbox_call {
	const struct sandbox_callbacks *cb; /* NULL: forgotten */
	void *arg;
	char *command;
	ev_timer timer;
	struct sandbox_call *next;
};

static struct ev_loop *loop;
static struct conf conf;
static struct turn_env env;
static struct turn_lease lease;
static struct turn_words words;

/* What the world does; reset before each test. */
static struct {
	struct row rows[MAX_ROWS];
	int row_count;
	enum exec_state made_as;    /* of a new row */
	enum exec_state decided_as; /* of a PENDING one, at decide_at */
	double decide_at;           /* loop time; 0: never */
	int fail[STAGES];           /* times ST_DB before it works */
	enum status after[STAGES];  /* then this instead of working */
	bool fail_after_commit;     /* ... though the row was changed */
	int calls[STAGES];

	bool is_known, may_run, is_connected;
	double run_secs; /* how long a command takes */
	const char *output;
	enum status run_error; /* on_error instead of on_end */
	bool run_starts;       /* on_started first */
	int ran, running, most_running, killed;
	int files;
	const char *file; /* content of every file */

	int ended, lost, stopped;
	struct json_object *results;
	struct txt events; /* "state id|", in order */
	struct txt live;
	int woken;
} w;

static struct tools *set;
static struct pool_job *queue[64];
static int queued;
static ev_timer pool_timer;
static struct sandbox_call *sandbox_calls;

static int passed, failed;
static const char *test_name;
static bool test_ok;

#define CHECK(cond) check((cond), #cond, __LINE__)

static void
check(bool ok, const char *what, int line)
{
	if (ok)
		return;
	fprintf(stderr, "%s:%d: %s: not so: %s\n", __FILE__, line, test_name,
	    what);
	test_ok = false;
}

/* ---- the pool: a job runs in the next turn of the loop ---- */

enum status
pool_submit(struct pool *pool, struct pool_job *job)
{
	(void)pool;
	assert(queued < 64);
	queue[queued++] = job;
	ev_timer_start(loop, &pool_timer);
	return ST_OK;
}

static void
on_pool(struct ev_loop *l, ev_timer *t, int revents)
{
	struct pool_job *job = queue[0];

	(void)l;
	(void)revents;
	memmove(queue, queue + 1, (size_t)--queued * sizeof(queue[0]));
	job->run(job, NULL);
	job->done(job);
	if (queued > 0)
		ev_timer_start(loop, t);
}

/* ---- the rows ---- */

const struct db_error *
db_last_error(const struct db *db)
{
	static const struct db_error none;

	(void)db;
	return &none;
}

static enum status
stage_enter(enum stage s)
{
	w.calls[s]++;
	if (w.fail[s] > 0) {
		w.fail[s]--;
		return ST_DB;
	}
	return w.after[s];
}

static struct row *
row_find(const char *id)
{
	for (int i = 0; i < w.row_count; i++) {
		char is[UUID_TEXT];

		snprintf(is, sizeof(is), "00000000-0000-4000-8000-%012d", i);
		if (strcmp(is, id) == 0)
			return &w.rows[i];
	}
	abort();
}

static void
row_out(const struct row *r, struct exec_row *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->id, sizeof(ret->id), "00000000-0000-4000-8000-%012d",
	    (int)(r - w.rows));
	ret->standing = r->is;
	ret->modified = r->modified;
	snprintf(ret->why, sizeof(ret->why), "because \"so\"");
	ret->expires_ms = clock_wall_ms() + 60000;
	ret->command = mem_strdup(r->command);
	ret->original = mem_strdup("original");
	ret->cwd = mem_strdup("");
	ret->image = mem_strdup("");
	ret->timeout_secs = 30;
	ret->result = json_object_get(r->result);
}

void
exec_row_done(struct exec_row *row)
{
	free(row->command);
	free(row->original);
	free(row->cwd);
	free(row->image);
	js_put(&row->result);
	memset(row, 0, sizeof(*row));
}

enum status
exec_policy_read(struct db *db, const struct turn_lease *l,
    enum conf_approval *mode)
{
	(void)db;
	(void)l;
	(void)mode;
	return ST_OK;
}

enum status
exec_request(struct db *db, const struct turn_lease *l,
    const struct exec_ask *ask, struct exec_row *ret)
{
	enum status st = stage_enter(ASK);
	struct row *r = NULL;

	(void)db;
	(void)l;
	if (st != ST_OK)
		return st;
	for (int i = 0; i < w.row_count; i++) {
		if (strcmp(w.rows[i].call, ask->tool_call_id) == 0)
			r = &w.rows[i];
	}
	if (r == NULL) {
		r = &w.rows[w.row_count++];
		(void)mem_copy_str(r->call, sizeof(r->call), ask->tool_call_id);
		r->command = mem_strdup(ask->command);
		r->is = w.made_as;
	}
	row_out(r, ret);
	return ST_OK;
}

enum status
exec_read(struct db *db, const struct turn_lease *l, const char *id,
    struct exec_row *ret)
{
	enum status st = stage_enter(READ);
	struct row *r = row_find(id);

	(void)db;
	(void)l;
	if (st != ST_OK)
		return st;
	if (r->is == EXEC_PENDING && w.decide_at > 0 &&
	    ev_now(loop) >= w.decide_at)
		r->is = w.decided_as;
	row_out(r, ret);
	return ST_OK;
}

enum status
exec_start(struct db *db, const struct turn_lease *l, const char *id,
    struct exec_row *ret)
{
	struct row *r = row_find(id);
	bool failing = w.fail[START] > 0;
	enum status st = stage_enter(START);

	(void)db;
	(void)l;
	if (st != ST_OK) {
		if (failing && w.fail_after_commit)
			r->is = EXEC_STARTED;
		return st;
	}
	if (r->is != EXEC_READY)
		return ST_CONFLICT;
	r->is = EXEC_STARTED;
	row_out(r, ret);
	return ST_OK;
}

enum status
exec_finish(struct db *db, const struct turn_lease *l, const char *id,
    struct json_object *result)
{
	struct row *r = row_find(id);
	bool failing = w.fail[FINISH] > 0;
	enum status st = stage_enter(FINISH);

	(void)db;
	(void)l;
	if (st != ST_OK && !(failing && w.fail_after_commit))
		return st;
	if (r->is != EXEC_STARTED)
		return ST_CONFLICT;
	r->is = EXEC_FINISHED;
	r->result = json_object_get(result);
	return st;
}

/* ---- the sandbox ---- */

static void
on_sandbox_timer(struct ev_loop *l, ev_timer *t, int revents)
{
	struct sandbox_call *c = t->data;
	struct sbx_result result = { .exit_code = 0 };

	(void)l;
	(void)revents;
	w.running--;
	if (c->cb == NULL)
		return;
	if (w.run_starts)
		c->cb->on_started(c->arg);
	if (w.output != NULL)
		c->cb->on_output(c->arg, false,
		    (struct sbx_text){ w.output, strlen(w.output) });
	if (w.run_error != ST_OK)
		c->cb->on_error(c->arg, w.run_error, "it broke");
	else
		c->cb->on_end(c->arg, &result);
	c->cb = NULL;
}

static struct sandbox_call *
call_new(const struct sandbox_callbacks *cb, void *arg)
{
	struct sandbox_call *c = mem_zalloc(sizeof(*c));

	c->cb = cb;
	c->arg = arg;
	c->next = sandbox_calls;
	sandbox_calls = c;
	return c;
}

struct sandbox_call *
sandbox_run(struct sandbox_client *client, const struct sbx_run *run,
    const struct sandbox_callbacks *cb, void *arg)
{
	struct sandbox_call *c = call_new(cb, arg);

	(void)client;
	c->command = mem_strndup(run->command.p, run->command.n);
	w.ran++;
	w.running++;
	if (w.running > w.most_running)
		w.most_running = w.running;
	ev_timer_init(&c->timer, on_sandbox_timer, w.run_secs, 0.0);
	c->timer.data = c;
	ev_timer_start(loop, &c->timer);
	return c;
}

static void
on_file_timer(struct ev_loop *l, ev_timer *t, int revents)
{
	struct sandbox_call *c = t->data;
	struct sbx_data data = { .file_size = strlen(w.file) };

	(void)l;
	(void)revents;
	if (c->cb == NULL)
		return;
	data.bytes = (struct sbx_text){ w.file, strlen(w.file) };
	c->cb->on_data(c->arg, &data);
	c->cb->on_done(c->arg);
	c->cb = NULL;
}

struct sandbox_call *
sandbox_file(struct sandbox_client *client, enum sbx_type type,
    const struct sbx_file *file, const struct sandbox_callbacks *cb, void *arg)
{
	struct sandbox_call *c = call_new(cb, arg);

	(void)client;
	(void)file;
	assert(type == SBX_READ);
	w.files++;
	ev_timer_init(&c->timer, on_file_timer, 0.0, 0.0);
	c->timer.data = c;
	ev_timer_start(loop, &c->timer);
	return c;
}

void
sandbox_forget(struct sandbox_call *call)
{
	call->cb = NULL;
	w.killed++;
}

bool
sandbox_client_is_connected(const struct sandbox_client *client)
{
	(void)client;
	return w.is_connected;
}

bool
sandbox_watch_is_known(const struct sandbox_watch *watch)
{
	(void)watch;
	return w.is_known;
}

bool
sandbox_watch_may_run(const struct sandbox_watch *watch)
{
	(void)watch;
	return w.may_run;
}

const char *
sandbox_watch_backend(const struct sandbox_watch *watch)
{
	(void)watch;
	return "fake";
}

bool
sandbox_watch_has_network(const struct sandbox_watch *watch)
{
	(void)watch;
	return false;
}

/* ---- the people ---- */

void
relay_tell(struct turn_env *e, const struct turn_lease *l,
    struct json_object *payload)
{
	(void)e;
	(void)l;
	txt_format(&w.events, "%s %s|", js_text(payload, "state"),
	    js_text(payload, "toolCallId"));
	if (strcmp(js_text(payload, "state"), "tool_output") == 0)
		txt_append(&w.live, js_text(payload, "text"));
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
	(void)channel;
	(void)payload;
}

/* ---- the turn ---- */

static void
on_end(void *arg, struct json_object *results)
{
	(void)arg;
	set = NULL;
	w.ended++;
	w.results = json_object_get(results);
	ev_break(loop, EVBREAK_ONE);
}

static void
on_lost(void *arg)
{
	(void)arg;
	set = NULL;
	w.lost++;
	ev_break(loop, EVBREAK_ONE);
}

static void
on_stopped(void *arg)
{
	(void)arg;
	set = NULL;
	w.stopped++;
	ev_break(loop, EVBREAK_ONE);
}

/* CALLS: "NAME JSON" each; ids are c0, c1, ... */
static void
begin(size_t n, const char *const *calls)
{
	static const struct tools_events events = { on_end, on_lost, on_stopped,
		NULL };
	own_json struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = js_new(), *f = js_new();
		size_t name = strcspn(calls[i], " ");
		char id[24];

		snprintf(id, sizeof(id), "c%zu", i);
		js_set_text_n(f, "name", calls[i], name);
		js_set_text(f, "arguments", calls[i] + name + 1);
		js_set_text(o, "id", id);
		js_set(o, "function", f);
		js_push(list, o);
	}
	set = tools_start(&env, &lease, &words, list, &events);
}

static void
on_time_up(struct ev_loop *l, ev_timer *t, int revents)
{
	(void)t;
	(void)revents;
	ev_break(l, EVBREAK_ONE);
}

/* Runs the loop until the set has ended, or SECS. */
static void
go(double secs)
{
	ev_timer limit;

	ev_now_update(loop);
	ev_timer_init(&limit, on_time_up, secs, 0.0);
	ev_timer_start(loop, &limit);
	if (w.ended + w.lost + w.stopped == 0 || secs < 0.2)
		ev_run(loop, 0);
	ev_timer_stop(loop, &limit);
}

static void
run_one(const char *call)
{
	begin(1, &call);
	go(8.0);
}

#define LS "exec {\"command\":\"ls\"}"

static struct json_object *
result(size_t i)
{
	return js_get(json_object_array_get_idx(w.results, i), "result");
}

/* Never NULL. */
static const char *
error(size_t i)
{
	const char *s =
	    js_text(json_object_array_get_idx(w.results, i), "error");

	return s == NULL ? "" : s;
}

/* ---- tests ---- */

static void
ready_runs(void)
{
	w.output = "out\n";
	run_one(LS);
	CHECK(w.ended == 1 && w.ran == 1);
	CHECK(strcmp(js_text(result(0), "stdout"), "out\n") == 0);
	CHECK(w.rows[0].is == EXEC_FINISHED);
	CHECK(strcmp(js_text(w.rows[0].result, "stdout"), "out\n") == 0);
	CHECK(strcmp(txt_str(&w.events),
		  "tool_call_start c0|tool_output c0|tool_call_end c0|") == 0);
}

static void
pending_waits(void)
{
	int64_t begin_ms = clock_mono_ms();

	w.made_as = EXEC_PENDING;
	w.decided_as = EXEC_READY;
	w.decide_at = ev_now(loop) + 0.5;
	run_one(LS);
	CHECK(w.ended == 1 && w.ran == 1);
	CHECK(clock_mono_ms() - begin_ms < 4000);
	CHECK(w.calls[READ] <= 3);
	CHECK(w.woken >= 1);
}

static void
woken_is_quick(void)
{
	static const char *const calls[] = { LS };

	w.made_as = EXEC_PENDING;
	w.decided_as = EXEC_READY;
	begin(1, calls);
	CHECK(!tools_wait_for_person(set));
	go(0.15);
	CHECK(w.calls[ASK] == 1 && w.ended == 0);
	CHECK(tools_wait_for_person(set));
	w.decide_at = ev_now(loop);
	for (int i = 0; i < 50; i++)
		tools_wake(set);
	go(0.5);
	CHECK(w.ended == 1 && w.ran == 1);
	CHECK(w.calls[READ] <= 2);
}

static void
refusals(void)
{
	static const struct {
		enum exec_state is;
		const char *text;
	} rows[] = {
		{ EXEC_REFUSED, "may not run: because" },
		{ EXEC_DENIED,
		    "the user refused this command; their note, as "
		    "data: \"because \\\"so\\\"\"" },
		{ EXEC_TIMEOUT, "approval timed out" },
		{ EXEC_STARTED, "interrupted, outcome unknown" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		w.made_as = rows[i].is;
		w.ended = w.row_count = 0;
		run_one(LS);
		CHECK(w.ended == 1 && w.ran == 0);
		CHECK(strstr(error(0), rows[i].text) != NULL);
		/* No row stays started: nobody else would end it. */
		CHECK(w.rows[0].is ==
		    (rows[i].is == EXEC_STARTED ? EXEC_FINISHED : rows[i].is));
		js_put(&w.results);
		free(w.rows[0].command);
		w.rows[0].command = NULL;
		js_put(&w.rows[0].result);
	}
	w.row_count = 0;
}

static void
finished_before(void)
{
	struct row *r = &w.rows[w.row_count++];

	snprintf(r->call, sizeof(r->call), "c0");
	r->command = mem_strdup("ls");
	r->is = EXEC_FINISHED;
	r->result = js_new();
	js_set_text(r->result, "stdout", "of before");
	js_set_text(r->result, "error", "time was up");
	run_one(LS);
	CHECK(w.ran == 0);
	CHECK(strcmp(js_text(result(0), "stdout"), "of before") == 0);
	CHECK(js_get(result(0), "error") == NULL);
	CHECK(strcmp(error(0), "time was up") == 0);
}

static void
database_away(void)
{
	w.fail[ASK] = w.fail[START] = w.fail[FINISH] = 1;
	w.output = "once";
	run_one(LS);
	CHECK(w.ended == 1 && w.ran == 1);
	CHECK(w.calls[ASK] == 2 && w.calls[START] == 2);
	CHECK(w.calls[FINISH] == 2);
	CHECK(strcmp(js_text(result(0), "stdout"), "once") == 0);
}

/* The commit was there, its answer was not: it may not run any more. */
static void
start_unknown(void)
{
	w.fail[START] = 1;
	w.fail_after_commit = true;
	run_one(LS);
	CHECK(w.ended == 1 && w.ran == 0);
	CHECK(strstr(error(0), "outcome unknown") != NULL);
}

static void
finish_unknown(void)
{
	w.fail[FINISH] = 1;
	w.fail_after_commit = true;
	w.output = "kept";
	run_one(LS);
	CHECK(w.ended == 1 && w.ran == 1);
	CHECK(strcmp(js_text(result(0), "stdout"), "kept") == 0);
	CHECK(error(0)[0] == '\0');
}

static void
lease_lost(void)
{
	for (int s = 0; s < STAGES; s++) {
		w.made_as = s == READ ? EXEC_PENDING : EXEC_READY;
		w.lost = w.ran = 0;
		w.after[s] = ST_CONFLICT;
		/* What looks again finds the lease gone as well. */
		w.after[READ] = ST_CONFLICT;
		run_one(LS);
		CHECK(w.lost == 1 && w.ended == 0);
		CHECK(w.ran == (s == FINISH));
		w.after[s] = w.after[READ] = ST_OK;
		free(w.rows[0].command);
		memset(w.rows, 0, sizeof(w.rows));
		w.row_count = 0;
	}
}

static void
stopped_by_row(void)
{
	w.made_as = EXEC_PENDING;
	w.decided_as = EXEC_CANCELLED;
	w.decide_at = ev_now(loop);
	run_one(LS);
	CHECK(w.stopped == 1 && w.ended == 0 && w.ran == 0);
}

static void
order_of_results(void)
{
	static const char *const calls[] = { "exec {\"command\":\"first\"}",
		"exec {\"command\":\"second\"}" };

	w.made_as = EXEC_PENDING;
	begin(2, calls);
	go(0.1);
	CHECK(w.row_count == 2);
	CHECK(strcmp(w.rows[0].command, "first") == 0);
	w.rows[1].is = EXEC_READY;
	tools_wake(set);
	go(0.15);
	go(0.15);
	CHECK(w.ran == 1 && w.ended == 0);
	w.rows[0].is = EXEC_DENIED;
	tools_wake(set);
	go(3.0);
	CHECK(w.ended == 1);
	CHECK(strstr(error(0), "refused") != NULL);
	CHECK(error(1)[0] == '\0');
	CHECK(strstr(txt_str(&w.events),
		  "tool_call_end c1|tool_call_end c0|") != NULL);
}

static void
eight_at_a_time(void)
{
	const char *calls[20];

	for (size_t i = 0; i < 20; i++)
		calls[i] = LS;
	w.run_secs = 0.05;
	begin(20, calls);
	go(5.0);
	CHECK(w.ended == 1 && w.ran == 20);
	CHECK(w.most_running == 8);
	CHECK(json_object_array_length(w.results) == 20);
}

static void
on_tick(struct ev_loop *l, ev_timer *t, int revents)
{
	(void)l;
	(void)t;
	(void)revents;
}

static void
cancelled_anywhere(void)
{
	static const char *const calls[] = { LS, LS,
		"read_file {\"path\":\"a\"}" };
	ev_timer tick;

	/* So that no step takes longer. */
	ev_timer_init(&tick, on_tick, 0.005, 0.005);
	ev_timer_start(loop, &tick);
	for (int steps = 0; steps < 60; steps++) {
		w.run_secs = 0.02;
		w.made_as = steps % 3 == 0 ? EXEC_PENDING : EXEC_READY;
		w.fail[steps % STAGES] = steps % 2;
		begin(3, calls);
		for (int i = 0; i < steps && set != NULL; i++)
			ev_run(loop, EVRUN_ONCE);
		tools_cancel(set);
		set = NULL;
		go(0.03);
		for (int i = 0; i < w.row_count; i++) {
			free(w.rows[i].command);
			js_put(&w.rows[i].result);
		}
		memset(w.rows, 0, sizeof(w.rows));
		w.row_count = 0;
		js_put(&w.results);
		memset(w.fail, 0, sizeof(w.fail));
	}
	ev_timer_stop(loop, &tick);
	CHECK(w.killed > 0);
	tools_cancel(NULL);
}

static void
cancelled_while_running(void)
{
	static const char *const calls[] = { LS };

	w.run_secs = 5.0;
	begin(1, calls);
	go(0.1);
	CHECK(w.running == 1);
	tools_cancel(set);
	CHECK(w.killed == 1);
	go(0.1);
	CHECK(w.ended == 0 && w.lost == 0);
	set = NULL;
}

static void
changed_command(void)
{
	struct row *r = &w.rows[w.row_count++];

	snprintf(r->call, sizeof(r->call), "c0");
	r->command = mem_strdup("harmless");
	r->is = EXEC_READY;
	r->modified = true;
	run_one("exec {\"command\":\"original\"}");
	CHECK(w.ran == 1);
	CHECK(strcmp(sandbox_calls->command, "harmless") == 0);
	CHECK(js_bool(result(0), "changed_by_user", false));
	CHECK(strcmp(js_text(result(0), "asked"), "original") == 0);
	CHECK(strcmp(js_text(result(0), "command"), "harmless") == 0);
}

static void
no_sandbox(void)
{
	w.may_run = w.is_connected = false;
	run_one(LS);
	CHECK(w.ended == 1 && w.row_count == 0);
	CHECK(strstr(error(0), "nothing runs outside one") != NULL);
	js_put(&w.results);
	w.ended = 0;
	/* It went away between the question and the start. */
	w.may_run = true;
	run_one(LS);
	CHECK(w.ended == 1 && w.ran == 0 && w.row_count == 1);
	CHECK(strstr(error(0), "nothing runs outside one") != NULL);
	CHECK(w.rows[0].is == EXEC_FINISHED);
}

static void
young_worker(void)
{
	static const char *const calls[] = { LS };

	w.is_known = w.may_run = false;
	begin(1, calls);
	go(0.15);
	CHECK(w.row_count == 0 && w.ended == 0);
	w.is_known = w.may_run = true;
	go(2.0);
	CHECK(w.ended == 1 && w.ran == 1);
}

static void
sandbox_breaks(void)
{
	w.run_error = ST_UNAVAILABLE;
	w.run_starts = true;
	run_one(LS);
	CHECK(strstr(error(0), "outcome unknown") != NULL);
	js_put(&w.results);
	free(w.rows[0].command);
	js_put(&w.rows[0].result);
	w.ended = w.row_count = 0;
	w.run_starts = false;
	w.run_error = ST_LIMIT;
	run_one(LS);
	CHECK(strstr(error(0), "did not run this command: it broke") != NULL);
}

static void
secrets_stay(void)
{
	w.output = "key=" KEY ".";
	run_one(LS);
	CHECK(strcmp(js_text(result(0), "stdout"), "key=[REDACTED].") == 0);
	CHECK(strcmp(txt_str(&w.live), "key=[REDACTED].") == 0);
	js_put(&w.results);
	w.ended = 0;
	w.file = "[" KEY "]";
	run_one("read_file {\"path\":\"a\"}");
	CHECK(strcmp(js_text(result(0), "content"), "[[REDACTED]]") == 0);
}

static void
bad_calls(void)
{
	static const char *const calls[] = { "exec {}", "browser {}",
		"exec [1]", "exec {\"command\":\"ls\",\"_x\":1}",
		"read_file {\"path\":\"/etc/passwd\"}", "exec " };

	begin(6, calls);
	go(2.0);
	CHECK(w.ended == 1 && w.row_count == 0 && w.files == 0);
	for (size_t i = 0; i < 6; i++)
		CHECK(error(i)[0] != '\0');
	CHECK(strstr(error(1), "no such tool") != NULL);
	CHECK(strstr(error(4), "inside /workspace") != NULL);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "a command that may run runs once, and its row says so", ready_runs },
	{ "a command that waits is looked at until it is decided",
	    pending_waits },
	{ "a decision that was told is acted on at once", woken_is_quick },
	{ "refused, denied, too late, started by another: nothing runs",
	    refusals },
	{ "what an earlier worker finished is its result", finished_before },
	{ "a database that is away is waited for, and nothing runs twice",
	    database_away },
	{ "a start whose answer was lost runs nothing", start_unknown },
	{ "a result whose answer was lost is not lost", finish_unknown },
	{ "a lost lease ends the set wherever it stands", lease_lost },
	{ "a row that was cancelled stops the turn", stopped_by_row },
	{ "results come in the order of the calls", order_of_results },
	{ "at most eight run at a time", eight_at_a_time },
	{ "it can be cancelled at any step", cancelled_anywhere },
	{ "cancelling kills what runs", cancelled_while_running },
	{ "a changed command runs, and the model is told", changed_command },
	{ "without a sandbox nothing runs", no_sandbox },
	{ "a young worker waits for word of the sandbox", young_worker },
	{ "a sandbox that breaks is not taken for success", sandbox_breaks },
	{ "keys of providers do not come back", secrets_stay },
	{ "what is not understood is answered, not run", bad_calls },
};

static void
reset(void)
{
	memset(&w, 0, sizeof(w));
	w.made_as = EXEC_READY;
	w.is_known = w.may_run = w.is_connected = true;
	w.file = "";
	ev_now_update(loop);
}

static void
clean(void)
{
	struct sandbox_call *next;

	go(0.01);
	for (int i = 0; i < w.row_count; i++) {
		free(w.rows[i].command);
		js_put(&w.rows[i].result);
	}
	for (struct sandbox_call *c = sandbox_calls; c != NULL; c = next) {
		next = c->next;
		ev_timer_stop(loop, &c->timer);
		free(c->command);
		free(c);
	}
	sandbox_calls = NULL;
	js_put(&w.results);
	txt_done(&w.events);
	txt_done(&w.live);
}

int
main(void)
{
	log_open("test_tools");
	log_set_level(LOG_LVL_ERROR + 1);
	loop = ev_loop_new(EVFLAG_AUTO);
	ev_timer_init(&pool_timer, on_pool, 0.0, 0.0);
	conf.provider_count = 1;
	secret_set(&conf.providers[0].api_key, KEY, sizeof(KEY) - 1);
	env.loop = loop;
	env.conf = &conf;
	uuid_new(lease.account_id);
	uuid_new(lease.turn_id);
	words.session_key = "main";
	words.session_id = lease.account_id;
	words.turn_id = lease.turn_id;
	words.client_seq = -1;
	words.origin = "owner";
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		test_name = tests[i].name;
		test_ok = true;
		reset();
		tests[i].run();
		clean();
		printf("%s %s\n", test_ok ? "ok  " : "FAIL", test_name);
		fflush(stdout);
		*(test_ok ? &passed : &failed) += 1;
	}
	secret_done(&conf.providers[0].api_key);
	ev_loop_destroy(loop);
	printf("%d passed, %d failed\n", passed, failed);
	return failed == 0 ? 0 : 1;
}
