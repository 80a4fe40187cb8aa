/*
 * Model providers: what we ask them and what they stream back.
 *
 * Pure: builds request bodies from typed messages and turns received bytes
 * into deltas.  Performs no I/O; worker/provider_http.c moves the bytes.
 * Roles come from our rows only, never from a client (S262).
 */
#ifndef MOLTIS_PROVIDER_PROVIDER_H
#define MOLTIS_PROVIDER_PROVIDER_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/txt.h"
#include "conf/conf.h"

#define PROVIDER_MAX_TOOL_CALLS 32           /* a reply (S260) */
#define PROVIDER_MAX_REPLY_BYTES (1 << 20)   /* text of one reply */
#define PROVIDER_MAX_ARGS_BYTES (256 * 1024) /* arguments of one call */
#define PROVIDER_MAX_RESULT_BYTES 50000      /* a tool result we send (S257) */
#define PROVIDER_MAX_TOKENS 4096             /* where a request must say it */

struct provider_tool_call {
	char *id; /* provider's id, made up when it sends none */
	char *name;
	struct txt args; /* JSON text as streamed; "{}" when there was none */
	int64_t index;   /* the stream's own number, to find it again */
};

/* What one model call produced, grown while it streams. */
struct provider_reply {
	struct txt text;
	struct provider_tool_call calls[PROVIDER_MAX_TOOL_CALLS];
	size_t call_count;
	size_t calls_dropped; /* calls past the limit, not kept */
	char finish[32];      /* "stop", "length", "tool_calls", "" unknown */
	int64_t input_tokens; /* 0 when the provider does not say */
	int64_t output_tokens;
	bool done;           /* the provider said it is finished */
	bool refused;        /* the stream carried an error */
	char error[256];     /* its text, printable, cut; "" if none */
	char error_type[64]; /* provider's error type word, "" if none */
	long error_http;     /* the HTTP status that error amounts to, or 0 */
};

void provider_reply_init(struct provider_reply *r);
void provider_reply_done(struct provider_reply *r);

/*
 * MESSAGES: array of stored messages in the wire form of protocol.md
 * section 2 (roles user, assistant, tool_result, system only from us).
 * TOOLS: array of {name, description, parameters} or NULL.  SYSTEM may be "".
 * Returns the request body; the caller owns it.
 */
struct json_object *provider_request(const struct conf_provider *p,
    const char *model, const char *system, struct json_object *messages,
    struct json_object *tools);

/* Path after base_url: "/chat/completions" or "/v1/messages". */
const char *provider_path(const struct conf_provider *p);

/* Server-sent events (WHATWG HTML 9.2), incremental, bounded. */
#define SSE_MAX_LINE_BYTES (1 << 20)
struct sse;
struct sse_event {
	const char *name; /* "message" when the stream names none */
	const char *data; /* borrowed for the call */
	size_t len;
};
typedef void sse_event_fn(void *arg, const struct sse_event *event);
struct sse *sse_new(sse_event_fn *on_event, void *arg);
void sse_free(struct sse *s);
/* ST_TOO_LARGE once a line or event passes the limit. */
MUST_CHECK enum status sse_feed(struct sse *s, const char *bytes, size_t n);

/* Text that an event added: points into reply->text; NULL and 0 when none. */
struct provider_delta {
	const char *text;
	size_t len;
};
/* Feeds one SSE event of the provider's stream into R.  ST_UPSTREAM: not
 * understandable, or an error event.  *RET is always set. */
MUST_CHECK enum status provider_event(const struct conf_provider *p,
    struct provider_reply *r, const struct sse_event *event,
    struct provider_delta *ret);

/*
 * The error a user sees for a failed call: chat error object of protocol.md
 * section 2 {type, icon, title, detail, provider}.  HTTP 0 = no connection.
 * BODY (may be NULL) is mined for the provider's own message.  Caller owns.
 */
struct json_object *provider_error(const struct conf_provider *p, long http,
    const char *body, size_t n);
/* The same for an error that came inside the stream (reply->refused). */
struct json_object *provider_reply_error(const struct conf_provider *p,
    const struct provider_reply *r);
/* 408, 409, 429, 5xx and no connection (0) are worth another try. */
bool provider_may_retry(long http);

#endif
