/*
 * The set of one reply's tool calls: see tools.h.
 *
 * Calls ask one after the other, so that which of them find a place among the
 * waiting ones is decided by their order; at most MAX_RUNNING run at a time.
 * tools_step() is the whole of it; callbacks note their edge and call it.
 */
#include "config.h"

#include "worker/tools.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "js/js.h"
#include "tool/redact.h"
#include "tool/result.h"
#include "tool/tool.h"
#include "worker/sandbox_watch.h"
#include "worker/relay.h"
#include "worker/tool_cron.h"
#include "worker/tool_exec.h"
#include "worker/tool_file.h"

#define MAX_RUNNING 8 /* at a time (S260) */
#define KICK_SECS 0.1
#define MAX_KICKS 50

static const char no_sandbox[] = "no sandbox is available, and nothing runs "
				 "outside one";

enum slot_state {
	SLOT_WAITING, /* its turn to ask */
	SLOT_ASKING,  /* its request; guarded by the call itself */
	SLOT_ASKED,   /* a decision; guarded by the row's expiry */
	SLOT_READY,   /* a place among those that run */
	SLOT_RUNNING, /* its end; guarded by the call itself */
	SLOT_DONE     /* the others */
};

#define EDGE(s) (1u << (s))
static const unsigned edges[] = {
	[SLOT_WAITING] = EDGE(SLOT_ASKING) | EDGE(SLOT_READY) | EDGE(SLOT_DONE),
	[SLOT_ASKING] = EDGE(SLOT_ASKED) | EDGE(SLOT_READY) | EDGE(SLOT_DONE),
	[SLOT_ASKED] = EDGE(SLOT_READY) | EDGE(SLOT_DONE),
	[SLOT_READY] = EDGE(SLOT_RUNNING) | EDGE(SLOT_DONE),
	/* Back: it could not be started and looks at its row again. */
	[SLOT_RUNNING] = EDGE(SLOT_READY) | EDGE(SLOT_DONE),
	[SLOT_DONE] = 0,
};

struct slot {
	struct tools *set;
	enum slot_state state;
	struct tool_call call;
	const char *id, *name, *args_text; /* borrowed from calls */
	struct json_object *args;          /* NULL until parsed */
	struct tool_exec *exec;            /* one of them, while it lives */
	struct tool_file *file;
	struct tool_cron *cron;
	struct json_object *message; /* DONE: tool_result */
};

struct tools {
	struct turn_env *env;
	const struct turn_lease *lease;
	const struct turn_words *words;
	struct tools_events events;
	struct json_object *calls;
	struct redact *secrets;
	struct slot *slots;
	size_t count;
	bool over;     /* nobody is called any more */
	ev_timer kick; /* the first step, outside of tools_start */
	int kicks;
	ev_timer reap;
	struct log_ctx log;
};

static void tools_step(struct tools *set);

static void
slot_enter(struct slot *s, enum slot_state next)
{
	assert(edges[s->state] & EDGE(next));
	log_debug(&s->set->log, "tool call changes state",
	    "tool=\"%s\" from=%d to=%d", s->name, s->state, next);
	s->state = next;
}

static void
tools_free(struct tools *set)
{
	for (size_t i = 0; i < set->count; i++) {
		js_put(&set->slots[i].args);
		js_put(&set->slots[i].message);
	}
	js_put(&set->calls);
	redact_free(set->secrets);
	free(set->slots);
	free(set);
}

static void
on_reap(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	tools_free(w->data);
}

/* Nothing runs and nobody is called any more. */
static void
tools_over(struct tools *set)
{
	if (set->over)
		return;
	set->over = true;
	ev_timer_stop(set->env->loop, &set->kick);
	for (size_t i = 0; i < set->count; i++) {
		tool_exec_cancel(set->slots[i].exec);
		tool_file_cancel(set->slots[i].file);
		tool_cron_cancel(set->slots[i].cron);
		set->slots[i].exec = NULL;
		set->slots[i].file = NULL;
		set->slots[i].cron = NULL;
	}
	ev_timer_start(set->env->loop, &set->reap);
}

/* ---- what people see ---- */

static struct json_object *
say(const struct slot *s, const char *state)
{
	struct json_object *o = turn_say(s->set->words, state);

	js_set_text(o, "toolCallId", s->id);
	js_set_text(o, "toolName", s->name);
	return o;
}

/* Takes PAYLOAD. */
static void
tell(struct tools *set, struct json_object *payload)
{
	relay_tell(set->env, set->lease, payload);
	js_put(&payload);
}

