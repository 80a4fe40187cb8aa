/*
 * The tool's arguments in the protocol's form: see cron_agent.h.  Pure;
 * cron_agent_store.c does it.
 */
#include "config.h"

#include "cron/cron_agent.h"

#include <stdio.h>
#include <string.h>

#include "js/js.h"

static const struct {
	const char *word;
	bool needs_id;
} actions[CRON_ACTIONS] = {
	[CRON_LIST] = { "list", false },
	[CRON_STATUS] = { "status", false },
	[CRON_ADD] = { "add", false },
	[CRON_UPDATE] = { "update", true },
	[CRON_REMOVE] = { "remove", true },
	[CRON_RUN] = { "run", true },
	[CRON_RUNS] = { "runs", true },
};

const char *
cron_action_word(enum cron_action action)
{
	return actions[action].word;
}

enum status
cron_agent_check(struct cron_agent *a)
{
	const char *word = js_text(a->args, "action");
	int i = 0;

	while (i < CRON_ACTIONS &&
	    (word == NULL || strcmp(actions[i].word, word) != 0))
		i++;
	if (i == CRON_ACTIONS) {
		snprintf(a->why, sizeof(a->why),
		    "'action' must be list, status, add, update, remove, run "
		    "or runs");
		return ST_INVALID;
	}
	if (actions[i].needs_id && js_text(a->args, "id") == NULL) {
		snprintf(a->why, sizeof(a->why),
		    "missing 'id': see the action list");
		return ST_INVALID;
	}
	a->action = (enum cron_action)i;
	return ST_OK;
}

struct json_object *
cron_agent_spec(struct json_object *args)
{
	static const struct {
		const char *arg, *member;
	} same[] = { { "name", "name" }, { "schedule", "schedule" },
		{ "enabled", "enabled" }, { "target", "sessionTarget" },
		{ "delete_after_run", "deleteAfterRun" } };
	struct json_object *o = js_new(), *payload;
	const char *target = js_text(args, "target");
	bool to_main = target != NULL && strcmp(target, "main") == 0;

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct json_object *v = js_get(args, same[i].arg);

		if (v != NULL)
			js_set(o, same[i].member, json_object_get(v));
	}
	if (js_text(args, "message") == NULL)
		return o;
	payload = js_new();
	js_set_text(payload, "kind", to_main ? "systemEvent" : "agentTurn");
	js_set_text(payload, to_main ? "text" : "message",
	    js_text(args, "message"));
	js_set(o, "payload", payload);
	return o;
}
