/*
 * src/ws/frame.c: request frames in, response, event and error frames out.
 */
#include "config.h"

#include "ws/frame.h"

#include <stdio.h>
#include <string.h>

#include "js/js.h"
#include "unit.h"

static struct ws_request req;

static enum ws_frame
parse(const char *text, bool first)
{
	enum ws_frame kind;

	ws_request_done(&req);
	kind = ws_request_parse(text, strlen(text), first, &req);
	return kind;
}

static void
test_request(void)
{
	CU_ASSERT_EQUAL(
	    parse("{\"type\":\"req\",\"id\":\"1\","
		  "\"method\":\"health\",\"params\":{\"a\":1},\"x\":2}",
		false),
	    WS_FRAME_REQUEST);
	CU_ASSERT_STRING_EQUAL(req.id, "1");
	CU_ASSERT_STRING_EQUAL(req.method, "health");
	CU_ASSERT_EQUAL(js_int(req.params, "a", 0), 1);
	CU_ASSERT_EQUAL(parse("{\"type\":\"req\",\"id\":\"1\","
			      "\"method\":\"health\"}",
			    false),
	    WS_FRAME_REQUEST);
	CU_ASSERT_PTR_NULL(req.params);
	ws_request_done(&req);
}

static void
test_short_connect(void)
{
	static const char sample[] = "{\"method\":\"connect\",\"params\":{}}";

	CU_ASSERT_EQUAL(parse(sample, true), WS_FRAME_REQUEST);
	CU_ASSERT_STRING_EQUAL(req.id, "connect");
	CU_ASSERT_EQUAL(parse(sample, false), WS_FRAME_INVALID);
	CU_ASSERT_EQUAL(parse("{\"method\":\"health\"}", true),
	    WS_FRAME_INVALID);
	CU_ASSERT_EQUAL(
	    parse("{\"type\":\"req\",\"method\":\"connect\"}", true),
	    WS_FRAME_REQUEST);
	CU_ASSERT_EQUAL(parse("{\"type\":null,\"method\":\"connect\"}", true),
	    WS_FRAME_INVALID);
	ws_request_done(&req);
}

static void
test_invalid(void)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"null",
		"\"x\"",
		"{}",
		"{\"type\":\"req\"}",
		"{\"type\":\"req\",\"id\":\"1\"}",
		"{\"type\":\"req\",\"id\":\"1\",\"method\":1}",
		"{\"type\":\"req\",\"id\":\"1\",\"method\":\"\"}",
		"{\"type\":\"req\",\"id\":1,\"method\":\"m\"}",
		"{\"type\":\"req\",\"id\":null,\"method\":\"m\"}",
		"{\"type\":\"req\",\"id\":\"\",\"method\":\"m\"}",
		"{\"type\":\"req\",\"id\":{},\"method\":\"m\"}",
		"{\"type\":\"REQ\",\"id\":\"1\",\"method\":\"m\"}",
		"{\"type\":1,\"id\":\"1\",\"method\":\"m\"}",
		"{\"type\":\"req\",\"id\":\"1\",\"id\":\"2\",\"method\":\"m\"}",
		"{\"type\":\"req\",\"id\":\"1\",\"method\":\"m\"} x",
		"{\"type\":\"req\",\"id\":\"\\u0000\",\"method\":\"m\"}",
		"\xef\xbb\xbf{\"type\":\"req\",\"id\":\"1\",\"method\":\"m\"}",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CU_ASSERT_EQUAL(parse(bad[i], false), WS_FRAME_INVALID);
	ws_request_done(&req);
}

static void
test_ignored(void)
{
	CU_ASSERT_EQUAL(
	    parse("{\"type\":\"res\",\"id\":\"1\",\"ok\":true}", false),
	    WS_FRAME_IGNORED);
	CU_ASSERT_EQUAL(parse("{\"type\":\"event\",\"event\":\"x\"}", false),
	    WS_FRAME_IGNORED);
	CU_ASSERT_EQUAL(parse("{\"type\":\"event\",\"event\":\"x\"}", true),
	    WS_FRAME_INVALID);
	ws_request_done(&req);
}

