/* The Cookie request header (RFC 6265 section 4.2), read for one name. */
#ifndef MOLTIS_HTTP_COOKIE_H
#define MOLTIS_HTTP_COOKIE_H

#include <stddef.h>

#include "base/status.h"

#define HTTP_COOKIE_HEADER_MAX 8192 /* bytes; longer is refused (S173) */

/*
 * Value of the cookie NAME in HEADER (NULL = no header), copied into RET of
 * SIZE bytes.  ST_NOT_FOUND: not there, given more than once (another host of
 * the domain may have tossed one in: neither is believed), or too long for
 * RET.  ST_INVALID: the header is too long, or a proxy joined two headers
 * with a comma in front of NAME.  RET is untouched on failure.
 */
MUST_CHECK enum status http_cookie_find(const char *header, const char *name,
    char *ret, size_t size);

#endif
