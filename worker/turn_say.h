/* What a turn tells people and the model: payloads of chat events and stored
 * messages (protocol.md 2 and 4.2).  Pure. */
#ifndef MOLTIS_WORKER_TURN_SAY_H
#define MOLTIS_WORKER_TURN_SAY_H

#include <json-c/json.h>

#include "turn/turn.h"
#include "conf/conf.h"
#include "provider/provider.h"

struct turn_words {
	const char *session_key;
	const char *session_id;
	const char *turn_id;
	const char *origin;   /* decides which tools there are */
	const char *image;    /* of its commands; NULL: the default */
	int64_t client_seq;   /* -1: none */
	const char *model;    /* bare model id */
	const char *provider; /* name of the provider */
	int iterations;
	int tool_calls;
	int64_t input_tokens;
	int64_t output_tokens;
	int64_t duration_ms;
};

/* The instructions of the agent; NOTE, about where the message comes from, may
 * be NULL. */
void turn_system_prompt(const char *note, struct txt *out);

/* {sessionKey, runId, state, seq}: what every chat event begins with. */
struct json_object *turn_say(const struct turn_words *w, const char *state);
struct json_object *turn_say_delta(const struct turn_words *w, const char *text,
    size_t n);
struct json_object *turn_say_final(const struct turn_words *w,
    const char *text);
struct json_object *turn_say_error(const struct turn_words *w,
    struct json_object *error); /* borrows ERROR */

/* The stored assistant message; ABORTED marks a cut one. */
struct json_object *turn_message(const struct turn_words *w, const char *text,
    bool aborted);
/* Assistant message that asked for tools. */
struct json_object *turn_message_calls(const struct turn_words *w,
    const struct provider_reply *reply);

/* Chat error objects for failures of our own. */
struct json_object *turn_error(const char *type, const char *title,
    const char *detail);

#endif