/* Two bytes a character: 64 of them are 128 bytes and fit. */
static void
test_id_length(void)
{
	char text[400], id[200] = "";
	int i;

	for (i = 0; i < 64; i++)
		memcpy(id + 2 * i, "\xc3\xa9", 3);
	snprintf(text, sizeof(text),
	    "{\"type\":\"req\",\"id\":\"%s\",\"method\":\"m\"}", id);
	CU_ASSERT_EQUAL(parse(text, false), WS_FRAME_REQUEST);
	snprintf(text, sizeof(text),
	    "{\"type\":\"req\",\"id\":\"%sx\",\"method\":\"m\"}", id);
	CU_ASSERT_EQUAL(parse(text, false), WS_FRAME_INVALID);
	snprintf(text, sizeof(text),
	    "{\"type\":\"req\",\"id\":\"1\",\"method\":\"%0129d\"}", 1);
	CU_ASSERT_EQUAL(parse(text, false), WS_FRAME_INVALID);
	ws_request_done(&req);
}

static void
test_strip(void)
{
	static const char text[] =
	    "{\"_session_key\":\"x\",\"_seq\":7,"
	    "\"text\":\"t\",\"_\":1,\"_conn_id\":2,\"a_\":3}";
	own_json struct json_object *o = NULL;
	struct js_error err;

	CU_ASSERT_EQUAL_FATAL(js_parse(text, sizeof(text) - 1, &o, &err),
	    ST_OK);
	ws_params_strip(o);
	CU_ASSERT_STRING_EQUAL(js_str(o),
	    "{\"_seq\":7,\"text\":\"t\",\"a_\":3}");
	ws_params_strip(NULL);
}

static void
test_builders(void)
{
	own_json struct json_object *payload = js_new();
	own_json struct json_object *error =
	    ws_error_json("UNAVAILABLE", "busy", true, 250);
	own_json struct json_object *plain =
	    ws_error_json("INVALID_REQUEST", "no", false, 0);
	own_txt struct txt out;

	js_set_int(payload, "n", 1);
	txt_init(&out, 0);
	ws_response_ok(&out, "a\"b", payload);
	CU_ASSERT_STRING_EQUAL(txt_str(&out),
	    "{\"type\":\"res\","
	    "\"id\":\"a\\\"b\",\"ok\":true,\"payload\":{\"n\":1}}");
	txt_reset(&out);
	ws_response_error(&out, "1", error);
	CU_ASSERT_STRING_EQUAL(txt_str(&out),
	    "{\"type\":\"res\",\"id\":\"1\","
	    "\"ok\":false,\"error\":{\"code\":\"UNAVAILABLE\",\"message\":"
	    "\"busy\",\"retryable\":true,\"retryAfterMs\":250}}");
	txt_reset(&out);
	ws_event(&out, "tick", NULL, 0);
	CU_ASSERT_STRING_EQUAL(txt_str(&out),
	    "{\"type\":\"event\",\"event\":\"tick\",\"payload\":{}}");
	txt_reset(&out);
	ws_event(&out, "chat", payload, 9007199254740993);
	CU_ASSERT_STRING_EQUAL(txt_str(&out),
	    "{\"type\":\"event\","
	    "\"event\":\"chat\",\"payload\":{\"n\":1},"
	    "\"seq\":9007199254740993}");
	CU_ASSERT_STRING_EQUAL(js_str(plain),
	    "{\"code\":\"INVALID_REQUEST\",\"message\":\"no\"}");
}

void
suite_ws_frame(void)
{
	static const struct unit_test tests[] = {
		{ "a request is read", test_request },
		{ "only a first connect may be short", test_short_connect },
		{ "what is no request is invalid", test_invalid },
		{ "responses and events from clients are ignored",
		    test_ignored },
		{ "ids and methods have a length", test_id_length },
		{ "server-only parameters are taken out", test_strip },
		{ "frames out", test_builders },
		{ NULL, NULL },
	};

	unit_add("src/ws/frame.c", tests);
}
