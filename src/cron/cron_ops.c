/*
 * Handlers of scheduled jobs: parameters in, cron/cron_store.c, reply out.
 *
 * Events are written by the database's functions, in the transaction of the
 * change, whoever makes it.
 */
#include "config.h"

#include "cron/cron.h"
#include "cron/cron_store.h"
#include "cron/job.h"
#include "js/js.h"
#include "op/op_enter.h"

/* clang-format off */
#define FIELD_ID { .name = "id", .type = F_TEXT, .required = true, \
	.min = 1, .max = 100 }

const struct op_field cron_add_params[] = {
	{ .name = "id", .type = F_TEXT, .nullable = true, .max = 100 },
	{ .name = "name", .type = F_TEXT, .required = true, .min = 1,
	  .max = CRON_NAME_MAX },
	{ .name = "schedule", .type = F_OBJECT, .required = true },
	{ .name = "payload", .type = F_OBJECT, .required = true },
	{ .name = "sessionTarget", .type = F_ANY },
	{ .name = "deleteAfterRun", .type = F_BOOL },
	{ .name = "enabled", .type = F_BOOL },
	{ .name = "system", .type = F_BOOL },
	{ .name = "sandbox", .type = F_OBJECT, .nullable = true },
	{ .name = NULL }
};

const struct op_field cron_update_params[] = {
	FIELD_ID,
	{ .name = "patch", .type = F_OBJECT, .required = true },
	{ .name = NULL }
};

const struct op_field cron_id_params[] = {
	FIELD_ID,
	{ .name = NULL }
};

const struct op_field cron_run_params[] = {
	FIELD_ID,
	{ .name = "force", .type = F_BOOL },
	{ .name = NULL }
};

const struct op_field cron_runs_params[] = {
	FIELD_ID,
	{ .name = "limit", .type = F_INT, .min = 1, .max = CRON_RUNS_MAX },
	{ .name = NULL }
};
/* clang-format on */

static struct cron_work
work_of(struct op_call *call)
{
	return (struct cron_work){ .db = call->db, .conf = call->conf };
}

/* What became of it, as the gate wants it; names the job in the audit row. */
static enum status
answer(struct op_call *call, struct cron_work *w, enum status st)
{
	const char *id = js_text(w->reply, "id");

	if (st != ST_OK) {
		call->error = w->err;
		return st;
	}
	call->reply = w->reply;
	if (!call->op->audit)
		return ST_OK;
	call->audit = js_new();
	js_set_text(call->audit, "job",
	    id != NULL ? id : js_text(call->params, "id"));
	return ST_OK;
}

enum status
cron_list(struct op_call *call)
{
	struct cron_work w = work_of(call);
	enum status st = cron_work_list(&w);

	return answer(call, &w, st);
}

enum status
cron_status(struct op_call *call)
{
	struct cron_work w = work_of(call);
	enum status st = cron_work_status(&w);

	return answer(call, &w, st);
}

enum status
cron_add(struct op_call *call)
{
	struct cron_work w = work_of(call);
	enum status st = cron_work_add(&w, call->params);

	return answer(call, &w, st);
}

enum status
cron_update(struct op_call *call)
{
	struct cron_work w = work_of(call);
	enum status st = cron_work_update(&w, js_text(call->params, "id"),
	    js_get(call->params, "patch"));

	return answer(call, &w, st);
}

enum status
cron_remove(struct op_call *call)
{
	struct cron_work w = work_of(call);
	enum status st = cron_work_remove(&w, js_text(call->params, "id"));

	return answer(call, &w, st);
}

enum status
cron_run(struct op_call *call)
{
	struct cron_work w = work_of(call);
	enum status st = cron_work_run(&w, js_text(call->params, "id"),
	    js_bool(call->params, "force", false));

	return answer(call, &w, st);
}

enum status
cron_runs(struct op_call *call)
{
	struct cron_work w = work_of(call);
	enum status st = cron_work_runs(&w, js_text(call->params, "id"),
	    js_int(call->params, "limit", CRON_RUNS_DEFAULT));

	return answer(call, &w, st);
}
