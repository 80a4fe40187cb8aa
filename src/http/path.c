/*
 * Path normalisation.
 *
 * The edge decodes and merges slashes in its own variables, so the routes
 * never see those: this reads the raw target.  Does not know any route.
 */
#include "config.h"

#include "http/path.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"
#include "http/percent.h"

/* A byte that may stand in the target as itself.  Bytes above 0x7f are
 * judged as UTF-8 at the end. */
static bool
raw_allowed(unsigned char c)
{
	return c > ' ' && c != 0x7f && c != '\\' && c != ';' && c != '#' &&
	    c != '%';
}

/* A byte that may be written as %XX. */
static bool
encoded_allowed(int c)
{
	return c >= ' ' && c != 0x7f && c != '/' && c != '\\' && c != ';';
}

/* No empty segment except the last one, no "." and no "..". */
static bool
segments_ok(const char *path)
{
	const char *slash = path;
	size_t len;

	while (slash != NULL) {
		const char *segment = slash + 1;

		slash = strchr(segment, '/');
		len =
		    slash != NULL ? (size_t)(slash - segment) : strlen(segment);
		if (len == 0 && slash != NULL)
			return false;
		if (len == 1 && segment[0] == '.')
			return false;
		if (len == 2 && segment[0] == '.' && segment[1] == '.')
			return false;
	}
	return true;
}

/* Decodes up to '?' or the end; *RET_END points there. */
static bool
decode(const char *target, struct http_path *path, const char **ret_end)
{
	const char *s = target;

	while (*s != '\0' && *s != '?') {
		int byte = (unsigned char)*s;

		if (*s == '%') {
			byte = http_percent_byte(s);
			if (!encoded_allowed(byte))
				return false;
			s += 2;
		} else if (!raw_allowed((unsigned char)byte)) {
			return false;
		}
		s++;
		if (path->len == HTTP_PATH_MAX)
			return false;
		path->text[path->len++] = (char)byte;
	}
	path->text[path->len] = '\0';
	*ret_end = s;
	return true;
}

enum status
http_path_parse(const char *target, struct http_path *ret_path)
{
	struct http_path path;
	const char *end;

	if (target == NULL || target[0] != '/')
		return ST_INVALID;
	if (strnlen(target, HTTP_TARGET_MAX + 1) > HTTP_TARGET_MAX)
		return ST_INVALID;
	path.len = 0;
	if (!decode(target, &path, &end))
		return ST_INVALID;
	if (!utf8_check(path.text, path.len) ||
	    utf8_has_control(path.text, path.len, ""))
		return ST_INVALID;
	if (!segments_ok(path.text))
		return ST_INVALID;
	path.query = *end == '?' ? end + 1 : "";
	*ret_path = path;
	return ST_OK;
}
