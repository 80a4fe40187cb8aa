/* Anthropic messages: requests and streams. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "js/js.h"
#include "provider/provider.h"
#include "tests/unit/provider/feed.h"
#include "tests/unit/unit.h"

#define EVENT(name, json) \
	"event: " name "\ndata: {\"type\":\"" name "\"" json "}\n\n"

static const char stream[] = EVENT("message_start",
    ",\"message\":{\"id\":\"msg_1\",\"type\":"
    "\"message\",\"role\":\"assistant\",\"content\":[],\"model\":\"m\","
    "\"stop_reason\":null,\"usage\":{\"input_tokens\":10,"
    "\"cache_creation_input_tokens\":2,\"cache_read_input_tokens\":30,"
    "\"output_tokens\":1}}") EVENT("content_block_start",
    ",\"index\":0,\"content_block\":"
    "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}")
    EVENT("content_block_delta",
	",\"index\":0,\"delta\":"
	"{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}") EVENT("content_block_stop",
	",\"index\":0") EVENT("content_block_start",
	",\"index\":1,\"content_block\":"
	"{\"type\":\"text\",\"text\":\"\"}") EVENT("ping",
	"") EVENT("content_block_delta",
	",\"index\":1,\"delta\":"
	"{\"type\":\"text_delta\",\"text\":\"Let me \"}") EVENT("content_block_delta",
	",\"index\":1,\"delta\":"
	"{\"type\":\"text_delta\",\"text\":\"l\xc3\xb6ok.\"}")
	EVENT("content_block_stop", ",\"index\":1") EVENT("content_block_start",
	    ",\"index\":2,\"content_block\":"
	    "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"exec\","
	    "\"input\":{}}") EVENT("content_block_delta",
	    ",\"index\":2,\"delta\":"
	    "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}")
	    EVENT("content_block_delta",
		",\"index\":2,\"delta\":"
		"{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"a\\\"\"}")
		EVENT("content_block_delta",
		    ",\"index\":2,\"delta\":"
		    "{\"type\":\"input_json_delta\",\"partial_json\":\":1}\"}")
		    EVENT("content_block_stop",
			",\"index\":2") EVENT("content_block_start",
			",\"index\":3,\"content_block\":"
			"{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"clock\","
			"\"input\":{}}") EVENT("content_block_stop",
			",\"index\":3") EVENT("message_delta",
			",\"delta\":{\"stop_reason\":\"tool_use\","
			"\"stop_sequence\":null},\"usage\":{\"output_tokens\":89}")
			EVENT("message_stop", "");

static void
feed_once(struct feed *f, const char *s)
{
	feed_init(f, PROVIDER_ANTHROPIC);
	feed_stream(f, s, strlen(s), 0);
}

static void
test_stream_in_every_split(void)
{
	for (size_t piece = 1; piece < 100; piece++) {
		struct feed f;

		feed_init(&f, PROVIDER_ANTHROPIC);
		feed_stream(&f, stream, sizeof(stream) - 1, piece);
		CU_ASSERT_EQUAL(f.st, ST_OK);
		CU_ASSERT_STRING_EQUAL(txt_str(&f.r.text),
		    "Let me l\xc3\xb6ok.");
		CU_ASSERT_STRING_EQUAL(txt_str(&f.deltas), txt_str(&f.r.text));
		CU_ASSERT_EQUAL_FATAL(f.r.call_count, 2);
		CU_ASSERT_STRING_EQUAL(f.r.calls[0].id, "toolu_1");
		CU_ASSERT_STRING_EQUAL(f.r.calls[0].name, "exec");
		CU_ASSERT_STRING_EQUAL(txt_str(&f.r.calls[0].args),
		    "{\"a\":1}");
		CU_ASSERT_STRING_EQUAL(f.r.calls[1].name, "clock");
		CU_ASSERT_STRING_EQUAL(txt_str(&f.r.calls[1].args), "{}");
		CU_ASSERT_STRING_EQUAL(f.r.finish, "tool_calls");
		CU_ASSERT_EQUAL(f.r.input_tokens, 42);
		CU_ASSERT_EQUAL(f.r.output_tokens, 89);
		CU_ASSERT_TRUE(f.r.done);
		feed_done(&f);
	}
}

static void
test_finish_words(void)
{
	static const char *const words[][2] = {
		{ "end_turn", "stop" },
		{ "stop_sequence", "stop" },
		{ "max_tokens", "length" },
		{ "tool_use", "tool_calls" },
		{ "refusal", "content_filter" },
		{ "pause_turn", "pause_turn" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct feed f;
		char event[200];

		snprintf(event, sizeof(event),
		    "data: {\"type\":\"message_delta\",\"delta\":"
		    "{\"stop_reason\":\"%s\"}}\n\n",
		    words[i][0]);
		feed_once(&f, event);
		CU_ASSERT_STRING_EQUAL(f.r.finish, words[i][1]);
		CU_ASSERT_FALSE(f.r.done);
		feed_done(&f);
	}
}

static void
test_error_event(void)
{
	struct feed f;

	feed_once(&f,
	    "event: error\ndata: {\"type\":\"error\",\"error\":"
	    "{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n");
	CU_ASSERT_EQUAL(f.st, ST_UPSTREAM);
	CU_ASSERT_STRING_EQUAL(f.r.error, "Overloaded");
	CU_ASSERT_EQUAL(f.r.error_http, 529);
	CU_ASSERT_TRUE(provider_may_retry(f.r.error_http));
	feed_done(&f);
}

static void
test_whole_input_in_the_block(void)
{
	struct feed f;

	feed_once(&f,
	    EVENT("content_block_start",
		",\"index\":0,"
		"\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\","
		"\"name\":\"n\",\"input\":{\"a\":[1,2]}}"));
	CU_ASSERT_EQUAL_FATAL(f.r.call_count, 1);
	CU_ASSERT_STRING_EQUAL(txt_str(&f.r.calls[0].args), "{\"a\":[1,2]}");
	feed_done(&f);
}

static void
test_delta_without_its_block(void)
{
	struct feed f;

	feed_once(&f,
	    EVENT("content_block_delta",
		",\"index\":4,\"delta\":"
		"{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}"));
	CU_ASSERT_EQUAL(f.st, ST_OK);
	CU_ASSERT_EQUAL(f.r.call_count, 0);
	feed_done(&f);
}

static void
test_unknown_and_untyped_events(void)
{
	struct feed f;

	feed_once(&f,
	    EVENT("invented_later", ",\"x\":1")
		EVENT("content_block_start", ",\"content_block\":7")
		    EVENT("content_block_delta", ",\"delta\":[]")
			EVENT("message_delta",
			    ",\"delta\":null,\"usage\":"
			    "{\"input_tokens\":-5,\"output_tokens\":\"x\"}"));
	CU_ASSERT_EQUAL(f.st, ST_OK);
	CU_ASSERT_EQUAL(f.r.input_tokens, 0);
	CU_ASSERT_EQUAL(f.r.output_tokens, 0);
	feed_done(&f);

	feed_once(&f, "event: ping\ndata: {\"a\":1}\n\n");
	CU_ASSERT_EQUAL(f.st, ST_UPSTREAM);
	feed_done(&f);
	/* [DONE] belongs to the other protocol. */
	feed_once(&f, "data: [DONE]\n\n");
	CU_ASSERT_EQUAL(f.st, ST_UPSTREAM);
	feed_done(&f);
}

