/*
 * The relying party comes from server.external_url and its pages from
 * server.allowed_origins.
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "auth/passkey.h"
#include "tests/unit/unit.h"

/* The configuration's texts are its own; none of these is written to. */
static char *
text(const char *literal)
{
	return (char *)(uintptr_t)literal;
}

static struct conf
conf_of(const char *url, const char *second, const char *third)
{
	return (struct conf){
		.external_url = text(url),
		.allowed_origins = { text(url), text(second), text(third) },
		.origin_count = 3,
	};
}

static void
named(void)
{
	struct conf c = conf_of("https://moltis.example:8443",
	    "https://chat.moltis.example", "https://other.example");
	struct passkey_rp rp;

	CU_ASSERT_TRUE_FATAL(passkey_rp_find(&c, &rp));
	CU_ASSERT_STRING_EQUAL(rp.id, "moltis.example");
	CU_ASSERT_EQUAL_FATAL(rp.origin_count, 2);
	CU_ASSERT_STRING_EQUAL(rp.origins[0], "https://moltis.example:8443");
	CU_ASSERT_STRING_EQUAL(rp.origins[1], "https://chat.moltis.example");
	c = conf_of("http://localhost:8080", "http://127.0.0.1:8080",
	    "http://[::1]:8080");
	CU_ASSERT_TRUE_FATAL(passkey_rp_find(&c, &rp));
	CU_ASSERT_STRING_EQUAL(rp.id, "localhost");
	CU_ASSERT_EQUAL(rp.origin_count, 1);
	c = conf_of("https://moltis.example", "https://evilmoltis.example",
	    "https://moltis.example.evil.example");
	CU_ASSERT_TRUE_FATAL(passkey_rp_find(&c, &rp));
	CU_ASSERT_EQUAL(rp.origin_count, 1);
}

static void
addresses(void)
{
	static const char *const urls[] = { "http://127.0.0.1:8080",
		"https://192.0.2.1", "https://[2001:db8::1]:8443",
		"http://[::1]:8080" };
	struct passkey_rp rp;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct conf c = conf_of(urls[i], "https://moltis.example",
		    "http://localhost:8080");

		CU_ASSERT_FALSE(passkey_rp_find(&c, &rp));
	}
}

void
suite_auth_passkey_rp(void)
{
	static const struct unit_test tests[] = {
		{ "a host name is whom passkeys are for", named },
		{ "an address is nobody", addresses },
		{ NULL, NULL },
	};

	unit_add("src/auth/passkey_rp.c", tests);
}
