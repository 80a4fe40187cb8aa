/*
 * Heads of outgoing frames.  One buffer with its head can go to many sockets,
 * because a server's frames carry no mask.
 */
#include "config.h"

#include "ws/wire.h"

#include <string.h>

#include "base/utf8.h"

#define FIN 0x80
#define CONTROL_MAX 125

size_t
ws_wire_head(unsigned char *out, enum ws_opcode op, size_t n)
{
	size_t i;

	out[0] = (unsigned char)(FIN | (unsigned)op);
	if (n <= CONTROL_MAX) {
		out[1] = (unsigned char)n;
		return 2;
	}
	if (n <= 0xffff) {
		out[1] = 126;
		out[2] = (unsigned char)(n >> 8);
		out[3] = (unsigned char)n;
		return 4;
	}
	out[1] = 127;
	for (i = 0; i < 8; i++)
		out[2 + i] =
		    (unsigned char)((unsigned long long)n >> (8 * (7 - i)));
	return WS_WIRE_HEAD_MAX;
}

size_t
ws_wire_close(unsigned char *out, unsigned code, const char *reason)
{
	size_t n = utf8_cut(reason, strlen(reason), CONTROL_MAX - 2);
	size_t head = ws_wire_head(out, WS_OP_CLOSE, n + 2);

	out[head] = (unsigned char)(code >> 8);
	out[head + 1] = (unsigned char)code;
	memcpy(out + head + 2, reason, n);
	return head + 2 + n;
}
