/*
 * What comes of a tool call, as JSON: for the model (50,000 bytes), for
 * people and the session's history (10,000 bytes a text).  Cuts are made
 * between characters and say so.
 */
#ifndef MOLTIS_TOOL_RESULT_H
#define MOLTIS_TOOL_RESULT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/sandbox.h"
#include "tool/output.h"

#define RESULT_MODEL_BYTES 50000 /* of JSON (S257) */
#define RESULT_BRIEF_BYTES 10000 /* of one text in events and history */

/* {stdout, stderr, exit_code, timed_out, oom_killed, truncated, note?}; RESERVE
 * bytes of the model's share are left free, less than four fifths. */
struct json_object *result_exec(const struct sbx_result *end,
    const struct output *out, const struct output *err, size_t reserve);

/* Most bytes of S that fit into MAX bytes of a JSON string, whole characters
 * only. */
size_t result_fit(const char *s, size_t n, size_t max);

/* S[0..KEEP) of ALL bytes as a JSON string; says so when that is less. */
struct json_object *result_text(const char *s, size_t keep, size_t all);

/* Copies for people: long texts and lists are cut; a command is short enough
 * never to be (S30b). */
struct json_object *result_brief(struct json_object *result);
struct json_object *result_brief_args(struct json_object *args);

/* A call that is answered. */
struct result_call {
	const char *id;
	const char *name;
	struct json_object *args; /* borrowed; NULL when unreadable */
};

/* A stored tool_result message (protocol.md section 2).  RESULT is borrowed
 * and may be NULL; ERROR is NULL when the call succeeded. */
struct json_object *result_message(const struct result_call *call,
    struct json_object *result, const char *error);
/* A sentence for the model before the result of MESSAGE. */
void result_remark(struct json_object *message, const char *sentence);
/* The message as it goes into the history of the session. */
struct json_object *result_message_brief(struct json_object *message);

#endif
