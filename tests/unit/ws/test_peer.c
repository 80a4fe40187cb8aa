/* src/ws/peer.c: one subject a client, however its address is written. */
#include "config.h"

#include "ws/peer.h"

#include <stddef.h>

#include "unit.h"

static void
test_keys(void)
{
	static const struct {
		const char *peer, *want;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
		{ "2001:DB8:1:2::9", "2001:db8:1:2::" },
		{ "::1", "::" },
		{ "", "unknown" },
		{ "192.0.2.01", "unknown" },
		{ "192.0.2.1:80", "unknown" },
		{ "example.com", "unknown" },
	};
	char key[WS_PEER_KEY_BYTES];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ws_peer_key(rows[i].peer, key);
		CU_ASSERT_STRING_EQUAL(key, rows[i].want);
	}
}

void
suite_ws_peer(void)
{
	static const struct unit_test tests[] = {
		{ "addresses become subjects", test_keys },
	};

	UNIT_SUITE("src/ws/peer.c", tests);
}
