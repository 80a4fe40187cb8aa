/*
 * The operation table: its own rules, its rights against the second copy in
 * tests/data/op_scopes.tsv, and that every kind of right has its verdicts in
 * tests/data/op_verdicts.tsv.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/own.h"
#include "base/txt.h"
#include "js/js.h"
#include "op_table.h"
#include "tests/unit/unit.h"

static size_t
rows(void)
{
	size_t n = 0;

	while (op_table[n].name != NULL)
		n++;
	return n;
}

/* Writes down what somebody wants to read, for a worker to fetch. */
static bool
asks_only(const struct op *op)
{
	return strcmp(op->name, "workspace.list") == 0 ||
	    strcmp(op->name, "workspace.get") == 0 ||
	    strcmp(op->name, "workspace.forget") == 0;
}

static void
complete(void)
{
	CU_ASSERT(rows() > 20);
	for (const struct op *op = op_table; op->name != NULL; op++) {
		bool one_bit = op->scope == SCOPE_READ ||
		    op->scope == SCOPE_WRITE || op->scope == SCOPE_ADMIN ||
		    op->scope == SCOPE_APPROVALS || op->scope == SCOPE_PAIRING;

		CU_ASSERT(one_bit);
		CU_ASSERT_PTR_NOT_NULL_FATAL(op->summary);
		CU_ASSERT_EQUAL(op->summary[strlen(op->summary) - 1], '.');
		CU_ASSERT_PTR_NOT_NULL(op->run);
		CU_ASSERT_PTR_NOT_NULL_FATAL(op->params);
		CU_ASSERT(op == op_table || strcmp(op[-1].name, op->name) < 0);
		/* Reads leave no traces and wake nobody. */
		if (op->tx == OP_RO) {
			CU_ASSERT_PTR_NULL(op->event);
			CU_ASSERT_FALSE(op->audit);
			CU_ASSERT_EQUAL(op->wake, WAKE_NONE);
			CU_ASSERT_EQUAL(op->rate, RATE_NONE);
		} else {
			/* Every change is counted against a limit, and
			 * reading is not enough for it, but for what a signed-in
			 * person does with his own credentials. */
			CU_ASSERT_NOT_EQUAL(op->rate, RATE_NONE);
			CU_ASSERT(op->scope != SCOPE_READ || op->demand != 0 ||
			    asks_only(op));
		}
	}
}

/* A text without a limit, or a number without a range, is a forgotten one. */
static void
bounded(void)
{
	for (const struct op *op = op_table; op->name != NULL; op++) {
		for (const struct op_field *f = op->params; f->name != NULL;
		     f++) {
			CU_ASSERT(f->min <= f->max || f->type == F_SCOPES ||
			    f->max == 0);
			if (f->type == F_TEXT && f->max == 0)
				CU_ASSERT(f->nullable);
			if (f->type == F_INT)
				CU_ASSERT(f->max > f->min);
			if (f->required)
				CU_ASSERT_FALSE(f->nullable);
			for (const struct op_field *g = op->params; g < f; g++)
				CU_ASSERT_STRING_NOT_EQUAL(g->name, f->name);
		}
	}
}

/* The third column: any, or what is asked beside the scope. */
static const char *
demand_words(unsigned demand)
{
	static const char *const words[] = {
		[0] = "any",
		[OP_DEMAND_PERSON] = "person",
		[OP_DEMAND_FRESH] = "fresh",
		[OP_DEMAND_ADMIN] = "administrator",
		[OP_DEMAND_ADMIN | OP_DEMAND_FRESH] = "administrator+fresh",
	};
	const char *word =
	    demand < sizeof(words) / sizeof(words[0]) ? words[demand] : NULL;

	return word == NULL ? "no such combination" : word;
}

static void
rights(void)
{
	struct unit_table t;
	size_t n = 0;

	unit_table_open(&t, "op_scopes.tsv");
	for (; unit_table_next(&t); n++) {
		const struct op *op = &op_table[n];
		char *const *row = t.fields;

		CU_ASSERT_FATAL(n < rows());
		CU_ASSERT_PTR_NOT_NULL_FATAL(row[2]);
		if (strcmp(row[0], op->name) != 0)
			fprintf(stderr, "op_scopes.tsv: %s, table: %s\n",
			    row[0], op->name);
		CU_ASSERT_STRING_EQUAL_FATAL(row[0], op->name);
		CU_ASSERT_STRING_EQUAL(row[1], scope_name(op->scope));
		CU_ASSERT_STRING_EQUAL(row[2], demand_words(op->demand));
	}
	CU_ASSERT_EQUAL(n, rows());
}

