/* The firewall of a sandbox as text for nft. */
#ifndef MOLTIS_SANDBOXD_NET_RULES_H
#define MOLTIS_SANDBOXD_NET_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/txt.h"
#include "net/net.h"

/* The addresses of slirp4netns. */
#define NET_SLIRP_V4 "10.0.2.0/24"
#define NET_SLIRP_V6 "fd00::/64"
#define NET_RESOLVER "10.0.2.3"

struct net_rules {
	const struct net_hole *holes;
	size_t hole_count;
	const struct net_addr *own; /* of this host */
	size_t own_count;
	bool v6; /* false: no IPv6 at all */
};

void net_rules_format(const struct net_rules *in, struct txt *out);

#endif
