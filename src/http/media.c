/*
 * Content-Type check.
 *
 * Whole-value comparison: a browser can send text/plain, multipart and
 * urlencoded bodies across sites without asking, and a lax match such as
 * "contains json" would let those through (A6).
 */
#include "config.h"

#include "http/media.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define JSON "application/json"

static const char *
skip_space(const char *s)
{
	return s + strspn(s, " \t");
}

bool
http_media_is_json(const char *content_type)
{
	const char *s;

	if (content_type == NULL ||
	    strncasecmp(content_type, JSON, sizeof(JSON) - 1) != 0)
		return false;
	s = skip_space(content_type + sizeof(JSON) - 1);
	if (*s == '\0')
		return true;
	if (*s != ';')
		return false;
	s = skip_space(s + 1);
	if (*s == '\0')
		return true;
	return strcasecmp(s, "charset=utf-8") == 0 ||
	    strcasecmp(s, "charset=\"utf-8\"") == 0;
}

bool
http_media_is_bytes(const char *content_type)
{
	return content_type != NULL &&
	    strcasecmp(content_type, "application/octet-stream") == 0;
}
