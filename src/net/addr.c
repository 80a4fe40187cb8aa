/* Addresses and ranges: text to bytes and back, and what lies in a range. */
#include "config.h"

#include "net/net.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static bool number_parse(const char *text, unsigned max, unsigned *ret_number);
static bool is_masked(const struct net_cidr *cidr);

bool
net_addr_parse(const char *text, struct net_addr *ret_addr)
{
	struct net_addr addr = { .v6 = strchr(text, ':') != NULL };

	if (inet_pton(addr.v6 ? AF_INET6 : AF_INET, text, addr.bytes) != 1)
		return false;
	*ret_addr = addr;
	return true;
}

bool
net_addr_of_socket(const struct sockaddr *sa, struct net_addr *ret_addr)
{
	struct net_addr addr = { .v6 = sa->sa_family == AF_INET6 };
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		memcpy(addr.bytes, &v6.sin6_addr, 16);
	} else if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		memcpy(addr.bytes, &v4.sin_addr, 4);
	} else {
		return false;
	}
	*ret_addr = addr;
	return true;
}

void
net_addr_format(const struct net_addr *addr, char out[NET_ADDR_TEXT])
{
	if (inet_ntop(addr->v6 ? AF_INET6 : AF_INET, addr->bytes, out,
		NET_ADDR_TEXT) == NULL)
		out[0] = '\0';
}

bool
net_cidr_parse(const char *text, struct net_cidr *ret_cidr)
{
	const char *slash = strchr(text, '/');
	size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char addr[NET_ADDR_TEXT];
	struct net_cidr cidr;

	if (n >= sizeof(addr))
		return false;
	memcpy(addr, text, n);
	addr[n] = '\0';
	if (!net_addr_parse(addr, &cidr.addr))
		return false;
	cidr.bits = cidr.addr.v6 ? 128 : 32;
	if (slash != NULL && !number_parse(slash + 1, cidr.bits, &cidr.bits))
		return false;
	if (!is_masked(&cidr))
		return false;
	*ret_cidr = cidr;
	return true;
}

void
net_cidr_format(const struct net_cidr *cidr, char out[NET_CIDR_TEXT])
{
	char addr[NET_ADDR_TEXT];

	net_addr_format(&cidr->addr, addr);
	snprintf(out, NET_CIDR_TEXT, "%s/%u", addr, cidr->bits & 255);
}

bool
net_cidr_has(const struct net_cidr *cidr, const struct net_addr *addr)
{
	unsigned whole = cidr->bits / 8, rest = cidr->bits % 8;
	unsigned char mask = (unsigned char)(0xff00u >> rest);

	if (cidr->addr.v6 != addr->v6 ||
	    memcmp(cidr->addr.bytes, addr->bytes, whole) != 0)
		return false;
	return rest == 0 ||
	    ((cidr->addr.bytes[whole] ^ addr->bytes[whole]) & mask) == 0;
}

bool
net_hole_parse(const char *text, struct net_hole *ret_hole)
{
	const char *from = text, *end = NULL, *port = NULL;
	struct net_hole hole = { .port = 0 };
	char cidr[NET_CIDR_TEXT];
	size_t n;

	if (text[0] == '[') {
		from = text + 1;
		end = strchr(from, ']');
		if (end == NULL || end[1] != ':')
			return false;
		port = end + 2;
	} else if (strchr(text, ':') == strrchr(text, ':')) {
		end = strchr(text, ':');
		port = end == NULL ? NULL : end + 1;
	}
	n = end == NULL ? strlen(from) : (size_t)(end - from);
	if (n >= sizeof(cidr))
		return false;
	memcpy(cidr, from, n);
	cidr[n] = '\0';
	if (!net_cidr_parse(cidr, &hole.cidr))
		return false;
	if (port != NULL &&
	    (!number_parse(port, 65535, &hole.port) || hole.port == 0))
		return false;
	*ret_hole = hole;
	return true;
}

/* Digits only, no leading zero. */
static bool
number_parse(const char *text, unsigned max, unsigned *ret_number)
{
	unsigned number = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (unsigned)(*text - '0');
		if (number > max)
			return false;
	}
	*ret_number = number;
	return true;
}

static bool
is_masked(const struct net_cidr *cidr)
{
	unsigned size = cidr->addr.v6 ? 16 : 4;

	for (unsigned bit = cidr->bits; bit < size * 8; bit++) {
		if (cidr->addr.bytes[bit / 8] & (0x80u >> bit % 8))
			return false;
	}
	return true;
}
