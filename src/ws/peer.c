/*
 * Normalises client addresses.  Pure; the address was already checked for form
 * by the upgrade reader, but nothing here depends on that.
 */
#include "config.h"

#include "ws/peer.h"

#include <arpa/inet.h>
#include <string.h>

#define PREFIX_BYTES 8 /* of a /64 */

void
ws_peer_key(const char *peer, char ret_key[WS_PEER_KEY_BYTES])
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, peer, &four) == 1) {
		inet_ntop(AF_INET, &four, ret_key, WS_PEER_KEY_BYTES);
		return;
	}
	if (inet_pton(AF_INET6, peer, &six) != 1) {
		memcpy(ret_key, "unknown", sizeof("unknown"));
		return;
	}
	if (IN6_IS_ADDR_V4MAPPED(&six)) {
		memcpy(&four, six.s6_addr + 12, sizeof(four));
		inet_ntop(AF_INET, &four, ret_key, WS_PEER_KEY_BYTES);
		return;
	}
	memset(six.s6_addr + PREFIX_BYTES, 0, sizeof(six) - PREFIX_BYTES);
	inet_ntop(AF_INET6, &six, ret_key, WS_PEER_KEY_BYTES);
}
