/*
 * Flows: what fetches, what runs its input, what a database is told.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "approval/floor_flow.h"
#include "approval/floor_words.h"
#include "tests/unit/unit.h"

/* IS of the first command in LINE. */
static bool
first(bool (*is)(const char *const *, size_t), const char *line)
{
	own_floor_text struct floor_text text = { 0 };
	const char **argv;
	bool result;

	floor_words_read(line, strlen(line), FLOOR_STRICT, &text);
	argv = floor_flow_argv(&text, 0);
	result = is(argv, text.segments[0].count);
	free(argv);
	return result;
}

static void
sources(void)
{
	CU_ASSERT_TRUE(first(floor_flow_is_source, "curl x"));
	CU_ASSERT_TRUE(first(floor_flow_is_source, "sudo -u a wget x"));
	CU_ASSERT_TRUE(first(floor_flow_is_source, "base64 -d"));
	CU_ASSERT_TRUE(first(floor_flow_is_source, "base64 --decode"));
	CU_ASSERT_TRUE(first(floor_flow_is_source, "xxd -r -p"));
	CU_ASSERT_TRUE(first(floor_flow_is_source, "uudecode"));
	CU_ASSERT_FALSE(first(floor_flow_is_source, "base64 x"));
	CU_ASSERT_FALSE(first(floor_flow_is_source, "base64 d"));
	CU_ASSERT_FALSE(first(floor_flow_is_source, "base64 --wrap=d"));
	CU_ASSERT_FALSE(first(floor_flow_is_source, "xxd x"));
	CU_ASSERT_FALSE(first(floor_flow_is_source, "cat -r"));
	CU_ASSERT_FALSE(first(floor_flow_is_source, "sudo ls"));
	CU_ASSERT_FALSE(first(floor_flow_is_source, "echo curl"));
}

static void
inputs(void)
{
	CU_ASSERT_TRUE(first(floor_flow_runs_input, "sh"));
	CU_ASSERT_TRUE(first(floor_flow_runs_input, "bash -s -- a"));
	CU_ASSERT_TRUE(first(floor_flow_runs_input, "sudo -E bash -"));
	CU_ASSERT_TRUE(first(floor_flow_runs_input, "python3 -"));
	CU_ASSERT_TRUE(first(floor_flow_runs_input, "sh /dev/stdin"));
	CU_ASSERT_TRUE(first(floor_flow_runs_input, "sh /dev/fd/0"));
	CU_ASSERT_TRUE(first(floor_flow_runs_input, "sh /proc/self/fd/0"));
	CU_ASSERT_TRUE(first(floor_flow_runs_input, "python3 -u"));
	CU_ASSERT_FALSE(first(floor_flow_runs_input, "sh x.sh"));
	CU_ASSERT_FALSE(first(floor_flow_runs_input, "sh -x x.sh"));
	CU_ASSERT_FALSE(first(floor_flow_runs_input, "python3 -m json.tool"));
	CU_ASSERT_FALSE(first(floor_flow_runs_input, "jq ."));
}

static bool
tells(const char *line, const char *what)
{
	own_floor_text struct floor_text text = { 0 };
	own_txt struct txt out = { 0 };

	floor_words_read(line, strlen(line), FLOOR_STRICT, &text);
	return floor_flow_statements(&text, &out) &&
	    strstr(txt_str(&out), what) != NULL;
}

static void
statements(void)
{
	CU_ASSERT_TRUE(tells("psql -c 'DROP\t TABLE x'", "drop table x"));
	CU_ASSERT_TRUE(tells("psql -c 'DROP/*a*/TABLE'", "drop table"));
	CU_ASSERT_TRUE(tells("echo 'A b' | psql", "a b"));
	CU_ASSERT_FALSE(tells("echo 'A b' | grep x", "a b"));
	CU_ASSERT_FALSE(tells("echo 'A b'; psql", "a b"));
	CU_ASSERT_FALSE(tells("truncate -s 0 x", "truncate"));
	CU_ASSERT_TRUE(tells("psql -c 'x /*'", "x ;"));
	CU_ASSERT_TRUE(tells("psql truncate x", "truncate x"));
	CU_ASSERT_TRUE(tells("psql 'a/b c*d'", "a/b c*d"));
	CU_ASSERT_TRUE(tells("psql 'a\nb\rc'", "a b c"));
}

static bool
has_program(const char *line)
{
	own_floor_text struct floor_text text = { 0 };

	floor_words_read(line, strlen(line), FLOOR_STRICT, &text);
	return floor_flow_has_program(&text);
}

static void
programs(void)
{
	CU_ASSERT_TRUE(has_program("psql"));
	CU_ASSERT_TRUE(has_program("echo a | psql"));
	CU_ASSERT_TRUE(has_program("sudo psql"));
	CU_ASSERT_TRUE(has_program("sudo -u echo psql"));
	CU_ASSERT_TRUE(has_program("sudo"));
	CU_ASSERT_TRUE(has_program("xargs >echo"));
	CU_ASSERT_FALSE(has_program("xargs grep a"));
	CU_ASSERT_FALSE(has_program(">a echo b"));
	CU_ASSERT_FALSE(has_program("<a cat"));
	CU_ASSERT_FALSE(has_program("A=1 echo a"));
	CU_ASSERT_FALSE(has_program("if true; then echo a"));
	CU_ASSERT_FALSE(has_program(""));
}

static bool
feeds(const char *line)
{
	own_floor_text struct floor_text text = { 0 };

	floor_words_read(line, strlen(line), FLOOR_STRICT, &text);
	return floor_flow_feeds_shell(&text, 1);
}

static void
nesting(void)
{
	own_floor_text struct floor_text text = { 0 };
	static const char line[] = "sudo bash -c \"$(curl x)\"; echo $(curl y)";

	floor_words_read(line, strlen(line), FLOOR_STRICT, &text);
	CU_ASSERT_EQUAL_FATAL(text.segment_count, 4);
	CU_ASSERT_TRUE(floor_flow_feeds_shell(&text, 1));
	CU_ASSERT_FALSE(floor_flow_feeds_shell(&text, 0));
	CU_ASSERT_FALSE(floor_flow_feeds_shell(&text, 3));
	CU_ASSERT_TRUE(feeds("if bash -c $(x)"));
	CU_ASSERT_TRUE(feeds("python3 -c $(x)"));
	CU_ASSERT_FALSE(feeds("echo bash $(x)"));
	CU_ASSERT_FALSE(feeds("sudo nice $(x)"));
}

void
suite_approval_floor_flow(void)
{
	static const struct unit_test tests[] = {
		{ "fetching and decoding are sources", sources },
		{ "an interpreter without a script runs its input", inputs },
		{ "a database is told what reaches it", statements },
		{ "what shows text is no program", programs },
		{ "substitutions feed the command around them", nesting },
		{ NULL, NULL },
	};

	unit_add("src/approval/floor_flow.c", tests);
}
