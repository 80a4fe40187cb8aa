/*
 * What a new password must be (S163), and its hash (S164).
 */
#include "config.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/password.h"
#include "tests/unit/unit.h"

static enum status
judge(const char *bytes, size_t n, const char *username, struct op_error *err)
{
	own_secret struct secret s = { 0 };

	memset(err, 0, sizeof(*err));
	secret_set(&s, bytes, n);
	return password_check(&s, username, "new_password", err);
}

static void
refused(void)
{
	static const struct {
		const char *bytes;
		size_t n; /* 0: its length */
		const char *why;
	} rows[] = {
		{ "", 0, "required" },
		{ "elevenchars", 0, "12 characters" },
		/* Eleven characters in 22 bytes. */
		{ "\xc3\xa9\xc3\xa9\xc3\xa8\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
		    0, "12 characters" },
		{ "good password\0x", 15, "valid text" },
		{ "bad \xff utf8 here", 0, "valid text" },
		{ "overlong \xc0\xaf slash", 0, "valid text" },
		{ "surrogate \xed\xa0\x80 here", 0, "valid text" },
		{ "Administrator", 0, "too common" },
		{ "passwordpassword", 0, "too common" },
		{ "PASSWORDPASSWORD", 0, "too common" },
		{ "zzzzzzzzzzzzzz", 0, "too common" },
		{ "               ", 0, "too common" },
		/* Twelve times one character of two bytes. */
		{ "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
		    0, "too common" },
		{ "long.user.name", 0, "user name" },
		{ "Long.User.NAME", 0, "user name" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = rows[i].n > 0 ? rows[i].n : strlen(rows[i].bytes);
		struct op_error err;

		CU_ASSERT_EQUAL(judge(rows[i].bytes, n, "long.user.name", &err),
		    ST_INVALID);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.message, rows[i].why));
		CU_ASSERT_STRING_EQUAL(err.field, "new_password");
	}
}

static void
accepted(void)
{
	static const char *const good[] = { "twelve chars", "violet harbour",
		"\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c "
		"\xd0\xb4\xd0\xbb\xd1\x8f \xd0\xb2\xd1\x81\xd0\xb5\xd1\x85",
		"long.user.name2", "tab\tand\nnewline",
		/* One other at the end, which shares its first byte. */
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
		"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa8" };
	struct op_error err;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CU_ASSERT_EQUAL(
		    judge(good[i], strlen(good[i]), "long.user.name", &err),
		    ST_OK);
		CU_ASSERT_STRING_EQUAL(err.message, "");
	}
}

static void
lengths(void)
{
	char text[AUTH_PASSWORD_MAX + 2];
	struct op_error err;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * 7 % 26);
	CU_ASSERT_EQUAL(judge(text, AUTH_PASSWORD_MIN, "x", &err), ST_OK);
	CU_ASSERT_EQUAL(judge(text, AUTH_PASSWORD_MIN - 1, "x", &err),
	    ST_INVALID);
	CU_ASSERT_EQUAL(judge(text, AUTH_PASSWORD_MAX, "x", &err), ST_OK);
	CU_ASSERT_EQUAL(judge(text, AUTH_PASSWORD_MAX + 1, "x", &err),
	    ST_INVALID);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.message, "1024"));
}

static void
hashing(void)
{
	own_secret struct secret right = { 0 };
	own_secret struct secret wrong = { 0 };
	own_secret struct secret unset = { 0 };
	char hash[PASSWORD_HASH_TEXT], again[PASSWORD_HASH_TEXT];

	secret_set(&right, "violet harbour", 14);
	secret_set(&wrong, "violet harbous", 14);
	password_hash(&right, hash);
	password_hash(&right, again);
	CU_ASSERT_EQUAL(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31),
	    0);
	CU_ASSERT_STRING_NOT_EQUAL(hash, again);
	CU_ASSERT_TRUE(password_verify(&right, hash));
	CU_ASSERT_TRUE(password_verify(&right, again));
	CU_ASSERT_FALSE(password_verify(&wrong, hash));
	CU_ASSERT_FALSE(password_verify(&unset, hash));
	CU_ASSERT_FALSE(password_verify(&right, NULL));
	CU_ASSERT_FALSE(password_verify(&right, ""));
	CU_ASSERT_FALSE(password_verify(&right, "x"));
	CU_ASSERT_FALSE(password_is_outdated(hash));
	CU_ASSERT_TRUE(password_is_outdated("$argon2id$v=19$m=1024,t=2,p=1$"));
	CU_ASSERT_TRUE(password_is_outdated(""));
}

/* Half of the threads may be busy with passwords, and no more. */
static void
crowd(void)
{
	struct op_error err = { .message = "" };
	int in = 0;

	password_limit(4, 7);
	while (in < 10 && password_enter(&err) == ST_OK)
		in++;
	CU_ASSERT_EQUAL(in, 3);
	CU_ASSERT_EQUAL(err.retry_after_secs, 1);
	CU_ASSERT_EQUAL(password_enter(&err), ST_UNAVAILABLE);
	password_leave();
	CU_ASSERT_EQUAL(password_enter(&err), ST_OK);
	for (; in > 0; in--)
		password_leave();
	password_limit(4, 1);
	CU_ASSERT_EQUAL(password_enter(&err), ST_OK);
	CU_ASSERT_EQUAL(password_enter(&err), ST_UNAVAILABLE);
	password_leave();
	password_limit(4, 2048);
}

void
suite_auth_password(void)
{
	static const struct unit_test tests[] = {
		{ "bad ones are refused with the reason and the field",
		    refused },
		{ "good ones are accepted in any script", accepted },
		{ "12 characters at least, 1024 bytes at most", lengths },
		{ "a hash is argon2id, salted, and fits its password only",
		    hashing },
		{ "half of the threads hash, the rest goes on", crowd },
		{ NULL, NULL },
	};

	unit_add("src/auth/password.c", tests);
}