static void
check_request(const char *system, const char *messages, const char *tools,
    const char *want)
{
	const struct conf_provider p = { .kind = PROVIDER_ANTHROPIC };

	feed_check_request(&p, system, messages, tools, want);
}

#define HEAD "{\"model\":\"m\",\"max_tokens\":4096,"

static void
test_request(void)
{
	check_request("be kind", "[{\"role\":\"user\",\"content\":\"hi\"}]",
	    NULL,
	    HEAD "\"system\":\"be kind\",\"messages\":[{\"role\":\"user\""
		 ",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}],"
		 "\"stream\":true}");
}

static void
test_roles_alternate(void)
{
	check_request("",
	    "[{\"role\":\"assistant\",\"content\":\"a\"},"
	    "{\"role\":\"user\",\"content\":\"1\"},"
	    "{\"role\":\"system\",\"content\":\"note\"},"
	    "{\"role\":\"user\",\"content\":\"2\"},"
	    "{\"role\":\"assistant\",\"content\":\"b\"},"
	    "{\"role\":\"assistant\",\"content\":\"c\"}]",
	    NULL,
	    HEAD
	    "\"system\":\"note\",\"messages\":["
	    "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
	    "\"(Earlier messages are left out.)\"}]},"
	    "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":"
	    "\"a\"}]},"
	    "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"1\"}"
	    ",{\"type\":\"text\",\"text\":\"2\"}]},"
	    "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":"
	    "\"b\"},{\"type\":\"text\",\"text\":\"c\"}]}],\"stream\":true}");
}

