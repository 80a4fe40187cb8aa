/*
 * Scheduled jobs: what callers do with them, and what workers do when they are
 * due.
 *
 * Schedules are in cron/schedule.h, what a job may be in cron/job.h.  The
 * operations here answer at once: a run is a turn that a worker takes.
 */
#ifndef MOLTIS_CRON_CRON_H
#define MOLTIS_CRON_CRON_H

#include "op/op.h"

#define CRON_RUNS_DEFAULT 20
#define CRON_RUNS_MAX 200

extern const struct op_field cron_add_params[];
extern const struct op_field cron_update_params[];
extern const struct op_field cron_id_params[]; /* id */
extern const struct op_field cron_run_params[];
extern const struct op_field cron_runs_params[];

enum status cron_list(struct op_call *call);
enum status cron_status(struct op_call *call);
enum status cron_add(struct op_call *call);
enum status cron_update(struct op_call *call);
enum status cron_remove(struct op_call *call);
enum status cron_run(struct op_call *call);
enum status cron_runs(struct op_call *call);

/*
 * A worker's look at what is due.  Any number of workers do it: jobs are taken
 * with SKIP LOCKED and a lease, and a slot is a row that exists once.
 */
#define CRON_TICK_MAX 32

struct cron_tick {
	const char *worker;
	const struct conf *conf;

	int claimed;     /* filled: CRON_TICK_MAX means there may be more */
	int started;     /* filled: turns that wait for a worker */
	int64_t wait_ms; /* filled: until something is due; -1 = never */
	struct json_object *accounts; /* filled: ids as keys; caller owns */
};

MUST_CHECK enum status cron_tick_run(struct db *db, struct cron_tick *tick);

#endif
