/* src/ws/subs.c: which events a socket wants. */
#include "config.h"

#include "ws/subs.h"

#include <stdio.h>
#include <string.h>

#include "js/js.h"
#include "unit.h"

static struct ws_subs subs;
static const char *why;

static enum status
change(bool add, const char *text)
{
	own_json struct json_object *events = NULL;
	struct js_error err;

	CU_ASSERT_EQUAL_FATAL(js_parse(text, strlen(text), &events, &err),
	    ST_OK);
	return add ? ws_subs_add(&subs, events, &why)
		   : ws_subs_remove(&subs, events, &why);
}

static void
test_from_nothing(void)
{
	ws_subs_init(&subs, false);
	CU_ASSERT(!ws_subs_wants(&subs, "chat"));
	CU_ASSERT_EQUAL(change(true, "[\"chat\",\"tick\",\"chat\"]"), ST_OK);
	CU_ASSERT_EQUAL(subs.count, 2);
	CU_ASSERT(ws_subs_wants(&subs, "chat"));
	CU_ASSERT(!ws_subs_wants(&subs, "session"));
	CU_ASSERT_EQUAL(change(false, "[\"chat\"]"), ST_OK);
	CU_ASSERT(!ws_subs_wants(&subs, "chat"));
	CU_ASSERT(ws_subs_wants(&subs, "tick"));
	CU_ASSERT_EQUAL(change(true, "[\"*\"]"), ST_OK);
	CU_ASSERT(ws_subs_wants(&subs, "anything"));
	ws_subs_done(&subs);
}

static void
test_from_everything(void)
{
	struct json_object *list;

	ws_subs_init(&subs, true);
	CU_ASSERT(ws_subs_wants(&subs, "chat"));
	CU_ASSERT_EQUAL(change(false, "[\"tick\"]"), ST_OK);
	CU_ASSERT(!ws_subs_wants(&subs, "tick"));
	CU_ASSERT(ws_subs_wants(&subs, "chat"));
	CU_ASSERT_EQUAL(change(true, "[\"tick\"]"), ST_OK);
	CU_ASSERT(ws_subs_wants(&subs, "tick"));
	list = ws_subs_json(&subs);
	CU_ASSERT_STRING_EQUAL(js_str(list), "[\"*\"]");
	js_put(&list);
	CU_ASSERT_EQUAL(ws_subs_remove(&subs, NULL, &why), ST_OK);
	CU_ASSERT(!ws_subs_wants(&subs, "chat"));
	ws_subs_done(&subs);
}

static void
test_refused(void)
{
	char text[1000] = "[";
	size_t n = 1;
	int i;

	ws_subs_init(&subs, false);
	CU_ASSERT_EQUAL(change(true, "[]"), ST_INVALID);
	CU_ASSERT_EQUAL(change(true, "\"chat\""), ST_INVALID);
	CU_ASSERT_EQUAL(change(true, "{}"), ST_INVALID);
	CU_ASSERT_EQUAL(change(true, "[\"a\",1]"), ST_INVALID);
	CU_ASSERT_EQUAL(change(true, "[\"\"]"), ST_INVALID);
	CU_ASSERT_EQUAL(ws_subs_add(&subs, NULL, &why), ST_INVALID);
	CU_ASSERT_EQUAL(subs.count, 0);
	for (i = 0; i < WS_SUBS_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\"e%d\"%s",
		    i, i < WS_SUBS_MAX - 1 ? "," : "]");
	CU_ASSERT_EQUAL(change(true, text), ST_OK);
	CU_ASSERT_EQUAL(change(true, text), ST_OK);
	CU_ASSERT_EQUAL(change(true, "[\"one more\"]"), ST_LIMIT);
	CU_ASSERT_EQUAL(subs.count, WS_SUBS_MAX);
	CU_ASSERT_EQUAL(change(false, text), ST_OK);
	CU_ASSERT_EQUAL(subs.count, 0);
	ws_subs_done(&subs);
}

void
suite_ws_subs(void)
{
	static const struct unit_test tests[] = {
		{ "a set that starts empty", test_from_nothing },
		{ "a set that starts full", test_from_everything },
		{ "what is no list of names is refused", test_refused },
		{ NULL, NULL },
	};

	unit_add("src/ws/subs.c", tests);
}
