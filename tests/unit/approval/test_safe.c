/*
 * The safe list: names, and a sentence that names what is not safe.
 */
#include "config.h"

#include <string.h>

#include "approval/safe.h"
#include "base/utf8.h"
#include "tests/unit/unit.h"

static bool
is_safe(const char *command, char *why)
{
	own_shell_line struct shell_line line = { 0 };

	shell_line_parse(command, strlen(command), &line);
	CU_ASSERT_TRUE_FATAL(line.understood);
	return safe_check(line.words, line.segments[0].count, why);
}

static void
sentences(void)
{
	char why[SAFE_WHY_BYTES] = "";

	CU_ASSERT_TRUE(is_safe("ls -l", why));
	CU_ASSERT_FALSE(is_safe("curl x", why));
	CU_ASSERT_STRING_EQUAL(why, "\"curl\" is not a known safe command");
	CU_ASSERT_FALSE(is_safe("sort -o f", why));
	CU_ASSERT_STRING_EQUAL(why,
	    "sort: \"-o\" is an option that can write, run or change "
	    "something");
	CU_ASSERT_FALSE(is_safe("uniq a b", why));
	CU_ASSERT_STRING_EQUAL(why,
	    "with these arguments uniq writes to its second operand");
	CU_ASSERT_FALSE(is_safe("cat /proc/x", why));
	CU_ASSERT_STRING_EQUAL(why,
	    "cat: \"/proc/x\" names something below /proc");
}

static void
long_names(void)
{
	/* Letters of two bytes, so that the cut falls into one. */
	static const char command[] =
	    "x\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
	    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9";
	char why[SAFE_WHY_BYTES] = "";

	CU_ASSERT_FALSE(is_safe(command, why));
	CU_ASSERT_TRUE(utf8_check(why, strlen(why)));
	CU_ASSERT(strlen(why) < 80);
}

/* Every row can be found, which needs the table sorted. */
static void
all_names(void)
{
	static const char *const names[] = { "b2sum", "basename", "cal", "cat",
		"comm", "cut", "date", "df", "diff", "dirname", "du", "echo",
		"egrep", "expand", "false", "fgrep", "file", "fold", "free",
		"grep", "head", "hostname", "jq", "ls", "md5sum", "paste",
		"printf", "pwd", "readlink", "realpath", "rev", "seq",
		"sha1sum", "sha256sum", "sort", "stat", "tail", "test", "tr",
		"true", "type", "uname", "unexpand", "uniq", "wc", "which",
		"whoami", "yes", "[" };
	static const char *const dropped[] = { "xargs", "env", "command", "tee",
		"awk", "sed", "yq", "printenv", "find", "id", "sh" };
	char why[SAFE_WHY_BYTES];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CU_ASSERT_TRUE(is_safe(names[i], why));
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		CU_ASSERT_FALSE(is_safe(dropped[i], why));
}

static void
names(void)
{
	struct shell_word word = { .plain = true, .glob_at = SHELL_NO_GLOB };

	word.text = "/usr/bin/git";
	CU_ASSERT_STRING_EQUAL(safe_name(&word), "git");
	word.text = "git";
	CU_ASSERT_STRING_EQUAL(safe_name(&word), "git");
	word.plain = false;
	CU_ASSERT_PTR_NULL(safe_name(&word));
	word.plain = true;
	word.text = "/tmp/git";
	CU_ASSERT_PTR_NULL(safe_name(&word));
	word.text = "/bin/";
	CU_ASSERT_PTR_NULL(safe_name(&word));
	word.text = "/bin/x/git";
	CU_ASSERT_PTR_NULL(safe_name(&word));
	word.text = "/bin//usr/bin/git";
	CU_ASSERT_PTR_NULL(safe_name(&word));
}

void
suite_approval_safe(void)
{
	static const struct unit_test tests[] = {
		{ "what is not safe is named", sentences },
		{ "a long name is cut between characters", long_names },
		{ "the list is the one of the requirements", all_names },
		{ "folders of the system are no part of a name", names },
		{ NULL, NULL },
	};

	unit_add("src/approval/safe.c", tests);
}
