/*
 * The arguments of the agent's tool: which are taken, and what they say in the
 * protocol's words.
 */
#include "config.h"

#include <string.h>

#include "cron/cron_agent.h"
#include "js/js.h"
#include "tests/unit/unit.h"
#include "tool/tool.h"

static struct json_object *
args_of(const char *text)
{
	struct json_object *o = NULL;
	char why[TOOL_WHY_BYTES];

	CU_ASSERT_EQUAL_FATAL(
	    tool_args_parse(tool_find("cron"), text, strlen(text), &o, why),
	    ST_OK);
	return o;
}

static void
checked(void)
{
	static const struct {
		const char *args, *why;
	} rows[] = {
		{ "{\"action\":\"list\"}", NULL },
		{ "{\"action\":\"run\",\"id\":\"x\"}", NULL },
		{ "{\"action\":\"run\"}", "missing 'id'" },
		{ "{\"action\":\"remove\"}", "missing 'id'" },
		{ "{\"action\":\"List\"}", "'action' must be" },
		{ "{\"action\":\"force\"}", "'action' must be" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_json struct json_object *args = args_of(rows[i].args);
		struct cron_agent a = { .args = args };
		enum status st = cron_agent_check(&a);

		CU_ASSERT_EQUAL(st, rows[i].why == NULL ? ST_OK : ST_INVALID);
		if (rows[i].why != NULL) {
			CU_ASSERT_PTR_NOT_NULL(strstr(a.why, rows[i].why));
		} else {
			CU_ASSERT_STRING_EQUAL(cron_action_word(a.action),
			    js_text(args, "action"));
		}
	}
}

static void
refused(void)
{
	static const char *const rows[] = { "{}",
		"{\"action\":\"add\",\"system\":true}",
		"{\"action\":\"add\",\"sandbox\":{\"enabled\":false}}",
		"{\"action\":\"add\",\"payload\":{}}",
		"{\"action\":\"run\",\"id\":\"x\",\"force\":true}",
		"{\"action\":\"add\",\"schedule\":\"daily\"}",
		"{\"action\":\"add\",\"target\":{\"named\":\"x\"}}" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct json_object *o = NULL;
		char why[TOOL_WHY_BYTES];

		CU_ASSERT_EQUAL(tool_args_parse(tool_find("cron"), rows[i],
				    strlen(rows[i]), &o, why),
		    ST_INVALID);
	}
}

static void
said(void)
{
	static const struct {
		const char *args, *spec;
	} rows[] = {
		{ "{\"action\":\"add\",\"name\":\"n\",\"message\":\"m\","
		  "\"schedule\":{\"kind\":\"every\"},\"enabled\":false,"
		  "\"delete_after_run\":true}",
		    "{\"name\":\"n\",\"schedule\":{\"kind\":\"every\"},"
		    "\"enabled\":false,\"deleteAfterRun\":true,\"payload\":{"
		    "\"kind\":\"agentTurn\",\"message\":\"m\"}}" },
		{ "{\"action\":\"add\",\"message\":\"m\",\"target\":\"main\"}",
		    "{\"sessionTarget\":\"main\",\"payload\":{\"kind\":"
		    "\"systemEvent\",\"text\":\"m\"}}" },
		{ "{\"action\":\"update\",\"id\":\"x\",\"name\":\"n\"}",
		    "{\"name\":\"n\"}" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_json struct json_object *args = args_of(rows[i].args);
		own_json struct json_object *spec = cron_agent_spec(args);

		CU_ASSERT_STRING_EQUAL(js_str(spec), rows[i].spec);
	}
}

static const struct unit_test tests[] = {
	{ "an action is one of seven, with an id where it needs one", checked },
	{ "what a person may say and an agent may not is refused", refused },
	{ "the rest is said in the protocol's words", said },
	{ NULL, NULL },
};

void
suite_cron_cron_agent(void)
{
	unit_add("src/cron/cron_agent.c", tests);
}
