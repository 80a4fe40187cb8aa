/* The table of tools: schema, arguments and paths, row by row. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "js/js.h"
#include "tests/unit/unit.h"
#include "tool/tool.h"

static void
test_args(void)
{
	static const struct {
		const char *tool, *args, *why; /* why NULL: taken */
	} rows[] = {
		{ "exec", "{\"command\":\"ls\"}", NULL },
		{ "exec", "{\"command\":\"a\\nb\\t\\u001b\\u202e\"}", NULL },
		{ "exec", "{\"command\":\"ls\",\"timeout\":1}", NULL },
		{ "exec", "{\"command\":\"ls\",\"timeout\":9999999}", NULL },
		{ "exec", "{\"command\":\"ls\",\"working_dir\":\"\"}", NULL },
		{ "exec", "{}", "missing 'command'" },
		{ "exec", "{\"command\":\"\"}", "'command' must not be empty" },
		{ "exec", "{\"command\":7}", "'command' must be a text" },
		{ "exec", "{\"command\":null}", "'command' must be a text" },
		{ "exec", "{\"command\":\"ls\",\"timeout\":0}", "'timeout'" },
		{ "exec", "{\"command\":\"ls\",\"timeout\":-1}", "'timeout'" },
		{ "exec", "{\"command\":\"ls\",\"timeout\":1.5}", "'timeout'" },
		{ "exec", "{\"command\":\"ls\",\"timeout\":\"5\"}",
		    "'timeout'" },
		{ "exec", "{\"command\":\"ls\",\"timeout\":null}",
		    "'timeout'" },
		{ "exec", "{\"command\":\"ls\",\"_session_key\":\"x\"}",
		    "'_session_key'" },
		{ "exec", "{\"command\":\"ls\",\"env\":{}}", "'env'" },
		{ "exec", "{\"command\":\"ls\",\"command\":\"rm\"}", "JSON" },
		{ "exec", "{\"command\":\"a\\u0000b\"}", "JSON" },
		{ "exec", "[]", "must be an object" },
		{ "exec", "\"ls\"", "must be an object" },
		{ "exec", "null", "must be an object" },
		{ "exec", "", "JSON" },
		{ "exec", "{\"command\":\"ls\"", "JSON" },
		{ "read_file", "{\"path\":\"a\",\"offset\":0,\"limit\":1}",
		    NULL },
		{ "read_file", "{\"path\":\"\"}", "'path'" },
		{ "read_file", "{\"path\":\"a\\nb\"}", "'path'" },
		{ "read_file", "{\"path\":\"a\",\"offset\":-1}", "'offset'" },
		{ "read_file", "{\"path\":\"a\",\"limit\":0}", "'limit'" },
		{ "write_file", "{\"path\":\"a\",\"content\":\"\"}", NULL },
		{ "write_file", "{\"path\":\"a\"}", "missing 'content'" },
		{ "write_file", "{\"path\":\"a\",\"content\":[]}",
		    "'content' must be a text" },
		{ "list_files", "{}", NULL },
		{ "list_files", "{\"path\":\"sub\"}", NULL },
		{ "list_files", "{\"path\":1}", "'path'" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_json struct json_object *args = NULL;
		char why[TOOL_WHY_BYTES] = "";
		enum status st = tool_args_parse(tool_find(rows[i].tool),
		    rows[i].args, strlen(rows[i].args), &args, why);
		bool good = rows[i].why == NULL
		    ? st == ST_OK && args != NULL
		    : st == ST_INVALID && strstr(why, rows[i].why) != NULL;

		if (!good)
			fprintf(stderr, "%s %s: %s\n", rows[i].tool,
			    rows[i].args, why);
		CU_ASSERT_TRUE(good);
	}
}

static void
test_longest(void)
{
	static char text[TOOL_MAX_COMMAND_BYTES + 40];
	own_json struct json_object *args = NULL, *more = NULL;
	char why[TOOL_WHY_BYTES];
	int n = snprintf(text, sizeof(text), "{\"command\":\"%0*d\"}",
	    TOOL_MAX_COMMAND_BYTES, 1);

	CU_ASSERT_EQUAL(
	    tool_args_parse(tool_find("exec"), text, (size_t)n, &args, why),
	    ST_OK);
	n = snprintf(text, sizeof(text), "{\"command\":\"%0*d\"}",
	    TOOL_MAX_COMMAND_BYTES + 1, 1);
	CU_ASSERT_EQUAL(
	    tool_args_parse(tool_find("exec"), text, (size_t)n, &more, why),
	    ST_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "16384"));
}

