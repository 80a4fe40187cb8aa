/* The steps of a turn: what is open, what repeats, and that an earlier
 * worker's steps give the same as our own. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <stdarg.h>
#include <string.h>

#include "base/mem.h"
#include "js/js.h"
#include "tests/unit/unit.h"
#include "tool/result.h"
#include "worker/turn_steps.h"

static const struct turn_words words = { .session_key = "main",
	.turn_id = "t",
	.model = "m",
	.provider = "p" };

static void
start(struct turn_steps *ts)
{
	own_json struct json_object *history = json_object_new_array();

	js_push(history, json_object_new_string("earlier"));
	turn_steps_init(ts, history);
}

/* A reply with calls of exec that differ in their arguments: "a", "b"... */
static struct json_object *
say(struct turn_steps *ts, const char *args)
{
	struct provider_reply reply;
	struct json_object *steps;

	provider_reply_init(&reply);
	for (; *args != '\0'; args++) {
		struct provider_tool_call *c = &reply.calls[reply.call_count++];

		c->id = mem_strdup("call_0");
		c->name = mem_strdup("exec");
		txt_append_c(&c->args, *args);
	}
	steps = turn_steps_reply(ts, &words, &reply);
	provider_reply_done(&reply);
	return steps;
}

static const char *
open_id(const struct turn_steps *ts, size_t i)
{
	return js_text(json_object_array_get_idx(ts->open, i), "id");
}

/* Results of all open calls: a letter each, 'y' for success. */
static struct json_object *
results(const struct turn_steps *ts, const char *how)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; how[i] != '\0'; i++) {
		struct result_call call = { open_id(ts, i), "exec", NULL };

		js_push(list,
		    result_message(&call, NULL,
			how[i] == 'y' ? NULL : "failed"));
	}
	return list;
}

/* One round: a reply, and results of its calls; the steps of the results. */
static struct json_object *
turn_round(struct turn_steps *ts, const char *args, const char *how)
{
	own_json struct json_object *said = say(ts, args), *list = NULL;
	struct json_object *steps;

	turn_steps_add(ts, said);
	list = results(ts, how);
	steps = turn_steps_results(ts, list);
	turn_steps_add(ts, steps);
	return steps;
}

static bool
is_remarked(struct json_object *steps, size_t i)
{
	return js_text(js_get(json_object_array_get_idx(steps, i), "body"),
		   "content") != NULL;
}

static void
test_open(void)
{
	own_json struct json_object *steps = NULL, *list = NULL, *more = NULL;
	struct turn_steps ts;

	start(&ts);
	CU_ASSERT_FALSE(turn_steps_wait(&ts));
	steps = say(&ts, "ab");
	CU_ASSERT_FALSE(turn_steps_wait(&ts));
	turn_steps_add(&ts, steps);
	CU_ASSERT_TRUE(turn_steps_wait(&ts));
	CU_ASSERT_EQUAL(ts.count, 1);
	CU_ASSERT_EQUAL(ts.calls, 2);
	list = results(&ts, "yn");
	more = turn_steps_results(&ts, list);
	turn_steps_add(&ts, more);
	CU_ASSERT_FALSE(turn_steps_wait(&ts));
	CU_ASSERT_EQUAL(ts.count, 3);
	CU_ASSERT_EQUAL(json_object_array_length(ts.context), 4);
	CU_ASSERT_EQUAL(json_object_array_length(ts.said), 3);
	turn_steps_done(&ts);
}

static void
test_ids(void)
{
	own_json struct json_object *a = NULL, *b = NULL;
	struct turn_steps ts;
	char first[40];

	start(&ts);
	a = say(&ts, "aa");
	turn_steps_add(&ts, a);
	CU_ASSERT_STRING_EQUAL(open_id(&ts, 0), "call_0");
	CU_ASSERT_STRING_NOT_EQUAL(open_id(&ts, 1), "call_0");
	(void)mem_copy_str(first, sizeof(first), open_id(&ts, 1));
	b = say(&ts, "a");
	turn_steps_add(&ts, b);
	CU_ASSERT_STRING_NOT_EQUAL(open_id(&ts, 0), "call_0");
	CU_ASSERT_STRING_NOT_EQUAL(open_id(&ts, 0), first);
	turn_steps_done(&ts);
}

static void
test_loop(void)
{
	own_json struct json_object *a = NULL, *b = NULL, *c = NULL, *d = NULL;
	own_json struct json_object *said = NULL;
	struct turn_steps ts;

	start(&ts);
	a = turn_round(&ts, "x", "n");
	CU_ASSERT_FALSE(is_remarked(a, 0));
	b = turn_round(&ts, "x", "n");
	CU_ASSERT_TRUE(is_remarked(b, 0));
	CU_ASSERT_FALSE(ts.tools_off);
	c = turn_round(&ts, "x", "n");
	CU_ASSERT_FALSE(ts.tools_off);
	d = turn_round(&ts, "x", "n");
	CU_ASSERT_TRUE(ts.tools_off);
	/* For one question only; calls it brings all the same are refused. */
	said = say(&ts, "x");
	turn_steps_add(&ts, said);
	CU_ASSERT_TRUE(ts.refuse_calls);
	CU_ASSERT_FALSE(ts.tools_off);
	turn_steps_done(&ts);
}

