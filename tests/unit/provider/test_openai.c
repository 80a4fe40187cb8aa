/* OpenAI chat completions: requests and streams. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "js/js.h"
#include "provider/provider.h"
#include "tests/unit/provider/feed.h"
#include "tests/unit/unit.h"

static const char text_stream[] =
    "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\","
    "\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
    "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},"
    "\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n"
    ": keep-alive\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Gr\\u00fc\"},"
    "\"finish_reason\":null}],\"usage\":null}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":"
    "\"\xc3\x9f"
    "e \xf0\x9f\x91\x8b\"},\"finish_reason\":null}]}\n\n"
    "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"other\"},"
    "\"finish_reason\":null}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{},"
    "\"finish_reason\":\"stop\"}],\"usage\":null}\n\n"
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,"
    "\"completion_tokens\":5,\"total_tokens\":17}}\n\n"
    "data: [DONE]\n\n";

static const char tool_stream[] =
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
    "\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"call_a\","
    "\"type\":\"function\",\"function\":{\"name\":\"exec\",\"arguments\":"
    "\"\"}}]},\"finish_reason\":null}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"
    "\"function\":{\"arguments\":\"{\\\"command\\\":\"}}]}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,"
    "\"id\":\"call_b\",\"type\":\"function\",\"function\":{\"name\":\"clock\","
    "\"arguments\":\"\"}}]}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,"
    "\"function\":{\"arguments\":\"\\\"ls\\\"}\"}}]}}]}\n\n"
    "data: {\"choices\":[{\"index\":0,\"delta\":{},"
    "\"finish_reason\":\"tool_calls\"}]}\n\n"
    "data: [DONE]\n\n";

static void
feed_once(struct feed *f, const char *stream)
{
	feed_init(f, PROVIDER_OPENAI);
	feed_stream(f, stream, strlen(stream), 0);
}

static void
test_text_in_every_split(void)
{
	for (size_t piece = 1; piece < 200; piece++) {
		struct feed f;

		feed_init(&f, PROVIDER_OPENAI);
		feed_stream(&f, text_stream, sizeof(text_stream) - 1, piece);
		CU_ASSERT_EQUAL(f.st, ST_OK);
		CU_ASSERT_STRING_EQUAL(txt_str(&f.r.text),
		    "Gr\xc3\xbc\xc3\x9f"
		    "e \xf0\x9f\x91\x8b");
		CU_ASSERT_STRING_EQUAL(txt_str(&f.deltas), txt_str(&f.r.text));
		CU_ASSERT_STRING_EQUAL(f.r.finish, "stop");
		CU_ASSERT_EQUAL(f.r.input_tokens, 12);
		CU_ASSERT_EQUAL(f.r.output_tokens, 5);
		CU_ASSERT_TRUE(f.r.done);
		CU_ASSERT_FALSE(f.r.refused);
		CU_ASSERT_EQUAL(f.r.call_count, 0);
		feed_done(&f);
	}
}

static void
test_tool_calls_in_every_split(void)
{
	for (size_t piece = 1; piece < 100; piece++) {
		struct feed f;

		feed_init(&f, PROVIDER_OPENAI);
		feed_stream(&f, tool_stream, sizeof(tool_stream) - 1, piece);
		CU_ASSERT_EQUAL(f.st, ST_OK);
		CU_ASSERT_EQUAL_FATAL(f.r.call_count, 2);
		CU_ASSERT_STRING_EQUAL(f.r.calls[0].id, "call_a");
		CU_ASSERT_STRING_EQUAL(f.r.calls[0].name, "exec");
		CU_ASSERT_STRING_EQUAL(txt_str(&f.r.calls[0].args),
		    "{\"command\":\"ls\"}");
		CU_ASSERT_STRING_EQUAL(f.r.calls[1].id, "call_b");
		CU_ASSERT_STRING_EQUAL(f.r.calls[1].name, "clock");
		CU_ASSERT_STRING_EQUAL(txt_str(&f.r.calls[1].args), "{}");
		CU_ASSERT_STRING_EQUAL(f.r.finish, "tool_calls");
		CU_ASSERT_EQUAL(f.r.text.len, 0);
		feed_done(&f);
	}
}

static void
test_calls_without_number_or_id(void)
{
	struct feed f;

	feed_once(&f,
	    "data: {\"choices\":[{\"delta\":{\"tool_calls\":["
	    "{\"function\":{\"name\":\"a\",\"arguments\":\"{\\\"x\\\":1}\"}},"
	    "{\"function\":{\"name\":\"b\",\"arguments\":\"{\"}},"
	    "{\"function\":{\"arguments\":\"}\"}}]},"
	    "\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n");
	CU_ASSERT_EQUAL(f.st, ST_OK);
	CU_ASSERT_EQUAL_FATAL(f.r.call_count, 2);
	CU_ASSERT_STRING_EQUAL(txt_str(&f.r.calls[0].args), "{\"x\":1}");
	CU_ASSERT_STRING_EQUAL(txt_str(&f.r.calls[1].args), "{}");
	CU_ASSERT_EQUAL(strncmp(f.r.calls[0].id, "call_", 5), 0);
	CU_ASSERT_STRING_NOT_EQUAL(f.r.calls[0].id, f.r.calls[1].id);
	feed_done(&f);
}

static void
test_refusal_is_the_answer(void)
{
	struct feed f;

	feed_once(&f,
	    "data: {\"choices\":[{\"delta\":{\"refusal\":\"I will not.\"},"
	    "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");
	CU_ASSERT_EQUAL(f.st, ST_OK);
	CU_ASSERT_STRING_EQUAL(txt_str(&f.deltas), "I will not.");
	feed_done(&f);
}

static void
test_calls_all_numbered_zero(void)
{
	struct feed f;

	feed_once(&f,
	    "data: {\"choices\":[{\"delta\":{\"tool_calls\":["
	    "{\"index\":0,\"id\":\"p\",\"function\":{\"name\":\"a\","
	    "\"arguments\":\"{}\"}},"
	    "{\"index\":0,\"id\":\"q\",\"function\":{\"name\":\"b\","
	    "\"arguments\":\"[\"}},"
	    "{\"index\":0,\"function\":{\"arguments\":\"]\"}}]}}]}\n\n"
	    "data: [DONE]\n\n");
	CU_ASSERT_EQUAL_FATAL(f.r.call_count, 2);
	CU_ASSERT_STRING_EQUAL(f.r.calls[1].id, "q");
	CU_ASSERT_STRING_EQUAL(txt_str(&f.r.calls[1].args), "[]");
	feed_done(&f);
}

static void
test_call_limit(void)
{
	struct feed f;
	char line[200];

	feed_init(&f, PROVIDER_OPENAI);
	for (int i = 0; i < PROVIDER_MAX_TOOL_CALLS + 3; i++) {
		snprintf(line, sizeof(line),
		    "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\""
		    ":%d,\"id\":\"c%d\",\"function\":{\"name\":\"t\"}}]}}]}\n\n",
		    i, i);
		feed_stream(&f, line, strlen(line), 0);
	}
	CU_ASSERT_EQUAL(f.st, ST_OK);
	CU_ASSERT_EQUAL(f.r.call_count, PROVIDER_MAX_TOOL_CALLS);
	CU_ASSERT_EQUAL(f.r.calls_dropped, 3);
	feed_done(&f);
}

static void
feed_long(struct feed *f, const char *head, const char *tail, int times)
{
	char *line = mem_zalloc(70000);

	for (int i = 0; i < times; i++) {
		int n = snprintf(line, 70000, "%s", head);

		memset(line + n, 'x', 65536);
		snprintf(line + n + 65536, 70000 - (size_t)n - 65536, "%s",
		    tail);
		feed_stream(f, line, strlen(line), 0);
	}
	free(line);
}

static void
test_text_limit(void)
{
	struct feed f;

	feed_init(&f, PROVIDER_OPENAI);
	feed_long(&f, "data: {\"choices\":[{\"delta\":{\"content\":\"",
	    "\"}}]}\n\n", 16);
	CU_ASSERT_EQUAL(f.st, ST_OK);
	CU_ASSERT_EQUAL(f.r.text.len, PROVIDER_MAX_REPLY_BYTES);
	feed_long(&f, "data: {\"choices\":[{\"delta\":{\"content\":\"",
	    "\"}}]}\n\n", 1);
	CU_ASSERT_EQUAL(f.st, ST_UPSTREAM);
	CU_ASSERT_TRUE(f.r.refused);
	CU_ASSERT_EQUAL(f.r.text.len, PROVIDER_MAX_REPLY_BYTES);
	CU_ASSERT_FALSE(provider_may_retry(f.r.error_http));
	feed_done(&f);
}

static void
test_arguments_limit(void)
{
	struct feed f;
	static const char head[] =
	    "data: {\"choices\":[{\"delta\":"
	    "{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"t\","
	    "\"arguments\":\"";

	feed_init(&f, PROVIDER_OPENAI);
	feed_long(&f, head, "\"}}]}}]}\n\n", 4);
	CU_ASSERT_EQUAL(f.st, ST_OK);
	feed_long(&f, head, "\"}}]}}]}\n\n", 1);
	CU_ASSERT_EQUAL(f.st, ST_UPSTREAM);
	CU_ASSERT_EQUAL(f.r.calls[0].args.len, PROVIDER_MAX_ARGS_BYTES);
	feed_done(&f);
}

static void
test_error_events(void)
{
	struct feed f;

	feed_once(&f,
	    "data: {\"error\":{\"message\":\"over\\u0007loaded\","
	    "\"type\":\"server_error\",\"code\":null}}\n\n");
	CU_ASSERT_EQUAL(f.st, ST_UPSTREAM);
	CU_ASSERT_TRUE(f.r.refused);
	CU_ASSERT_STRING_EQUAL(f.r.error, "over loaded");
	CU_ASSERT_STRING_EQUAL(f.r.error_type, "server_error");
	CU_ASSERT_EQUAL(f.r.error_http, 500);
	feed_done(&f);

	feed_once(&f,
	    "data: {\"error\":{\"message\":\"slow down\","
	    "\"code\":429}}\n\n");
	CU_ASSERT_EQUAL(f.r.error_http, 429);
	feed_done(&f);

	feed_once(&f, "data: {\"error\":\"plain text\"}\n\n");
	CU_ASSERT_STRING_EQUAL(f.r.error, "plain text");
	feed_done(&f);

	feed_once(&f, "event: error\ndata: {\"message\":\"named\"}\n\n");
	CU_ASSERT_STRING_EQUAL(f.r.error, "named");
	feed_done(&f);
}

static void
test_nonsense_is_refused(void)
{
	static const char *const streams[] = {
		"data: {\"choices\":\n\n",
		"data: garbage\n\n",
		"data: []\n\n",
		"data: null\n\n",
		"data: {\"a\":1,\"a\":2}\n\n",
		"data: {\"a\":\"\\ud800\"}\n\n",
		"data: {\"a\":\"\xff\"}\n\n",
		"data: [DONE] \n\n",
	};

	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		struct feed f;

		feed_once(&f, streams[i]);
		CU_ASSERT_EQUAL(f.st, ST_UPSTREAM);
		CU_ASSERT_TRUE(f.r.refused);
		CU_ASSERT_FALSE(f.r.done);
		CU_ASSERT_STRING_EQUAL(f.r.error_type, "bad_stream");
		feed_done(&f);
	}
}

static void
test_wrong_types_are_ignored(void)
{
	static const char *const streams[] = {
		"data: {}\n\n",
		"data: {\"choices\":7}\n\n",
		"data: {\"choices\":[7,null,[],\"x\"]}\n\n",
		"data: {\"choices\":[{\"delta\":[]}]}\n\n",
		"data: {\"choices\":[{\"delta\":{\"content\":{},"
		"\"tool_calls\":{}}}]}\n\n",
		"data: {\"choices\":[{\"delta\":{\"tool_calls\":[7,null]}}]}"
		"\n\n",
		"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":-1,"
		"\"function\":{\"name\":\"t\"}}]}}]}\n\n",
		"data: {\"usage\":[]}\n\n",
		"data: \n\n",
	};

	for (size_t i = 0; i < sizeof(streams) / sizeof(*streams); i++) {
		struct feed f;

		feed_once(&f, streams[i]);
		CU_ASSERT_EQUAL(f.st, ST_OK);
		CU_ASSERT_EQUAL(f.r.text.len, 0);
		CU_ASSERT_EQUAL(f.r.call_count, 0);
		feed_done(&f);
	}
}

static void
test_nothing_counts_after_done(void)
{
	struct feed f;

	feed_once(&f,
	    "data: [DONE]\n\ndata: {\"choices\":[{\"delta\":"
	    "{\"content\":\"late\"}}]}\n\ndata: garbage\n\n");
	CU_ASSERT_EQUAL(f.st, ST_OK);
	CU_ASSERT_EQUAL(f.r.text.len, 0);
	feed_done(&f);
}

static void
check_request(const char *system, const char *messages, const char *tools,
    const char *want)
{
	const struct conf_provider p = { .kind = PROVIDER_OPENAI };

	feed_check_request(&p, system, messages, tools, want);
}

static void
test_request(void)
{
	check_request("be kind", "[{\"role\":\"user\",\"content\":\"hi\"}]",
	    "[]",
	    "{\"model\":\"m\",\"messages\":["
	    "{\"role\":\"system\",\"content\":\"be kind\"},"
	    "{\"role\":\"user\",\"content\":\"hi\"}],"
	    "\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
}

static void
test_request_with_tools(void)
{
	check_request("",
	    "[{\"role\":\"user\",\"content\":\"ls\"},"
	    "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":"
	    "\"c1\",\"type\":\"function\",\"function\":{\"name\":\"exec\","
	    "\"arguments\":\"{ \\\"a\\\" : 1 }\"}}]},"
	    "{\"role\":\"tool_result\",\"tool_call_id\":\"c1\","
	    "\"tool_name\":\"exec\",\"success\":true,"
	    "\"result\":{\"stdout\":\"x\"}}]",
	    "[{\"name\":\"exec\",\"description\":\"runs\","
	    "\"parameters\":{\"type\":\"object\"}}]",
	    "{\"model\":\"m\",\"messages\":["
	    "{\"role\":\"user\",\"content\":\"ls\"},"
	    "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{"
	    "\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":"
	    "\"exec\",\"arguments\":\"{\\\"a\\\":1}\"}}]},"
	    "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":"
	    "\"{\\\"stdout\\\":\\\"x\\\"}\"}],"
	    "\"stream\":true,\"stream_options\":{\"include_usage\":true},"
	    "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"exec\","
	    "\"description\":\"runs\",\"parameters\":{\"type\":\"object\"}}}]"
	    "}");
}

void
suite_provider_openai(void)
{
	static const struct unit_test tests[] = {
		{ "text is the same in every split", test_text_in_every_split },
		{ "tool calls are the same in every split",
		    test_tool_calls_in_every_split },
		{ "calls without number or id are told apart",
		    test_calls_without_number_or_id },
		{ "calls that are all numbered zero are told apart",
		    test_calls_all_numbered_zero },
		{ "a refusal in words is the answer",
		    test_refusal_is_the_answer },
		{ "the thirty-third call is dropped and counted",
		    test_call_limit },
		{ "a text over the limit is refused", test_text_limit },
		{ "arguments over the limit are refused",
		    test_arguments_limit },
		{ "an error inside the stream is understood",
		    test_error_events },
		{ "nonsense is refused", test_nonsense_is_refused },
		{ "members of a wrong type are ignored",
		    test_wrong_types_are_ignored },
		{ "nothing counts after the last word",
		    test_nothing_counts_after_done },
		{ "a request asks for a stream with usage", test_request },
		{ "a request carries tools, calls and results",
		    test_request_with_tools },
		{ NULL, NULL },
	};

	unit_add("src/provider/openai.c", tests);
}
