/*
 * The safe list: one row a command, with the options that make it unsafe.
 *
 * Not on it, though they only print at first sight: env and command run other
 * programs, printenv shows secrets, tee, sed and awk write and run, xargs and
 * find run, yq writes.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approval/safe.h"
#include "approval/safe_path.h"
#include "approval/safe_trap.h"
#include "base/utf8.h"

typedef const char *trap_function(const struct shell_word *, size_t);

/* Arguments are texts, not files. */
#define TEXTS 1
/* Position matters, so no pattern may stand for several arguments. */
#define NO_GLOB 2
/* A file whose name looks like an option does no harm. */
#define ANY_GLOB 4

struct safe_command {
	const char *name;
	const char *letters; /* short options that ask */
	const char *values;  /* short options with a value */
	const char *options; /* long options that ask */
	trap_function *trap;
	unsigned flags;
};

/* Sorted by name. */
static const struct safe_command commands[] = {
	{ .name = "[", .trap = safe_trap_test, .flags = NO_GLOB },
	{ .name = "b2sum" },
	{ .name = "basename", .flags = TEXTS },
	{ .name = "cal", .flags = TEXTS },
	{ .name = "cat" },
	{ .name = "comm" },
	{ .name = "cut" },
	{ .name = "date",
	    .letters = "s",
	    .values = "dfrI",
	    .options = "set",
	    .trap = safe_trap_date,
	    .flags = NO_GLOB },
	{ .name = "df" },
	{ .name = "diff",
	    .letters = "l",
	    .values = "CDFILSUWxX",
	    .options = "paginate",
	    .trap = safe_trap_recursive },
	{ .name = "dirname", .flags = TEXTS },
	{ .name = "du" },
	{ .name = "echo", .flags = TEXTS },
	{ .name = "egrep",
	    .letters = "f",
	    .values = "eABCmdD",
	    .options = "file",
	    .trap = safe_trap_recursive,
	    .flags = ANY_GLOB },
	{ .name = "expand" },
	{ .name = "false", .flags = TEXTS },
	{ .name = "fgrep",
	    .letters = "f",
	    .values = "eABCmdD",
	    .options = "file",
	    .trap = safe_trap_recursive,
	    .flags = ANY_GLOB },
	{ .name = "file",
	    .letters = "CzZSms",
	    .values = "eFfP",
	    .options = "compile uncompress uncompress-noreport no-sandbox "
		       "magic-file special-files" },
	{ .name = "fold" },
	{ .name = "free", .flags = TEXTS },
	{ .name = "grep",
	    .letters = "f",
	    .values = "eABCmdD",
	    .options = "file",
	    .trap = safe_trap_recursive,
	    .flags = ANY_GLOB },
	{ .name = "head" },
	{ .name = "hostname",
	    .letters = "Fb",
	    .options = "file boot",
	    .trap = safe_trap_hostname,
	    .flags = NO_GLOB },
	{ .name = "jq",
	    .letters = "fL",
	    .options = "from-file run-tests",
	    .trap = safe_trap_jq,
	    .flags = NO_GLOB },
	{ .name = "ls" },
	{ .name = "md5sum" },
	{ .name = "paste" },
	{ .name = "printf",
	    .trap = safe_trap_printf,
	    .flags = TEXTS | NO_GLOB },
	{ .name = "pwd", .flags = TEXTS },
	{ .name = "readlink" },
	{ .name = "realpath" },
	{ .name = "rev" },
	{ .name = "seq", .flags = TEXTS },
	{ .name = "sha1sum" },
	{ .name = "sha256sum" },
	{ .name = "sort",
	    .letters = "oT",
	    .values = "ktS",
	    .options = "output compress-program temporary-directory" },
	{ .name = "stat" },
	{ .name = "tail" },
	{ .name = "test", .trap = safe_trap_test, .flags = NO_GLOB },
	{ .name = "tr", .flags = TEXTS },
	{ .name = "true", .flags = TEXTS },
	{ .name = "type", .flags = TEXTS },
	{ .name = "uname", .flags = TEXTS },
	{ .name = "unexpand" },
	{ .name = "uniq", .trap = safe_trap_uniq, .flags = NO_GLOB },
	{ .name = "wc" },
	{ .name = "which", .flags = TEXTS },
	{ .name = "whoami", .flags = TEXTS },
	{ .name = "yes", .flags = TEXTS },
};

static int
compare(const void *name, const void *row)
{
	return strcmp(name, ((const struct safe_command *)row)->name);
}

static const struct safe_command *
find(const char *name)
{
	return bsearch(name, commands, sizeof(commands) / sizeof(commands[0]),
	    sizeof(commands[0]), compare);
}

const char *
safe_name(const struct shell_word *word)
{
	static const char *const folders[] = { "/bin/", "/usr/bin/",
		"/usr/local/bin/" };
	const char *name = word->text;

	if (!word->plain)
		return NULL;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		size_t n = strlen(folders[i]);

		if (strncmp(name, folders[i], n) == 0) {
			name += n;
			break;
		}
	}
	return name[0] == '\0' || strchr(name, '/') != NULL ? NULL : name;
}

static const char *
argument_check(const struct safe_command *command, const struct shell_word *arg)
{
	if (safe_trap_short(arg->text, command->letters, command->values) ||
	    safe_trap_long(arg->text, command->options))
		return "is an option that can write, run or change something";
	if (arg->glob_at != SHELL_NO_GLOB && (command->flags & NO_GLOB) != 0)
		return "is a pattern, and this command is not safe with any "
		       "arguments";
	if ((command->letters != NULL || command->trap != NULL) &&
	    (command->flags & ANY_GLOB) == 0 && safe_path_may_be_option(arg))
		return "is a pattern that may match the name of an option";
	return (command->flags & TEXTS) != 0 ? NULL : safe_path_check(arg);
}

/* How much of TEXT is quoted to the person asked. */
static int
shown(const char *text)
{
	return (int)utf8_cut(text, strlen(text), 40);
}

bool
safe_check(const struct shell_word *argv, size_t count, char *why)
{
	const char *name = safe_name(&argv[0]);
	const struct safe_command *command;
	const char *trap;

	command = name == NULL ? NULL : find(name);
	if (command == NULL) {
		(void)snprintf(why, SAFE_WHY_BYTES,
		    "\"%.*s\" is not a known safe command", shown(argv[0].text),
		    argv[0].text);
		return false;
	}
	for (size_t i = 1; i < count; i++) {
		trap = argument_check(command, &argv[i]);
		if (trap == NULL)
			continue;
		(void)snprintf(why, SAFE_WHY_BYTES, "%s: \"%.*s\" %s", name,
		    shown(argv[i].text), argv[i].text, trap);
		return false;
	}
	trap =
	    command->trap == NULL ? NULL : command->trap(argv + 1, count - 1);
	if (trap != NULL)
		(void)snprintf(why, SAFE_WHY_BYTES,
		    "with these arguments "
		    "%s %s",
		    name, trap);
	return trap == NULL;
}