static void
test_ceiling(void)
{
	CU_ASSERT_EQUAL(tool_ceiling("owner"),
	    TOOL_SANDBOXED | TOOL_BIT(TOOL_CRON));
	CU_ASSERT_EQUAL(tool_ceiling("api_key"), tool_ceiling("owner"));
	CU_ASSERT_EQUAL(tool_ceiling("cron"), TOOL_SANDBOXED);
	CU_ASSERT_EQUAL(tool_ceiling("webhook"), 0);
	CU_ASSERT_EQUAL(tool_ceiling(""), 0);
	CU_ASSERT_EQUAL(tool_ceiling(NULL), 0);
}

static void
test_schema(void)
{
	own_json struct json_object *list =
	    tool_definitions(tool_ceiling("owner"));
	struct json_object *exec, *schema;

	CU_ASSERT_EQUAL(json_object_array_length(list), 5);
	exec = json_object_array_get_idx(list, 0);
	CU_ASSERT_STRING_EQUAL(js_text(exec, "name"), "exec");
	CU_ASSERT_TRUE(js_text_len(exec, "description") > 20);
	schema = js_get(exec, "parameters");
	CU_ASSERT_STRING_EQUAL(js_text(schema, "type"), "object");
	CU_ASSERT_FALSE(js_bool(schema, "additionalProperties", true));
	CU_ASSERT_STRING_EQUAL(js_str(js_get(schema, "required")),
	    "[\"command\"]");
	CU_ASSERT_STRING_EQUAL(
	    js_text(js_path(schema, "properties.timeout"), "type"), "integer");
	CU_ASSERT_EQUAL(
	    js_int(js_path(schema, "properties.timeout"), "minimum", 0), 1);
	/* Every tool of the table can be found by the name it is offered by. */
	for (size_t i = 0; i < json_object_array_length(list); i++)
		CU_ASSERT_PTR_NOT_NULL(tool_find(
		    js_text(json_object_array_get_idx(list, i), "name")));
	CU_ASSERT_STRING_EQUAL(
	    js_text(js_path(json_object_array_get_idx(list, 4),
			"parameters.properties.schedule"),
		"type"),
	    "object");
	CU_ASSERT_PTR_NULL(tool_find("Exec"));
	CU_ASSERT_PTR_NULL(tool_find(""));
}

static void
test_paths(void)
{
	static const struct {
		const char *in, *out; /* out NULL: refused */
	} rows[] = {
		{ "", "" },
		{ ".", "" },
		{ "a", "a" },
		{ "a/b", "a/b" },
		{ "./a//b/./c/", "a/b/c" },
		{ "a/../b", "b" },
		{ "a/b/../../c", "c" },
		{ "/workspace", "" },
		{ "/workspace/", "" },
		{ "/workspace/a", "a" },
		{ "/workspace/../etc", NULL },
		{ "/workspacex", NULL },
		{ "/etc", NULL },
		{ "/", NULL },
		{ "..", NULL },
		{ "a/../..", NULL },
		{ "../workspace/a", NULL },
		{ "...", "..." },
		{ "a b", "a b" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[TOOL_MAX_PATH_BYTES + 1] = "";
		enum status st = tool_path_normalize(rows[i].in, out);
		bool good = rows[i].out == NULL
		    ? st == ST_INVALID
		    : st == ST_OK && strcmp(out, rows[i].out) == 0;

		if (!good)
			fprintf(stderr, "\"%s\": \"%s\"\n", rows[i].in, out);
		CU_ASSERT_TRUE(good);
	}
}

static void
test_long_path(void)
{
	char in[TOOL_MAX_PATH_BYTES + 10], out[TOOL_MAX_PATH_BYTES + 1];

	memset(in, 'a', sizeof(in));
	in[TOOL_MAX_PATH_BYTES - 1] = '\0';
	CU_ASSERT_EQUAL(tool_path_normalize(in, out), ST_OK);
	in[TOOL_MAX_PATH_BYTES - 1] = 'a';
	in[TOOL_MAX_PATH_BYTES + 1] = '\0';
	CU_ASSERT_EQUAL(tool_path_normalize(in, out), ST_INVALID);
}

void
suite_tool_tool(void)
{
	static const struct unit_test tests[] = {
		{ "arguments are checked strictly, by name", test_args },
		{ "a command of 16384 bytes is the longest", test_longest },
		{ "the model is told the same as is checked", test_schema },
		{ "an origin has the tools it has, an unknown one none",
		    test_ceiling },
		{ "no path leaves the workspace", test_paths },
		{ "a path that does not fit is refused", test_long_path },
		{ NULL, NULL },
	};

	unit_add("src/tool/tool.c", tests);
}