static bool
is_verdict(const char *word)
{
	static const char *const words[] = { "ok", "login", "scope", "person",
		"administrator", "fresh" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static size_t
columns(char *const *row)
{
	size_t n = 0;

	while (n < UNIT_FIELDS && row[n] != NULL)
		n++;
	return n;
}

/* Operations whose right is this row's. */
static size_t
with_right(const char *scope, const char *demand)
{
	size_t n = 0;

	for (const struct op *op = op_table; op->name != NULL; op++)
		n += strcmp(scope_name(op->scope), scope) == 0 &&
		    strcmp(demand_words(op->demand), demand) == 0;
	return n;
}

/* Whether each verdict is true is tried by
 * tests/system/e2e/verdicts.test.mjs. */
static void
judged(void)
{
	struct unit_table t;
	size_t callers, judged_rows = 0;

	unit_table_open(&t, "op_verdicts.tsv");
	CU_ASSERT_FATAL(unit_table_next(&t)); /* the callers */
	callers = columns(t.fields);
	CU_ASSERT(callers > 2 && callers < UNIT_FIELDS);
	while (unit_table_next(&t)) {
		size_t n = columns(t.fields), same;

		CU_ASSERT_EQUAL_FATAL(n, callers);
		same = with_right(t.fields[0], t.fields[1]);
		if (same == 0)
			fprintf(stderr,
			    "op_verdicts.tsv: no operation has "
			    "%s %s\n",
			    t.fields[0], t.fields[1]);
		CU_ASSERT(same > 0);
		judged_rows += same;
		for (size_t i = 2; i < n; i++)
			CU_ASSERT(is_verdict(t.fields[i]));
	}
	/* A missing right and one that is there twice both show here. */
	CU_ASSERT_EQUAL(judged_rows, rows());
}

static void
found(void)
{
	op_init(op_table);
	for (const struct op *op = op_table; op->name != NULL; op++)
		CU_ASSERT_PTR_EQUAL(op_find(op->name), op);
	CU_ASSERT_PTR_NULL(op_find(""));
	CU_ASSERT_PTR_NULL(op_find("chat"));
	CU_ASSERT_PTR_NULL(op_find("chat.sen"));
	CU_ASSERT_PTR_NULL(op_find("chat.send2"));
	CU_ASSERT_PTR_NULL(op_find("Chat.Send"));
	CU_ASSERT_PTR_NULL(op_find("zzz"));
}

static void
printed(void)
{
	own_txt struct txt table = { 0 };
	own_json struct json_object *list = NULL;
	size_t lines = 0;

	op_init(op_table);
	op_list_markdown(&table);
	for (const char *p = txt_str(&table); *p != '\0'; p++)
		lines += *p == '\n';
	CU_ASSERT_EQUAL(lines, rows() + 2);
	list = op_list_json();
	CU_ASSERT_EQUAL(json_object_array_length(list), rows());
	for (size_t i = 0; i < rows(); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		CU_ASSERT_STRING_EQUAL(js_text(o, "name"), op_table[i].name);
		CU_ASSERT_STRING_EQUAL(js_text(o, "scope"),
		    scope_name(op_table[i].scope));
		CU_ASSERT_EQUAL(js_bool(o, "readOnly", false),
		    op_table[i].tx == OP_RO);
	}
}

void
suite_op_op_table(void)
{
	static const struct unit_test tests[] = {
		{ "every row has a scope, a sentence, parameters and a "
		  "handler, sorted by name",
		    complete },
		{ "every parameter has a limit", bounded },
		{ "the rights are those of tests/data/op_scopes.tsv", rights },
		{ "every kind of right has its row of verdicts", judged },
		{ "every row is found by its whole name only", found },
		{ "the printed tables hold every row", printed },
		{ NULL, NULL },
	};

	unit_add("src/op_table.c", tests);
}
