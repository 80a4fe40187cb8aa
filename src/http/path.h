/*
 * The request target as the routes see it (S157, attack row A83).
 *
 * Exactly one decoding, and everything that two parsers could read in two
 * ways is refused: encoded slashes and backslashes, NUL and other control
 * characters, empty, "." and ".." segments, ";" parameters, bytes that are
 * not UTF-8, fragments, and targets that do not start with a slash.
 */
#ifndef MOLTIS_HTTP_PATH_H
#define MOLTIS_HTTP_PATH_H

#include <stddef.h>

#include "base/status.h"

#define HTTP_TARGET_MAX 4096 /* bytes of the whole REQUEST_URI */
#define HTTP_PATH_MAX 1024   /* bytes of the decoded path */

struct http_path {
	char text[HTTP_PATH_MAX + 1]; /* decoded, starts with '/' */
	size_t len;
	const char *query; /* still encoded; borrowed from the target, or "" */
};

/* TARGET is REQUEST_URI as it came; NULL is refused.  ST_INVALID leaves
 * *RET_PATH alone. */
MUST_CHECK enum status http_path_parse(const char *target,
    struct http_path *ret_path);

#endif
