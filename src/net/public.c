/*
 * The tables of what is public: the special-purpose registries of IANA
 * (RFC 6890) read as "what is not certainly public is denied".
 */
#include "config.h"

#include "net/net.h"

#include <string.h>

#define V4(a, b, c, d, n) \
	{ \
		{ false, { a, b, c, d } }, n \
	}
#define V6(n, ...) \
	{ \
		{ true, { __VA_ARGS__ } }, n \
	}
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct net_cidr denied_v4[] = {
	V4(0, 0, 0, 0, 8),       /* this network */
	V4(10, 0, 0, 0, 8),      /* private */
	V4(100, 64, 0, 0, 10),   /* shared behind carriers' NAT */
	V4(127, 0, 0, 0, 8),     /* loopback */
	V4(169, 254, 0, 0, 16),  /* link-local, metadata services */
	V4(172, 16, 0, 0, 12),   /* private */
	V4(192, 0, 0, 0, 24),    /* protocol assignments */
	V4(192, 0, 2, 0, 24),    /* documentation */
	V4(192, 88, 99, 0, 24),  /* 6to4 relays */
	V4(192, 168, 0, 0, 16),  /* private */
	V4(198, 18, 0, 0, 15),   /* benchmarks */
	V4(198, 51, 100, 0, 24), /* documentation */
	V4(203, 0, 113, 0, 24),  /* documentation */
	V4(224, 0, 0, 0, 3),     /* multicast, reserved, broadcast */
};

/* The only part of IPv6 that IANA gives out: loopback, mapped, unique local,
 * link-local, multicast and all that is not assigned lie outside. */
static const struct net_cidr unicast_v6[] = { V6(3, 0x20) };

static const struct net_cidr denied_v6[] = {
	V6(23, 0x20, 0x01),             /* protocols, Teredo */
	V6(32, 0x20, 0x01, 0x0d, 0xb8), /* documentation */
	V6(16, 0x20, 0x02),             /* 6to4: any IPv4 address */
	V6(20, 0x3f, 0xff),             /* documentation */
};

static const struct net_cidr global_v6[] = {
	V6(128, 0x20, 0x01, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1), /* PCP */
	V6(128, 0x20, 0x01, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	    2), /* TURN */
	V6(128, 0x20, 0x01, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3), /* SRP */
	V6(32, 0x20, 0x01, 0, 3),                                      /* AMT */
	V6(48, 0x20, 0x01, 0, 4, 0x01, 0x12), /* AS112 */
	V6(28, 0x20, 0x01, 0, 0x20),          /* ORCHIDv2 */
	V6(28, 0x20, 0x01, 0, 0x30),          /* remote ids of drones */
};

static const struct net_cidr nat64[] = { V6(96, 0, 0x64, 0xff, 0x9b) };

/* Not even an exception of the deployment opens these. */
static const struct net_cidr metadata[] = {
	V4(169, 254, 169, 254, 32), /* nearly every cloud */
	V4(169, 254, 170, 2, 32),   /* credentials of AWS containers */
	V4(169, 254, 170, 23, 32),
	V4(100, 100, 100, 200, 32), /* Alibaba */
	V4(168, 63, 129, 16, 32),   /* Azure, in a public range */
	V4(192, 0, 0, 192, 32),     /* Oracle */
	V6(128, 0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54),
	V6(128, 0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23),
	V6(128, 0xfd, 0x20, 0, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54),
};

static bool has_any(enum net_table which, const struct net_addr *addr);

const struct net_cidr *
net_table_get(enum net_table which, size_t *ret_count)
{
	static const struct {
		const struct net_cidr *rows;
		size_t count;
	} tables[] = {
		[NET_TABLE_DENIED_V4] = { denied_v4, COUNT(denied_v4) },
		[NET_TABLE_DENIED_V6] = { denied_v6, COUNT(denied_v6) },
		[NET_TABLE_GLOBAL_V6] = { global_v6, COUNT(global_v6) },
		[NET_TABLE_UNICAST_V6] = { unicast_v6, COUNT(unicast_v6) },
		[NET_TABLE_NAT64] = { nat64, COUNT(nat64) },
		[NET_TABLE_METADATA] = { metadata, COUNT(metadata) },
	};

	*ret_count = tables[which].count;
	return tables[which].rows;
}

bool
net_addr_embedded(const struct net_addr *addr, struct net_addr *ret_v4)
{
	static const struct net_cidr sixtofour = V6(16, 0x20, 0x02);
	static const struct net_cidr in_last_four[] = {
		V6(96, 0), /* compatible */
		V6(96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff), /* mapped */
		V6(96, 0, 0x64, 0xff, 0x9b),                      /* NAT64 */
	};
	const unsigned char *v4 = NULL;

	if (net_cidr_has(&sixtofour, addr))
		v4 = addr->bytes + 2;
	for (size_t i = 0; i < COUNT(in_last_four); i++) {
		if (net_cidr_has(&in_last_four[i], addr))
			v4 = addr->bytes + 12;
	}
	if (v4 == NULL)
		return false;
	*ret_v4 = (struct net_addr){ .v6 = false };
	memcpy(ret_v4->bytes, v4, 4);
	return true;
}

bool
net_is_metadata(const struct net_addr *addr)
{
	struct net_addr v4;

	if (net_addr_embedded(addr, &v4))
		return has_any(NET_TABLE_METADATA, &v4);
	return has_any(NET_TABLE_METADATA, addr);
}

bool
net_is_metadata_cidr(const struct net_cidr *cidr)
{
	return cidr->bits == (cidr->addr.v6 ? 128 : 32) &&
	    net_is_metadata(&cidr->addr);
}

bool
net_is_public(const struct net_addr *addr)
{
	struct net_addr v4;

	if (net_is_metadata(addr))
		return false;
	if (!addr->v6)
		return !has_any(NET_TABLE_DENIED_V4, addr);
	if (has_any(NET_TABLE_NAT64, addr))
		return net_addr_embedded(addr, &v4) && net_is_public(&v4);
	if (!has_any(NET_TABLE_UNICAST_V6, addr))
		return false;
	return has_any(NET_TABLE_GLOBAL_V6, addr) ||
	    !has_any(NET_TABLE_DENIED_V6, addr);
}

bool
net_may_dial(const struct net_addr *addr, unsigned port,
    const struct net_hole *holes, size_t count)
{
	if (net_is_metadata(addr))
		return false;
	if (net_is_public(addr))
		return true;
	for (size_t i = 0; i < count; i++) {
		if ((holes[i].port == 0 || holes[i].port == port) &&
		    net_cidr_has(&holes[i].cidr, addr))
			return true;
	}
	return false;
}

static bool
has_any(enum net_table which, const struct net_addr *addr)
{
	size_t count;
	const struct net_cidr *rows = net_table_get(which, &count);

	for (size_t i = 0; i < count; i++) {
		if (net_cidr_has(&rows[i], addr))
			return true;
	}
	return false;
}