static void
test_request_with_tools(void)
{
	check_request("",
	    "[{\"role\":\"user\",\"content\":\"ls\"},"
	    "{\"role\":\"assistant\",\"content\":\"ok\",\"tool_calls\":["
	    "{\"id\":\"c1\",\"function\":{\"name\":\"exec\",\"arguments\":"
	    "\"{\\\"a\\\":1}\"}},"
	    "{\"id\":\"c2\",\"function\":{\"name\":\"exec\",\"arguments\":"
	    "\"\"}}]},"
	    "{\"role\":\"user\",\"content\":\"and?\"},"
	    "{\"role\":\"tool_result\",\"tool_call_id\":\"c1\",\"success\":"
	    "false,\"error\":\"denied\"}]",
	    "[{\"name\":\"exec\",\"description\":\"runs\","
	    "\"parameters\":{\"type\":\"object\"}}]",
	    HEAD
	    "\"messages\":["
	    "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":"
	    "\"ls\"}]},"
	    "{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":"
	    "\"ok\"},{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"exec\","
	    "\"input\":{\"a\":1}},{\"type\":\"tool_use\",\"id\":\"c2\","
	    "\"name\":\"exec\",\"input\":{}}]},"
	    "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\","
	    "\"tool_use_id\":\"c1\",\"content\":\"denied\",\"is_error\":true},"
	    "{\"type\":\"tool_result\",\"tool_use_id\":\"c2\",\"content\":"
	    "\"interrupted, outcome unknown\",\"is_error\":true},"
	    "{\"type\":\"text\",\"text\":\"and?\"}]}],\"stream\":true,"
	    "\"tools\":[{\"name\":\"exec\",\"description\":\"runs\","
	    "\"input_schema\":{\"type\":\"object\"}}]}");
}

void
suite_provider_anthropic(void)
{
	static const struct unit_test tests[] = {
		{ "a stream is the same in every split",
		    test_stream_in_every_split },
		{ "finish words are those of the other kind",
		    test_finish_words },
		{ "an overloaded provider may be asked again",
		    test_error_event },
		{ "the input may come whole", test_whole_input_in_the_block },
		{ "a delta without its block is ignored",
		    test_delta_without_its_block },
		{ "unknown events are ignored, untyped ones refused",
		    test_unknown_and_untyped_events },
		{ "a request has its system prompt apart", test_request },
		{ "roles alternate and start with the user",
		    test_roles_alternate },
		{ "results come first in the message after the calls",
		    test_request_with_tools },
		{ NULL, NULL },
	};

	unit_add("src/provider/anthropic.c", tests);
}