static void
tell_start(struct slot *s)
{
	struct json_object *o = say(s, "tool_call_start");
	struct json_object *args;

	if (s->args != NULL) {
		args = result_brief_args(s->args);
	} else {
		args = js_new();
		js_set(args, "unparsed",
		    result_text(s->args_text,
			utf8_cut(s->args_text, strlen(s->args_text),
			    RESULT_BRIEF_BYTES),
			strlen(s->args_text)));
	}
	js_set(o, "arguments", args);
	tell(s->set, o);
}

static void
tell_end(struct slot *s, const struct tool_end *end)
{
	struct json_object *o = say(s, "tool_call_end");

	js_set_bool(o, "success", end->error == NULL);
	if (end->result != NULL)
		js_set(o, "result", result_brief(end->result));
	if (end->error != NULL)
		js_set(o, "error",
		    turn_error("tool_error", "The tool did not succeed",
			end->error));
	tell(s->set, o);
}

/* ---- the life of one call ---- */

static void
slot_done(struct slot *s, const struct tool_end *end)
{
	struct result_call call = { s->id, s->name, s->args };

	s->exec = NULL;
	s->file = NULL;
	s->cron = NULL;
	s->message = result_message(&call, end->result, end->error);
	slot_enter(s, SLOT_DONE);
	tell_end(s, end);
}

static void
slot_refuse(struct slot *s, const char *error)
{
	struct tool_end end = { .error = error };

	slot_done(s, &end);
}

static void
on_asked(void *arg)
{
	struct slot *s = arg;

	if (s->state == SLOT_ASKING)
		slot_enter(s, SLOT_ASKED);
	tools_step(s->set);
}

static void
on_ready(void *arg)
{
	struct slot *s = arg;

	slot_enter(s, SLOT_READY);
	tools_step(s->set);
}

static void
on_end(void *arg, const struct tool_end *end)
{
	struct slot *s = arg;

	slot_done(s, end);
	tools_step(s->set);
}

static void
on_lost(void *arg)
{
	struct slot *s = arg;
	struct tools *set = s->set;

	s->exec = NULL;
	tools_over(set);
	set->events.on_lost(set->events.arg);
}

static void
on_stopped(void *arg)
{
	struct slot *s = arg;
	struct tools *set = s->set;

	s->exec = NULL;
	tools_over(set);
	set->events.on_stopped(set->events.arg);
}

/* Arguments and the tool itself; false when the call was refused. */
static bool
slot_check(struct slot *s, char why[TOOL_WHY_BYTES])
{
	char path[TOOL_MAX_PATH_BYTES + 1];
	const char *dir;

	s->call.tool = tool_find(s->name);
	if (s->call.tool == NULL ||
	    (tool_ceiling(s->set->words->origin) &
		TOOL_BIT(s->call.tool->kind)) == 0) {
		(void)mem_copy_str(why, TOOL_WHY_BYTES,
		    "there is no such "
		    "tool; use one of those you were offered");
		return false;
	}
	if (tool_args_parse(s->call.tool, s->args_text, strlen(s->args_text),
		&s->args, why) != ST_OK)
		return false;
	dir = js_text(s->args,
	    s->call.tool->kind == TOOL_EXEC ? "working_dir" : "path");
	if (dir != NULL && tool_path_normalize(dir, path) != ST_OK) {
		snprintf(why, TOOL_WHY_BYTES,
		    "'%s' must be inside "
		    "/workspace",
		    s->call.tool->kind == TOOL_EXEC ? "working_dir" : "path");
		return false;
	}
	return true;
}

static void
slot_begin(struct slot *s)
{
	static const struct tool_call_events events = { on_asked, on_ready,
		on_end, on_lost, on_stopped };
	char why[TOOL_WHY_BYTES];
	bool good = slot_check(s, why);

	tell_start(s);
	if (!good) {
		slot_refuse(s, why);
		return;
	}
	s->call.env = s->set->env;
	s->call.lease = s->set->lease;
	s->call.words = s->set->words;
	s->call.secrets = s->set->secrets;
	s->call.id = s->id;
	s->call.args = s->args;
	s->call.events = &events;
	s->call.arg = s;
	if (s->call.tool->kind != TOOL_EXEC) {
		slot_enter(s, SLOT_READY);
	} else if (!sandbox_watch_may_run(s->set->env->sandbox_watch)) {
		slot_refuse(s, no_sandbox);
	} else {
		slot_enter(s, SLOT_ASKING);
		s->exec = tool_exec_start(&s->call);
	}
}

static void
slot_run(struct slot *s)
{
	if (s->call.tool->kind != TOOL_CRON && s->exec == NULL &&
	    !sandbox_watch_may_run(s->set->env->sandbox_watch)) {
		slot_refuse(s, no_sandbox);
		return;
	}
	slot_enter(s, SLOT_RUNNING);
	if (s->call.tool->kind == TOOL_CRON)
		s->cron = tool_cron_start(&s->call);
	else if (s->exec != NULL)
		tool_exec_run(s->exec);
	else
		s->file = tool_file_start(&s->call);
}

