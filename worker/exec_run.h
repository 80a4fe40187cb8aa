/*
 * A command while it is in the sandbox: from the row that says what runs to
 * its result.
 *
 * Embedded in the command.  Output is redacted and cut as it comes and shown
 * to people; nothing here knows of rows being written.
 */
#ifndef MOLTIS_WORKER_EXEC_RUN_H
#define MOLTIS_WORKER_EXEC_RUN_H

#include <stdbool.h>

#include "approval/exec_store.h"
#include "tool/output.h"
#include "worker/sandbox_client.h"
#include "worker/tool_call.h"
#include "worker/tool_live.h"

struct exec_run {
	const struct tool_call *call; /* borrowed */
	const struct exec_row *row;   /* borrowed, from the start on */
	struct sandbox_call *sandbox; /* NULL: not under way */
	bool may_have_run;
	struct output out, err;
	struct tool_live live;
	/* Once, from the loop. */
	void (*on_end)(void *arg, const struct tool_end *end);
	void *arg;
};

void exec_run_init(struct exec_run *r, const struct tool_call *call,
    void (*on_end)(void *arg, const struct tool_end *end), void *arg);
/* NULL: it is under way; else why it cannot be, static text. */
MUST_CHECK const char *exec_run_start(struct exec_run *r,
    const struct exec_row *row);
/* Kills it; on_end does not come. */
void exec_run_stop(struct exec_run *r);
void exec_run_done(struct exec_run *r); /* frees what it holds */

#endif
