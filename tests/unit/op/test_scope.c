/*
 * Scopes against tests/data/scopes.tsv: all 32 sets, all five needs.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "js/js.h"
#include "op/op.h"
#include "tests/unit/unit.h"

static const struct {
	const char *word;
	enum scope scope;
} words[] = {
	{ "read", SCOPE_READ },
	{ "write", SCOPE_WRITE },
	{ "admin", SCOPE_ADMIN },
	{ "approvals", SCOPE_APPROVALS },
	{ "pairing", SCOPE_PAIRING },
};

static unsigned
set_parse(char *text)
{
	char *rest = text, *word;
	unsigned set = 0;

	while ((word = strsep(&rest, ",")) != NULL) {
		for (size_t i = 0; i < 5; i++) {
			if (strcmp(word, words[i].word) == 0)
				set |= (unsigned)words[i].scope;
		}
	}
	return set;
}

static void
all_sets(void)
{
	struct unit_table t;
	unsigned rows = 0, seen = 0;

	unit_table_open(&t, "scopes.tsv");
	while (unit_table_next(&t)) {
		unsigned set = set_parse(t.fields[0]);

		seen |= 1u << set;
		for (size_t i = 0; i < 5; i++) {
			const char *field = t.fields[i + 1];

			CU_ASSERT_PTR_NOT_NULL_FATAL(field);
			CU_ASSERT_EQUAL(scope_has(set, words[i].scope),
			    strcmp(field, "yes") == 0);
		}
		CU_ASSERT_FALSE(scope_has(set, SCOPE_NONE));
		rows++;
	}
	CU_ASSERT_EQUAL(rows, 32);
	CU_ASSERT_EQUAL(seen, 0xffffffffu);
}

static void
names(void)
{
	static const char *const bad[] = { "", "read", "operator", "operator.",
		"operator.Read", "OPERATOR.READ", "operator.read ",
		" operator.read", "operator.root",
		"operator.admin,operator.read", "none" };
	enum scope scope = SCOPE_NONE;
	char name[32];

	for (size_t i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "operator.%s",
		    words[i].word);
		CU_ASSERT_TRUE(scope_parse(name, &scope));
		CU_ASSERT_EQUAL(scope, words[i].scope);
		CU_ASSERT_STRING_EQUAL(scope_name(scope), name);
	}
	scope = SCOPE_NONE;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(scope_parse(bad[i], &scope));
	CU_ASSERT_EQUAL(scope, SCOPE_NONE);
	CU_ASSERT_STRING_EQUAL(scope_name(SCOPE_NONE), "none");
}

static void
as_json(void)
{
	own_json struct json_object *all = scope_json(SCOPE_ALL);
	own_json struct json_object *none = scope_json(0);
	own_json struct json_object *two =
	    scope_json(SCOPE_PAIRING | SCOPE_READ);

	CU_ASSERT_STRING_EQUAL(js_str(all),
	    "[\"operator.admin\",\"operator.read\",\"operator.write\","
	    "\"operator.approvals\",\"operator.pairing\"]");
	CU_ASSERT_STRING_EQUAL(js_str(none), "[]");
	CU_ASSERT_STRING_EQUAL(js_str(two),
	    "[\"operator.read\",\"operator.pairing\"]");
}

static void
as_bits(void)
{
	for (unsigned set = 0; set <= SCOPE_ALL; set++) {
		own_json struct json_object *names = scope_json(set);

		CU_ASSERT_EQUAL(scope_bits(names), set);
		js_push(names, json_object_new_string("operator.root"));
		js_push(names, json_object_new_int(4));
		js_push(names, NULL);
		CU_ASSERT_EQUAL(scope_bits(names), set);
	}
	CU_ASSERT_EQUAL(scope_bits(NULL), 0);
}

void
suite_op_scope(void)
{
	static const struct unit_test tests[] = {
		{ "all 32 sets may do what the table says", all_sets },
		{ "exactly five names are known", names },
		{ "sets are listed in the promised order", as_json },
		{ "a list is read back, what is no scope is none", as_bits },
		{ NULL, NULL },
	};

	unit_add("src/op/scope.c", tests);
}