static void
test_no_loop(void)
{
	own_json struct json_object *a = NULL, *b = NULL, *c = NULL, *d = NULL;
	struct turn_steps ts;

	start(&ts);
	a = turn_round(&ts, "x", "n");
	b = turn_round(&ts, "y", "n");
	c = turn_round(&ts, "x", "y");
	d = turn_round(&ts, "x", "n");
	CU_ASSERT_FALSE(is_remarked(b, 0));
	CU_ASSERT_FALSE(is_remarked(d, 0));
	turn_steps_done(&ts);
	(void)a;
	(void)c;
}

static void
test_replay(void)
{
	static const char *const rounds[] = { "x", "x", "yz", "z" };
	own_json struct json_object *all = json_object_new_array();
	struct turn_steps live, again;

	start(&live);
	for (size_t i = 0; i < 4; i++) {
		own_json struct json_object *said = say(&live, rounds[i]);
		own_json struct json_object *list = NULL, *steps = NULL;

		turn_steps_add(&live, said);
		js_push(all,
		    json_object_get(json_object_array_get_idx(said, 0)));
		list = results(&live, rounds[i][1] == '\0' ? "n" : "nn");
		steps = turn_steps_results(&live, list);
		turn_steps_add(&live, steps);
		for (size_t k = 0; k < json_object_array_length(steps); k++)
			js_push(all,
			    json_object_get(
				json_object_array_get_idx(steps, k)));
	}
	start(&again);
	turn_steps_replay(&again, all);
	CU_ASSERT_EQUAL(again.count, live.count);
	CU_ASSERT_EQUAL(again.replies, 4);
	CU_ASSERT_EQUAL(again.calls, 5);
	CU_ASSERT_TRUE(live.tools_off);
	CU_ASSERT_EQUAL(again.tools_off, live.tools_off);
	CU_ASSERT_EQUAL(again.failures, live.failures);
	CU_ASSERT_EQUAL(again.nudged, live.nudged);
	CU_ASSERT_STRING_EQUAL(js_str(again.context), js_str(live.context));
	CU_ASSERT_STRING_EQUAL(js_str(again.said), js_str(live.said));
	turn_steps_done(&live);
	turn_steps_done(&again);
}

static void
test_half_saved(void)
{
	own_json struct json_object *said = NULL, *list = NULL, *steps = NULL;
	own_json struct json_object *half = json_object_new_array();
	struct turn_steps ts, again;

	start(&ts);
	said = say(&ts, "abc");
	turn_steps_add(&ts, said);
	list = results(&ts, "yyy");
	steps = turn_steps_results(&ts, list);
	js_push(half, json_object_get(json_object_array_get_idx(said, 0)));
	js_push(half, json_object_get(json_object_array_get_idx(steps, 0)));
	start(&again);
	turn_steps_replay(&again, half);
	CU_ASSERT_EQUAL(again.count, 2);
	CU_ASSERT_EQUAL(json_object_array_length(again.open), 2);
	CU_ASSERT_STRING_EQUAL(open_id(&again, 0), open_id(&ts, 1));
	turn_steps_done(&ts);
	turn_steps_done(&again);
}

static void
test_history(void)
{
	own_json struct json_object *said = NULL, *out = NULL;
	struct turn_steps ts;
	struct json_object *last;

	start(&ts);
	said = say(&ts, "ab");
	turn_steps_add(&ts, said);
	out = turn_steps_history(&ts);
	CU_ASSERT_EQUAL(json_object_array_length(out), 3);
	last = json_object_array_get_idx(out, 2);
	CU_ASSERT_STRING_EQUAL(js_text(last, "role"), "tool_result");
	CU_ASSERT_FALSE(js_bool(last, "success", true));
	CU_ASSERT_PTR_NOT_NULL(strstr(js_text(last, "error"), "stopped"));
	turn_steps_done(&ts);
}

static void
test_dropped(void)
{
	own_json struct json_object *said = NULL, *list = NULL, *steps = NULL;
	struct turn_steps ts;

	start(&ts);
	said = say(&ts, "ab");
	js_set_int(js_get(json_object_array_get_idx(said, 0), "body"),
	    "calls_dropped", 7);
	turn_steps_add(&ts, said);
	list = results(&ts, "yy");
	steps = turn_steps_results(&ts, list);
	CU_ASSERT_FALSE(is_remarked(steps, 0));
	CU_ASSERT_TRUE(is_remarked(steps, 1));
	CU_ASSERT_PTR_NOT_NULL(strstr(js_str(steps), "7 more calls"));
	turn_steps_done(&ts);
}

void
suite_worker_turn_steps(void)
{
	static const struct unit_test tests[] = {
		{ "calls are open until they have a result", test_open },
		{ "ids become unique in the turn", test_ids },
		{ "a repeated failing call is told, then tools go", test_loop },
		{ "other calls and successes start anew", test_no_loop },
		{ "steps of an earlier worker give the same", test_replay },
		{ "only missing results are open after a crash",
		    test_half_saved },
		{ "open calls are closed in the history", test_history },
		{ "calls past the limit are mentioned", test_dropped },
		{ NULL, NULL },
	};

	unit_add("worker/turn_steps.c", tests);
}
