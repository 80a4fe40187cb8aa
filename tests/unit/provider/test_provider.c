/* Dispatch, the retry rule, and the reply's life. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "js/js.h"
#include "provider/provider.h"
#include "tests/unit/provider/feed.h"
#include "tests/unit/unit.h"

static void
test_paths(void)
{
	struct conf_provider p = { .kind = PROVIDER_OPENAI };

	CU_ASSERT_STRING_EQUAL(provider_path(&p), "/chat/completions");
	p.kind = PROVIDER_ANTHROPIC;
	CU_ASSERT_STRING_EQUAL(provider_path(&p), "/v1/messages");
	p.kind = PROVIDER_DEMO;
	CU_ASSERT_STRING_EQUAL(provider_path(&p), "");
}

static void
test_what_may_be_tried_again(void)
{
	static const long yes[] = { 0, 408, 409, 429, 500, 502, 503, 504, 529 };
	static const long no[] = { 200, 301, 400, 401, 402, 403, 404, 413, 422,
		600 };

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		CU_ASSERT_TRUE(provider_may_retry(yes[i]));
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		CU_ASSERT_FALSE(provider_may_retry(no[i]));
}

static void
test_delta_is_what_was_added(void)
{
	static const char data[] = "{\"choices\":[{\"delta\":{\"content\":"
				   "\"abc\"}}]}";
	struct sse_event event = { "message", data, sizeof(data) - 1 };
	struct provider_delta delta = { NULL, 99 };
	struct feed f;

	feed_init(&f, PROVIDER_OPENAI);
	CU_ASSERT_EQUAL(provider_event(&f.p, &f.r, &event, &delta), ST_OK);
	CU_ASSERT_EQUAL(delta.len, 3);
	CU_ASSERT_NSTRING_EQUAL(delta.text, "abc", 3);
	feed_done(&f);
}

static void
test_refused_stays_refused(void)
{
	static const char data[] = "{\"choices\":[{\"delta\":{\"content\":"
				   "\"abc\"}}]}";
	struct sse_event event = { "message", data, sizeof(data) - 1 };
	struct provider_delta delta;
	struct feed f;

	feed_init(&f, PROVIDER_OPENAI);
	feed_stream(&f, "data: garbage\n\n", 15, 0);
	CU_ASSERT_EQUAL(provider_event(&f.p, &f.r, &event, &delta),
	    ST_UPSTREAM);
	CU_ASSERT_EQUAL(delta.len, 0);
	CU_ASSERT_EQUAL(f.r.text.len, 0);
	feed_done(&f);
}

static void
test_reply_is_reusable(void)
{
	struct feed f;

	feed_init(&f, PROVIDER_OPENAI);
	feed_stream(&f,
	    "data: {\"choices\":[{\"delta\":{\"content\":\"abc\","
	    "\"tool_calls\":[{\"index\":0,\"id\":\"x\"}]}}]}\n\n",
	    83, 0);
	provider_reply_done(&f.r);
	CU_ASSERT_EQUAL(f.r.text.len, 0);
	CU_ASSERT_EQUAL(f.r.call_count, 0);
	CU_ASSERT_FALSE(f.r.done);
	CU_ASSERT_EQUAL(f.r.text.max_bytes, PROVIDER_MAX_REPLY_BYTES);
	feed_done(&f);
}

static void
test_demo_has_no_request(void)
{
	struct conf_provider p = { .kind = PROVIDER_DEMO };
	struct json_object *body = provider_request(&p, "demo", "", NULL, NULL);

	CU_ASSERT_STRING_EQUAL(js_str(body), "{}");
	js_put(&body);
}

void
suite_provider_provider(void)
{
	static const struct unit_test tests[] = {
		{ "each kind has its path", test_paths },
		{ "only what may pass is tried again",
		    test_what_may_be_tried_again },
		{ "the delta is what the event added",
		    test_delta_is_what_was_added },
		{ "a refused reply stays refused", test_refused_stays_refused },
		{ "a reply can be used again", test_reply_is_reusable },
		{ "the demo has no request", test_demo_has_no_request },
		{ NULL, NULL },
	};

	unit_add("src/provider/provider.c", tests);
}
