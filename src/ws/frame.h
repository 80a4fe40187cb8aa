/*
 * The JSON frames of the protocol: request in; response, event, error out.
 *
 * Pure: text to struct and struct to text.  Who may send what is decided by
 * the worker and by the gate.
 */
#ifndef MOLTIS_WS_FRAME_H
#define MOLTIS_WS_FRAME_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/txt.h"

#define WS_ID_MAX 64      /* characters of a request id (S203) */
#define WS_METHOD_MAX 128 /* bytes */

enum ws_frame {
	WS_FRAME_REQUEST,
	WS_FRAME_IGNORED, /* a response or event: nobody asked the client */
	WS_FRAME_INVALID
};

struct ws_request {
	struct json_object *root;   /* owned: ws_request_done */
	const char *id;             /* borrowed from root or static */
	const char *method;         /* borrowed from root */
	struct json_object *params; /* borrowed from root; NULL = none */
};

/*
 * Reads one text message.  Only the FIRST frame may leave out its type, and
 * only `connect` its id, which is then "connect" (the short form that
 * documentation shows for wscat).  Always call ws_request_done.
 */
enum ws_frame ws_request_parse(const char *text, size_t n, bool first,
    struct ws_request *ret);
void ws_request_done(struct ws_request *r);

/* Takes out of PARAMS what only servers may say: keys starting with "_",
 * except "_seq", which a client counts its messages with. */
void ws_params_strip(struct json_object *params);

/* Appends a whole response; PAYLOAD and ERROR are borrowed, NULL payload is
 * an empty object. */
void ws_response_ok(struct txt *out, const char *id,
    struct json_object *payload);
void ws_response_error(struct txt *out, const char *id,
    struct json_object *error);

/* Appends an event; SEQ 0 = without. */
void ws_event(struct txt *out, const char *event, struct json_object *payload,
    int64_t seq);

/* {"code","message","retryable"?,"retryAfterMs"?}; caller owns. */
struct json_object *ws_error_json(const char *code, const char *message,
    bool retryable, int64_t retry_after_ms);

#endif
