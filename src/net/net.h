/*
 * Which network addresses are public, and the exceptions of a deployment.
 *
 * Pure: no sockets, no resolver.  The sandbox makes its firewall from these
 * tables and everything that dials an address chosen by a user asks
 * net_may_dial, so that the two cannot disagree (S206, S207).
 */
#ifndef MOLTIS_NET_NET_H
#define MOLTIS_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define NET_ADDR_TEXT 46 /* the longest address and the NUL */
#define NET_CIDR_TEXT 50

struct net_addr {
	bool v6;
	unsigned char bytes[16]; /* network order; IPv4: the first four */
};

struct net_cidr {
	struct net_addr addr; /* no bit set behind the prefix */
	unsigned bits;
};

/* What may be reached although it is not public. */
struct net_hole {
	struct net_cidr cidr;
	unsigned port; /* 0: every port */
};

/* Only the canonical spellings of inet_pton: no octal, no zone, no blanks. */
bool net_addr_parse(const char *text, struct net_addr *ret_addr);
/* false for a family that is not IPv4 or IPv6. */
bool net_addr_of_socket(const struct sockaddr *sa, struct net_addr *ret_addr);
void net_addr_format(const struct net_addr *addr, char out[NET_ADDR_TEXT]);

/* ADDRESS or ADDRESS/BITS; bits behind the prefix must be zero. */
bool net_cidr_parse(const char *text, struct net_cidr *ret_cidr);
void net_cidr_format(const struct net_cidr *cidr, char out[NET_CIDR_TEXT]);
bool net_cidr_has(const struct net_cidr *cidr, const struct net_addr *addr);

/* CIDR, ADDRESS:PORT, [ADDRESS]:PORT or [CIDR]:PORT. */
bool net_hole_parse(const char *text, struct net_hole *ret_hole);

/* The IPv4 address that an IPv6 address stands for: mapped, compatible, NAT64
 * or 6to4.  false: it stands for itself. */
bool net_addr_embedded(const struct net_addr *addr, struct net_addr *ret_v4);

/* Machines' own configuration services, which hand out credentials. */
bool net_is_metadata(const struct net_addr *addr);

/* Nothing but such services. */
bool net_is_metadata_cidr(const struct net_cidr *cidr);

/* Globally reachable and no metadata service. */
bool net_is_public(const struct net_addr *addr);

/* Public, or in one of the HOLES; never a metadata service. */
bool net_may_dial(const struct net_addr *addr, unsigned port,
    const struct net_hole *holes, size_t count);

enum net_table {
	NET_TABLE_DENIED_V4,  /* IPv4 that is not public */
	NET_TABLE_DENIED_V6,  /* inside NET_TABLE_UNICAST_V6, not public */
	NET_TABLE_GLOBAL_V6,  /* inside NET_TABLE_DENIED_V6, public */
	NET_TABLE_UNICAST_V6, /* outside of it nothing is public, but */
	NET_TABLE_NAT64,      /* is as public as the IPv4 address in it */
	NET_TABLE_METADATA    /* both kinds */
};

const struct net_cidr *net_table_get(enum net_table which, size_t *ret_count);

#endif
