/*
 * Rows by column name, from a result made by hand.
 */
#include "config.h"

#include <string.h>

#include "base/txt.h"
#include "db/db.h"
#include "js/js.h"
#include "tests/unit/unit.h"

static char name_text[] = "t", name_number[] = "n", name_flag[] = "b",
	    name_json[] = "j";

/* One row of four columns; NULL is SQL NULL. */
static PGresult *
make(const char *const values[4])
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[4] = { { .name = name_text },
		{ .name = name_number }, { .name = name_flag },
		{ .name = name_json } };

	CU_ASSERT_PTR_NOT_NULL_FATAL(res);
	CU_ASSERT_FATAL(PQsetResultAttrs(res, 4, columns));
	for (int i = 0; i < 4; i++) {
		own_txt struct txt value = { 0 };

		if (values[i] != NULL)
			txt_append(&value, values[i]);
		CU_ASSERT_FATAL(
		    PQsetvalue(res, 0, i, values[i] == NULL ? NULL : value.data,
			values[i] == NULL ? -1 : (int)value.len));
	}
	return res;
}

static void
values(void)
{
	own_res PGresult *res = make((const char *const[4]){ "two words",
	    "-9223372036854775808", "t", "{\"a\":[1,null]}" });
	own_json struct json_object *o = db_json(res, 0, "j");

	CU_ASSERT_EQUAL(db_rows(res), 1);
	CU_ASSERT_STRING_EQUAL(db_text(res, 0, "t"), "two words");
	CU_ASSERT_EQUAL(db_int(res, 0, "n"), INT64_MIN);
	CU_ASSERT_TRUE(db_bool(res, 0, "b"));
	CU_ASSERT_STRING_EQUAL(js_str(o), "{\"a\":[1,null]}");
}

static void
nulls(void)
{
	own_res PGresult *res =
	    make((const char *const[4]){ NULL, NULL, NULL, NULL });

	CU_ASSERT_PTR_NULL(db_text(res, 0, "t"));
	CU_ASSERT_EQUAL(db_int(res, 0, "n"), 0);
	CU_ASSERT_FALSE(db_bool(res, 0, "b"));
	CU_ASSERT_PTR_NULL(db_json(res, 0, "j"));
	CU_ASSERT_EQUAL(db_rows(NULL), 0);
}

/* What a caller sends may be as deep as its frame allows, and stands in an
 * entry of a list of an answer when it is read back. */
static void
deep(void)
{
	own_txt struct txt text = { 0 };
	own_res PGresult *res = NULL;
	own_json struct json_object *o = NULL;

	for (int i = 0; i < JS_MAX_DEPTH + 8; i++)
		txt_append(&text, "[");
	for (int i = 0; i < JS_MAX_DEPTH + 8; i++)
		txt_append(&text, "]");
	res = make((const char *const[4]){ "", "0", "f", txt_str(&text) });
	o = db_json(res, 0, "j");
	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_STRING_EQUAL(js_str(o), txt_str(&text));
}

static void
cleared(void)
{
	PGresult *res = make((const char *const[4]){ "", "0", "f", "{}" });

	db_res_clear(&res);
	CU_ASSERT_PTR_NULL(res);
	db_res_clear(&res);
}

void
suite_db_db_rows(void)
{
	static const struct unit_test tests[] = {
		{ "a column is read by its name", values },
		{ "SQL NULL is nothing, 0 or false", nulls },
		{ "JSON may be deeper than what a caller sends", deep },
		{ "a cleared result is forgotten", cleared },
		{ NULL, NULL },
	};

	unit_add("src/db/db_rows.c", tests);
}
