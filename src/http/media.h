/* The Content-Type request header (RFC 9110 section 8.3). */
#ifndef MOLTIS_HTTP_MEDIA_H
#define MOLTIS_HTTP_MEDIA_H

#include <stdbool.h>

/* application/json, with at most a charset=utf-8 parameter.  NULL is false. */
bool http_media_is_json(const char *content_type);
/* application/octet-stream, without parameters.  No form of a browser can
 * declare it.  NULL is false. */
bool http_media_is_bytes(const char *content_type);

#endif
