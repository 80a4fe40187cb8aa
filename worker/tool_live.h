/*
 * What people see of a command while it runs: tool_output events, gathered
 * for a twentieth of a second, 64 KiB a call and no more.
 */
#ifndef MOLTIS_WORKER_TOOL_LIVE_H
#define MOLTIS_WORKER_TOOL_LIVE_H

#include <ev.h>
#include <stdbool.h>

#include "base/txt.h"
#include "worker/tool_call.h"

struct tool_live {
	const struct tool_call *call; /* borrowed */
	struct txt text;              /* shown soon */
	bool is_err;                  /* the stream it came from */
	size_t left;                  /* bytes that may still be shown */
	ev_timer timer;
};

void tool_live_init(struct tool_live *l, const struct tool_call *call);
/* TEXT is valid UTF-8, redacted. */
void tool_live_add(struct tool_live *l, bool is_err, const struct txt *text);
void tool_live_flush(struct tool_live *l);
void tool_live_stop(struct tool_live *l); /* nothing is shown any more */
void tool_live_done(struct tool_live *l); /* after stop: frees */

#endif
