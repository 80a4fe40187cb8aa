/*
 * The steps of a turn: what the model said and what came of its calls.
 *
 * Keeps what the model is asked next, what joins the session's history at the
 * end, which calls wait for a result, and whether the model goes in circles
 * (S259).  The same from the steps of an earlier worker as from our own.
 * Pure.
 */
#ifndef MOLTIS_WORKER_TURN_STEPS_H
#define MOLTIS_WORKER_TURN_STEPS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "base/bytes.h"
#include "provider/provider.h"
#include "worker/turn_say.h"

struct turn_steps {
	struct json_object *context; /* messages the model is asked with */
	struct json_object *said;    /* messages for the history */
	struct json_object *open;    /* calls without a result, array */
	struct json_object *ids;     /* of calls, as keys */
	int count;                   /* steps committed */
	int replies;                 /* of them by the model, with calls */
	int calls;
	int dropped;       /* calls of the last reply that were not kept */
	bool tools_off;    /* the next question offers no tools */
	bool refuse_calls; /* the last one did not: open calls are refused */

	unsigned char failed[BYTES_SHA256]; /* the last failing call */
	int failures;                       /* of that one, in a row */
	bool nudged;
};

/* HISTORY is borrowed, and copied at its first level. */
void turn_steps_init(struct turn_steps *ts, struct json_object *history);
void turn_steps_done(struct turn_steps *ts);

/* Steps to commit, arrays of {kind, body} the caller owns: a reply with
 * calls, whose ids become unique in the turn; results of open calls, where a
 * model that repeats itself is told so. */
struct json_object *turn_steps_reply(struct turn_steps *ts,
    const struct turn_words *words, const struct provider_reply *reply);
struct json_object *turn_steps_results(struct turn_steps *ts,
    struct json_object *results);

/* They are committed. */
void turn_steps_add(struct turn_steps *ts, struct json_object *steps);
/* They were committed by an earlier worker. */
void turn_steps_replay(struct turn_steps *ts, struct json_object *steps);

bool turn_steps_wait(const struct turn_steps *ts); /* calls are open */
/* Refusals of all open calls, for what cannot be run; caller owns. */
struct json_object *turn_steps_refused(const struct turn_steps *ts,
    const char *error);
/* What joins the history; open calls are closed as stopped.  Caller owns. */
struct json_object *turn_steps_history(const struct turn_steps *ts);

#endif
