/* The map of accounts to users of the host, and damage to its file. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "sandboxd/ident.h"
#include "tests/unit/unit.h"

static uid_t
uid_of(struct idents *ids, int account)
{
	unsigned char id[SBX_ID_BYTES];
	uid_t uid = 0;

	memset(id, account, sizeof(id));
	CU_ASSERT_EQUAL(ident_uid(ids, id, &uid), ST_OK);
	return uid;
}

static void
numbers(void)
{
	own_mem char *file = unit_temp_file("");
	struct idents *ids = NULL;

	CU_ASSERT_EQUAL_FATAL(ident_open(file, 5000, &ids), ST_OK);
	CU_ASSERT_EQUAL(uid_of(ids, 0xab), 5000);
	CU_ASSERT_EQUAL(uid_of(ids, 0xcd), 5001);
	CU_ASSERT_EQUAL(uid_of(ids, 0xab), 5000);
	ident_close(ids);
	/* After a restart they are the same, and the next is new. */
	CU_ASSERT_EQUAL_FATAL(ident_open(file, 5000, &ids), ST_OK);
	CU_ASSERT_EQUAL(uid_of(ids, 0xef), 5002);
	CU_ASSERT_EQUAL(uid_of(ids, 0xcd), 5001);
	ident_close(ids);
}

static void
own_user(void)
{
	struct idents *ids = NULL;

	CU_ASSERT_EQUAL_FATAL(ident_open("/nonexistent/x", 0, &ids), ST_OK);
	CU_ASSERT_EQUAL(uid_of(ids, 1), geteuid());
	ident_close(ids);
}

static void
damage(void)
{
	static const char *const bad[] = { "nonsense\n",
		"00112233445566778899aabbccddeeff 1\n",
		"00112233445566778899aabbccddeeff 0 \n",
		"00112233445566778899AABBCCDDEEFF 0\n",
		"00112233445566778899aabbccddeeff 0\n"
		"00112233445566778899aabbccddeefe 0\n" };
	struct idents *ids = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		own_mem char *file = unit_temp_file(bad[i]);

		CU_ASSERT_EQUAL(ident_open(file, 5000, &ids), ST_INVALID);
	}
}

static void
cut_line(void)
{
	own_mem char *file =
	    unit_temp_file("00112233445566778899aabbccddeeff 0\n0011223344");
	struct idents *ids = NULL;

	CU_ASSERT_EQUAL_FATAL(ident_open(file, 5000, &ids), ST_OK);
	CU_ASSERT_EQUAL(uid_of(ids, 0x77), 5001);
	ident_close(ids);
	CU_ASSERT_EQUAL_FATAL(ident_open(file, 5000, &ids), ST_OK);
	CU_ASSERT_EQUAL(uid_of(ids, 0x77), 5001);
	ident_close(ids);
}

void
suite_sandboxd_ident(void)
{
	static const struct unit_test tests[] = {
		{ "each account gets a number and keeps it", numbers },
		{ "without a range it is the daemon's user", own_user },
		{ "a damaged map is refused", damage },
		{ "a line cut by a crash counts as not written", cut_line },
		{ NULL, NULL },
	};

	unit_add("sandboxd/ident.c", tests);
}
