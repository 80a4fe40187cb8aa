/*
 * The three-tier decision against tests/data/is_local.tsv: all sixteen rows
 * of the truth table, and what counts as loopback or as forwarded.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/local.h"
#include "tests/unit/unit.h"

/* Calls TRY for each row whose first field is KIND; how many there were. */
static int
each_row(const char *kind, void (*try)(char *const *fields))
{
	struct unit_table t;
	int rows = 0;

	unit_table_open(&t, "is_local.tsv");
	while (unit_table_next(&t)) {
		if (strcmp(t.fields[0], kind) != 0)
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
		fprintf(stderr, "is_local.tsv: %s \"%s\": got %d\n", fields[0],
		    fields[1], (int)got);
	CU_ASSERT_EQUAL(got, want);
}

static bool
is_yes(const char *word)
{
	return strcmp(word, "yes") == 0;
}

static unsigned seen;

static void
try_facts(char *const *f)
{
	struct auth_request_facts facts = {
		.behind_proxy = f[1][0] == '0',
		.has_proxy_header = f[1][2] == '0',
		.host_loopback = f[1][4] == '1',
		.peer_loopback = f[1][6] == '1',
	};
	enum auth_verdict fresh =
	    strcmp(f[3], "full") == 0 ? AUTH_FULL_ACCESS : AUTH_ONBOARDING_ONLY;

	seen |= 1u << (facts.behind_proxy | facts.has_proxy_header << 1 |
		    facts.host_loopback << 2 | facts.peer_loopback << 3);
	expect(f, is_local_connection(&facts), is_yes(f[2]));
	CU_ASSERT_EQUAL(auth_decide(&facts, false), fresh);
	CU_ASSERT_STRING_EQUAL(f[4], "auth");
	CU_ASSERT_EQUAL(auth_decide(&facts, true), AUTH_REQUIRED);
}

static void
truth_table(void)
{
	seen = 0;
	CU_ASSERT_EQUAL(each_row("facts", try_facts), 16);
	CU_ASSERT_EQUAL(seen, 0xffffu);
}

/* What the hosted programs pass: nothing is ever local. */
static void
hosted(void)
{
	for (unsigned bits = 0; bits < 8; bits++) {
		struct auth_request_facts facts = {
			.behind_proxy = true,
			.has_proxy_header = (bits & 1) != 0,
			.host_loopback = (bits & 2) != 0,
			.peer_loopback = (bits & 4) != 0,
		};

		CU_ASSERT_FALSE(is_local_connection(&facts));
		CU_ASSERT_NOT_EQUAL(auth_decide(&facts, false),
		    AUTH_FULL_ACCESS);
		CU_ASSERT_EQUAL(auth_decide(&facts, true), AUTH_REQUIRED);
	}
}

static void
try_host(char *const *f)
{
	expect(f, auth_host_is_loopback(f[1]), is_yes(f[2]));
}

static void
hosts(void)
{
	CU_ASSERT(each_row("host", try_host) > 50);
	CU_ASSERT_TRUE(auth_host_is_loopback(NULL));
}

static void
try_peer(char *const *f)
{
	expect(f, auth_peer_is_loopback(f[1]), is_yes(f[2]));
}

static void
peers(void)
{
	CU_ASSERT(each_row("peer", try_peer) > 20);
	CU_ASSERT_FALSE(auth_peer_is_loopback(NULL));
}

static void
try_header(char *const *f)
{
	expect(f, auth_header_is_forwarding(f[1]), is_yes(f[2]));
}

static void
headers(void)
{
	CU_ASSERT(each_row("header", try_header) > 10);
}

void
suite_auth_local(void)
{
	static const struct unit_test tests[] = {
		{ "all sixteen rows of the truth table, with and without a "
		  "credential",
		    truth_table },
		{ "behind a proxy nothing is local", hosted },
		{ "a host is loopback by name only", hosts },
		{ "a peer is loopback by address only", peers },
		{ "the presence of a forwarding header counts", headers },
		{ NULL, NULL },
	};

	unit_add("src/auth/local.c", tests);
}
