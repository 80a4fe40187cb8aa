/* What the firewall must know of the host's own network. */
#ifndef MOLTIS_SANDBOXD_NET_HOST_H
#define MOLTIS_SANDBOXD_NET_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "net/net.h"

/* The addresses of all interfaces that a sandbox could reach, being public or
 * in one of the HOLES: a service that listens there is not for sandboxes.
 * false: errno. */
bool net_host_addresses(const struct net_hole *holes, size_t hole_count,
    struct net_addr *out, size_t max, size_t *ret_count);

/* Is there a default route for IPv6? */
bool net_host_has_v6(void);

#endif
