/*
 * The agent's own look at scheduled jobs: what its tool can do, inside its
 * turn.
 *
 * Behind the turn's lease, for the person of the turn, counted by the same
 * limits as everybody's.  An agent can say less than a person: no named
 * session, no sandbox settings, no run of what is switched off (S106).
 */
#ifndef MOLTIS_CRON_CRON_AGENT_H
#define MOLTIS_CRON_CRON_AGENT_H

#include "op/op.h"
#include "turn/turn.h"

enum cron_action {
	CRON_LIST,
	CRON_STATUS,
	CRON_ADD,
	CRON_UPDATE,
	CRON_REMOVE,
	CRON_RUN,
	CRON_RUNS,
	CRON_ACTIONS
};

const char *cron_action_word(enum cron_action action);

struct cron_agent {
	const struct conf *conf;
	struct json_object *args;  /* of the tool, checked against its table */
	const char *call_id;       /* the same when the call is made again */
	enum cron_action action;   /* filled by cron_agent_check */
	char why[DB_WHY_BYTES];    /* filled when something fails */
	bool lost;                 /* filled: the turn is another worker's */
	struct json_object *reply; /* filled on ST_OK; caller owns */
};

/* Pure: is it something the tool can do?  ST_INVALID fills WHY. */
MUST_CHECK enum status cron_agent_check(struct cron_agent *a);
/* ARGS as a spec or a patch of the protocol: {name, schedule, enabled,
 * deleteAfterRun, sessionTarget, payload}, as far as they say something about
 * them.  Caller owns. */
struct json_object *cron_agent_spec(struct json_object *args);
/* Does it, in a transaction of its own. */
MUST_CHECK enum status cron_agent_run(struct db *db,
    const struct turn_lease *lease, struct cron_agent *a);

#endif
