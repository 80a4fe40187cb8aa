/*
 * Allowlist entries against single commands: names, prefixes, exact words.
 */
#include "config.h"

#include <string.h>

#include "approval/analysis_allow.h"
#include "tests/unit/unit.h"

static bool
matches(const char *entry, const char *command)
{
	own_shell_line struct shell_line line = { 0 };
	bool matched;

	shell_line_parse(command, strlen(command), &line);
	CU_ASSERT_TRUE_FATAL(line.understood);
	matched =
	    analysis_allow_matches(entry, line.words, line.segments[0].count);
	return matched;
}

static void
names(void)
{
	CU_ASSERT_TRUE(matches("git", "git"));
	CU_ASSERT_TRUE(matches("git", "git status -s"));
	CU_ASSERT_TRUE(matches("git", "/usr/bin/git status"));
	CU_ASSERT_FALSE(matches("git", "gits"));
	CU_ASSERT_FALSE(matches("git", "/tmp/git"));
	CU_ASSERT_FALSE(matches("git", "'git'"));
	CU_ASSERT_FALSE(matches("git", "$USER"));
	CU_ASSERT_TRUE(matches("/opt/x", "/opt/x a"));
	CU_ASSERT_FALSE(matches("/opt/x", "x a"));
	CU_ASSERT_FALSE(matches("/opt/x", "/opt/./x a"));
	CU_ASSERT_FALSE(matches("/opt/x", "/opt/'x' a"));
}

static void
prefixes(void)
{
	CU_ASSERT_TRUE(matches("git log *", "git log"));
	CU_ASSERT_TRUE(matches("git log *", "git log -p *.c"));
	CU_ASSERT_TRUE(matches("git log *", "git 'log' -p"));
	CU_ASSERT_FALSE(matches("git log *", "git"));
	CU_ASSERT_FALSE(matches("git log *", "git push"));
	CU_ASSERT_FALSE(matches("git log *", "git -c x log"));
	CU_ASSERT_FALSE(matches("git log *", "git lo[g]"));
	CU_ASSERT_FALSE(matches("git $USER *", "git $USER"));
}

static void
exact(void)
{
	CU_ASSERT_TRUE(matches("npm run test", "npm run test"));
	CU_ASSERT_TRUE(matches("  npm   run test ", "npm run test"));
	CU_ASSERT_FALSE(matches("npm run test", "npm run test x"));
	CU_ASSERT_FALSE(matches("npm run test", "npm run"));
}

static void
stars(void)
{
	CU_ASSERT_TRUE(matches("*", "anything at all"));
	CU_ASSERT_FALSE(matches("git*", "git"));
	CU_ASSERT_FALSE(matches("git*", "git status"));
	CU_ASSERT_FALSE(matches("g*t status", "git status"));
	CU_ASSERT_FALSE(matches("* status", "git status"));
	CU_ASSERT_FALSE(matches("git l*", "git log"));
	CU_ASSERT_FALSE(matches("", "git"));
	CU_ASSERT_FALSE(matches(" ", "git"));
}

static bool
changes(const char *command)
{
	own_shell_line struct shell_line line = { 0 };

	shell_line_parse(command, strlen(command), &line);
	CU_ASSERT_TRUE_FATAL(line.understood);
	return analysis_allow_changes_shell(line.words);
}

static void
shell(void)
{
	CU_ASSERT_TRUE(changes("cd x"));
	CU_ASSERT_TRUE(changes("export A"));
	CU_ASSERT_TRUE(changes("/opt/unknown"));
	CU_ASSERT_FALSE(changes("git status"));
}

void
suite_approval_analysis_allow(void)
{
	static const struct unit_test tests[] = {
		{ "a name allows the command with all arguments", names },
		{ "words and a star allow what begins with the words",
		    prefixes },
		{ "words alone allow exactly these", exact },
		{ "a star inside a word matches nothing", stars },
		{ "commands that change the shell are known", shell },
		{ NULL, NULL },
	};

	unit_add("src/approval/analysis_allow.c", tests);
}
