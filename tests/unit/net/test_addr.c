/*
 * Addresses and ranges: what is no spelling of one, and that text comes back
 * as it went in.  The refused spellings are in tests/data/addresses.tsv.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "net/net.h"
#include "tests/unit/unit.h"

/* Calls TRY with what stands behind each KIND; how many there were. */
static int
each_text(const char *kind, bool (*parses)(const char *text))
{
	struct unit_table t;
	int rows = 0;

	unit_table_open(&t, "addresses.tsv");
	while (unit_table_next(&t)) {
		const char *text = t.fields[1];

		if (strcmp(t.fields[0], kind) != 0 || text == NULL)
			continue;
		if (parses(text))
			fprintf(stderr, "taken as %s: %s\n", kind, text);
		CU_ASSERT_FALSE(parses(text));
		rows++;
	}
	return rows;
}

static bool
is_addr(const char *text)
{
	struct net_addr addr;

	return net_addr_parse(text, &addr);
}

static bool
is_cidr(const char *text)
{
	struct net_cidr cidr;

	return net_cidr_parse(text, &cidr);
}

static bool
is_hole(const char *text)
{
	struct net_hole hole;

	return net_hole_parse(text, &hole);
}

static void
refused(void)
{
	CU_ASSERT(each_text("text", is_addr) >= 20);
	CU_ASSERT(each_text("cidr", is_cidr) >= 14);
	CU_ASSERT(each_text("port", is_hole) >= 11);
}

static void
round_trip(void)
{
	static const char *const texts[] = { "0.0.0.0/0", "10.0.0.0/8",
		"203.0.113.0/24", "1.2.3.4/32", "::/0", "2001:db8::/32",
		"64:ff9b::/96", "::1/128" };
	char out[NET_CIDR_TEXT];
	struct net_cidr cidr;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CU_ASSERT_FATAL(net_cidr_parse(texts[i], &cidr));
		net_cidr_format(&cidr, out);
		CU_ASSERT_STRING_EQUAL(out, texts[i]);
	}
	CU_ASSERT(net_cidr_parse("1.2.3.4", &cidr));
	net_cidr_format(&cidr, out);
	CU_ASSERT_STRING_EQUAL(out, "1.2.3.4/32");
}

static bool
has(const char *range, const char *text)
{
	struct net_cidr cidr;
	struct net_addr addr;

	CU_ASSERT_FATAL(net_cidr_parse(range, &cidr));
	CU_ASSERT_FATAL(net_addr_parse(text, &addr));
	return net_cidr_has(&cidr, &addr);
}

static void
borders(void)
{
	CU_ASSERT(has("10.64.0.0/10", "10.64.0.0"));
	CU_ASSERT(has("10.64.0.0/10", "10.127.255.255"));
	CU_ASSERT_FALSE(has("10.64.0.0/10", "10.128.0.0"));
	CU_ASSERT_FALSE(has("10.64.0.0/10", "10.63.255.255"));
	CU_ASSERT(has("0.0.0.0/0", "255.255.255.255"));
	CU_ASSERT_FALSE(has("0.0.0.0/0", "::"));
	CU_ASSERT(has("1.2.3.4/32", "1.2.3.4"));
	CU_ASSERT_FALSE(has("1.2.3.4/32", "1.2.3.5"));
	CU_ASSERT(has("::/0", "ffff::"));
	CU_ASSERT_FALSE(has("::/0", "0.0.0.0"));
	CU_ASSERT(has("fe80::/10", "febf::1"));
	CU_ASSERT_FALSE(has("fe80::/10", "fec0::1"));
}

static void
hole_ports(void)
{
	struct net_hole hole;

	CU_ASSERT(net_hole_parse("10.0.0.0/8", &hole));
	CU_ASSERT_EQUAL(hole.port, 0);
	CU_ASSERT(net_hole_parse("10.0.0.1:65535", &hole));
	CU_ASSERT_EQUAL(hole.port, 65535);
	CU_ASSERT(net_hole_parse("[fd12::/16]:80", &hole));
	CU_ASSERT_EQUAL(hole.port, 80);
	CU_ASSERT_EQUAL(hole.cidr.bits, 16);
	CU_ASSERT(net_hole_parse("fd12::1", &hole));
	CU_ASSERT_EQUAL(hole.port, 0);
	CU_ASSERT_EQUAL(hole.cidr.bits, 128);
}

static void
sockets(void)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct net_addr addr;
	char out[NET_ADDR_TEXT];

	v4.sin_addr.s_addr = htonl(0xcb007109);
	CU_ASSERT(net_addr_of_socket((struct sockaddr *)&v4, &addr));
	net_addr_format(&addr, out);
	CU_ASSERT_STRING_EQUAL(out, "203.0.113.9");
	v6.sin6_addr.s6_addr[15] = 1;
	CU_ASSERT(net_addr_of_socket((struct sockaddr *)&v6, &addr));
	net_addr_format(&addr, out);
	CU_ASSERT_STRING_EQUAL(out, "::1");
	CU_ASSERT_FALSE(net_addr_of_socket((struct sockaddr *)&local, &addr));
}

void
suite_net_addr(void)
{
	static const struct unit_test tests[] = {
		{ "odd spellings are not taken", refused },
		{ "a range is written as it is read", round_trip },
		{ "a range ends where its bits say", borders },
		{ "an exception may name one port", hole_ports },
		{ "the address of a socket is taken as it is", sockets },
		{ NULL, NULL },
	};

	unit_add("src/net/addr.c", tests);
}
