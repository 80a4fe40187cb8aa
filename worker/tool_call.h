/*
 * One tool call under way: what it is given and what it tells its set.
 *
 * Between worker/tools.c, which owns the set, and the files that run a kind of
 * tool (tool_exec.c, tool_file.c, tool_cron.c).
 */
#ifndef MOLTIS_WORKER_TOOL_CALL_H
#define MOLTIS_WORKER_TOOL_CALL_H

#include <json-c/json.h>

#include "sandbox/sandbox.h"
#include "tool/redact.h"
#include "tool/tool.h"
#include "worker/turn.h"
#include "worker/turn_say.h"

/* How a call ended; borrowed for the callback. */
struct tool_end {
	struct json_object *result; /* may be NULL */
	const char *error;          /* NULL: it did what it was asked */
};

/* Callbacks run in the loop, never from inside a function of the call; after
 * on_end, on_lost or on_stopped there are none. */
struct tool_call_events {
	/* Its request is there: the next call may ask. */
	void (*on_asked)(void *arg);
	/* It may run as soon as the set lets it. */
	void (*on_ready)(void *arg);
	void (*on_end)(void *arg, const struct tool_end *end);
	/* The lease of the turn is gone. */
	void (*on_lost)(void *arg);
	/* Somebody told the turn to stop. */
	void (*on_stopped)(void *arg);
};

/* All borrowed until the call has ended or was cancelled. */
struct tool_call {
	struct turn_env *env; /* outlives everything */
	const struct turn_lease *lease;
	const struct turn_words *words;
	const struct redact *secrets;
	const struct tool *tool;
	const char *id;
	struct json_object *args; /* checked */
	const struct tool_call_events *events;
	void *arg;
};

/* Where a command would run: {backend, image, network}; caller owns. */
struct json_object *tool_call_sandbox(const struct tool_call *call);

/* The bytes of a UUID; false when TEXT is none. */
bool tool_call_uuid(const char *text, unsigned char out[SBX_ID_BYTES]);

#endif
