/*
 * The traps of single commands.  Where a command's own rules are intricate
 * the trap is wider than needed: a person is asked once too often.
 */
#include "config.h"

#include <string.h>

#include "approval/safe_path.h"
#include "approval/safe_trap.h"

static bool
is_option(const char *text)
{
	return text[0] == '-' && text[1] != '\0';
}

static bool
is_long(const char *text)
{
	return text[0] == '-' && text[1] == '-';
}

bool
safe_trap_short(const char *arg, const char *letters, const char *values)
{
	if (letters == NULL || !is_option(arg) || is_long(arg))
		return false;
	for (arg++; *arg != '\0'; arg++) {
		if (strchr(letters, *arg) != NULL)
			return true;
		if (values != NULL && strchr(values, *arg) != NULL)
			return false;
	}
	return false;
}

bool
safe_trap_long(const char *arg, const char *names)
{
	size_t n = strcspn(arg, "=");

	if (names == NULL || !is_long(arg) || n <= 2)
		return false;
	arg += 2;
	n -= 2;
	while (*names != '\0') {
		size_t length = strcspn(names, " ");

		if (n <= length && memcmp(arg, names, n) == 0)
			return true;
		names += length;
		names += strspn(names, " ");
	}
	return false;
}

/* date FORMAT prints; any other operand sets the clock. */
const char *
safe_trap_date(const struct shell_word *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = args[i].text;

		if (strcmp(text, "-d") == 0 || strcmp(text, "--date") == 0 ||
		    strcmp(text, "-r") == 0 ||
		    strcmp(text, "--reference") == 0) {
			i++;
			continue;
		}
		if (text[0] != '+' && !is_option(text))
			return "can set the clock";
	}
	return NULL;
}

const char *
safe_trap_hostname(const struct shell_word *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!is_option(args[i].text))
			return "can set the name of the host";
	}
	return NULL;
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
has_identifier(const char *text, const char *const *names)
{
	while (*text != '\0') {
		size_t n = 0;

		while (is_letter(text[n]))
			n++;
		for (size_t i = 0; n > 0 && names[i] != NULL; i++) {
			if (strlen(names[i]) == n &&
			    memcmp(names[i], text, n) == 0)
				return true;
		}
		text += n > 0 ? n : 1;
	}
	return false;
}

const char *
safe_trap_jq(const struct shell_word *args, size_t count)
{
	static const char *const names[] = { "ENV", "env", "get_search_list",
		"import", "include", "input_filename", NULL };

	for (size_t i = 0; i < count; i++) {
		if (has_identifier(args[i].text, names))
			return "can read the environment or other programs";
	}
	return NULL;
}

/* Bash: -v assigns, and %n stores a number in a variable. */
const char *
safe_trap_printf(const struct shell_word *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *at = args[i].text;

		if (at[0] == '-' && strcmp(at, "-") != 0 &&
		    strcmp(at, "--") != 0)
			return "can set a variable";
		if (strcmp(at, "--") == 0)
			continue;
		while ((at = strchr(at, '%')) != NULL) {
			at++;
			at += strspn(at, "-+ #0'*.123456789$hlLjztq");
			if (*at == 'n')
				return "can set a variable";
			if (*at == '%')
				at++;
		}
		return NULL;
	}
	return NULL;
}

static bool
leaves_workspace(const struct shell_word *arg)
{
	const char *text = arg->text;

	if (arg->dollar || strstr(text, "..") != NULL)
		return true;
	return text[0] == '/' && strcmp(text, "/workspace") != 0 &&
	    strncmp(text, "/workspace/", 11) != 0;
}

/* What goes through whole folders may not start outside the workspace, where
 * it would come to /proc. */
const char *
safe_trap_recursive(const struct shell_word *args, size_t count)
{
	bool recursive = false, leaves = false;

	for (size_t i = 0; i < count; i++) {
		const char *text = args[i].text;

		if (safe_trap_short(text, "rRd", NULL) ||
		    safe_trap_long(text,
			"recursive dereference-recursive directories"))
			recursive = true;
		if (safe_path_may_be_option(&args[i]))
			recursive = true;
		leaves = leaves || leaves_workspace(&args[i]);
	}
	return recursive && leaves ? "would search outside the workspace"
				   : NULL;
}

/* Bash evaluates the subscript in test -v 'a[$(command)]'. */
const char *
safe_trap_test(const struct shell_word *args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = args[i].text;

		if (strcmp(text, "-v") == 0 || strcmp(text, "-R") == 0)
			return "can evaluate a variable's name";
		/* Some shells take operands for arithmetic. */
		if (strchr(text, '[') != NULL && strpbrk(text, "$`") != NULL)
			return "can evaluate a subscript";
	}
	return NULL;
}

/* The second operand is written. */
const char *
safe_trap_uniq(const struct shell_word *args, size_t count)
{
	bool options = true;
	size_t operands = 0;

	for (size_t i = 0; i < count; i++) {
		const char *text = args[i].text;

		if (options && strcmp(text, "--") == 0) {
			options = false;
			continue;
		}
		if (!options || !is_option(text)) {
			operands++;
			continue;
		}
		/* -f N, -s N, -w N, alone or at the end of a cluster. */
		if (!is_long(text) &&
		    strspn(text + 1, "cdDiuz") == strlen(text) - 2 &&
		    strchr("fsw", text[strlen(text) - 1]) != NULL)
			i++;
	}
	return operands > 1 ? "writes to its second operand" : NULL;
}
