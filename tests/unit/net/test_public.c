/* What is public, row by row of tests/data/addresses.tsv. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "tests/unit/unit.h"

/* Calls TRY for each row whose first field is KIND; how many there were. */
static int
each_row(const char *kind, void (*try)(char *const *fields))
{
	struct unit_table t;
	int rows = 0;

	unit_table_open(&t, "addresses.tsv");
	while (unit_table_next(&t)) {
		if (t.fields[3] == NULL || strcmp(t.fields[0], kind) != 0)
			continue;
		try(t.fields);
		rows++;
	}
	return rows;
}

/* CUnit shows the expression only: say which row it was. */
static void
expect(char *const *fields, bool got, bool want)
{
	if (got != want)
		fprintf(stderr, "addresses.tsv: %s %s: got %d\n", fields[1],
		    fields[2], (int)got);
	CU_ASSERT_EQUAL(got, want);
}

static void
try_addr(char *const *f)
{
	struct net_addr addr;

	CU_ASSERT_FATAL(net_addr_parse(f[1], &addr));
	expect(f, net_is_public(&addr), strcmp(f[2], "public") == 0);
	expect(f, net_may_dial(&addr, 443, NULL, 0), net_is_public(&addr));
	if (strncmp(f[3], "metadata", 8) == 0)
		expect(f, net_is_metadata(&addr), true);
}

static void
addresses(void)
{
	CU_ASSERT(each_row("addr", try_addr) >= 200);
}

static void
try_hole(char *const *f)
{
	char text[NET_ADDR_TEXT];
	struct net_hole hole;
	struct net_addr addr;
	const char *blank = strchr(f[2], ' ');
	size_t n = (size_t)(blank - f[2]);

	CU_ASSERT_FATAL(n < sizeof(text));
	memcpy(text, f[2], n);
	text[n] = '\0';
	CU_ASSERT_FATAL(net_hole_parse(f[1], &hole));
	CU_ASSERT_FATAL(net_addr_parse(text, &addr));
	expect(f,
	    net_may_dial(&addr, (unsigned)strtoul(blank, NULL, 10), &hole, 1),
	    net_is_public(&addr) || strcmp(f[3], "open") == 0);
}

static void
holes(void)
{
	CU_ASSERT(each_row("hole", try_hole) >= 30);
}

/* A row that lies inside another one of its table would never be seen. */
static void
tables(void)
{
	static const enum net_table kinds[] = { NET_TABLE_DENIED_V4,
		NET_TABLE_DENIED_V6, NET_TABLE_GLOBAL_V6, NET_TABLE_METADATA };

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		size_t n;
		const struct net_cidr *rows = net_table_get(kinds[k], &n);

		CU_ASSERT(n > 0);
		for (size_t i = 0; i < n * n; i++) {
			if (i / n != i % n)
				CU_ASSERT_FALSE(net_cidr_has(&rows[i / n],
				    &rows[i % n].addr));
		}
	}
}

static void
embedded(void)
{
	static const char *const rows[][2] = {
		{ "::ffff:1.2.3.4", "1.2.3.4" },
		{ "::1.2.3.4", "1.2.3.4" },
		{ "64:ff9b::1.2.3.4", "1.2.3.4" },
		{ "2002:102:304::9", "1.2.3.4" },
	};
	struct net_addr addr, v4;
	char out[NET_ADDR_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_FATAL(net_addr_parse(rows[i][0], &addr));
		CU_ASSERT_FATAL(net_addr_embedded(&addr, &v4));
		net_addr_format(&v4, out);
		CU_ASSERT_STRING_EQUAL(out, rows[i][1]);
	}
	CU_ASSERT(net_addr_parse("2003::1", &addr));
	CU_ASSERT_FALSE(net_addr_embedded(&addr, &v4));
	CU_ASSERT(net_addr_parse("1.2.3.4", &addr));
	CU_ASSERT_FALSE(net_addr_embedded(&addr, &v4));
}

void
suite_net_public(void)
{
	static const struct unit_test tests[] = {
		{ "every row of addresses.tsv is as public as it says",
		    addresses },
		{ "an exception opens its range, and no metadata service",
		    holes },
		{ "no row of a table hides another", tables },
		{ "IPv4 inside of IPv6 is found", embedded },
		{ NULL, NULL },
	};

	unit_add("src/net/public.c", tests);
}
