/*
 * The Authorization header: one space, one token, nothing else (S139, A13).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "http/bearer.h"
#include "tests/unit/unit.h"

static void
table(void)
{
	static const struct {
		const char *header;
		enum http_bearer verdict;
		const char *token;
	} rows[] = {
		{ NULL, HTTP_BEARER_ABSENT, NULL },
		{ "Bearer mk_a-Z_0", HTTP_BEARER_OK, "mk_a-Z_0" },
		{ "bearer mk_a", HTTP_BEARER_OK, "mk_a" },
		{ "BEARER mk_a", HTTP_BEARER_OK, "mk_a" },
		{ "Bearer a==", HTTP_BEARER_OK, "a==" },
		{ "", HTTP_BEARER_BAD, NULL },
		{ "Bearer", HTTP_BEARER_BAD, NULL },
		{ "Bearer ", HTTP_BEARER_BAD, NULL },
		{ "Bearer  mk_a", HTTP_BEARER_BAD, NULL },
		{ " Bearer mk_a", HTTP_BEARER_BAD, NULL },
		{ "Bearer\tmk_a", HTTP_BEARER_BAD, NULL },
		{ "Bearer mk_a ", HTTP_BEARER_BAD, NULL },
		{ "Bearer mk_a\n", HTTP_BEARER_BAD, NULL },
		{ "Bearer mk_a b", HTTP_BEARER_BAD, NULL },
		{ "Bearer mk_a, Bearer mk_b", HTTP_BEARER_BAD, NULL },
		{ "Bearer a=b", HTTP_BEARER_BAD, NULL },
		{ "Bearer =", HTTP_BEARER_BAD, NULL },
		{ "Bearer mk_\xc3\xa9", HTTP_BEARER_BAD, NULL },
		{ "Bearer \"mk_a\"", HTTP_BEARER_BAD, NULL },
		{ "Basic YTpi", HTTP_BEARER_BAD, NULL },
		{ "mk_a", HTTP_BEARER_BAD, NULL },
		{ "Bearermk_a", HTTP_BEARER_BAD, NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *token = NULL;

		CU_ASSERT_EQUAL(http_bearer_parse(rows[i].header, &token),
		    rows[i].verdict);
		if (rows[i].token == NULL) {
			CU_ASSERT_PTR_NULL(token);
		} else {
			CU_ASSERT_PTR_NOT_NULL_FATAL(token);
			CU_ASSERT_STRING_EQUAL(token, rows[i].token);
		}
	}
}

static void
long_token(void)
{
	char header[7 + HTTP_BEARER_MAX + 2] = "Bearer ";
	const char *token = NULL;

	memset(header + 7, 'a', HTTP_BEARER_MAX);
	CU_ASSERT_EQUAL(http_bearer_parse(header, &token), HTTP_BEARER_OK);
	header[7 + HTTP_BEARER_MAX] = 'a';
	CU_ASSERT_EQUAL(http_bearer_parse(header, &token), HTTP_BEARER_BAD);
}

void
suite_http_bearer(void)
{
	static const struct unit_test tests[] = {
		{ "only the strict form is a token, absent is not bad", table },
		{ "a token has a limit", long_token },
		{ NULL, NULL },
	};

	unit_add("src/http/bearer.c", tests);
}
