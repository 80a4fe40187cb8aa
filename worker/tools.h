/*
 * The tools of one model reply: started together, answered in order.
 *
 * Owned by a turn while it is in TURN_TOOLS.  Each call has its own life
 * (worker/tool_exec.c, worker/tool_file.c); the set ends when all have a
 * result.  A crash loses nothing: what was asked, decided, started or finished
 * is in rows, and the next worker goes on from them; a command that may have
 * started is never started again.
 */
#ifndef MOLTIS_WORKER_TOOLS_H
#define MOLTIS_WORKER_TOOLS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "worker/turn.h"
#include "worker/turn_say.h"

struct tools;

struct tools_events {
	/* RESULTS: array of tool_result messages (protocol.md 2), one a call,
	 * in the order of the calls; borrowed.  The set is freed afterwards. */
	void (*on_end)(void *arg, struct json_object *results);
	/* The lease is gone: nothing is committed any more. */
	void (*on_lost)(void *arg);
	/* Somebody told the turn to stop, and a row knows it first. */
	void (*on_stopped)(void *arg);
	void *arg;
};

/* Tool definitions for the model ({name, description, parameters}), caller
 * owns: those that a turn of this origin may use; without a working sandbox
 * exec and the file tools are absent. */
struct json_object *tools_offered(const struct turn_env *env,
    const struct turn_words *words);

/*
 * CALLS: array of {id, function:{name, arguments}} as stored in the
 * model_reply step; borrowed.  SESSION_ID names the workspace.  Callbacks run
 * in the loop, never from inside tools_start.
 */
struct tools *tools_start(struct turn_env *env, const struct turn_lease *lease,
    const struct turn_words *words, struct json_object *calls,
    const struct tools_events *events);
/* Requests of this turn may have been decided: look at their rows. */
void tools_wake(struct tools *set);
/* Nothing of it runs or is about to: a person is asked, and the rest is done. */
bool tools_wait_for_person(const struct tools *set);
/* Kills what runs; no callback comes after this; memory goes when the last
 * job is back.  Accepts NULL. */
void tools_cancel(struct tools *set);

#endif
