/*
 * Query strings: decoding, types, duplicates, limits.
 */
#include "config.h"

#include <string.h>

#include "base/txt.h"
#include "http/query.h"
#include "tests/unit/unit.h"

static const struct http_query_field fields[] = {
	{ "limit", HTTP_QUERY_INT },
	{ "paged", HTTP_QUERY_BOOL },
	{ NULL, HTTP_QUERY_TEXT },
};

static void
converted(void)
{
	static const struct {
		const char *query, *params;
	} rows[] = {
		{ "", "{}" },
		{ "&&", "{}" },
		{ "limit=5", "{\"limit\":5}" },
		{ "limit=-5", "{\"limit\":-5}" },
		{ "limit=0", "{\"limit\":0}" },
		{ "paged=true", "{\"paged\":true}" },
		{ "paged=false", "{\"paged\":false}" },
		{ "cursor=12", "{\"cursor\":\"12\"}" },
		{ "q=a+b%20c%2B", "{\"q\":\"a b c+\"}" },
		{ "q=%c3%a9&limit=7", "{\"q\":\"\xc3\xa9\",\"limit\":7}" },
		{ "q", "{\"q\":\"\"}" },
		{ "q=", "{\"q\":\"\"}" },
		{ "q=a=b", "{\"q\":\"a=b\"}" },
		{ "%71=1", "{\"q\":\"1\"}" },
		/* Not of the type: the operation refuses it by name. */
		{ "limit=", "{\"limit\":\"\"}" },
		{ "limit=5x", "{\"limit\":\"5x\"}" },
		{ "limit=+5", "{\"limit\":\" 5\"}" },
		{ "limit=05", "{\"limit\":\"05\"}" },
		{ "limit=-0", "{\"limit\":\"-0\"}" },
		{ "limit=1e3", "{\"limit\":\"1e3\"}" },
		{ "limit=99999999999999999999",
		    "{\"limit\":\"99999999999999999999\"}" },
		{ "paged=TRUE", "{\"paged\":\"TRUE\"}" },
		{ "paged=1", "{\"paged\":\"1\"}" },
	};
	struct js_error err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_json struct json_object *params = js_new();

		CU_ASSERT_EQUAL(
		    http_query_params(rows[i].query, fields, params, &err),
		    ST_OK);
		CU_ASSERT_STRING_EQUAL(js_str(params), rows[i].params);
	}
}

static void
refused(void)
{
	static const struct {
		const char *query, *field;
	} rows[] = {
		{ "a=1&a=2", "a" },
		{ "a=1&%61=2", "a" },
		{ "given=2", "given" },
		{ "=1", "" },
		{ "a=%", "a" },
		{ "a=%4", "a" },
		{ "a=%zz", "a" },
		{ "a=%4&b=1", "a" },
		{ "a=%00", "a" },
		{ "a=%0a", "a" },
		{ "a=%c0%af", "a" },
		{ "a=%ed%a0%80", "a" },
		{ "a=\xff", "a" },
		{ "%00=1", "" },
		{ "%ff=1", "" },
	};
	struct js_error err;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_json struct json_object *params = js_new();

		js_set_bool(params, "given", true);
		CU_ASSERT_EQUAL(
		    http_query_params(rows[i].query, NULL, params, &err),
		    ST_INVALID);
		CU_ASSERT_STRING_EQUAL(err.field, rows[i].field);
		CU_ASSERT_NOT_EQUAL(err.why[0], '\0');
	}
}

static enum status
convert_many(size_t count, size_t name_len, size_t value_len)
{
	own_json struct json_object *params = js_new();
	own_txt struct txt query;
	struct js_error err;
	size_t i, j;

	txt_init(&query, 0);
	for (i = 0; i < count; i++) {
		txt_format(&query, "%02zu", i);
		for (j = 2; j < name_len; j++)
			txt_append_c(&query, 'n');
		txt_append_c(&query, '=');
		for (j = 0; j < value_len; j++)
			txt_append_c(&query, 'v');
		txt_append_c(&query, '&');
	}
	return http_query_params(txt_str(&query), NULL, params, &err);
}

static void
limits(void)
{
	CU_ASSERT_EQUAL(convert_many(HTTP_QUERY_MAX_FIELDS, 2, 1), ST_OK);
	CU_ASSERT_EQUAL(convert_many(HTTP_QUERY_MAX_FIELDS + 1, 2, 1),
	    ST_INVALID);
	CU_ASSERT_EQUAL(convert_many(1, HTTP_QUERY_NAME_MAX, 1), ST_OK);
	CU_ASSERT_EQUAL(convert_many(1, HTTP_QUERY_NAME_MAX + 1, 1),
	    ST_INVALID);
	CU_ASSERT_EQUAL(convert_many(1, 2, HTTP_QUERY_VALUE_MAX), ST_OK);
	CU_ASSERT_EQUAL(convert_many(1, 2, HTTP_QUERY_VALUE_MAX + 1),
	    ST_INVALID);
}

void
suite_http_query(void)
{
	static const struct unit_test tests[] = {
		{ "pairs become parameters of their type or text", converted },
		{ "bad encoding and names given twice are refused", refused },
		{ "count, name and value have their limits", limits },
		{ NULL, NULL },
	};

	unit_add("src/http/query.c", tests);
}
