/* The address a counter belongs to: IPv4 by itself, IPv6 by its /64. */
#include "config.h"

#include <string.h>

#include "auth/auth.h"
#include "tests/unit/unit.h"

static void
groups(void)
{
	static const struct {
		const char *peer, *key;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::FFFF:c000:0201", "192.0.2.1" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
		{ "2001:DB8:1:2::", "2001:db8:1:2::" },
		{ "2001:db8:1:3:3:4:5:6", "2001:db8:1:3::" },
		{ "::1", "::" },
		{ "unix:", "unix:" },
		{ "", "" },
		{ "not an address", "not an address" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char key[AUTH_PEER_KEY];

		auth_peer_key(rows[i].peer, key);
		CU_ASSERT_STRING_EQUAL(key, rows[i].key);
	}
}

static void
odd(void)
{
	char key[AUTH_PEER_KEY], text[200];

	auth_peer_key(NULL, key);
	CU_ASSERT_STRING_EQUAL(key, "");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	auth_peer_key(text, key);
	CU_ASSERT_EQUAL(strlen(key), AUTH_PEER_KEY - 1);
	auth_peer_key("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", key);
	CU_ASSERT_STRING_EQUAL(key, "ffff:ffff:ffff:ffff::");
}

void
suite_auth_peer(void)
{
	static const struct unit_test tests[] = {
		{ "IPv4 counts alone, mapped or not, IPv6 by its /64", groups },
		{ "what is no address is kept, cut", odd },
		{ NULL, NULL },
	};

	unit_add("src/auth/peer.c", tests);
}
