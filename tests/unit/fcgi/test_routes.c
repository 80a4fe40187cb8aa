/*
 * Routes: matching, methods of a path, and the check at the start.
 */
#include "config.h"

#include <string.h>

#include "fcgi/routes.h"
#include "op/op.h"
#include "op_table.h"
#include "tests/unit/unit.h"

static void
matched(void)
{
	static const struct {
		enum http_method method;
		const char *path, *pattern, *name, *value;
	} rows[] = {
		{ HTTP_GET, "/health", "/health", NULL, NULL },
		{ HTTP_HEAD, "/health", "/health", NULL, NULL },
		{ HTTP_GET, "/api/sessions", "/api/sessions", NULL, NULL },
		{ HTTP_PATCH, "/api/sessions/session:1", "/api/sessions/{key}",
		    "key", "session:1" },
		{ HTTP_DELETE, "/api/sessions/a b", "/api/sessions/{key}",
		    "key", "a b" },
		{ HTTP_GET, "/api/sessions/main/history",
		    "/api/sessions/{sessionKey}/history", "sessionKey",
		    "main" },
		{ HTTP_POST, "/api/rpc", "/api/rpc", NULL, NULL },
		{ HTTP_POST, "/api/rpc/chat.send", "/api/rpc/{method}",
		    "method", "chat.send" },
		{ HTTP_DELETE, "/api/auth/api-keys/1",
		    "/api/auth/api-keys/{id}", "id", "1" },
	};
	struct route_match match;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		routes_match(routes_table, rows[i].path, rows[i].method,
		    &match);
		CU_ASSERT_PTR_NOT_NULL_FATAL(match.route);
		CU_ASSERT_STRING_EQUAL(match.route->pattern, rows[i].pattern);
		CU_ASSERT_EQUAL(match.arg_count, rows[i].name != NULL);
		if (rows[i].name == NULL)
			continue;
		CU_ASSERT_STRING_EQUAL(match.args[0].name, rows[i].name);
		CU_ASSERT_STRING_EQUAL(match.args[0].value, rows[i].value);
	}
}

static void
not_matched(void)
{
	static const char *const paths[] = { "/", "/api", "/api/",
		"/api/sessions/", "/api/Sessions", "/api/sessions/a/b",
		"/api/sessions//history", "/api/sessions/a/history/",
		"/api/rpc/", "/healthz", "/health/", "/api/auth/status/x" };
	struct route_match match;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		routes_match(routes_table, paths[i], HTTP_GET, &match);
		CU_ASSERT_PTR_NULL(match.route);
		CU_ASSERT_EQUAL(match.methods, 0);
	}
}

static void
long_segment(void)
{
	char path[ROUTE_VALUE_BYTES + 32] = "/api/sessions/";
	struct route_match match;
	size_t prefix = strlen(path);

	memset(path + prefix, 'a', ROUTE_VALUE_BYTES - 1);
	routes_match(routes_table, path, HTTP_PATCH, &match);
	CU_ASSERT_PTR_NOT_NULL(match.route);
	path[prefix + ROUTE_VALUE_BYTES - 1] = 'a';
	routes_match(routes_table, path, HTTP_PATCH, &match);
	CU_ASSERT_PTR_NULL(match.route);
}

static void
methods_of_a_path(void)
{
	struct route_match match;

	routes_match(routes_table, "/api/sessions/main", HTTP_PUT, &match);
	CU_ASSERT_PTR_NULL(match.route);
	CU_ASSERT_EQUAL(match.methods, 1u << HTTP_PATCH | 1u << HTTP_DELETE);
	CU_ASSERT_FALSE(match.is_open);
	routes_match(routes_table, "/api/auth/login", HTTP_GET, &match);
	CU_ASSERT_PTR_NULL(match.route);
	CU_ASSERT_EQUAL(match.methods, 1u << HTTP_POST);
	CU_ASSERT_TRUE(match.is_open);
}

/* Everything that answers without a session, by hand: a new row here is a
 * decision that somebody has to make twice (S157). */
static void
open_routes(void)
{
	static const char *const open[] = { "/health", "/api/auth/status",
		"/api/auth/setup", "/api/auth/login", "/api/auth/logout",
		"/api/auth/password/change", "/api/auth/reauth",
		"/api/auth/invite/lookup", "/api/auth/invite/accept",
		"/api/auth/passkey/auth/begin", "/api/auth/passkey/auth/finish",
		"/api/auth/passkey/register/begin",
		"/api/auth/passkey/register/finish",
		"/api/auth/reauth/passkey/begin",
		"/api/auth/reauth/passkey/finish",
		"/api/auth/setup/passkey/register/begin",
		"/api/auth/setup/passkey/register/finish",
		"/api/auth/invite/passkey/begin",
		"/api/auth/invite/passkey/finish" };
	const struct route *route;
	size_t i, n = 0;

	for (route = routes_table; route->pattern != NULL; route++) {
		if (route->open == NULL)
			continue;
		for (i = 0; i < sizeof(open) / sizeof(open[0]); i++)
			if (strcmp(open[i], route->pattern) == 0)
				break;
		CU_ASSERT_TRUE(i < sizeof(open) / sizeof(open[0]));
		n++;
	}
	CU_ASSERT_EQUAL(n, sizeof(open) / sizeof(open[0]));
}

static void
table_sound(void)
{
	own_txt struct txt why;

	txt_init(&why, 0);
	op_init(op_table);
	CU_ASSERT_TRUE(routes_check(routes_table, &why));
	CU_ASSERT_STRING_EQUAL(txt_str(&why), "");
}

static enum status
no_handler(struct exchange *x)
{
	(void)x;
	return ST_OK;
}

static void
faults_found(void)
{
	static const struct route bad[] = {
		{ .method = HTTP_GET, .pattern = "/neither" },
		{ .method = HTTP_GET,
		    .pattern = "/both",
		    .op = "status",
		    .open = "because",
		    .handle = no_handler },
		{ .method = HTTP_GET,
		    .pattern = "/silent",
		    .open = "",
		    .handle = no_handler },
		{ .method = HTTP_GET, .pattern = "/empty", .open = "because" },
		{ .method = HTTP_POST, .pattern = "/any", .op = ROUTE_ANY_OP },
		{ .method = HTTP_GET,
		    .pattern = "/twice",
		    .op = "status",
		    .handle = no_handler },
		{ .method = HTTP_GET, .pattern = "/unknown", .op = "no.such" },
		{ .method = HTTP_OPTIONS,
		    .pattern = "/options",
		    .op = "status" },
	};
	size_t i;

	op_init(op_table);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct route table[2] = { bad[i], { .pattern = NULL } };
		own_txt struct txt why;

		txt_init(&why, 0);
		CU_ASSERT_FALSE(routes_check(table, &why));
		CU_ASSERT_PTR_NOT_NULL(strstr(txt_str(&why), bad[i].pattern));
	}
}

void
suite_fcgi_routes(void)
{
	static const struct unit_test tests[] = {
		{ "a path finds its route and its parameters", matched },
		{ "near misses find nothing", not_matched },
		{ "a segment has a limit", long_segment },
		{ "a path knows its methods", methods_of_a_path },
		{ "few routes need no session", open_routes },
		{ "the table fits the operations", table_sound },
		{ "every kind of bad row stops the start", faults_found },
		{ NULL, NULL },
	};

	unit_add("fcgi/routes.c", tests);
}
