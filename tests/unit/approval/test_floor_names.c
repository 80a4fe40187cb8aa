/*
 * Lists of names: versions, folders, and variables that take over.
 */
#include "config.h"

#include "approval/floor_names.h"
#include "tests/unit/unit.h"

static void
kinds(void)
{
	CU_ASSERT_TRUE(floor_names_is_wrapper("sudo"));
	CU_ASSERT_TRUE(floor_names_is_wrapper("bash"));
	CU_ASSERT_TRUE(floor_names_is_wrapper("$SUDO"));
	CU_ASSERT_FALSE(floor_names_is_wrapper("ls"));
	CU_ASSERT_TRUE(floor_names_is_simple_wrapper("sudo"));
	CU_ASSERT_FALSE(floor_names_is_simple_wrapper("timeout"));
	CU_ASSERT_TRUE(floor_names_is_shell("sh"));
	CU_ASSERT_TRUE(floor_names_is_shell("."));
	CU_ASSERT_FALSE(floor_names_is_shell("sudo"));
	CU_ASSERT_TRUE(floor_names_is_interpreter("python3"));
	CU_ASSERT_TRUE(floor_names_is_interpreter("python3.11"));
	CU_ASSERT_TRUE(floor_names_is_interpreter("perl"));
	CU_ASSERT_FALSE(floor_names_is_interpreter("pythonx"));
	CU_ASSERT_FALSE(floor_names_is_interpreter(""));
	CU_ASSERT_TRUE(floor_names_is_reader("grep"));
	CU_ASSERT_FALSE(floor_names_is_reader("psql"));
	CU_ASSERT_TRUE(floor_names_is_keyword("then"));
	CU_ASSERT_FALSE(floor_names_is_keyword("rm"));
}

static bool
takes_over(const char *word)
{
	bool hijack = false;

	CU_ASSERT_TRUE(floor_names_is_assignment(word, &hijack));
	return hijack;
}

static void
assignments(void)
{
	bool hijack = true;

	CU_ASSERT_TRUE(takes_over("PATH=x"));
	CU_ASSERT_TRUE(takes_over("PATH+=x"));
	CU_ASSERT_TRUE(takes_over("LD_PRELOAD=x"));
	CU_ASSERT_TRUE(takes_over("LD_ANYTHING=x"));
	CU_ASSERT_TRUE(takes_over("GIT_SSH_COMMAND=x"));
	CU_ASSERT_TRUE(takes_over("GIT_PROXY_COMMAND=x"));
	CU_ASSERT_TRUE(takes_over("IFS="));
	CU_ASSERT_TRUE(takes_over("PATH[0]=x"));
	CU_ASSERT_FALSE(takes_over("A=x"));
	CU_ASSERT_FALSE(takes_over("MYPATH=x"));
	CU_ASSERT_FALSE(takes_over("PATHS=x"));
	CU_ASSERT_FALSE(takes_over("GIT_X=x"));
	CU_ASSERT_FALSE(floor_names_is_assignment("PATH", &hijack));
	CU_ASSERT_FALSE(hijack);
	CU_ASSERT_FALSE(floor_names_is_assignment("=x", &hijack));
	CU_ASSERT_FALSE(floor_names_is_assignment("1A=x", &hijack));
	CU_ASSERT_FALSE(floor_names_is_assignment("a-b=x", &hijack));
}

static void
bases(void)
{
	CU_ASSERT_STRING_EQUAL(floor_names_base("/bin/rm"), "rm");
	CU_ASSERT_STRING_EQUAL(floor_names_base("rm"), "rm");
	CU_ASSERT_STRING_EQUAL(floor_names_base("/"), "");
}

void
suite_approval_floor_names(void)
{
	static const struct unit_test tests[] = {
		{ "commands are of the right kind", kinds },
		{ "assignments that take over are known", assignments },
		{ "a path has a last component", bases },
		{ NULL, NULL },
	};

	unit_add("src/approval/floor_names.c", tests);
}
