/*
 * Parameters to request: what is read, what is refused, what is not even
 * looked at (A1, A68, A79-A81).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/request.h"
#include "tests/unit/unit.h"

#define UUID "0b1e2d3c-4a5b-4c6d-8e7f-001122334455"
#define MAX_PARAMS 24

/* Only for requests that are refused: an accepted one borrows the texts. */
static enum status
read_with(const char *a, const char *b, struct http_request *req)
{
	const char *const all[] = { "REQUEST_METHOD=GET",
		"REQUEST_URI=/api?x=1", a, b };
	char *params[5] = { NULL };
	const char *why = NULL;
	enum status st;
	size_t i, n = 0;

	for (i = 0; i < 4; i++)
		if (all[i] != NULL)
			params[n++] = strdup(all[i]);
	st = http_request_read(params, req, &why);
	if (st != ST_OK)
		CU_ASSERT_PTR_NOT_NULL(why);
	for (i = 0; i < n; i++)
		free(params[i]);
	return st;
}

static void
everything_read(void)
{
	static char texts[][80] = { "REQUEST_METHOD=POST",
		"REQUEST_URI=/api/a?limit=2", "CONTENT_TYPE=application/json",
		"CONTENT_LENGTH=12", "REMOTE_ADDR=2001:db8::1", "HTTPS=on",
		"HTTP_HOST=h:8080", "HTTP_ORIGIN=http://h:8080",
		"HTTP_AUTHORIZATION=Bearer x", "HTTP_COOKIE=a=b",
		"HTTP_SEC_FETCH_SITE=none", "HTTP_USER_AGENT=curl",
		"HTTP_X_REQUEST_ID=" UUID };
	char *params[MAX_PARAMS] = { NULL };
	struct http_request req;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		params[i] = texts[i];
	CU_ASSERT_EQUAL_FATAL(http_request_read(params, &req, &why), ST_OK);
	CU_ASSERT_EQUAL(req.method, HTTP_POST);
	CU_ASSERT_STRING_EQUAL(req.path.text, "/api/a");
	CU_ASSERT_STRING_EQUAL(req.path.query, "limit=2");
	CU_ASSERT_STRING_EQUAL(req.content_type, "application/json");
	CU_ASSERT_TRUE(req.has_length);
	CU_ASSERT_EQUAL(req.length, 12);
	CU_ASSERT_STRING_EQUAL(req.peer, "2001:db8::1");
	CU_ASSERT_TRUE(req.https);
	CU_ASSERT_STRING_EQUAL(req.host, "h:8080");
	CU_ASSERT_STRING_EQUAL(req.origin, "http://h:8080");
	CU_ASSERT_STRING_EQUAL(req.authorization, "Bearer x");
	CU_ASSERT_STRING_EQUAL(req.cookie, "a=b");
	CU_ASSERT_STRING_EQUAL(req.fetch_site, "none");
	CU_ASSERT_STRING_EQUAL(req.user_agent, "curl");
	CU_ASSERT_STRING_EQUAL(req.request_id, UUID);
}

static void
claims_ignored(void)
{
	static char texts[][48] = { "REQUEST_METHOD=GET", "REQUEST_URI=/",
		"REMOTE_ADDR=198.51.100.7", "HTTPS=", "HTTP_HTTPS=on",
		"HTTP_X_FORWARDED_FOR=127.0.0.1", "HTTP_X_REAL_IP=::1",
		"HTTP_REMOTE_ADDR=127.0.0.1", "HTTP_FORWARDED=for=127.0.0.1",
		"HTTP_CONTENT_LENGTH=5", "HTTP_X_FORWARDED_HOST=evil",
		"HTTP_PROXY=http://evil", "HTTP_X_HTTP_METHOD_OVERRIDE=DELETE",
		"HTTP_X_FORWARDED_FOR=10.0.0.1", "REQUEST_SCHEME=https",
		"http_host=evil", "HTTP_HOST_=evil", "X" };
	char *params[MAX_PARAMS] = { NULL };
	struct http_request req;
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		params[i] = texts[i];
	CU_ASSERT_EQUAL_FATAL(http_request_read(params, &req, &why), ST_OK);
	CU_ASSERT_EQUAL(req.method, HTTP_GET);
	CU_ASSERT_STRING_EQUAL(req.peer, "198.51.100.7");
	CU_ASSERT_FALSE(req.https);
	CU_ASSERT_FALSE(req.has_length);
	CU_ASSERT_EQUAL(req.length, 0);
	CU_ASSERT_PTR_NULL(req.host);
}

