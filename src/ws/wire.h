/*
 * Frame heads that the server sends (RFC 6455 section 5.2): never masked,
 * never fragmented.  Reading is wslay's.
 */
#ifndef MOLTIS_WS_WIRE_H
#define MOLTIS_WS_WIRE_H

#include <stddef.h>

#define WS_WIRE_HEAD_MAX 10
#define WS_WIRE_CLOSE_MAX 127 /* head, code and reason of a close frame */

#define WS_MAX_MESSAGE_BYTES 524288 /* "maxPayload" of hello-ok */
#define WS_MAX_QUEUED_BYTES 1572864 /* "maxBufferedBytes" */
#define WS_TICK_MS 30000            /* "tickIntervalMs" */

enum ws_opcode { WS_OP_TEXT = 1, WS_OP_CLOSE = 8, WS_OP_PING = 9 };

/* Writes the head of a frame with N payload bytes; returns its length. */
size_t ws_wire_head(unsigned char *out, enum ws_opcode op, size_t n);

/* Writes a whole close frame; REASON is cut at 123 bytes. */
size_t ws_wire_close(unsigned char *out, unsigned code, const char *reason);

#endif
