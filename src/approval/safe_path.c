/*
 * Paths in arguments, judged as text: no file is looked at, because what is on
 * the disk may change before the command runs.
 *
 * /proc and /dev are looked for anywhere in an argument, which covers options
 * with a value, paths that climb up with .. and paths glued to a letter.
 */
#include "config.h"

#include <string.h>

#include "approval/safe_path.h"
#include "base/mem.h"
#include "base/own.h"

static const char *const proc_files[] = { "cpuinfo", "filesystems", "loadavg",
	"meminfo", "mounts", "stat", "uptime", "version", NULL };

static const char *const dev_files[] = { "null", "random", "stdin", "urandom",
	"zero", NULL };

/* Repeated slashes and "/./" are one slash. */
static void
collapse(char *path)
{
	char *to = path;

	for (const char *from = path; *from != '\0'; from++) {
		while (from[0] == '/' &&
		    (from[1] == '/' ||
			(from[1] == '.' &&
			    (from[2] == '/' || from[2] == '\0'))))
			from += from[1] == '/' ? 1 : 2;
		*to++ = *from;
		if (*from == '\0')
			return;
	}
	*to = '\0';
}

static bool
is_one_of(const char *const *list, const char *name)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, name) == 0)
			return true;
	}
	return false;
}

/* Does PATH lead from FOLDER, as "/proc", to what is not in ALLOWED? */
static bool
leads_into(const char *path, const char *folder, const char *const *allowed)
{
	size_t n = strlen(folder);

	if (strncmp(path, folder, n) != 0)
		return false;
	return path[n] == '\0' ||
	    (path[n] == '/' && !is_one_of(allowed, path + n + 1));
}

/* The same for an argument: an option may have the path glued to it, and one
 * that climbs up may come out anywhere. */
static bool
enters(const char *arg, const char *folder, const char *const *allowed)
{
	bool odd = arg[0] == '-' || strchr(arg, '=') != NULL ||
	    strstr(arg, "..") != NULL;

	if (!odd)
		return leads_into(arg, folder, allowed);
	for (const char *at = strchr(arg, '/'); at != NULL;
	     at = strchr(at + 1, '/')) {
		if (leads_into(at, folder, allowed))
			return true;
	}
	return false;
}

/* A pattern may match hidden files only when it says the dot; then nobody can
 * tell which.  FROM is the start of the first component with a pattern. */
static bool
may_match_hidden(const char *from)
{
	while (from != NULL && *from != '\0') {
		if (from[0] == '.' && from[1] != '/' && from[1] != '\0')
			return true;
		from = strchr(from, '/');
		if (from != NULL)
			from++;
	}
	return false;
}

static const char *
pattern_check(const struct shell_word *arg)
{
	const char *text = arg->text;
	const char *from = text;

	if (arg->dollar)
		return "has a pattern behind a variable";
	if (text[0] == '/' && strncmp(text, "/workspace/", 11) != 0 &&
	    strncmp(text, "/tmp/", 5) != 0)
		return "has a pattern outside the workspace";
	if (strstr(text, "..") != NULL)
		return "has a pattern that climbs up";
	for (size_t i = 0; i < arg->glob_at; i++) {
		if (text[i] == '/')
			from = text + i + 1;
	}
	return may_match_hidden(from) ? "has a pattern for hidden files" : NULL;
}

const char *
safe_path_check(const struct shell_word *arg)
{
	own_mem char *path = mem_strdup(arg->text);
	const char *why;

	if (arg->glob_at != SHELL_NO_GLOB) {
		why = pattern_check(arg);
		if (why != NULL)
			return why;
	}
	collapse(path);
	if (enters(path, "/proc", proc_files))
		return "names something below /proc";
	if (enters(path, "/dev", dev_files))
		return "names a device";
	return NULL;
}

bool
safe_path_may_be_option(const struct shell_word *arg)
{
	return arg->glob_at == 0 ||
	    (arg->glob_at != SHELL_NO_GLOB && arg->text[0] == '-');
}
