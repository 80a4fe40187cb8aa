/*
 * The parameters of `connect`: three shapes in, one struct out.
 *
 * v3 is flat with minProtocol and maxProtocol, v4 has a `protocol` object and
 * `extensions.moltis`, and the documentation's short sample has neither.
 * Unknown members are ignored, wrong types are errors that name the member.
 */
#ifndef MOLTIS_WS_CONNECT_H
#define MOLTIS_WS_CONNECT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#define WS_PROTOCOL_MIN 3
#define WS_PROTOCOL_MAX 4
#define WS_CONNECT_TEXT_MAX 256 /* characters of a label */
#define WS_CONNECT_WHY_BYTES 160

/* All texts are borrowed from the parameters, or static. */
struct ws_connect {
	bool v4;
	int64_t min_protocol, max_protocol; /* as the client says */
	int protocol;          /* agreed: min(client's max, ours) */
	const char *client_id; /* "unknown" when not said */
	const char *client_version;
	const char *platform; /* "unknown" */
	const char *mode;     /* "operator" */
	const char *role;     /* "operator" */
	unsigned scope_mask;  /* narrowing; 0 = none asked */
	int64_t last_seq;     /* -1 = not said */
	const char *api_key;  /* or NULL */
	const char *token;    /* or NULL */
	const char *username; /* or NULL */
	const char *password; /* or NULL */
};

/* ST_INVALID: WHY says which member is wrong. */
MUST_CHECK enum status ws_connect_parse(struct json_object *params,
    struct ws_connect *ret, char why[WS_CONNECT_WHY_BYTES]);

/* Agrees on a version; ST_INVALID: WHY is the mismatch sentence. */
MUST_CHECK enum status ws_connect_agree(struct ws_connect *c,
    char why[WS_CONNECT_WHY_BYTES]);

#endif
