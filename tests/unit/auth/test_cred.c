/*
 * Forms of credentials: what is taken for a key, a token or a setup code, and
 * what new ones look like.
 */
#include "config.h"

#include <string.h>

#include "auth/cred.h"
#include "base/bytes.h"
#include "tests/unit/unit.h"

#define A43 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void
keys(void)
{
	static const char *const bad[] = { "", "mk_", A43, "mk_" A43 "A",
		"mk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "MK_" A43,
		"mk-" A43, " mk_" A43, "mk_" A43 " ", "mk_" A43 "\n",
		"mk_+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"mk_/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"mk_=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"mk_\xc3\xa9"
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
	struct op_cred cred = { .kind = CRED_NONE };
	unsigned char hash[BYTES_SHA256];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(auth_cred_from_key(bad[i], &cred));
	CU_ASSERT_FALSE(auth_cred_from_key(NULL, &cred));
	CU_ASSERT_EQUAL(cred.kind, CRED_NONE);
	CU_ASSERT_TRUE(auth_cred_from_key("mk_" A43, &cred));
	CU_ASSERT_EQUAL(cred.kind, CRED_KEY);
	bytes_sha256("mk_" A43, 46, hash);
	CU_ASSERT_EQUAL(memcmp(cred.hash, hash, sizeof(hash)), 0);
}

static void
invites(void)
{
	static const char *const bad[] = { "", "inv_", A43, "inv_" A43 "A",
		"mk_" A43, "INV_" A43, " inv_" A43, "inv_" A43 "\n" };
	static const unsigned char nobody[BYTES_SHA256];
	unsigned char hash[BYTES_SHA256], again[BYTES_SHA256];
	char token[AUTH_INVITE_TEXT], other[AUTH_INVITE_TEXT];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(hash, 1, sizeof(hash));
		auth_invite_hash(bad[i], hash);
		CU_ASSERT_EQUAL(memcmp(hash, nobody, sizeof(hash)), 0);
	}
	auth_invite_hash(NULL, hash);
	CU_ASSERT_EQUAL(memcmp(hash, nobody, sizeof(hash)), 0);
	auth_invite_new(other, again);
	auth_invite_new(token, hash);
	CU_ASSERT_EQUAL(strlen(token), AUTH_INVITE_TEXT - 1);
	CU_ASSERT_NOT_EQUAL(memcmp(hash, again, sizeof(hash)), 0);
	auth_invite_hash(token, again);
	CU_ASSERT_EQUAL(memcmp(hash, again, sizeof(hash)), 0);
}

static void
tokens(void)
{
	static const char *const bad[] = { "", "x", "mk_" A43, A43 "A",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\"",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA;" };
	struct op_cred cred = { .kind = CRED_NONE };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(auth_cred_from_token(bad[i], &cred));
	CU_ASSERT_FALSE(auth_cred_from_token(NULL, &cred));
	CU_ASSERT_EQUAL(cred.kind, CRED_NONE);
	CU_ASSERT_TRUE(auth_cred_from_token(A43, &cred));
	CU_ASSERT_EQUAL(cred.kind, CRED_SESSION);
	CU_ASSERT_EQUAL(cred.user[0], '\0');
}

static void
fresh(void)
{
	char key[AUTH_KEY_TEXT], other[AUTH_KEY_TEXT], token[AUTH_TOKEN_TEXT];
	unsigned char hash[BYTES_SHA256], other_hash[BYTES_SHA256];
	struct op_cred cred;

	auth_key_new(key, hash);
	auth_key_new(other, other_hash);
	cred_token_new(token);
	CU_ASSERT_TRUE(auth_cred_from_key(key, &cred));
	CU_ASSERT_EQUAL(memcmp(cred.hash, hash, sizeof(hash)), 0);
	CU_ASSERT_TRUE(auth_cred_from_token(token, &cred));
	CU_ASSERT_STRING_NOT_EQUAL(key, other);
	CU_ASSERT_STRING_NOT_EQUAL(key + 3, token);
}

static void
code_forms(void)
{
	static const char *const same[] = { "ABCD-2345", "abcd-2345",
		"ABCD2345", "abcd 2345", " A B C D - 2 3 4 5 ", "aBcD2345" };
	static const char *const bad[] = { "", "-", "ABCD-234", "ABCD-23456",
		"ABCD-234O", "ABCD-2340", "ABCD-2341", "ABCD-234I", "ABCD_2345",
		"ABCD-234\xc3\xa9", "ABCD\t2345", "ABCD-2345\n" };
	unsigned char want[BYTES_SHA256], got[BYTES_SHA256];

	bytes_sha256("ABCD2345", 8, want);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		memset(got, 0, sizeof(got));
		CU_ASSERT_TRUE(cred_code_hash(same[i], got));
		CU_ASSERT_EQUAL(memcmp(got, want, sizeof(got)), 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(cred_code_hash(bad[i], got));
}

/* 40 bits: every symbol of the alphabet shows up in a few hundred codes. */
static void
code_fresh(void)
{
	static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	bool used[256] = { false };
	unsigned char hash[BYTES_SHA256];
	char code[AUTH_CODE_TEXT];

	for (int i = 0; i < 400; i++) {
		cred_code_new(code);
		CU_ASSERT_EQUAL(strlen(code), 9);
		CU_ASSERT_EQUAL(code[4], '-');
		CU_ASSERT_TRUE(cred_code_hash(code, hash));
		for (const char *p = code; *p != '\0'; p++)
			used[(unsigned char)*p] = true;
	}
	CU_ASSERT_EQUAL(strlen(alphabet), 32);
	for (const char *p = alphabet; *p != '\0'; p++)
		CU_ASSERT_TRUE(used[(unsigned char)*p]);
	CU_ASSERT_FALSE(used['I'] || used['O'] || used['0'] || used['1']);
}

void
suite_auth_cred(void)
{
	static const struct unit_test tests[] = {
		{ "a key is mk_ and 43 characters, nothing else", keys },
		{ "an invitation is inv_ and 43 characters, nothing else",
		    invites },
		{ "a session token is 43 characters, nothing else", tokens },
		{ "new ones have the form and differ", fresh },
		{ "a setup code is read as people type it", code_forms },
		{ "a new code uses the whole alphabet", code_fresh },
		{ NULL, NULL },
	};

	unit_add("src/auth/cred.c", tests);
}
