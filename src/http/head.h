/*
 * Response header writer.
 *
 * Nothing reaches the edge that could start a second header or a second
 * response (A84), and no header that makes the edge serve files by itself.
 */
#ifndef MOLTIS_HTTP_HEAD_H
#define MOLTIS_HTTP_HEAD_H

#include <stdbool.h>

#include "base/status.h"
#include "base/txt.h"

/* Appends "NAME: VALUE\r\n".  false, with nothing appended: NAME is no token
 * or starts with X-Accel- or X-Sendfile, or VALUE has control characters or
 * bytes outside ASCII. */
MUST_CHECK bool http_head_add(struct txt *out, const char *name,
    const char *value);

/* Appends Set-Cookie for NAME with the attributes of a login session:
 * HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age.  MAX_AGE_SECS 0 with an
 * empty VALUE clears it.  false: a byte that RFC 6265 does not allow. */
MUST_CHECK bool http_head_cookie(struct txt *out, const char *name,
    const char *value, long max_age_secs);

#endif
