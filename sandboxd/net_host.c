/* The host's own addresses and whether IPv6 leads anywhere, read afresh for
 * every sandbox: both change while a server runs. */
#include "config.h"

#include "sandboxd/net_host.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

static bool has_already(const struct net_addr *list, size_t count,
    const struct net_addr *addr);

/* All else is refused anyway. */
static bool
is_open(const struct net_addr *addr, const struct net_hole *holes, size_t count)
{
	bool open = net_is_public(addr);

	for (size_t i = 0; i < count && !open; i++)
		open = net_cidr_has(&holes[i].cidr, addr);
	return open;
}

bool
net_host_addresses(const struct net_hole *holes, size_t hole_count,
    struct net_addr *out, size_t max, size_t *ret_count)
{
	struct ifaddrs *all, *at;
	struct net_addr addr;
	size_t count = 0;
	bool fits = true;

	if (getifaddrs(&all) != 0)
		return false;
	for (at = all; at != NULL && fits; at = at->ifa_next) {
		if (at->ifa_addr == NULL ||
		    !net_addr_of_socket(at->ifa_addr, &addr) ||
		    !is_open(&addr, holes, hole_count) ||
		    has_already(out, count, &addr))
			continue;
		fits = count < max;
		if (fits)
			out[count++] = addr;
	}
	freeifaddrs(all);
	if (!fits) {
		errno = E2BIG;
		return false;
	}
	*ret_count = count;
	return true;
}

bool
net_host_has_v6(void)
{
	FILE *f = fopen("/proc/net/ipv6_route", "re");
	char to[33], bits[3], name[32];
	bool found = false;

	if (f == NULL)
		return false;
	while (!found &&
	    fscanf(f, "%32s %2s %*s %*s %*s %*s %*s %*s %*s %31s", to, bits,
		name) == 3)
		found = strcmp(bits, "00") == 0 &&
		    strspn(to, "0") == strlen(to) && strcmp(name, "lo") != 0;
	(void)fclose(f);
	return found;
}

static bool
has_already(const struct net_addr *list, size_t count,
    const struct net_addr *addr)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].v6 == addr->v6 &&
		    memcmp(list[i].bytes, addr->bytes, 16) == 0)
			return true;
	}
	return false;
}
