/*
 * See conf_case.h.  A case that goes wrong prints what was said, since CUnit
 * only shows the expression.
 */
#include "config.h"

#include "tests/unit/conf/conf_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/own.h"
#include "tests/unit/unit.h"

void
case_conf_free(struct conf **c)
{
	conf_free(*c);
	*c = NULL;
}

void
case_env(const char *name, const char *value)
{
	for (char **e = environ; *e != NULL;) {
		own_mem char *found = mem_strndup(*e, strcspn(*e, "="));

		if (strncmp(found, "MOLTIS_", 7) == 0) {
			(void)unsetenv(found);
			e = environ;
		} else {
			e++;
		}
	}
	if (name != NULL)
		(void)setenv(name, value, 1);
}

struct conf *
case_load(const char *text)
{
	return case_load_two(text, "");
}

struct conf *
case_load_two(const char *first, const char *second)
{
	own_mem char *a = unit_temp_file(first);
	own_mem char *b = unit_temp_file(second);
	own_txt struct txt files, why;
	struct conf *c = NULL;
	enum status st;

	txt_init(&files, 0);
	txt_init(&why, 0);
	txt_format(&files, "%s:%s", a, b);
	st = conf_load(txt_str(&files), &c, &why);
	if (st != ST_OK)
		fprintf(stderr, "refused: %s", txt_str(&why));
	CU_ASSERT_EQUAL_FATAL(st, ST_OK);
	CU_ASSERT_STRING_EQUAL(txt_str(&why), "");
	return c;
}

void
case_refused(const char *text, const char *expected)
{
	own_mem char *file = unit_temp_file(text);
	own_txt struct txt why;
	struct conf *c = NULL;
	enum status st;

	txt_init(&why, 0);
	st = conf_load(file, &c, &why);
	if (st == ST_OK || strstr(txt_str(&why), expected) == NULL)
		fprintf(stderr, "not refused with \"%s\": %s\nsaid: %s",
		    expected, text, txt_str(&why));
	CU_ASSERT_EQUAL(st, ST_INVALID);
	CU_ASSERT_PTR_NULL(c);
	CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&why), expected));
	conf_free(c);
}