static void
twice_refused(void)
{
	static const struct {
		const char *a, *b;
	} rows[] = {
		{ "HTTP_HOST=a", "HTTP_HOST=a" },
		{ "HTTP_COOKIE=a=1", "HTTP_COOKIE=b=2" },
		{ "HTTP_AUTHORIZATION=Bearer a", "HTTP_AUTHORIZATION=" },
		{ "HTTP_ORIGIN=http://a", "HTTP_ORIGIN=http://b" },
		{ "CONTENT_LENGTH=1", "CONTENT_LENGTH=2" },
		{ "CONTENT_TYPE=a/b", "CONTENT_TYPE=c/d" },
		{ "HTTP_SEC_FETCH_SITE=none", "HTTP_SEC_FETCH_SITE=none" },
		{ "REMOTE_ADDR=1.1.1.1", "REMOTE_ADDR=2.2.2.2" },
		{ "HTTPS=", "HTTPS=on" },
		{ "REQUEST_METHOD=POST", NULL },
		{ "REQUEST_URI=/other", NULL },
		/* Joined on the way. */
		{ "HTTP_HOST=a, b", NULL },
		{ "HTTP_ORIGIN=http://a, http://b", NULL },
		{ "HTTP_AUTHORIZATION=Bearer a, Bearer b", NULL },
	};
	struct http_request req = { .peer = "untouched" };
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(read_with(rows[i].a, rows[i].b, &req),
		    ST_INVALID);
	CU_ASSERT_STRING_EQUAL(req.peer, "untouched");
}

static void
lengths(void)
{
	static const struct {
		const char *param;
		enum status st;
	} rows[] = {
		{ "CONTENT_LENGTH=-1", ST_INVALID },
		{ "CONTENT_LENGTH=+1", ST_INVALID },
		{ "CONTENT_LENGTH= 1", ST_INVALID },
		{ "CONTENT_LENGTH=1 ", ST_INVALID },
		{ "CONTENT_LENGTH=0x10", ST_INVALID },
		{ "CONTENT_LENGTH=1, 1", ST_INVALID },
		{ "CONTENT_LENGTH=1.5", ST_INVALID },
		{ "CONTENT_LENGTH=26214401", ST_TOO_LARGE },
		{ "CONTENT_LENGTH=9223372036854775808", ST_TOO_LARGE },
		{ "CONTENT_LENGTH=99999999999999999999999999999999999999",
		    ST_TOO_LARGE },
	};
	struct http_request req;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(read_with(rows[i].param, NULL, &req),
		    rows[i].st);
}

static void
length_edges(void)
{
	static char biggest[] = "CONTENT_LENGTH=2097152";
	static char empty[] = "CONTENT_LENGTH=";
	static char zeros[] = "CONTENT_LENGTH=0000000000000000000000000007";
	static char method[] = "REQUEST_METHOD=POST", uri[] = "REQUEST_URI=/";
	char *params[] = { method, uri, biggest, NULL };
	struct http_request req;
	const char *why;

	CU_ASSERT_EQUAL(http_request_read(params, &req, &why), ST_OK);
	CU_ASSERT_EQUAL(req.length, HTTP_BODY_MAX);
	params[2] = empty;
	CU_ASSERT_EQUAL(http_request_read(params, &req, &why), ST_OK);
	CU_ASSERT_FALSE(req.has_length);
	params[2] = zeros;
	CU_ASSERT_EQUAL(http_request_read(params, &req, &why), ST_OK);
	CU_ASSERT_EQUAL(req.length, 7);
}

