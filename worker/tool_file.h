/*
 * Files of the session's workspace, read, written and listed through
 * moltis-sandboxd.  Leaves no row: doing one of these again after a worker
 * died does no harm.
 */
#ifndef MOLTIS_WORKER_TOOL_FILE_H
#define MOLTIS_WORKER_TOOL_FILE_H

#include "worker/tool_call.h"

struct tool_file;

/* Tells only on_end. */
struct tool_file *tool_file_start(const struct tool_call *call);
void tool_file_cancel(struct tool_file *f); /* accepts NULL */

#endif
