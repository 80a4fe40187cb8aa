/* The address a counter belongs to (S225): pure. */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "auth/auth.h"

void
auth_peer_key(const char *peer, char out[AUTH_PEER_KEY])
{
	struct in6_addr v6;

	if (peer == NULL)
		peer = "";
	if (inet_pton(AF_INET6, peer, &v6) != 1) {
		snprintf(out, AUTH_PEER_KEY, "%s", peer);
		return;
	}
	if (IN6_IS_ADDR_V4MAPPED(&v6)) {
		(void)inet_ntop(AF_INET, &v6.s6_addr[12], out, AUTH_PEER_KEY);
		return;
	}
	/* A network gets a whole /64: one address of it is worth nothing. */
	memset(&v6.s6_addr[8], 0, 8);
	(void)inet_ntop(AF_INET6, &v6, out, AUTH_PEER_KEY);
}
