/*
 * Fuzz target: request targets.
 *
 * Whatever is accepted must be what the routes rely on: absolute, without
 * empty, "." or ".." segments, without bytes that another parser would split
 * at.  The query goes through the parameter conversion as well.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/own.h"
#include "base/utf8.h"
#include "http/path.h"
#include "http/query.h"
#include "js/js.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(int condition)
{
	if (!condition)
		abort();
}

static void
check_path(const struct http_path *path)
{
	need(path->len == strlen(path->text));
	need(path->len > 0 && path->len <= HTTP_PATH_MAX);
	need(path->text[0] == '/');
	need(strstr(path->text, "//") == NULL);
	need(strstr(path->text, "/../") == NULL);
	need(strstr(path->text, "/./") == NULL);
	need(strpbrk(path->text, "\\;") == NULL);
	need(utf8_check(path->text, path->len));
	need(!utf8_has_control(path->text, path->len, ""));
}

static void
check_query(const char *query)
{
	static const struct http_query_field fields[] = {
		{ "limit", HTTP_QUERY_INT },
		{ "flag", HTTP_QUERY_BOOL },
		{ NULL, HTTP_QUERY_TEXT },
	};
	own_json struct json_object *params = js_new();
	own_json struct json_object *again = NULL;
	struct js_error err = { "", "" };
	const char *text;

	if (http_query_params(query, fields, params, &err) != ST_OK) {
		need(err.why[0] != '\0');
		return;
	}
	text = js_str(params);
	need(js_parse(text, strlen(text), &again, &err) == ST_OK);
	need(json_object_equal(params, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_mem char *target = mem_strndup((const char *)data, size);
	struct http_path path;

	if (http_path_parse(target, &path) != ST_OK)
		return 0;
	check_path(&path);
	check_query(path.query);
	return 0;
}