/* ---- the set ---- */

static size_t
count_of(const struct tools *set, enum slot_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < set->count; i++)
		n += set->slots[i].state == state;
	return n;
}

static struct slot *
first_of(struct tools *set, enum slot_state state)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->slots[i].state == state)
			return &set->slots[i];
	}
	return NULL;
}

static void
tools_end(struct tools *set)
{
	struct json_object *results = json_object_new_array();

	for (size_t i = 0; i < set->count; i++)
		js_push(results, json_object_get(set->slots[i].message));
	tools_over(set);
	set->events.on_end(set->events.arg, results);
	js_put(&results);
}

static void
tools_step(struct tools *set)
{
	struct slot *s;

	if (set->over)
		return;
	while (count_of(set, SLOT_ASKING) == 0 &&
	    (s = first_of(set, SLOT_WAITING)) != NULL)
		slot_begin(s);
	while (count_of(set, SLOT_RUNNING) < MAX_RUNNING &&
	    (s = first_of(set, SLOT_READY)) != NULL)
		slot_run(s);
	if (count_of(set, SLOT_DONE) == set->count)
		tools_end(set);
}

/* The worker may be so young that the sandbox has not answered yet. */
static void
on_kick(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct tools *set = w->data;

	(void)revents;
	if (!sandbox_watch_is_known(set->env->sandbox_watch) &&
	    ++set->kicks < MAX_KICKS) {
		ev_timer_set(w, KICK_SECS, 0.0);
		ev_timer_start(loop, w);
		return;
	}
	tools_step(set);
}

struct json_object *
tools_offered(const struct turn_env *env, const struct turn_words *words)
{
	unsigned kinds = tool_ceiling(words->origin);

	if (sandbox_watch_is_known(env->sandbox_watch) &&
	    !sandbox_watch_may_run(env->sandbox_watch))
		kinds &= ~TOOL_SANDBOXED;
	return tool_definitions(kinds);
}

/* Keys of the deployment's providers have no business in a sandbox; should one
 * get there, it does not come back. */
static struct redact *
secrets_new(const struct conf *conf)
{
	struct redact *set = redact_new();

	for (size_t i = 0; i < conf->provider_count; i++) {
		const struct secret *key = &conf->providers[i].api_key;

		if (secret_reveal(key) != NULL)
			redact_add(set, secret_reveal(key), key->len);
	}
	return set;
}

static void
slot_init(struct tools *set, struct slot *s, struct json_object *call)
{
	struct json_object *function = js_get(call, "function");
	const char *id = js_text(call, "id"), *name = js_text(function, "name");
	const char *args = js_text(function, "arguments");

	s->set = set;
	s->id = id == NULL ? "" : id;
	s->name = name == NULL ? "" : name;
	s->args_text = args == NULL ? "" : args;
}

struct tools *
tools_start(struct turn_env *env, const struct turn_lease *lease,
    const struct turn_words *words, struct json_object *calls,
    const struct tools_events *events)
{
	struct tools *set = mem_zalloc(sizeof(*set));

	set->env = env;
	set->lease = lease;
	set->words = words;
	set->events = *events;
	set->calls = json_object_get(calls);
	set->count = json_object_array_length(calls);
	set->slots = mem_array(set->count, sizeof(*set->slots));
	for (size_t i = 0; i < set->count; i++)
		slot_init(set, &set->slots[i],
		    json_object_array_get_idx(calls, i));
	set->secrets = secrets_new(env->conf);
	set->log.component = "tools";
	(void)mem_copy_str(set->log.id, sizeof(set->log.id), lease->turn_id);
	(void)mem_copy_str(set->log.account, sizeof(set->log.account),
	    lease->account_id);
	ev_timer_init(&set->kick, on_kick, 0.0, 0.0);
	ev_timer_init(&set->reap, on_reap, 0.0, 0.0);
	set->kick.data = set->reap.data = set;
	ev_timer_start(env->loop, &set->kick);
	return set;
}

void
tools_wake(struct tools *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->slots[i].exec != NULL)
			tool_exec_wake(set->slots[i].exec);
	}
}

bool
tools_wait_for_person(const struct tools *set)
{
	size_t asked = count_of(set, SLOT_ASKED);

	return asked > 0 && asked + count_of(set, SLOT_DONE) == set->count;
}

void
tools_cancel(struct tools *set)
{
	if (set != NULL)
		tools_over(set);
}
