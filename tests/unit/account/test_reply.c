/* Pieces of answers, from results that no server made. */
#include "config.h"

#include "account/reply.h"
#include "js/js.h"
#include "tests/unit/unit.h"

static void
times(void)
{
	char name[] = "at_ms", value[] = "1700000000123";
	PGresAttDesc column = { .name = name, .typid = 20, .typlen = 8 };
	own_res PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	own_json struct json_object *o = js_new();

	CU_ASSERT_TRUE_FATAL(PQsetResultAttrs(res, 1, &column) == 1);
	CU_ASSERT_TRUE_FATAL(
	    PQsetvalue(res, 0, 0, value, sizeof(value) - 1) == 1);
	CU_ASSERT_TRUE_FATAL(PQsetvalue(res, 1, 0, NULL, -1) == 1);
	account_set_ms(o, "there", res, 0, "at_ms");
	account_set_ms(o, "missing", res, 1, "at_ms");
	CU_ASSERT_STRING_EQUAL(js_str(o),
	    "{\"there\":1700000000123,\"missing\":null}");
}

static void
plain_yes(void)
{
	struct op_call call = { .reply = NULL };

	CU_ASSERT_EQUAL(account_reply_ok(&call), ST_OK);
	CU_ASSERT_STRING_EQUAL(js_str(call.reply), "{\"ok\":true}");
	op_call_done(&call);
}

void
suite_account_reply(void)
{
	static const struct unit_test tests[] = {
		{ "a time is a number or null", times },
		{ "a plain yes", plain_yes },
		{ NULL, NULL },
	};

	unit_add("src/account/reply.c", tests);
}
