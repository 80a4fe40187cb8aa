/*
 * What calls of src/auth share: sentences, names of people, tokens.
 */
#include "config.h"

#include <string.h>

#include "auth/call.h"
#include "tests/unit/unit.h"

static void
sentences(void)
{
	struct auth_call call = { .error = { .retry_after_secs = 7 } };

	CU_ASSERT_EQUAL(auth_fail_field(&call, ST_FORBIDDEN, "code", "no"),
	    ST_FORBIDDEN);
	CU_ASSERT_STRING_EQUAL(call.error.field, "code");
	CU_ASSERT_STRING_EQUAL(call.error.message, "no");
	CU_ASSERT_EQUAL(call.error.retry_after_secs, 0);
	CU_ASSERT_EQUAL(auth_fail(&call, ST_GONE, "late"), ST_GONE);
	CU_ASSERT_STRING_EQUAL(call.error.field, "");
}

static void
names(void)
{
	static const char *const bad[] = { "", "a b", "a/b", "a\nb", "\xc3\xa9",
		"a:b", "a'b",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"a" };
	struct auth_call call = { .peer = "" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(auth_check_username(&call, bad[i]), ST_INVALID);
		CU_ASSERT_STRING_EQUAL(call.error.field, "username");
	}
	CU_ASSERT_EQUAL(auth_check_username(&call, "Ada.L+x@example-1_2"),
	    ST_OK);
}

static void
tokens(void)
{
	struct auth_call call = { .peer = "" };
	unsigned char hash[BYTES_SHA256], want[BYTES_SHA256];

	auth_token_make(&call, hash);
	bytes_sha256(call.token, strlen(call.token), want);
	CU_ASSERT_EQUAL(memcmp(hash, want, sizeof(hash)), 0);
	CU_ASSERT_EQUAL(auth_token_keep(&call, ST_OK), ST_OK);
	CU_ASSERT_EQUAL(strlen(call.token), AUTH_TOKEN_TEXT - 1);
	CU_ASSERT_EQUAL(auth_token_keep(&call, ST_DB), ST_DB);
	CU_ASSERT_EQUAL(call.token[0], '\0');
}

void
suite_auth_call(void)
{
	static const struct unit_test tests[] = {
		{ "an error names its field and forgets the last one",
		    sentences },
		{ "a user name is 1 to 64 plain characters", names },
		{ "a token that nobody stored is wiped", tokens },
		{ NULL, NULL },
	};

	unit_add("src/auth/call.c", tests);
}
