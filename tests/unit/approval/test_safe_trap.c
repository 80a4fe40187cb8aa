/*
 * Options in clusters and abbreviations; the traps of single commands are in
 * tests/data/commands.tsv as well.
 */
#include "config.h"

#include <string.h>

#include "approval/safe_trap.h"
#include "tests/unit/unit.h"

static void
shorts(void)
{
	CU_ASSERT_TRUE(safe_trap_short("-o", "o", NULL));
	CU_ASSERT_TRUE(safe_trap_short("-uo", "o", "kt"));
	CU_ASSERT_TRUE(safe_trap_short("-ofile", "o", "kt"));
	CU_ASSERT_FALSE(safe_trap_short("-to", "o", "kt"));
	CU_ASSERT_TRUE(safe_trap_short("-to", "o", NULL));
	CU_ASSERT_FALSE(safe_trap_short("--output", "o", NULL));
	CU_ASSERT_FALSE(safe_trap_short("-", "o", NULL));
	CU_ASSERT_FALSE(safe_trap_short("o", "o", NULL));
	CU_ASSERT_FALSE(safe_trap_short("-o", NULL, NULL));
}

static void
longs(void)
{
	static const char names[] = "output compress-program";

	CU_ASSERT_TRUE(safe_trap_long("--output", names));
	CU_ASSERT_TRUE(safe_trap_long("--output=f", names));
	CU_ASSERT_TRUE(safe_trap_long("--o", names));
	CU_ASSERT_TRUE(safe_trap_long("--compress-p=x", names));
	CU_ASSERT_FALSE(safe_trap_long("--outputs", names));
	CU_ASSERT_FALSE(safe_trap_long("--", names));
	CU_ASSERT_FALSE(safe_trap_long("--=x", names));
	CU_ASSERT_FALSE(safe_trap_long("-o", names));
	CU_ASSERT_FALSE(safe_trap_long("--output", NULL));
}

/* Result of TRAP for the arguments in COMMAND after its name. */
static const char *
trapped(const char *(*trap)(const struct shell_word *, size_t),
    const char *command)
{
	own_shell_line struct shell_line line = { 0 };

	shell_line_parse(command, strlen(command), &line);
	CU_ASSERT_TRUE_FATAL(line.understood);
	return trap(line.words + 1, line.word_count - 1);
}

static void
operands(void)
{
	CU_ASSERT_PTR_NULL(trapped(safe_trap_date, "date +%F"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_date, "date 0101"));
	CU_ASSERT_PTR_NULL(trapped(safe_trap_hostname, "hostname -f"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_hostname, "hostname x"));
	CU_ASSERT_PTR_NULL(trapped(safe_trap_uniq, "uniq -f 1 a"));
	CU_ASSERT_PTR_NULL(trapped(safe_trap_uniq, "uniq -cw 1 a"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_uniq, "uniq a b"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_uniq, "uniq -w1 a b"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_uniq, "uniq -- -a b"));
}

static void
languages(void)
{
	CU_ASSERT_PTR_NULL(trapped(safe_trap_jq, "jq .environment"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_jq, "jq '[env]'"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_jq, "jq '$ENV.x'"));
	CU_ASSERT_PTR_NULL(trapped(safe_trap_printf, "printf '%s%%n'"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_printf, "printf '%*n' 1 x"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_test, "[ -v x ]"));
	CU_ASSERT_PTR_NULL(trapped(safe_trap_test, "[ -n x ]"));
	CU_ASSERT_PTR_NULL(trapped(safe_trap_recursive, "grep x /etc/y"));
	CU_ASSERT_PTR_NULL(trapped(safe_trap_recursive, "grep -r x y"));
	CU_ASSERT_PTR_NOT_NULL(trapped(safe_trap_recursive, "grep -r x /"));
}

void
suite_approval_safe_trap(void)
{
	static const struct unit_test tests[] = {
		{ "a letter is found in a cluster, not in a value", shorts },
		{ "a long option is found by its abbreviations", longs },
		{ "operands that write are seen", operands },
		{ "small languages are searched", languages },
		{ NULL, NULL },
	};

	unit_add("src/approval/safe_trap.c", tests);
}
