/*
 * How a failure looks in REST and on the WebSocket.
 */
#include "config.h"

#include <string.h>

#include "js/js.h"
#include "op/op.h"
#include "tests/unit/unit.h"

static void
rest(void)
{
	const struct op_error empty = { .message = "" };
	const struct op_error full = { .message = "too many",
		.field = "text",
		.retry_after_secs = 7 };
	own_json struct json_object *a = op_error_rest(ST_NOT_FOUND, &empty);
	own_json struct json_object *b = op_error_rest(ST_LIMIT, &full);

	CU_ASSERT_STRING_EQUAL(js_str(a),
	    "{\"error\":\"not found\",\"code\":\"NOT_FOUND\"}");
	CU_ASSERT_STRING_EQUAL(js_str(b),
	    "{\"error\":\"too many\",\"code\":\"RATE_LIMITED\","
	    "\"field\":\"text\",\"retry_after_seconds\":7}");
}

static void
rpc(void)
{
	const struct op_error full = { .message = "too many",
		.field = "text",
		.retry_after_secs = 7 };
	const struct op_error plain = { .message = "missing scope: "
						   "operator.admin" };
	own_json struct json_object *a = op_error_rpc(ST_LIMIT, &full);
	own_json struct json_object *b = op_error_rpc(ST_FORBIDDEN, &plain);

	CU_ASSERT_STRING_EQUAL(js_str(a),
	    "{\"code\":\"RATE_LIMITED\",\"message\":\"too many\","
	    "\"details\":{\"field\":\"text\"},\"retryable\":true,"
	    "\"retryAfterMs\":7000}");
	CU_ASSERT_STRING_EQUAL(js_str(b),
	    "{\"code\":\"INVALID_REQUEST\",\"message\":\"missing scope: "
	    "operator.admin\"}");
}

/* Only what may work later is called retryable. */
static void
retryable(void)
{
	const struct op_error empty = { .message = "" };

	for (int st = ST_INVALID; st <= ST_INTERNAL; st++) {
		own_json struct json_object *o =
		    op_error_rpc((enum status)st, &empty);
		bool later =
		    st == ST_UPSTREAM || st == ST_DB || st == ST_UNAVAILABLE;

		CU_ASSERT_EQUAL(js_bool(o, "retryable", false), later);
		CU_ASSERT_PTR_NOT_NULL(js_text(o, "message"));
		CU_ASSERT_PTR_NULL(js_get(o, "retryAfterMs"));
	}
}

/* What is full stays full; what came too often may come again. */
static void
limits(void)
{
	const struct op_error quota = { .message = "at most 50 API keys" };
	const struct op_error rate = { .retry_after_secs = 1 };
	own_json struct json_object *full = op_error_rpc(ST_LIMIT, &quota);
	own_json struct json_object *often = op_error_rpc(ST_LIMIT, &rate);
	own_json struct json_object *rest_full =
	    op_error_rest(ST_LIMIT, &quota);

	CU_ASSERT_PTR_NULL(js_get(full, "retryable"));
	CU_ASSERT_PTR_NULL(js_get(rest_full, "retry_after_seconds"));
	CU_ASSERT_TRUE(js_bool(often, "retryable", false));
	CU_ASSERT_EQUAL(js_int(often, "retryAfterMs", 0), 1000);
}

/* A wait beyond 32 bits of milliseconds stays what it is. */
static void
long_wait(void)
{
	const struct op_error err = { .message = "x",
		.retry_after_secs = 2147483 * 10 };
	own_json struct json_object *o = op_error_rpc(ST_LIMIT, &err);

	CU_ASSERT_EQUAL(js_int(o, "retryAfterMs", 0), 21474830000);
}

void
suite_op_op_reply(void)
{
	static const struct unit_test tests[] = {
		{ "a REST error has text, code, field and wait", rest },
		{ "a WebSocket error has code, message, details", rpc },
		{ "only what may work later is retryable", retryable },
		{ "a rate is retryable, a quota is not", limits },
		{ "a long wait does not overflow", long_wait },
		{ NULL, NULL },
	};

	unit_add("src/op/op_reply.c", tests);
}
