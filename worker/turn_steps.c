/* The steps of a turn: see turn_steps.h. */
#include "config.h"

#include "worker/turn_steps.h"

#include <stdio.h>
#include <string.h>

#include "js/js.h"
#include "tool/result.h"

#define MAX_FAILURES 2 /* of the same call, before the model is told */

void
turn_steps_init(struct turn_steps *ts, struct json_object *history)
{
	memset(ts, 0, sizeof(*ts));
	ts->context = json_object_new_array();
	ts->said = json_object_new_array();
	ts->open = json_object_new_array();
	ts->ids = js_new();
	for (size_t i = 0; i < json_object_array_length(history); i++)
		js_push(ts->context,
		    json_object_get(json_object_array_get_idx(history, i)));
}

void
turn_steps_done(struct turn_steps *ts)
{
	js_put(&ts->context);
	js_put(&ts->said);
	js_put(&ts->open);
	js_put(&ts->ids);
}

static struct json_object *
step_json(const char *kind, struct json_object *body)
{
	struct json_object *o = js_new();

	js_set_text(o, "kind", kind);
	js_set(o, "body", body);
	return o;
}

/* Some servers number the calls of every reply from zero, and the id of a call
 * is the name of its request. */
static void
make_unique(struct turn_steps *ts, struct json_object *call)
{
	const char *id = js_text(call, "id");
	char unique[200];

	(void)snprintf(unique, sizeof(unique), "%s", id);
	for (int n = json_object_object_length(ts->ids);
	     unique[0] == '\0' || js_get(ts->ids, unique) != NULL; n++)
		(void)snprintf(unique, sizeof(unique), "%.150s_%d", id, n);
	js_set_bool(ts->ids, unique, true);
	js_set_text(call, "id", unique);
}

struct json_object *
turn_steps_reply(struct turn_steps *ts, const struct turn_words *words,
    const struct provider_reply *reply)
{
	struct json_object *steps = json_object_new_array();
	struct json_object *message = turn_message_calls(words, reply);
	struct json_object *calls = js_get(message, "tool_calls");

	for (size_t i = 0; i < json_object_array_length(calls); i++)
		make_unique(ts, json_object_array_get_idx(calls, i));
	js_push(steps, step_json("model_reply", message));
	return steps;
}

static struct json_object *
open_find(const struct turn_steps *ts, const char *id, size_t *ret_at)
{
	size_t n = json_object_array_length(ts->open);

	for (size_t i = 0; id != NULL && i < n; i++) {
		struct json_object *c = json_object_array_get_idx(ts->open, i);

		if (strcmp(js_text(c, "id"), id) == 0) {
			*ret_at = i;
			return c;
		}
	}
	return NULL;
}

/* Counts a result; true when the model should be told that it repeats
 * itself. */
static bool
watch(struct turn_steps *ts, struct json_object *message)
{
	unsigned char hash[BYTES_SHA256];
	struct json_object *call;
	const char *text;
	size_t at;

	if (js_bool(message, "success", false)) {
		ts->failures = 0;
		ts->nudged = false;
		return false;
	}
	call = open_find(ts, js_text(message, "tool_call_id"), &at);
	if (call == NULL)
		return false;
	text = js_str(js_get(call, "function"));
	bytes_sha256(text, strlen(text), hash);
	if (ts->failures > 0 && memcmp(hash, ts->failed, sizeof(hash)) == 0)
		ts->failures++;
	else
		ts->failures = 1;
	memcpy(ts->failed, hash, sizeof(hash));
	if (ts->failures < MAX_FAILURES)
		return false;
	ts->failures = 0;
	if (ts->nudged) {
		ts->nudged = false;
		ts->tools_off = true;
		return false;
	}
	ts->nudged = true;
	return true;
}

/* Calls past the limit have no place of their own to be answered in. */
static void
remark_dropped(struct turn_steps *ts, struct json_object *results)
{
	size_t n = json_object_array_length(results);
	char text[120];

	if (ts->dropped == 0 || n == 0)
		return;
	(void)snprintf(text, sizeof(text),
	    "%d more calls of this reply were "
	    "refused: at most %d at a time.",
	    ts->dropped, PROVIDER_MAX_TOOL_CALLS);
	result_remark(json_object_array_get_idx(results, n - 1), text);
}

struct json_object *
turn_steps_results(struct turn_steps *ts, struct json_object *results)
{
	struct json_object *steps = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(results); i++) {
		struct json_object *m = json_object_array_get_idx(results, i);

		if (watch(ts, m))
			result_remark(m,
			    "This very call has failed twice. Do "
			    "not repeat it: try something else, or say what "
			    "is in the way.");
		js_push(steps, step_json("tool_result", json_object_get(m)));
	}
	remark_dropped(ts, results);
	return steps;
}

static void
add_reply(struct turn_steps *ts, struct json_object *message)
{
	struct json_object *calls = js_get(message, "tool_calls");

	js_put(&ts->open);
	ts->open = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(calls); i++) {
		struct json_object *c = json_object_array_get_idx(calls, i);

		js_push(ts->open, json_object_get(c));
		js_set_bool(ts->ids, js_text(c, "id"), true);
	}
	ts->replies++;
	ts->dropped = (int)js_int(message, "calls_dropped", 0);
	ts->calls += (int)json_object_array_length(calls);
	ts->refuse_calls = ts->tools_off;
	ts->tools_off = false;
	js_push(ts->context, json_object_get(message));
	js_push(ts->said, json_object_get(message));
}

static void
add_result(struct turn_steps *ts, struct json_object *message)
{
	size_t at;

	if (open_find(ts, js_text(message, "tool_call_id"), &at) != NULL)
		(void)json_object_array_del_idx(ts->open, at, 1);
	js_push(ts->context, json_object_get(message));
	js_push(ts->said, result_message_brief(message));
}

static void
add(struct turn_steps *ts, struct json_object *steps, bool replay)
{
	for (size_t i = 0; i < json_object_array_length(steps); i++) {
		struct json_object *s = json_object_array_get_idx(steps, i);
		struct json_object *body = js_get(s, "body");

		ts->count++;
		if (strcmp(js_text(s, "kind"), "model_reply") == 0) {
			add_reply(ts, body);
			continue;
		}
		if (replay)
			(void)watch(ts, body);
		add_result(ts, body);
	}
}

void
turn_steps_add(struct turn_steps *ts, struct json_object *steps)
{
	add(ts, steps, false);
}

void
turn_steps_replay(struct turn_steps *ts, struct json_object *steps)
{
	add(ts, steps, true);
}

bool
turn_steps_wait(const struct turn_steps *ts)
{
	return json_object_array_length(ts->open) > 0;
}

struct json_object *
turn_steps_refused(const struct turn_steps *ts, const char *error)
{
	struct json_object *results = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(ts->open); i++) {
		struct json_object *c = json_object_array_get_idx(ts->open, i);
		struct result_call call = { js_text(c, "id"),
			js_text(js_get(c, "function"), "name"), NULL };

		js_push(results, result_message(&call, NULL, error));
	}
	return results;
}

struct json_object *
turn_steps_history(const struct turn_steps *ts)
{
	struct json_object *out = json_object_new_array();
	struct json_object *stopped =
	    turn_steps_refused(ts, "stopped before it ended");

	for (size_t i = 0; i < json_object_array_length(ts->said); i++)
		js_push(out,
		    json_object_get(json_object_array_get_idx(ts->said, i)));
	for (size_t i = 0; i < json_object_array_length(stopped); i++)
		js_push(out,
		    json_object_get(json_object_array_get_idx(stopped, i)));
	js_put(&stopped);
	return out;
}
