/*
 * Inside of the provider folder: what each kind of provider implements, and
 * the growing of a reply they share.  Nobody else includes it.
 */
#ifndef MOLTIS_PROVIDER_KIND_H
#define MOLTIS_PROVIDER_KIND_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "provider/provider.h"

struct json_object *openai_request(const char *model, const char *system,
    struct json_object *messages, struct json_object *tools);
/* EVENT is an event's data, already parsed; NULL stands for [DONE]. */
MUST_CHECK enum status openai_event(struct provider_reply *r,
    struct json_object *event);

struct json_object *anthropic_request(const char *model, const char *system,
    struct json_object *messages, struct json_object *tools);
MUST_CHECK enum status anthropic_event(struct provider_reply *r,
    struct json_object *event);

/*
 * Stored messages in the order and shape that every provider takes, an array
 * the caller owns, of
 *   {role:"system"|"user", text}
 *   {role:"assistant", text, calls:[{id, name, args:{}}]}
 *   {role:"result", id, text, failed}
 * Every call is followed by exactly one result, no text of a user is empty,
 * roles we do not know are left out.
 */
struct json_object *history_build(struct json_object *messages);

/* Growing a reply.  ST_UPSTREAM once a limit is passed. */
MUST_CHECK enum status reply_add_text(struct provider_reply *r, const char *s,
    size_t n);
/* The call of the stream's number INDEX, made when ID is new; NULL when there
 * are too many.  ID and NAME may be NULL. */
struct provider_tool_call *reply_call(struct provider_reply *r, int64_t index,
    const char *id, const char *name);
MUST_CHECK enum status reply_add_args(struct provider_reply *r,
    struct provider_tool_call *call, const char *s, size_t n);
void reply_set_finish(struct provider_reply *r, const char *word);
/* Nothing more comes: fills in what the provider left out. */
void reply_seal(struct provider_reply *r);
/* Marks R as refused; always ST_UPSTREAM. TYPE and TEXT may be NULL. */
MUST_CHECK enum status reply_refuse(struct provider_reply *r, long http,
    const char *type, const char *text);
/* The same with the error object a provider streams. */
MUST_CHECK enum status reply_refuse_with(struct provider_reply *r,
    struct json_object *error);

/* Copies S for people: control characters become spaces, cut to fit DST. */
void provider_copy_printable(char *dst, size_t size, const char *s);

#endif
