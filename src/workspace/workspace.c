/*
 * Which paths a person may name: relative, of plain parts, nothing that any
 * reader could take for a way up.  Pure; the daemon's walk is what keeps
 * inside (sandboxd/walk.h), this keeps what makes no sense from getting there.
 */
#include "config.h"

#include <string.h>

#include "base/utf8.h"
#include "workspace/workspace.h"

/* Bytes of the character at S that is or looks like dots; 0: it does not. */
static size_t
dots_step(const char *s, size_t n)
{
	static const char *const dots[] = { ".", "\xe2\x80\xa4", "\xe2\x80\xa5",
		"\xe2\x80\xa6", "\xef\xbc\x8e", "\xef\xb9\x92", "\xef\xbd\xa1",
		"\xe3\x80\x82" };

	for (size_t i = 0; i < sizeof(dots) / sizeof(dots[0]); i++) {
		size_t len = strlen(dots[i]);

		if (len <= n && memcmp(s, dots[i], len) == 0)
			return len;
	}
	return 0;
}

/* "." and ".." in any spelling, and longer rows of dots with them. */
static bool
is_dots(const char *s, size_t n)
{
	size_t at = 0, step;

	while (at < n && (step = dots_step(s + at, n - at)) > 0)
		at += step;
	return at == n;
}

/* The part between two slashes.  Some clients take a backslash for one. */
static const char *
part_fault(const char *s, size_t n)
{
	size_t at = 0;

	if (n == 0)
		return "'path' must not begin or end with a slash or have two "
		       "in a row";
	if (n > WORKSPACE_NAME_MAX)
		return "'path' is too long: at most 255 bytes between two "
		       "slashes";
	for (;;) {
		const char *slash = memchr(s + at, '\\', n - at);
		size_t len =
		    slash == NULL ? n - at : (size_t)(slash - (s + at));

		if (len > 0 && is_dots(s + at, len))
			return "'path' must not have parts of dots";
		if (slash == NULL)
			return NULL;
		at += len + 1;
	}
}

const char *
workspace_path_fault(const char *path, bool may_be_root)
{
	size_t n = strnlen(path, WORKSPACE_PATH_MAX + 1);
	size_t at = 0;

	if (n == 0)
		return may_be_root ? NULL : "'path' must not be empty";
	if (n > WORKSPACE_PATH_MAX)
		return "'path' is too long: at most 1024 bytes";
	if (!utf8_check(path, n) || utf8_has_control(path, n, ""))
		return "'path' must be UTF-8 without control characters";
	for (;;) {
		size_t len = strcspn(path + at, "/");
		const char *fault = part_fault(path + at, len);

		if (fault != NULL || path[at + len] == '\0')
			return fault;
		at += len + 1;
	}
}
