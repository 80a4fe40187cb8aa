/*
 * Rules for single commands that commands.tsv has no line for, and searches
 * in texts.
 */
#include "config.h"

#include "approval/floor_rules.h"
#include "tests/unit/unit.h"

#define HITS(...) \
	(floor_rules_command((const char *const[]){ __VA_ARGS__ }, \
	     sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)) != \
	    NULL)

static void
commands(void)
{
	CU_ASSERT_TRUE(HITS("rm", "-rf", "/"));
	CU_ASSERT_TRUE(HITS("rm", "/", "-r"));
	CU_ASSERT_TRUE(HITS("rm", "--no-preserve-root"));
	CU_ASSERT_FALSE(HITS("rm", "/"));
	CU_ASSERT_FALSE(HITS("rm"));
	CU_ASSERT_FALSE(HITS("rm", "-rf", "a"));
	CU_ASSERT_FALSE(HITS("rm", "-f", "/"));
	CU_ASSERT_FALSE(HITS("rm", "--rx", "/"));
	CU_ASSERT_FALSE(HITS("rm", "x--recursive", "/"));
	CU_ASSERT_FALSE(HITS("rm", "--", "/"));
	CU_ASSERT_TRUE(HITS("dd", "if=/dev/random"));
	CU_ASSERT_TRUE(HITS("git", "-C", "x", "reset", "--hard"));
	CU_ASSERT_FALSE(HITS("git", "-C", "reset", "log", "--hard"));
	CU_ASSERT_FALSE(HITS("git", "-C"));
	CU_ASSERT_FALSE(HITS("git"));
	CU_ASSERT_FALSE(HITS("git", "push", "origin", "a-f"));
	CU_ASSERT_TRUE(HITS("kill", "-1"));
	CU_ASSERT_FALSE(HITS("kill", "-1", "5"));
	CU_ASSERT_TRUE(HITS("kill", "-9", "-1"));
	CU_ASSERT_TRUE(HITS("kubectl", "delete", "namespaces/x"));
	CU_ASSERT_FALSE(HITS("kubectl", "delete", "pod", "-n", "ns"));
	CU_ASSERT_FALSE(HITS("kubectl", "get", "ns"));
	CU_ASSERT_FALSE(HITS(""));
	CU_ASSERT_TRUE(floor_rules_knows("rm"));
	CU_ASSERT_TRUE(floor_rules_knows("mkfs.ext4"));
	CU_ASSERT_FALSE(floor_rules_knows("rmx"));
	CU_ASSERT_FALSE(floor_rules_knows(""));
}

static void
statements(void)
{
	CU_ASSERT_PTR_NOT_NULL(floor_rules_sql("drop table x"));
	CU_ASSERT_PTR_NOT_NULL(floor_rules_sql("('drop schema x')"));
	CU_ASSERT_PTR_NOT_NULL(floor_rules_sql("drop x; drop database y"));
	CU_ASSERT_PTR_NOT_NULL(floor_rules_sql("truncate table x"));
	CU_ASSERT_PTR_NOT_NULL(floor_rules_sql("truncate \"x\""));
	CU_ASSERT_PTR_NULL(floor_rules_sql("drop tables"));
	CU_ASSERT_PTR_NULL(floor_rules_sql("raindrop table"));
	CU_ASSERT_PTR_NULL(floor_rules_sql("truncate -s 0 x"));
	CU_ASSERT_PTR_NULL(floor_rules_sql("truncate "));
	CU_ASSERT_PTR_NULL(floor_rules_sql("drop"));
	CU_ASSERT_PTR_NULL(floor_rules_sql(""));
}

static void
bombs(void)
{
	CU_ASSERT_PTR_NOT_NULL(floor_rules_fork_bomb(":(){:|:&};:"));
	CU_ASSERT_PTR_NOT_NULL(floor_rules_fork_bomb("bomb(){bomb|bomb&};"));
	CU_ASSERT_PTR_NOT_NULL(floor_rules_fork_bomb("x;f(){f&f;};f"));
	CU_ASSERT_PTR_NOT_NULL(floor_rules_fork_bomb("functionf(){f|f&}"));
	CU_ASSERT_PTR_NOT_NULL(floor_rules_fork_bomb("$0|$0"));
	CU_ASSERT_PTR_NULL(floor_rules_fork_bomb("f(){g|h;};f"));
	CU_ASSERT_PTR_NULL(floor_rules_fork_bomb("f(){x|f;};f"));
	CU_ASSERT_PTR_NULL(floor_rules_fork_bomb("f(){f|x;};f"));
	CU_ASSERT_PTR_NULL(floor_rules_fork_bomb("(){"));
	CU_ASSERT_PTR_NULL(floor_rules_fork_bomb(""));
}

void
suite_approval_floor_rules(void)
{
	static const struct unit_test tests[] = {
		{ "rules look at operands and options", commands },
		{ "statements are found in texts", statements },
		{ "functions that double themselves are found", bombs },
		{ NULL, NULL },
	};

	unit_add("src/approval/floor_rules.c", tests);
}
