/*
 * The table itself: each row is usable, names are unique, hints are sane.
 */
#include "config.h"

#include <string.h>

#include "conf/conf_table.h"
#include "tests/unit/unit.h"

static void
rows_complete(void)
{
	const struct conf_option *o;
	size_t count;

	o = conf_options(&count);
	CU_ASSERT_TRUE(count > 30);
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(o[i].sentence);
		bool ranged = o[i].type == CONF_INT || o[i].type == CONF_NUMBER;

		CU_ASSERT_PTR_NOT_NULL(strchr(o[i].path, '.'));
		CU_ASSERT_EQUAL(o[i].sentence[n - 1], '.');
		CU_ASSERT_EQUAL(ranged, o[i].max > o[i].min);
		CU_ASSERT_EQUAL(o[i].type == CONF_WORD ||
			o[i].type == CONF_CHOICE,
		    o[i].words != NULL);
		CU_ASSERT_PTR_EQUAL(conf_option_find(o[i].path), &o[i]);
		CU_ASSERT_FALSE(conf_group_check(o[i].path));
	}
	CU_ASSERT_PTR_NULL(conf_option_find("tools"));
	CU_ASSERT_TRUE(conf_group_check("tools.exec"));
	CU_ASSERT_FALSE(conf_group_check("tools.ex"));
}

/* Two options must not share a variable. */
static void
env_names_unique(void)
{
	char a[CONF_PATH_BYTES], b[CONF_PATH_BYTES];
	const struct conf_option *o;
	size_t count;

	o = conf_options(&count);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (conf_env_name(&o[i], a) && conf_env_name(&o[k], b))
				CU_ASSERT_STRING_NOT_EQUAL(a, b);
		}
	}
	CU_ASSERT_TRUE(
	    conf_env_name(conf_option_find("tools.exec.sandbox.enabled"), a));
	CU_ASSERT_STRING_EQUAL(a, "MOLTIS_TOOLS_EXEC_SANDBOX_ENABLED");
	CU_ASSERT_FALSE(conf_env_name(conf_option_find("fcgi.socket"), a));
}

static void
distances(void)
{
	CU_ASSERT_EQUAL(conf_distance("", ""), 0);
	CU_ASSERT_EQUAL(conf_distance("abc", ""), 3);
	CU_ASSERT_EQUAL(conf_distance("", "abc"), 3);
	CU_ASSERT_EQUAL(conf_distance("kitten", "sitting"), 3);
	CU_ASSERT_EQUAL(conf_distance("abc", "abc"), 0);
	CU_ASSERT_EQUAL(conf_distance("abc", "acb"), 2);
}

static void
hints(void)
{
	char out[CONF_PATH_BYTES];
	char monster[1000];

	CU_ASSERT_STRING_EQUAL(conf_hint("cron.rate_limit_mx", out),
	    "cron.rate_limit_max");
	CU_ASSERT_STRING_EQUAL(conf_hint("rate_limit_window_secs", out),
	    "cron.rate_limit_window_secs");
	CU_ASSERT_STRING_EQUAL(conf_hint("tools.exec.sandbx", out),
	    "tools.exec.sandbox");
	CU_ASSERT_PTR_NULL(conf_hint("unrelated.thing", out));
	memset(monster, 'x', sizeof(monster) - 1);
	monster[sizeof(monster) - 1] = '\0';
	CU_ASSERT_PTR_NULL(conf_hint(monster, out));
}

static void
description(void)
{
	own_txt struct txt t;
	const struct conf_option *o;
	size_t count, lines = 0;

	txt_init(&t, 0);
	conf_describe(&t);
	o = conf_options(&count);
	for (size_t i = 0; i < count; i++)
		CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&t), o[i].path));
	for (const char *p = txt_str(&t); *p != '\0'; p++)
		lines += *p == '\n';
	CU_ASSERT_EQUAL(lines, count + 4);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&t),
	    "fcgi.threads\t"
	    "whole number 1..64\t6\t"));
}

void
suite_conf_conf_table(void)
{
	static const struct unit_test tests[] = {
		{ "each row is complete and found", rows_complete },
		{ "no two options share a variable", env_names_unique },
		{ "the distance of names counts single changes", distances },
		{ "a hint is near or has the same last name", hints },
		{ "the description has a line for each option", description },
		{ NULL, NULL },
	};

	unit_add("src/conf/conf_table.c", tests);
}
