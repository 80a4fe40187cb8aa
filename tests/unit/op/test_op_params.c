/*
 * Strict parameters: every way to be wrong, and the name in the answer.
 *
 * Inputs are JSON texts, read by the same parser as in the programs, except
 * where that parser would already have refused them.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "op/op.h"
#include "tests/unit/unit.h"

static const struct op_field fields[] = {
	{ .name = "text",
	    .type = F_TEXT,
	    .required = true,
	    .min = 1,
	    .max = 5 },
	{ .name = "lines", .type = F_TEXT, .max = 20, .multiline = true },
	{ .name = "long", .type = F_TEXT, .min = 3, .max = 10 },
	{ .name = "maybe", .type = F_TEXT, .nullable = true, .max = 5 },
	{ .name = "count", .type = F_INT, .min = -2, .max = 10 },
	{ .name = "flag", .type = F_BOOL },
	{ .name = "object", .type = F_OBJECT },
	{ .name = "list", .type = F_ARRAY, .max = 2 },
	{ .name = "any", .type = F_ANY },
	{ .name = "scopes", .type = F_SCOPES },
	{ .name = NULL },
};

static enum status
try(const char *text, struct op_error *err)
{
	own_json struct json_object *o = NULL;
	struct js_error bad;

	memset(err, 0, sizeof(*err));
	CU_ASSERT_EQUAL_FATAL(js_parse(text, strlen(text), &o, &bad), ST_OK);
	return op_params_check(fields, o, err);
}

static void
refused(void)
{
	static const struct {
		const char *params, *field, *why;
	} rows[] = {
		{ "[]", "params", "must be an object" },
		{ "\"text\"", "params", "must be an object" },
		{ "3", "params", "must be an object" },
		{ "{}", "text", "missing" },
		{ "{\"flag\":true}", "text", "missing" },
		{ "{\"text\":\"a\",\"account_id\":\"x\"}", "account_id",
		    "unknown" },
		{ "{\"text\":\"a\",\"_session_key\":\"x\"}", "_session_key",
		    "unknown" },
		{ "{\"text\":\"a\",\"Text\":\"a\"}", "Text", "unknown" },
		{ "{\"text\":\"a\",\"\":1}", "", "unknown" },
		{ "{\"text\":1}", "text", "must be a text" },
		{ "{\"text\":null}", "text", "not null" },
		{ "{\"text\":[\"a\"]}", "text", "must be a text" },
		{ "{\"text\":{\"$ne\":1}}", "text", "must be a text" },
		{ "{\"text\":true}", "text", "must be a text" },
		{ "{\"text\":\"\"}", "text", "empty" },
		{ "{\"text\":\"abcdef\"}", "text", "at most 5" },
		{ "{\"text\":\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\"}",
		    "text", "at most 5" },
		{ "{\"text\":\"a\\nb\"}", "text", "control" },
		{ "{\"text\":\"a\\u001bb\"}", "text", "control" },
		{ "{\"text\":\"a\\u007fb\"}", "text", "control" },
		{ "{\"text\":\"a\\u0085b\"}", "text", "control" },
		{ "{\"text\":\"a\",\"lines\":\"a\\u0001\"}", "lines",
		    "control" },
		{ "{\"text\":\"a\",\"lines\":\"a\\u001b[2J\"}", "lines",
		    "control" },
		{ "{\"text\":\"a\",\"long\":\"ab\"}", "long", "at least 3" },
		{ "{\"text\":\"a\",\"maybe\":\"abcdef\"}", "maybe",
		    "at most 5" },
		{ "{\"text\":\"a\",\"count\":11}", "count",
		    "between -2 and "
		    "10" },
		{ "{\"text\":\"a\",\"count\":-3}", "count", "between" },
		{ "{\"text\":\"a\",\"count\":1.0}", "count", "whole number" },
		{ "{\"text\":\"a\",\"count\":1.5}", "count", "whole number" },
		{ "{\"text\":\"a\",\"count\":1e1}", "count", "whole number" },
		{ "{\"text\":\"a\",\"count\":\"1\"}", "count", "whole number" },
		{ "{\"text\":\"a\",\"count\":true}", "count", "whole number" },
		{ "{\"text\":\"a\",\"count\":null}", "count", "not null" },
		{ "{\"text\":\"a\",\"count\":9223372036854775807}", "count",
		    "between" },
		{ "{\"text\":\"a\",\"flag\":1}", "flag", "true or false" },
		{ "{\"text\":\"a\",\"flag\":\"true\"}", "flag",
		    "true or false" },
		{ "{\"text\":\"a\",\"flag\":null}", "flag", "not null" },
		{ "{\"text\":\"a\",\"object\":[]}", "object", "an object" },
		{ "{\"text\":\"a\",\"list\":{}}", "list", "a list" },
		{ "{\"text\":\"a\",\"list\":[1,2,3]}", "list", "at most 2" },
		{ "{\"text\":\"a\",\"scopes\":[]}", "scopes", "at least one" },
		{ "{\"text\":\"a\",\"scopes\":null}", "scopes", "not null" },
		{ "{\"text\":\"a\",\"scopes\":\"operator.read\"}", "scopes",
		    "a list" },
		{ "{\"text\":\"a\",\"scopes\":[1]}", "scopes", "scope names" },
		{ "{\"text\":\"a\",\"scopes\":[null]}", "scopes",
		    "scope names" },
		{ "{\"text\":\"a\",\"scopes\":[\"operator.root\"]}", "scopes",
		    "invalid scope: operator.root" },
		{ "{\"text\":\"a\",\"scopes\":[\"operator.read\",\"\"]}",
		    "scopes", "operator.pairing" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct op_error err;
		bool good = try(rows[i].params, &err) == ST_INVALID &&
		    strcmp(err.field, rows[i].field) == 0 &&
		    strstr(err.message, rows[i].why) != NULL;

		if (!good)
			fprintf(stderr, "%s: field \"%s\", \"%s\"\n",
			    rows[i].params, err.field, err.message);
		CU_ASSERT_TRUE(good);
	}
}

static void
accepted(void)
{
	static const char *const good[] = {
		"{\"text\":\"a\"}",
		"{\"text\":\"abcde\"}",
		"{\"text\":\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\"}",
		"{\"text\":\"\\ud83d\\ude00\"}",
		"{\"text\":\" \"}",
		"{\"text\":\"a\",\"lines\":\"\"}",
		"{\"text\":\"a\",\"lines\":\"a\\nb\\tc\\r\\n\"}",
		"{\"text\":\"a\",\"maybe\":null}",
		"{\"text\":\"a\",\"maybe\":\"\"}",
		"{\"text\":\"a\",\"count\":-2}",
		"{\"text\":\"a\",\"count\":10}",
		"{\"text\":\"a\",\"count\":0}",
		"{\"text\":\"a\",\"flag\":false}",
		"{\"text\":\"a\",\"object\":{\"x\":1}}",
		"{\"text\":\"a\",\"list\":[]}",
		"{\"text\":\"a\",\"list\":[1,\"2\"]}",
		"{\"text\":\"a\",\"any\":null}",
		"{\"text\":\"a\",\"any\":[{}]}",
		"{\"text\":\"a\",\"scopes\":[\"operator.read\"]}",
		"{\"text\":\"a\",\"scopes\":[\"operator.read\","
		"\"operator.read\",\"operator.admin\"]}",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct op_error err;
		enum status st = try(good[i], &err);

		if (st != ST_OK)
			fprintf(stderr, "%s: %s\n", good[i], err.message);
		CU_ASSERT_EQUAL(st, ST_OK);
	}
}

/* The parser refuses NUL; a transport that builds values itself may not. */
static void
nul(void)
{
	own_json struct json_object *o = js_new();
	struct op_error err = { .message = "" };

	json_object_object_add(o, "text",
	    json_object_new_string_len("a\0b", 3));
	CU_ASSERT_EQUAL(op_params_check(fields, o, &err), ST_INVALID);
	CU_ASSERT_STRING_EQUAL(err.field, "text");
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "control"));
}

