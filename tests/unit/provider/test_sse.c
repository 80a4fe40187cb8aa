/* Server-sent events in every split. */
#include "config.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "provider/provider.h"
#include "tests/unit/unit.h"

/* Events as "name|data;" so that one string says it all. */
static void
on_event(void *arg, const struct sse_event *event)
{
	struct txt *seen = arg;

	CU_ASSERT_EQUAL(strlen(event->data), event->len);
	txt_format(seen, "%s|%s;", event->name, event->data);
}

static void
on_counted(void *arg, const struct sse_event *event)
{
	size_t *count = arg;

	*count += event->len;
}

static void
check(const char *stream, const char *want)
{
	size_t n = strlen(stream);

	for (size_t piece = 1; piece <= n; piece++) {
		struct txt seen;
		struct sse *s;

		txt_init(&seen, 0);
		s = sse_new(on_event, &seen);
		for (size_t at = 0; at < n; at += piece) {
			size_t step = piece > n - at ? n - at : piece;

			CU_ASSERT_EQUAL(sse_feed(s, stream + at, step), ST_OK);
		}
		CU_ASSERT_STRING_EQUAL(txt_str(&seen), want);
		sse_free(s);
		txt_done(&seen);
	}
}

static void
test_line_ends(void)
{
	check("data: a\n\ndata: b\n\n", "message|a;message|b;");
	check("data: a\r\rdata: b\r\r", "message|a;message|b;");
	check("data: a\r\n\r\ndata: b\r\n\r\n", "message|a;message|b;");
	check("data: a\r\n\ndata: b\n\r\n", "message|a;message|b;");
	/* CR and LF together are one line end, not an empty line. */
	check("data: a\r\ndata: b\r\n\r\n", "message|a\nb;");
	check("event: x\r\ndata: a\r\n\r\n", "x|a;");
}

static void
test_fields(void)
{
	check("data:a\n\n", "message|a;");
	check("data:  a\n\n", "message| a;");
	check("data: a:b\n\n", "message|a:b;");
	check("data: a\ndata: b\n\n", "message|a\nb;");
	check("data\n\n", "message|;");
	check("data\ndata\n\n", "message|\n;");
	check("event: ping\ndata: {}\n\ndata: x\n\n", "ping|{};message|x;");
	check("id: 7\nretry: 10\nnonsense\ndata: a\n\n", "message|a;");
	check("Data: a\n\n", "");
}

static void
test_no_event(void)
{
	check(": keep-alive\n\n", "");
	check("event: ping\n\n", "");
	/* The name of an event without data is not kept for the next one. */
	check("event: ping\n\ndata: a\n\n", "message|a;");
	/* Nothing is dispatched before the empty line. */
	check("data: a\n", "");
	check("data: a", "");
	check("\n\n\r\r\r\n", "");
}

static void
test_byte_order_mark(void)
{
	check("\xef\xbb\xbf"
	      "data: a\n\n",
	    "message|a;");
	check("data: a\n\n\xef\xbb\xbf"
	      "data: b\n\n",
	    "message|a;");
}

static void
test_event_name_too_long(void)
{
	check("event: "
	      "0123456789012345678901234567890123456789012345678901234567890123"
	      "\ndata: a\n\n",
	    "message|a;");
}

static void
test_nul_bytes(void)
{
	static const char stream[] = "event: a\0b\ndata: x\0y\n\n";
	size_t count = 0;
	struct sse *s = sse_new(on_counted, &count);

	CU_ASSERT_EQUAL(sse_feed(s, stream, sizeof(stream) - 1), ST_OK);
	CU_ASSERT_EQUAL(count, 3);
	sse_free(s);
}

static void
test_line_limit(void)
{
	size_t count = 0, n = SSE_MAX_LINE_BYTES;
	struct sse *s = sse_new(on_counted, &count);
	char *line = mem_zalloc(n + 1);

	memset(line, 'x', n);
	memcpy(line, "data: ", 6);
	CU_ASSERT_EQUAL(sse_feed(s, line, n), ST_OK);
	CU_ASSERT_EQUAL(sse_feed(s, "\n\n", 2), ST_OK);
	CU_ASSERT_EQUAL(count, n - 6);

	CU_ASSERT_EQUAL(sse_feed(s, line, n), ST_OK);
	CU_ASSERT_EQUAL(sse_feed(s, "x", 1), ST_TOO_LARGE);
	/* It stays refused, and nothing comes out of it. */
	CU_ASSERT_EQUAL(sse_feed(s, "\n\ndata: a\n\n", 11), ST_TOO_LARGE);
	CU_ASSERT_EQUAL(count, n - 6);
	sse_free(s);
	free(line);
}

static void
test_event_limit(void)
{
	size_t count = 0, n = SSE_MAX_LINE_BYTES / 2;
	struct sse *s = sse_new(on_counted, &count);
	char *line = mem_zalloc(n + 1);
	enum status st = ST_OK;

	memset(line, 'x', n);
	memcpy(line, "data: ", 6);
	line[n - 1] = '\n';
	for (int i = 0; i < 3; i++)
		st = sse_feed(s, line, n);
	CU_ASSERT_EQUAL(st, ST_TOO_LARGE);
	CU_ASSERT_EQUAL(sse_feed(s, "\n", 1), ST_TOO_LARGE);
	CU_ASSERT_EQUAL(count, 0);
	sse_free(s);
	free(line);
}

static void
test_empty_feed(void)
{
	struct txt seen;
	struct sse *s;

	txt_init(&seen, 0);
	s = sse_new(on_event, &seen);
	CU_ASSERT_EQUAL(sse_feed(s, "", 0), ST_OK);
	CU_ASSERT_STRING_EQUAL(txt_str(&seen), "");
	sse_free(s);
	sse_free(NULL);
	txt_done(&seen);
}

void
suite_provider_sse(void)
{
	static const struct unit_test tests[] = {
		{ "a line ends with LF, CR or CRLF", test_line_ends },
		{ "fields are read as the standard says", test_fields },
		{ "without data or an empty line there is no event",
		    test_no_event },
		{ "a byte order mark counts at the start only",
		    test_byte_order_mark },
		{ "an event name that is too long is none",
		    test_event_name_too_long },
		{ "NUL bytes are data", test_nul_bytes },
		{ "a line over the limit ends the stream for good",
		    test_line_limit },
		{ "an event over the limit ends the stream", test_event_limit },
		{ "no bytes are no event", test_empty_feed },
		{ NULL, NULL },
	};

	unit_add("src/provider/sse.c", tests);
}
