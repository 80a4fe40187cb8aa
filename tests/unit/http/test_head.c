/*
 * Response headers: no second header, no second response, no steering of the
 * edge (A84); the login cookie with all its attributes (S167).
 */
#include "config.h"

#include <string.h>

#include "http/head.h"
#include "tests/unit/unit.h"

static void
written(void)
{
	own_txt struct txt out;

	txt_init(&out, 0);
	CU_ASSERT_TRUE(http_head_add(&out, "Allow", "GET, HEAD"));
	CU_ASSERT_TRUE(http_head_add(&out, "X-Empty", ""));
	CU_ASSERT_STRING_EQUAL(txt_str(&out),
	    "Allow: GET, HEAD\r\n"
	    "X-Empty: \r\n");
}

static void
refused(void)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{ "X", "a\r\nSet-Cookie: b" },
		{ "X", "a\nb" },
		{ "X", "a\rb" },
		{ "X", "a\x01" },
		{ "X", "a\x7f" },
		{ "X", "caf\xc3\xa9" },
		{ "", "a" },
		{ "X Y", "a" },
		{ "X:", "a" },
		{ "X\n", "a" },
		{ "X-Accel-Redirect", "/etc/passwd" },
		{ "x-accel-expires", "0" },
		{ "X-Sendfile", "/etc/passwd" },
		{ "x-sendfile2", "a" },
	};
	own_txt struct txt out;
	size_t i;

	txt_init(&out, 0);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_FALSE(
		    http_head_add(&out, rows[i].name, rows[i].value));
	CU_ASSERT_EQUAL(out.len, 0);
}

static void
cookie_written(void)
{
	own_txt struct txt out;

	txt_init(&out, 0);
	CU_ASSERT_TRUE(
	    http_head_cookie(&out, "moltis_session", "aZ0-_", 2592000));
	CU_ASSERT_STRING_EQUAL(txt_str(&out),
	    "Set-Cookie: moltis_session=aZ0-_; HttpOnly; Secure; "
	    "SameSite=Strict; Path=/; Max-Age=2592000\r\n");
	txt_reset(&out);
	CU_ASSERT_TRUE(http_head_cookie(&out, "moltis_session", "", 0));
	CU_ASSERT_STRING_EQUAL(txt_str(&out),
	    "Set-Cookie: moltis_session=; HttpOnly; Secure; "
	    "SameSite=Strict; Path=/; Max-Age=0\r\n");
}

static void
cookie_refused(void)
{
	static const char *const bad[] = { "a;b", "a b", "a,b", "a\"b", "a\\b",
		"a\r\nb", "a\n", "\x7f", "\xc3\xa9" };
	own_txt struct txt out;
	size_t i;

	txt_init(&out, 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_FALSE(http_head_cookie(&out, "c", bad[i], 1));
	CU_ASSERT_FALSE(http_head_cookie(&out, "c=d", "a", 1));
	CU_ASSERT_EQUAL(out.len, 0);
}

void
suite_http_head(void)
{
	static const struct unit_test tests[] = {
		{ "name and value make one line", written },
		{ "line breaks and the edge's own names are refused", refused },
		{ "the cookie has every attribute of a login session",
		    cookie_written },
		{ "a cookie value cannot start an attribute", cookie_refused },
		{ NULL, NULL },
	};

	unit_add("src/http/head.c", tests);
}
