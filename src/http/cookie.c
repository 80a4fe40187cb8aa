/*
 * Cookie parser.
 *
 * Called for the login session only.  Does not decode, unquote or repair:
 * the value is compared as it is, and our own values need none of it.
 */
#include "config.h"

#include "http/cookie.h"

#include <stdbool.h>
#include <string.h>

static const char *
skip_space(const char *s, const char *end)
{
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

/* Does the text from S to END begin with NAME and '='?  Points behind it. */
static const char *
match_name(const char *s, const char *end, const char *name)
{
	size_t n = strlen(name);

	if ((size_t)(end - s) <= n || strncmp(s, name, n) != 0 || s[n] != '=')
		return NULL;
	return s + n + 1;
}

/* "a=1, NAME=2": two headers joined by a proxy that does not know cookies. */
static bool
joined(const char *header, const char *end, const char *name)
{
	const char *s = header;

	while ((s = memchr(s, ',', (size_t)(end - s))) != NULL) {
		s = skip_space(s + 1, end);
		if (match_name(s, end, name) != NULL)
			return true;
	}
	return false;
}

enum status
http_cookie_find(const char *header, const char *name, char *ret, size_t size)
{
	const char *found = NULL, *s = header, *end, *stop, *value;
	size_t len = 0;

	if (header == NULL)
		return ST_NOT_FOUND;
	end = s + strnlen(s, HTTP_COOKIE_HEADER_MAX + 1);
	if (end - s > HTTP_COOKIE_HEADER_MAX || joined(s, end, name))
		return ST_INVALID;
	while (s < end) {
		stop = memchr(s, ';', (size_t)(end - s));
		if (stop == NULL)
			stop = end;
		value = match_name(skip_space(s, stop), stop, name);
		if (value != NULL) {
			if (found != NULL)
				return ST_NOT_FOUND;
			found = value;
			len = (size_t)(stop - value);
		}
		s = stop + (stop < end);
	}
	if (found == NULL || len >= size)
		return ST_NOT_FOUND;
	memcpy(ret, found, len);
	ret[len] = '\0';
	return ST_OK;
}
