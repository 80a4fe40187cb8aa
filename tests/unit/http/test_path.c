/*
 * Request targets: what the routes may see, and the tricks that would make
 * another parser see something else (S157, A83).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "http/path.h"
#include "tests/unit/unit.h"

static void
accepted(void)
{
	static const struct {
		const char *target, *path, *query;
	} good[] = {
		{ "/", "/", "" },
		{ "/api/sessions", "/api/sessions", "" },
		{ "/api/sessions/", "/api/sessions/", "" },
		{ "/api/sessions?", "/api/sessions", "" },
		{ "/api/sessions?a=1?b=2", "/api/sessions", "a=1?b=2" },
		{ "/a?x=/../;%2f", "/a", "x=/../;%2f" },
		{ "/api/sessions/session%3Aab", "/api/sessions/session:ab",
		    "" },
		{ "/api/sessions/session:ab", "/api/sessions/session:ab", "" },
		{ "/%61pi", "/api", "" },
		/* Decoded once and only once. */
		{ "/a%252fb", "/a%2fb", "" },
		{ "/a%2500", "/a%00", "" },
		{ "/a%252e%252e", "/a%2e%2e", "" },
		{ "/a%20b", "/a b", "" },
		{ "/caf%C3%A9", "/caf\xc3\xa9", "" },
		{ "/caf\xc3\xa9", "/caf\xc3\xa9", "" },
		{ "/...", "/...", "" },
		{ "/.well-known", "/.well-known", "" },
		{ "/a..b/c.", "/a..b/c.", "" },
	};
	struct http_path path;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		memset(&path, 0xaa, sizeof(path));
		CU_ASSERT_EQUAL_FATAL(http_path_parse(good[i].target, &path),
		    ST_OK);
		CU_ASSERT_STRING_EQUAL(path.text, good[i].path);
		CU_ASSERT_EQUAL(path.len, strlen(good[i].path));
		CU_ASSERT_STRING_EQUAL(path.query, good[i].query);
	}
}

static void
refused(void)
{
	static const char *const bad[] = { NULL, "", "*", "api", "?a=1",
		"http://host/api", "//evil.example/api", "/api//sessions",
		"/api/auth/..%2fsessions", "/api/auth/..%2Fsessions",
		"/api/auth/../sessions", "/..", "/../", "/./a", "/a/.",
		"/%2e%2e/a", "/%2E./a", "/a/%2e", "/a%5cb", "/a%5Cb", "/a\\b",
		"/a%00", "/a%0ab", "/a%0d", "/a%7f", "/a%c2%85", "/a b",
		"/a\tb", "/a\nb", "/a#b", "/a;b", "/a;x=1/b", "/a%3bb",
		"/a%3Bb", "/a%", "/a%4", "/a%zz", "/a%4?x=1", "/a%c0%af",
		"/a%ed%a0%80", "/a%ff", "/a\xff", "/a%c3" };
	struct http_path path = { .text = "untouched" };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(http_path_parse(bad[i], &path), ST_INVALID);
	CU_ASSERT_STRING_EQUAL(path.text, "untouched");
}

static char *
target_of(size_t path_len, size_t total_len)
{
	char *target = malloc(total_len + 1);

	memset(target, 'a', total_len);
	target[0] = '/';
	if (total_len > path_len)
		target[path_len] = '?';
	target[total_len] = '\0';
	return target;
}

static void
limits(void)
{
	static const struct {
		size_t path_len, total_len;
		enum status st;
	} rows[] = {
		{ HTTP_PATH_MAX, HTTP_PATH_MAX, ST_OK },
		{ HTTP_PATH_MAX + 1, HTTP_PATH_MAX + 1, ST_INVALID },
		{ HTTP_PATH_MAX, HTTP_TARGET_MAX, ST_OK },
		{ 10, HTTP_TARGET_MAX + 1, ST_INVALID },
	};
	struct http_path path;
	char *target;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		target = target_of(rows[i].path_len, rows[i].total_len);
		CU_ASSERT_EQUAL(http_path_parse(target, &path), rows[i].st);
		free(target);
	}
}

void
suite_http_path(void)
{
	static const struct unit_test tests[] = {
		{ "honest targets are decoded once and split", accepted },
		{ "everything that can be read in two ways is refused",
		    refused },
		{ "path and target have their limits", limits },
		{ NULL, NULL },
	};

	unit_add("src/http/path.c", tests);
}
