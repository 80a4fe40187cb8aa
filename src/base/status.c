/*
 * The one table that turns a status into what each transport says.
 *
 * RPC codes follow protocol.md 1.5.  The web client takes UNAUTHORIZED on any
 * call as "log in again", so no denial uses that code.
 */
#include "config.h"

#include "base/status.h"

#include <stddef.h>

#define ROW(st, http_code, rest, rpc, sentence) \
	[st] = { .status = (st), \
		.http = (http_code), \
		.code = (rest), \
		.rpc_code = (rpc), \
		.text = (sentence) }

static const struct status_info status_table[] = {
	ROW(ST_OK, 200, "OK", "OK", "done"),
	ROW(ST_INVALID, 400, "INVALID_REQUEST", "INVALID_REQUEST",
	    "the request is not valid"),
	ROW(ST_UNAUTH, 401, "AUTH_NOT_AUTHENTICATED", "INVALID_REQUEST",
	    "authentication failed"),
	ROW(ST_SETUP_REQUIRED, 401, "AUTH_SETUP_REQUIRED", "INVALID_REQUEST",
	    "this deployment has no administrator yet: complete the setup"),
	ROW(ST_FORBIDDEN, 403, "FORBIDDEN", "INVALID_REQUEST",
	    "you may not do this"),
	ROW(ST_REAUTH, 403, "REAUTH_REQUIRED", "REAUTH_REQUIRED",
	    "confirm that it is you: give your password or passkey again"),
	ROW(ST_NOT_FOUND, 404, "NOT_FOUND", "NOT_FOUND", "not found"),
	ROW(ST_METHOD, 405, "METHOD_NOT_ALLOWED", "INVALID_REQUEST",
	    "this path does not accept that method"),
	ROW(ST_CONFLICT, 409, "CONFLICT", "CONFLICT",
	    "the current state does not allow this"),
	ROW(ST_GONE, 410, "GONE", "INVALID_REQUEST", "this has expired"),
	ROW(ST_TOO_LARGE, 413, "PAYLOAD_TOO_LARGE", "PAYLOAD_TOO_LARGE",
	    "the request is too large"),
	ROW(ST_MEDIA_TYPE, 415, "UNSUPPORTED_MEDIA_TYPE", "INVALID_REQUEST",
	    "send the body as application/json"),
	ROW(ST_MISDIRECTED, 421, "MISDIRECTED", "INVALID_REQUEST",
	    "this server does not answer for that host"),
	ROW(ST_LIMIT, 429, "RATE_LIMITED", "RATE_LIMITED",
	    "too many requests: try again later"),
	ROW(ST_UPSTREAM, 503, "UNAVAILABLE", "UNAVAILABLE",
	    "a service this depends on failed: try again later"),
	ROW(ST_DB, 503, "UNAVAILABLE", "UNAVAILABLE",
	    "the database is not available: try again later"),
	ROW(ST_UNAVAILABLE, 503, "UNAVAILABLE", "UNAVAILABLE",
	    "this is not available right now: try again later"),
	ROW(ST_UNSUPPORTED, 501, "NOT_CONFIGURED", "UNAVAILABLE",
	    "this deployment does not have it"),
	ROW(ST_INTERNAL, 500, "INTERNAL", "INTERNAL",
	    "something went wrong on our side"),
};

const struct status_info *
status_get(enum status st)
{
	size_t rows = sizeof(status_table) / sizeof(status_table[0]);

	if ((unsigned int)st >= rows)
		return &status_table[ST_INTERNAL];
	return &status_table[st];
}
