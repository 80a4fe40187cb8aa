/*
 * What the agent's tool does, behind the lease of its turn: see cron_agent.h.
 * One transaction; nothing of it is left when the lease is gone.
 */
#include "config.h"

#include "cron/cron_agent.h"

#include <stdio.h>

#include "cron/cron.h"
#include "cron/cron_store.h"
#include "js/js.h"

static enum status
act(const struct cron_agent *a, struct cron_work *w)
{
	own_json struct json_object *spec = cron_agent_spec(a->args);
	const char *id = js_text(a->args, "id");

	switch (a->action) {
	case CRON_LIST:
		return cron_work_list(w);
	case CRON_STATUS:
		return cron_work_status(w);
	case CRON_ADD:
		return cron_work_add(w, spec);
	case CRON_UPDATE:
		return cron_work_update(w, id, spec);
	case CRON_REMOVE:
		return cron_work_remove(w, id);
	case CRON_RUN:
		return cron_work_run(w, id, false);
	case CRON_RUNS:
		return cron_work_runs(w, id,
		    js_int(a->args, "limit", CRON_RUNS_DEFAULT));
	case CRON_ACTIONS:
		break;
	}
	return ST_INVALID;
}

enum status
cron_agent_run(struct db *db, const struct turn_lease *lease,
    struct cron_agent *a)
{
	own_txt struct txt name = { 0 };
	struct cron_work w = { .db = db, .conf = a->conf, .by_agent = true };
	enum status st = turn_tx_begin(db, lease);

	txt_format(&name, "%s:%s", lease->turn_id, a->call_id);
	w.tool_call = txt_str(&name);
	if (st == ST_OK)
		st = db_flush(db);
	a->lost = st == ST_CONFLICT;
	if (st == ST_OK)
		st = act(a, &w);
	st = turn_tx_end(db, st);
	if (st == ST_OK) {
		a->reply = w.reply;
		if ((a->action == CRON_ADD || a->action == CRON_UPDATE) &&
		    !js_bool(w.reply, "enabled", true))
			js_set_text(w.reply, "note",
			    "the job is off: a person can switch it on");
		return ST_OK;
	}
	js_put(&w.reply);
	snprintf(a->why, sizeof(a->why), "%s",
	    w.err.message[0] != '\0' ? w.err.message : status_get(st)->text);
	return st;
}
