/*
 * The agent's own look at scheduled jobs, inside its turn: behind the turn's
 * lease, for the person of the turn, counted by the same limits as everybody's
 * (S106).
 */
#ifndef MOLTIS_WORKER_TOOL_CRON_H
#define MOLTIS_WORKER_TOOL_CRON_H

#include "worker/tool_call.h"

struct tool_cron;

/* Tells on_end or on_lost. */
struct tool_cron *tool_cron_start(const struct tool_call *call);
void tool_cron_cancel(struct tool_cron *t); /* accepts NULL */

#endif
