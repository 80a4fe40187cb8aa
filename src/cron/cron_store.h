/*
 * Jobs in the database, for whoever may change them: the handlers of
 * operations, and the agent's tool inside its turn.
 *
 * Each function runs in the open transaction of its database, which has a
 * tenant, and leaves commit and rollback to the caller.
 */
#ifndef MOLTIS_CRON_CRON_STORE_H
#define MOLTIS_CRON_CRON_STORE_H

#include "op/op.h"

struct cron_work {
	struct db *db;
	const struct conf *conf;
	bool by_agent;             /* S106 */
	const char *tool_call;     /* names the agent's call; else NULL */
	struct op_error err;       /* filled when it fails */
	struct json_object *reply; /* filled on ST_OK; caller owns */
};

MUST_CHECK enum status cron_work_list(struct cron_work *w);
MUST_CHECK enum status cron_work_status(struct cron_work *w);
/* SPEC, PATCH: as the protocol has them; see cron/job.h. */
MUST_CHECK enum status cron_work_add(struct cron_work *w,
    struct json_object *spec);
MUST_CHECK enum status cron_work_update(struct cron_work *w, const char *id,
    struct json_object *patch);
MUST_CHECK enum status cron_work_remove(struct cron_work *w, const char *id);
MUST_CHECK enum status cron_work_run(struct cron_work *w, const char *id,
    bool force);
MUST_CHECK enum status cron_work_runs(struct cron_work *w, const char *id,
    int64_t max);

#endif
