/*
 * Paths and patterns in the arguments of safe commands.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "approval/safe_path.h"
#include "tests/unit/unit.h"

static bool
is_fine(const char *text)
{
	struct shell_word word = { .text = text };
	size_t n = strcspn(text, "*?[");

	word.glob_at = text[n] == '\0' ? SHELL_NO_GLOB : n;
	word.dollar = strchr(text, '$') != NULL;
	return safe_path_check(&word) == NULL;
}

static void
expect_all(const char *const *texts, bool fine)
{
	for (; *texts != NULL; texts++) {
		if (is_fine(*texts) != fine)
			fprintf(stderr, "path: %s\n", *texts);
		CU_ASSERT_EQUAL(is_fine(*texts), fine);
	}
}

static void
paths(void)
{
	static const char *const fine[] = { "a", "a/b", "../a", "/etc/hosts",
		"/proc/meminfo", "/dev/null", "/process", "src/dev/x", "-n",
		"--x=/a", "$HOME/a", "/", "..", "", "/workspace/proc/x", NULL };
	static const char *const bad[] = { "/proc", "/proc/", "/proc/1/maps",
		"//proc/self", "/./proc/x", "/.//./proc/x", "../proc/x",
		"-f/proc/x", "--file=/proc/x", "/a/../proc/x", "/dev/sda",
		"/dev/fd/3", "/dev/null/../sda", "/dev/", "x=/dev/sda",
		"/proc/meminfo/../self", NULL };

	expect_all(fine, true);
	expect_all(bad, false);
}

static void
patterns(void)
{
	static const char *const fine[] = { "*", "*.c", "src/*.c", "./*",
		"/workspace/*", "/tmp/a*", ".config/*.json", "*/x.c", NULL };
	static const char *const bad[] = { "/*", "/etc/*", "../*", "$HOME/*",
		".*", ".s*/x", "./.s*", "*/.x", "/workspace/../*",
		"/workspace*", "a/.[a-z]*", NULL };

	expect_all(fine, true);
	expect_all(bad, false);
}

static bool
may_be_option(const char *text)
{
	struct shell_word word = { .text = text };
	size_t n = strcspn(text, "*?[");

	word.glob_at = text[n] == '\0' ? SHELL_NO_GLOB : n;
	return safe_path_may_be_option(&word);
}

static void
options(void)
{
	CU_ASSERT_TRUE(may_be_option("*"));
	CU_ASSERT_TRUE(may_be_option("-*"));
	CU_ASSERT_FALSE(may_be_option("./*"));
	CU_ASSERT_FALSE(may_be_option("a*"));
	CU_ASSERT_FALSE(may_be_option("-a"));
}

void
suite_approval_safe_path(void)
{
	static const struct unit_test tests[] = {
		{ "/proc and /dev are seen wherever they stand", paths },
		{ "a pattern may only match what can be foreseen", patterns },
		{ "a pattern may look like an option", options },
		{ NULL, NULL },
	};

	unit_add("src/approval/safe_path.c", tests);
}