static void
odd_values_dropped(void)
{
	static char method[] = "REQUEST_METHOD=get", uri[] = "REQUEST_URI=/";
	static char peer[] = "REMOTE_ADDR=1.2.3.4\x1b[31m";
	static char id[] = "HTTP_X_REQUEST_ID=x\" forged=\"y";
	static char https[] = "HTTPS=ON", type[] = "CONTENT_TYPE=";
	char *params[] = { method, uri, peer, id, https, type, NULL };
	struct http_request req;
	const char *why;

	CU_ASSERT_EQUAL_FATAL(http_request_read(params, &req, &why), ST_OK);
	CU_ASSERT_EQUAL(req.method, HTTP_OTHER);
	CU_ASSERT_STRING_EQUAL(req.peer, "");
	CU_ASSERT_PTR_NULL(req.request_id);
	CU_ASSERT_FALSE(req.https);
	CU_ASSERT_PTR_NULL(req.content_type);
}

static void
params_bounded(void)
{
	static char method[] = "REQUEST_METHOD=GET", uri[] = "REQUEST_URI=/";
	static char other[] = "HTTP_X=1";
	char *params[HTTP_PARAMS_MAX + 2] = { method, uri };
	char *big = malloc(HTTP_PARAMS_MAX_BYTES + 1);
	struct http_request req;
	const char *why;
	size_t i;

	for (i = 2; i <= HTTP_PARAMS_MAX; i++)
		params[i] = other;
	CU_ASSERT_EQUAL(http_request_read(params, &req, &why), ST_INVALID);
	params[HTTP_PARAMS_MAX] = NULL;
	CU_ASSERT_EQUAL(http_request_read(params, &req, &why), ST_OK);
	memset(big, 'x', HTTP_PARAMS_MAX_BYTES);
	big[HTTP_PARAMS_MAX_BYTES] = '\0';
	params[2] = big;
	params[3] = NULL;
	CU_ASSERT_EQUAL(http_request_read(params, &req, &why), ST_INVALID);
	params[0] = uri;
	params[1] = NULL;
	CU_ASSERT_EQUAL(http_request_read(params, &req, &why), ST_INVALID);
	free(big);
}

static void
method_words(void)
{
	int m;

	for (m = HTTP_GET; m < HTTP_OTHER; m++) {
		enum http_method method = (enum http_method)m;

		CU_ASSERT_EQUAL(http_method_parse(http_method_name(method)),
		    method);
	}
	CU_ASSERT_EQUAL(http_method_parse("post"), HTTP_OTHER);
	CU_ASSERT_EQUAL(http_method_parse("TRACE"), HTTP_OTHER);
	CU_ASSERT_EQUAL(http_method_parse(""), HTTP_OTHER);
	CU_ASSERT_EQUAL(http_method_parse("OTHER"), HTTP_OTHER);
	CU_ASSERT_FALSE(http_method_changes(HTTP_GET));
	CU_ASSERT_FALSE(http_method_changes(HTTP_HEAD));
	CU_ASSERT_FALSE(http_method_changes(HTTP_OPTIONS));
	CU_ASSERT_TRUE(http_method_changes(HTTP_POST));
	CU_ASSERT_TRUE(http_method_changes(HTTP_PUT));
	CU_ASSERT_TRUE(http_method_changes(HTTP_PATCH));
	CU_ASSERT_TRUE(http_method_changes(HTTP_DELETE));
	CU_ASSERT_TRUE(http_method_changes(HTTP_OTHER));
}

void
suite_http_request(void)
{
	static const struct unit_test tests[] = {
		{ "the edge's parameters and our headers are read",
		    everything_read },
		{ "names a client can forge are not looked at",
		    claims_ignored },
		{ "what we read and is there twice is refused", twice_refused },
		{ "a length is digits and at most 25 MiB", lengths },
		{ "the biggest length fits, empty is absent", length_edges },
		{ "odd addresses, ids and flags are dropped",
		    odd_values_dropped },
		{ "parameters are bounded in number and size", params_bounded },
		{ "methods are exact words, unknown ones change state",
		    method_words },
		{ NULL, NULL },
	};

	unit_add("src/http/request.c", tests);
}
