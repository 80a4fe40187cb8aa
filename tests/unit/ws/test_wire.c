/* src/ws/wire.c: heads of outgoing frames at the edges of the length forms. */
#include "config.h"

#include "ws/wire.h"

#include <string.h>

#include "unit.h"

static void
check(size_t n, const char *want, size_t want_len)
{
	unsigned char head[WS_WIRE_HEAD_MAX];

	CU_ASSERT_EQUAL(ws_wire_head(head, WS_OP_TEXT, n), want_len);
	CU_ASSERT_EQUAL(memcmp(head, want, want_len), 0);
}

static void
test_lengths(void)
{
	check(0, "\x81\x00", 2);
	check(125, "\x81\x7d", 2);
	check(126, "\x81\x7e\x00\x7e", 4);
	check(65535, "\x81\x7e\xff\xff", 4);
	check(65536, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10);
}

static void
test_close(void)
{
	unsigned char out[WS_WIRE_CLOSE_MAX];
	char reason[200];

	CU_ASSERT_EQUAL(ws_wire_close(out, 1008, "no"), 6);
	CU_ASSERT_EQUAL(memcmp(out, "\x88\x04\x03\xf0no", 6), 0);
	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	CU_ASSERT_EQUAL(ws_wire_close(out, 1000, reason), WS_WIRE_CLOSE_MAX);
	CU_ASSERT_EQUAL(out[1], 125);
}

void
suite_ws_wire(void)
{
	static const struct unit_test tests[] = {
		{ "the three forms of a length", test_lengths },
		{ "a close frame, its reason cut", test_close },
		{ NULL, NULL },
	};

	unit_add("src/ws/wire.c", tests);
}
