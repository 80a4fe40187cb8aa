/* src/ws/answer.c: the bytes that answer an upgrade, compared as a whole or by
 * the lines that clients and the edge act on. */
#include "config.h"

#include <string.h>

#include "ws/upgrade.h"
#include "unit.h"

#define ID "6f1e6f0e-0000-4000-8000-000000000001"

static struct txt out;

static const char *
refuse(enum ws_http http, const char *sentence, int retry_secs)
{
	struct ws_refusal r = { http, sentence, ID, retry_secs };

	txt_done(&out);
	txt_init(&out, 0);
	ws_refusal_format(&out, &r);
	return txt_str(&out);
}

/* RFC 6455 section 1.3 has this pair. */
static void
test_accept(void)
{
	char accept[WS_ACCEPT_TEXT];

	ws_accept_format("dGhlIHNhbXBsZSBub25jZQ==", accept);
	CU_ASSERT_STRING_EQUAL(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void
test_switch(void)
{
	txt_init(&out, 0);
	ws_switch_format(&out, "dGhlIHNhbXBsZSBub25jZQ==", ID);
	CU_ASSERT_STRING_EQUAL(txt_str(&out),
	    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
	    "x-request-id: " ID "\r\n\r\n");
	txt_done(&out);
}

static void
test_cross_origin(void)
{
	const char *s = refuse(WS_HTTP_FORBIDDEN,
	    "cross-origin WebSocket connections are not allowed", 0);

	CU_ASSERT(strncmp(s, "HTTP/1.1 403 Forbidden\r\n", 24) == 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(s,
	    "\r\n\r\ncross-origin WebSocket connections are not allowed"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s, "Content-Length: 50\r\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(s, "text/plain"));
	txt_done(&out);
}

static void
test_refusals(void)
{
	CU_ASSERT_PTR_NOT_NULL(strstr(refuse(WS_HTTP_BAD, "x", 0),
	    "\r\n\r\n{\"error\":\"x\",\"code\":\"INVALID_REQUEST\","
	    "\"request_id\":\"" ID "\"}"));
	CU_ASSERT_PTR_NOT_NULL(strstr(refuse(WS_HTTP_UPGRADE, "x", 0),
	    "Sec-WebSocket-Version: 13\r\n"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(refuse(WS_HTTP_METHOD, "x", 0), "Allow: GET\r\n"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(refuse(WS_HTTP_TOO_MANY, "x", 17), "Retry-After: 17\r\n"));
	CU_ASSERT_PTR_NOT_NULL(
	    strstr(txt_str(&out), "\"retry_after_seconds\":17}"));
	CU_ASSERT(strncmp(refuse(WS_HTTP_MISDIRECTED, "x", 0), "HTTP/1.1 421 ",
		      13) == 0);
	CU_ASSERT(strncmp(refuse(WS_HTTP_UNAVAILABLE, "x", 1), "HTTP/1.1 503 ",
		      13) == 0);
	CU_ASSERT(strncmp(refuse(WS_HTTP_TOO_LARGE, "x", 0), "HTTP/1.1 431 ",
		      13) == 0);
	CU_ASSERT(strncmp(refuse(WS_HTTP_NOT_FOUND, "x", 0), "HTTP/1.1 404 ",
		      13) == 0);
	txt_done(&out);
}

void
suite_ws_answer(void)
{
	static const struct unit_test tests[] = {
		{ "the accept value is that of the RFC", test_accept },
		{ "the switching answer", test_switch },
		{ "cross-origin is refused in plain words", test_cross_origin },
		{ "refusals carry code, id and headers", test_refusals },
		{ NULL, NULL },
	};

	unit_add("src/ws/answer.c", tests);
}
