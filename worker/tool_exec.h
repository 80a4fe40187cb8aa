/*
 * A command, from the model's wish to its result.
 *
 * Judged, written down, decided by policy or by a person, started once, run
 * in the sandbox, its result written down; the row says where it stands, so
 * that a worker that takes the turn over goes on from there.  A command that
 * was started by somebody else is never started again.
 */
#ifndef MOLTIS_WORKER_TOOL_EXEC_H
#define MOLTIS_WORKER_TOOL_EXEC_H

#include "worker/tool_call.h"

struct tool_exec;

struct tool_exec *tool_exec_start(const struct tool_call *call);
/* After on_ready: now it may run. */
void tool_exec_run(struct tool_exec *e);
/* Its request may have been decided. */
void tool_exec_wake(struct tool_exec *e);
/* Kills what runs; no callback comes after this.  Accepts NULL. */
void tool_exec_cancel(struct tool_exec *e);

#endif
