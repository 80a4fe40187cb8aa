/*
 * The firewall inside a sandbox's network namespace, made from the tables of
 * src/net: what leaves is refused at once rather than lost, so that a command
 * fails and does not hang; what comes in must be an answer.
 *
 * IPv4 that hides in IPv6 is written out as IPv6 ranges: the kernel compares
 * addresses and decodes none.
 */
#include "config.h"

#include "sandboxd/net_rules.h"

#include <string.h>

#define SET_BEGIN(name, type) \
	"  set " name " { type " type "; flags interval; elements = {"
#define SET_END " } }\n"

static void format_sets(struct txt *out);
static void format_holes(const struct net_rules *in, bool exact,
    struct txt *out);
static void format_own(struct txt *out, const struct net_addr *addr);
static void format_tail(const struct net_rules *in, struct txt *out);

void
net_rules_format(const struct net_rules *in, struct txt *out)
{
	txt_append(out, "table inet moltis {\n");
	format_sets(out);
	txt_append(out,
	    "  chain refuse {\n"
	    /* A reset, because the kernel sends few ICMP errors a second. */
	    "    counter\n"
	    "    meta l4proto tcp reject with tcp reset\n"
	    "    reject with icmpx type admin-prohibited\n"
	    "  }\n"
	    "  chain nat64 {\n"
	    "    ip6 daddr @private64 jump refuse\n"
	    "    accept\n"
	    "  }\n"
	    "  chain output {\n"
	    "    type filter hook output priority filter; policy drop;\n"
	    "    oifname \"lo\" accept\n"
	    "    meta l4proto != { tcp, udp, icmp, icmpv6 } jump refuse\n"
	    "    ip daddr " NET_RESOLVER " udp dport 53 accept\n"
	    "    ip daddr " NET_RESOLVER " tcp dport 53 accept\n"
	    "    ip daddr " NET_SLIRP_V4 " jump refuse\n"
	    "    ip daddr @metadata4 jump refuse\n"
	    "    ip6 daddr @metadata6 jump refuse\n");
	if (in->v6)
		txt_append(out,
		    "    icmpv6 type { nd-neighbor-solicit, "
		    "nd-neighbor-advert, nd-router-solicit } accept\n"
		    "    ip6 daddr " NET_SLIRP_V6 " jump refuse\n");
	format_holes(in, true, out);
	for (size_t i = 0; i < in->own_count; i++)
		format_own(out, &in->own[i]);
	format_holes(in, false, out);
	format_tail(in, out);
	txt_append(out,
	    "  }\n"
	    "  chain input {\n"
	    "    type filter hook input priority filter; policy drop;\n"
	    "    iifname \"lo\" accept\n"
	    "    ct state established,related accept\n");
	if (in->v6)
		txt_append(out,
		    "    icmpv6 type { nd-neighbor-solicit, "
		    "nd-neighbor-advert, nd-router-advert } accept\n");
	txt_append(out,
	    "  }\n"
	    "  chain forward {\n"
	    "    type filter hook forward priority filter; policy drop;\n"
	    "  }\n"
	    "}\n");
}

static void
format_range(struct txt *out, const struct net_cidr *cidr)
{
	char text[NET_CIDR_TEXT];

	net_cidr_format(cidr, text);
	txt_format(out, "%s %s",
	    out->len > 0 && out->data[out->len - 1] == '{' ? "" : ",", text);
}

/* The IPv6 range that holds the IPv4 range V4 at byte AT behind PREFIX. */
static void
format_embedded(struct txt *out, const unsigned char *prefix, unsigned at,
    const struct net_cidr *v4)
{
	struct net_cidr cidr = { .addr = { .v6 = true } };

	memcpy(cidr.addr.bytes, prefix, at);
	memcpy(cidr.addr.bytes + at, v4->addr.bytes, 4);
	cidr.bits = at * 8 + v4->bits;
	format_range(out, &cidr);
}

static void
format_table(struct txt *out, enum net_table which, bool v6)
{
	size_t n;
	const struct net_cidr *rows = net_table_get(which, &n);

	for (size_t i = 0; i < n; i++) {
		if (rows[i].addr.v6 == v6)
			format_range(out, &rows[i]);
	}
}

