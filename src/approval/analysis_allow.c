/*
 * Matching is word by word on the parsed command, never on the raw text: the
 * entry "git *" says nothing about "git status; id", which is two commands.
 */
#include "config.h"

#include <string.h>

#include "approval/analysis_allow.h"
#include "approval/safe.h"

/* Is the literal word equal to the N bytes at ENTRY? */
static bool
is_word(const struct shell_word *word, const char *entry, size_t n)
{
	return !word->dollar && word->glob_at == SHELL_NO_GLOB &&
	    strlen(word->text) == n && memcmp(word->text, entry, n) == 0;
}

/* The first word of an entry is a bare name or an absolute path. */
static bool
is_command(const struct shell_word *word, const char *entry, size_t n)
{
	const char *name = safe_name(word);

	if (memchr(entry, '*', n) != NULL)
		return false;
	if (n > 0 && entry[0] == '/')
		return word->plain && is_word(word, entry, n);
	return name != NULL && strlen(name) == n && memcmp(name, entry, n) == 0;
}

bool
analysis_allow_matches(const char *entry, const struct shell_word *argv,
    size_t count)
{
	size_t at = 0;

	entry += strspn(entry, " ");
	if (strcmp(entry, "*") == 0)
		return true;
	while (*entry != '\0') {
		size_t n = strcspn(entry, " ");
		const char *next = entry + n + strspn(entry + n, " ");

		if (at > 0 && *next == '\0' && n == 1 && *entry == '*')
			return true;
		if (at == count)
			return false;
		if (at == 0 ? !is_command(&argv[0], entry, n)
			    : !is_word(&argv[at], entry, n))
			return false;
		at++;
		entry = next;
	}
	/* A name alone allows all arguments. */
	return at == 1 || (at > 1 && at == count);
}

bool
analysis_allow_changes_shell(const struct shell_word *argv)
{
	static const char *const names[] = { ".", "alias", "builtin", "cd",
		"command", "declare", "enable", "eval", "exec", "export",
		"getopts", "hash", "let", "local", "mapfile", "popd", "pushd",
		"read", "readarray", "readonly", "set", "shopt", "source",
		"trap", "typeset", "umask", "unalias", "unset" };
	const char *name = safe_name(&argv[0]);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (name == NULL || strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}
