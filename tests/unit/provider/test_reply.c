/* A reply while it grows: calls by number and id, limits, and what an error
 * inside the stream amounts to. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "provider/kind.h"
#include "tests/unit/unit.h"

static void
test_calls_are_found_again(void)
{
	struct provider_reply r;
	struct provider_tool_call *a, *b;

	provider_reply_init(&r);
	a = reply_call(&r, 5, "id", "name");
	b = reply_call(&r, 7, NULL, NULL);
	CU_ASSERT_PTR_NOT_EQUAL(a, b);
	CU_ASSERT_PTR_EQUAL(reply_call(&r, 5, NULL, NULL), a);
	CU_ASSERT_PTR_EQUAL(reply_call(&r, 5, "id", "other"), a);
	CU_ASSERT_STRING_EQUAL(a->name, "name");
	CU_ASSERT_PTR_EQUAL(reply_call(&r, 7, "late", "named"), b);
	CU_ASSERT_STRING_EQUAL(b->id, "late");
	provider_reply_done(&r);
}

static void
test_long_names_are_cut(void)
{
	struct provider_reply r;
	struct provider_tool_call *call;
	char name[300];

	memset(name, 'n', sizeof(name));
	memcpy(name + 127, "\xc3\xa9", 2);
	name[299] = '\0';
	provider_reply_init(&r);
	call = reply_call(&r, 0, name, name);
	CU_ASSERT_EQUAL(strlen(call->name), 127);
	/* The same long id again is the same call. */
	CU_ASSERT_TRUE(utf8_check(call->id, strlen(call->id)));
	provider_reply_done(&r);
}

static void
test_seal_fills_in(void)
{
	struct provider_reply r;

	provider_reply_init(&r);
	(void)reply_call(&r, 0, NULL, NULL);
	reply_seal(&r);
	CU_ASSERT_EQUAL(strncmp(r.calls[0].id, "call_", 5), 0);
	CU_ASSERT_STRING_EQUAL(r.calls[0].name, "");
	CU_ASSERT_STRING_EQUAL(txt_str(&r.calls[0].args), "{}");
	provider_reply_done(&r);
}

static void
test_finish_is_cut(void)
{
	struct provider_reply r;

	provider_reply_init(&r);
	reply_set_finish(&r, NULL);
	CU_ASSERT_STRING_EQUAL(r.finish, "");
	reply_set_finish(&r, "0123456789012345678901234567890123456789");
	CU_ASSERT_EQUAL(strlen(r.finish), sizeof(r.finish) - 1);
	provider_reply_done(&r);
}

static void
test_status_of_error_words(void)
{
	static const struct {
		const char *error;
		long http;
	} rows[] = {
		{ "{\"type\":\"rate_limit_error\"}", 429 },
		{ "{\"type\":\"authentication_error\"}", 401 },
		{ "{\"type\":\"api_error\"}", 500 },
		{ "{\"type\":\"x\",\"code\":\"insufficient_quota\"}", 402 },
		{ "{\"code\":503}", 503 },
		{ "{\"code\":200}", 500 },
		{ "{\"code\":999999999999}", 500 },
		{ "{}", 500 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct provider_reply r;
		struct json_object *error = NULL;
		struct js_error err;

		CU_ASSERT_EQUAL(js_parse(rows[i].error, strlen(rows[i].error),
				    &error, &err),
		    ST_OK);
		provider_reply_init(&r);
		CU_ASSERT_EQUAL(reply_refuse_with(&r, error), ST_UPSTREAM);
		CU_ASSERT_EQUAL(r.error_http, rows[i].http);
		provider_reply_done(&r);
		js_put(&error);
	}
}

void
suite_provider_reply(void)
{
	static const struct unit_test tests[] = {
		{ "calls are found again", test_calls_are_found_again },
		{ "long names are cut", test_long_names_are_cut },
		{ "what the provider left out is filled in",
		    test_seal_fills_in },
		{ "a long finish word is cut", test_finish_is_cut },
		{ "an error word amounts to a status",
		    test_status_of_error_words },
		{ NULL, NULL },
	};

	unit_add("src/provider/reply.c", tests);
}
