/*
 * Client addresses as subjects of rate limits.
 *
 * One person owns a whole /64, so IPv6 is counted by it.  The address comes
 * from the edge and from nowhere else: forwarded headers are not read.
 */
#include "config.h"

#include "http/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void
http_peer_subject(const char *addr, char out[HTTP_PEER_TEXT])
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	snprintf(out, HTTP_PEER_TEXT, "unknown");
	if (addr == NULL)
		return;
	if (inet_pton(AF_INET, addr, &four) == 1) {
		inet_ntop(AF_INET, &four, out, HTTP_PEER_TEXT);
		return;
	}
	if (inet_pton(AF_INET6, addr, &six) != 1)
		return;
	if (IN6_IS_ADDR_V4MAPPED(&six)) {
		inet_ntop(AF_INET, &six.s6_addr[12], out, HTTP_PEER_TEXT);
		return;
	}
	memset(&six.s6_addr[8], 0, 8);
	if (inet_ntop(AF_INET6, &six, text, sizeof(text)) != NULL)
		snprintf(out, HTTP_PEER_TEXT, "%s/64", text);
}
