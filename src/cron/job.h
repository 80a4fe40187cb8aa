/*
 * A job as callers write it: checked, and brought into the form that is
 * stored.
 *
 * Rules of the protocol's section 6 and of S97 to S104.  Pure but for the
 * zone's file; cron/cron_store.c puts it into the database.
 */
#ifndef MOLTIS_CRON_JOB_H
#define MOLTIS_CRON_JOB_H

#include <json-c/json.h>
#include <stdbool.h>

#include "conf/conf.h"
#include "cron/schedule.h"

#define CRON_NAME_MAX 120
#define CRON_TEXT_MAX_BYTES 16384
#define CRON_TIMEOUT_MAX_SECS 3600

/* What a job is checked against. */
struct cron_rules {
	const struct conf *conf; /* models and images */
	int64_t now_ms;          /* by the database's clock */
	bool by_agent;           /* S106: less is allowed */
	bool reschedule;         /* the next time is to be computed */
	bool says_more;          /* than the stored job: when, what, whether */
};

/*
 * SPEC: {name, schedule, payload, sessionTarget?, deleteAfterRun?, enabled?,
 * sandbox?, system?, id?}.  *RET is what cron_job_add() in the database takes,
 * the caller owns it; *RET_NEXT_MS is 0 when it never comes.  ST_INVALID and
 * ST_FORBIDDEN fill ERR.
 */
MUST_CHECK enum status cron_job_parse(struct json_object *spec,
    const struct cron_rules *rules, struct cron_error *err,
    struct json_object **ret, int64_t *ret_next_ms);

/* ENTRY as stored with the members of PATCH in place of its own; caller owns.
 */
struct json_object *cron_job_patched(struct json_object *entry,
    struct json_object *patch);

#endif