static void
nothing(void)
{
	static const struct op_field none[] = { { .name = NULL } };
	struct op_error err = { .message = "" };
	own_json struct json_object *empty = js_new();

	CU_ASSERT_EQUAL(op_params_check(none, NULL, &err), ST_OK);
	CU_ASSERT_EQUAL(op_params_check(none, empty, &err), ST_OK);
	CU_ASSERT_EQUAL(op_params_check(fields, NULL, &err), ST_INVALID);
	CU_ASSERT_STRING_EQUAL(err.field, "text");
	js_set_bool(empty, "x", true);
	CU_ASSERT_EQUAL(op_params_check(none, empty, &err), ST_INVALID);
	CU_ASSERT_STRING_EQUAL(err.field, "x");
}

/* Names a client invents are cut, and stay valid text. */
static void
long_names(void)
{
	own_json struct json_object *o = js_new();
	own_json struct json_object *reply = NULL;
	struct op_error err = { .message = "" };
	char name[300];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	/* A character of two bytes across each place where one might cut. */
	for (size_t at = 50; at < 90; at += 2)
		memcpy(name + at + 1, "\xc3\xa9", 2);
	js_set_bool(o, name, true);
	CU_ASSERT_EQUAL(op_params_check(fields, o, &err), ST_INVALID);
	CU_ASSERT_TRUE(strlen(err.field) < DB_FIELD_BYTES);
	CU_ASSERT_TRUE(utf8_check(err.field, strlen(err.field)));
	CU_ASSERT_TRUE(utf8_check(err.message, strlen(err.message)));
	reply = op_error_rest(ST_INVALID, &err);
	CU_ASSERT_TRUE(utf8_check(js_str(reply), strlen(js_str(reply))));
}

void
suite_op_op_params(void)
{
	static const struct unit_test tests[] = {
		{ "bad ones are refused by name and with the reason", refused },
		{ "good ones are accepted up to their limits", accepted },
		{ "a NUL in a text is refused", nul },
		{ "no parameters are none", nothing },
		{ "an invented name is cut and stays valid text", long_names },
		{ NULL, NULL },
	};

	unit_add("src/op/op_params.c", tests);
}