/* Every way to write the IPv4 metadata services as IPv6 (net_addr_embedded),
 * lest a hole as wide as ::/0 opens one. */
static void
format_metadata_v6(struct txt *out)
{
	static const unsigned char compatible[12] = { 0 };
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	static const unsigned char nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const unsigned char sixtofour[2] = { 0x20, 0x02 };
	size_t n;
	const struct net_cidr *rows = net_table_get(NET_TABLE_METADATA, &n);

	for (size_t i = 0; i < n; i++) {
		if (rows[i].addr.v6) {
			format_range(out, &rows[i]);
			continue;
		}
		format_embedded(out, compatible, 12, &rows[i]);
		format_embedded(out, mapped, 12, &rows[i]);
		format_embedded(out, nat64, 12, &rows[i]);
		format_embedded(out, sixtofour, 2, &rows[i]);
	}
}

static void
format_private64(struct txt *out)
{
	size_t n;
	const struct net_cidr *nat64 = net_table_get(NET_TABLE_NAT64, &n);
	const struct net_cidr *rows = net_table_get(NET_TABLE_DENIED_V4, &n);

	for (size_t i = 0; i < n; i++)
		format_embedded(out, nat64->addr.bytes, 12, &rows[i]);
}

static void
format_sets(struct txt *out)
{
	txt_append(out, SET_BEGIN("metadata4", "ipv4_addr"));
	format_table(out, NET_TABLE_METADATA, false);
	txt_append(out, SET_END SET_BEGIN("metadata6", "ipv6_addr"));
	format_metadata_v6(out);
	txt_append(out, SET_END SET_BEGIN("private4", "ipv4_addr"));
	format_table(out, NET_TABLE_DENIED_V4, false);
	txt_append(out, SET_END SET_BEGIN("private64", "ipv6_addr"));
	format_private64(out);
	txt_append(out, SET_END SET_BEGIN("private6", "ipv6_addr"));
	format_table(out, NET_TABLE_DENIED_V6, true);
	txt_append(out, SET_END SET_BEGIN("global6", "ipv6_addr"));
	format_table(out, NET_TABLE_GLOBAL_V6, true);
	txt_append(out, SET_END);
}

/* EXACT ones may open an address of this host: somebody wrote it down. */
static void
format_holes(const struct net_rules *in, bool exact, struct txt *out)
{
	char text[NET_CIDR_TEXT];

	for (size_t i = 0; i < in->hole_count; i++) {
		const struct net_hole *hole = &in->holes[i];
		unsigned all = hole->cidr.addr.v6 ? 128 : 32;

		if ((hole->cidr.bits == all) != exact)
			continue;
		net_cidr_format(&hole->cidr, text);
		txt_format(out, "    %s daddr %s",
		    hole->cidr.addr.v6 ? "ip6" : "ip", text);
		if (hole->port != 0)
			txt_format(out,
			    " meta l4proto { tcp, udp } th dport %u",
			    hole->port);
		txt_append(out, " accept\n");
	}
}

static void
format_own(struct txt *out, const struct net_addr *addr)
{
	static const unsigned char nat64[12] = { 0, 0x64, 0xff, 0x9b };
	struct net_cidr cidr = { *addr, addr->v6 ? 128 : 32 };
	char text[NET_CIDR_TEXT];

	net_cidr_format(&cidr, text);
	txt_format(out, "    %s daddr %s jump refuse\n",
	    addr->v6 ? "ip6" : "ip", text);
	if (!addr->v6) {
		txt_append(out, "    ip6 daddr {");
		format_embedded(out, nat64, 12, &cidr);
		txt_append(out, " } jump refuse\n");
	}
}

/* From here on only what is public, and not this host, goes out. */
static void
format_tail(const struct net_rules *in, struct txt *out)
{
	txt_append(out,
	    "    ip daddr @private4 jump refuse\n"
	    "    meta nfproto ipv4 accept\n");
	if (in->v6)
		txt_append(out,
		    "    ip6 daddr 64:ff9b::/96 jump nat64\n"
		    "    ip6 daddr != 2000::/3 jump refuse\n"
		    "    ip6 daddr @global6 accept\n"
		    "    ip6 daddr @private6 jump refuse\n"
		    "    meta nfproto ipv6 accept\n");
	else
		txt_append(out, "    jump refuse\n");
}
