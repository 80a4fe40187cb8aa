/* Calls counted in blocks: what needs no database. */
#include "config.h"

#include <string.h>

#include "op/op.h"
#include "tests/unit/unit.h"

static void
blocks(void)
{
	CU_ASSERT_EQUAL(op_meter_block(1), 1);
	CU_ASSERT_EQUAL(op_meter_block(59), 1);
	CU_ASSERT_EQUAL(op_meter_block(600), 20);
	CU_ASSERT_EQUAL(op_meter_block(3600), 100);
	CU_ASSERT_EQUAL(op_meter_block(1000000), 100);
}

static void
whom(void)
{
	struct op_call call = { .via = VIA_REST, .cred = { .kind = CRED_KEY } };

	memset(call.cred.hash, 7, sizeof(call.cred.hash));
	CU_ASSERT_EQUAL(op_meter_begin(&call), ST_OK);
	CU_ASSERT_EQUAL(call.meter.person, 1);
	CU_ASSERT_EQUAL(call.meter.account, 1);
	/* Still nobody: the database has not said who it is. */
	CU_ASSERT_EQUAL(op_meter_begin(&call), ST_OK);
	CU_ASSERT_EQUAL(call.meter.person, 1);
	call.cred.kind = CRED_NONE;
	CU_ASSERT_EQUAL(op_meter_begin(&call), ST_OK);
	CU_ASSERT_EQUAL(call.meter.person, 0);
	call.cred.kind = CRED_CLI;
	call.via = VIA_CLI;
	CU_ASSERT_EQUAL(op_meter_begin(&call), ST_OK);
	CU_ASSERT_EQUAL(call.meter.account, 0);
}

void
suite_op_op_meter(void)
{
	static const struct unit_test tests[] = {
		{ "a block is a thirtieth of the limit, 100 at most", blocks },
		{ "an unknown credential is counted at once, the operator "
		  "never",
		    whom },
		{ NULL, NULL },
	};

	unit_add("src/op/op_meter.c", tests);
}
