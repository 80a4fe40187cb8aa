/*
 * Bytes to messages: wslay's server side, which checks masks, reserved bits,
 * opcodes, fragments, UTF-8 and close codes.
 *
 * A wslay context has two buffers of 4 KiB.  It is made when bytes come and
 * freed when a message ends and nothing of the next has come: then it holds
 * nothing that is not in struct ws_conn.  That is known by counting: bytes
 * taken, minus bytes of whole frames.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "js/js.h"
#include "worker/ws_conn.h"
#include "worker/ws_server.h"
#include "ws/frame.h"
#include "ws/wire.h"

#define MAX_FIRST_BYTES 65536 /* before connect nobody has a large message */
#define CONTROL_A_SEC 10      /* pings, pongs and closes of one client */
#define CONTROL_BURST 100
#define MASK_BYTES 4

static ssize_t on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len,
    int flags, void *arg);
static ssize_t on_send(wslay_event_context_ptr ctx, const uint8_t *data,
    size_t len, int flags, void *arg);
static void on_frame_start(wslay_event_context_ptr ctx,
    const struct wslay_event_on_frame_recv_start_arg *frame, void *arg);
static void on_frame_end(wslay_event_context_ptr ctx, void *arg);
static void on_message(wslay_event_context_ptr ctx,
    const struct wslay_event_on_msg_recv_arg *msg, void *arg);
static void take_message(struct ws_conn *c,
    const struct wslay_event_on_msg_recv_arg *msg);
static void drain(struct ws_conn *c);
static void tell_too_large(struct ws_conn *c);
static uint64_t max_bytes(const struct ws_conn *c);

static const struct wslay_event_callbacks callbacks = {
	.recv_callback = on_recv,
	.send_callback = on_send,
	.on_frame_recv_start_callback = on_frame_start,
	.on_frame_recv_end_callback = on_frame_end,
	.on_msg_recv_callback = on_message,
};

void
ws_wire_take(struct ws_conn *c, const char *bytes, size_t n)
{
	if (c->wire == NULL) {
		if (wslay_event_context_server_init(&c->wire, &callbacks, c) !=
		    0)
			abort();
		c->wire_balance = 0;
	}
	wslay_event_config_set_max_recv_msg_length(c->wire, max_bytes(c));
	c->fed = bytes;
	c->fed_len = n;
	if (wslay_event_recv(c->wire) != 0) {
		/* A frame head that cannot be: wslay reads no further. */
		c->deaf = true;
		ws_close(c, WSLAY_CODE_PROTOCOL_ERROR, "");
		return;
	}
	if (c->state == WS_DEAD)
		return;
	if (wslay_event_get_close_received(c->wire))
		c->farewell = true;
	drain(c);
	if (c->state == WS_CLOSING)
		ws_server_mark(c->server, c);
	if (!wslay_event_get_read_enabled(c->wire)) {
		c->deaf = true;
	} else if (c->wire_balance == 0 && !c->in_message) {
		wslay_event_context_free(c->wire);
		c->wire = NULL;
	}
}

/* What wslay wants to say: pongs, and the close that ends a bad stream. */
static void
drain(struct ws_conn *c)
{
	struct txt *out = &c->server->scratch;
	struct ws_buf *buf;
	unsigned code = 0;

	if (!wslay_event_want_write(c->wire))
		return;
	txt_reset(out);
	(void)wslay_event_send(c->wire);
	if (c->state >= WS_CLOSING || out->len == 0)
		return;
	if (wslay_event_get_close_sent(c->wire))
		code = wslay_event_get_status_code_sent(c->wire);
	if (code == WSLAY_CODE_MESSAGE_TOO_BIG && !c->farewell)
		tell_too_large(c);
	buf = ws_buf_raw(out->data, out->len);
	ws_send(c, buf, false);
	ws_buf_drop(buf);
	if (code != 0 && c->state < WS_CLOSING) {
		log_info(&c->log, "closing", "code=%u by=%s", code,
		    c->farewell ? "peer" : "protocol");
		ws_finish(c);
	}
}

static void
tell_too_large(struct ws_conn *c)
{
	own_json struct json_object *payload = js_new();
	own_txt struct txt frame = { 0 };

	js_set_text(payload, "message", "payload too large");
	js_set_int(payload, "maxBytes", (int64_t)max_bytes(c));
	js_set_text(payload, "code", "PAYLOAD_TOO_LARGE");
	ws_event(&frame, "error", payload, 0);
	ws_send_text(c, &frame);
}

static ssize_t
on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags,
    void *arg)
{
	struct ws_conn *c = arg;
	size_t n = len < c->fed_len ? len : c->fed_len;

	(void)flags;
	if (n == 0) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(buf, c->fed, n);
	c->fed += n;
	c->fed_len -= n;
	c->wire_balance += (int64_t)n;
	return (ssize_t)n;
}

static ssize_t
on_send(wslay_event_context_ptr ctx, const uint8_t *data, size_t len, int flags,
    void *arg)
{
	struct ws_conn *c = arg;

	(void)ctx;
	(void)flags;
	txt_append_n(&c->server->scratch, (const char *)data, len);
	return (ssize_t)len;
}

static void
on_frame_start(wslay_event_context_ptr ctx,
    const struct wslay_event_on_frame_recv_start_arg *frame, void *arg)
{
	struct ws_conn *c = arg;

	(void)ctx;
	c->wire_payload = frame->payload_length;
	if (!wslay_is_ctrl_frame(frame->opcode))
		c->in_message = frame->fin == 0;
	else if (frame->opcode == WSLAY_CONNECTION_CLOSE &&
	    frame->payload_length == 1)
		/* RFC 6455 section 5.5.1; wslay takes it for no code. */
		ws_close(c, WSLAY_CODE_PROTOCOL_ERROR, "");
	else if (ws_bucket_take(&c->controls, CONTROL_A_SEC, CONTROL_BURST) > 0)
		ws_close(c, WSLAY_CODE_POLICY_VIOLATION,
		    "too many control frames");
}

static void
on_frame_end(wslay_event_context_ptr ctx, void *arg)
{
	struct ws_conn *c = arg;
	unsigned char head[WS_WIRE_HEAD_MAX];

	(void)ctx;
	c->wire_balance -= (int64_t)(c->wire_payload + MASK_BYTES +
	    ws_wire_head(head, WS_OP_TEXT, c->wire_payload));
}

static void
on_message(wslay_event_context_ptr ctx,
    const struct wslay_event_on_msg_recv_arg *msg, void *arg)
{
	struct ws_conn *c = arg;

	if (msg->opcode == WSLAY_BINARY_FRAME)
		ws_close(c, WSLAY_CODE_UNSUPPORTED_DATA, "text frames only");
	else if (msg->opcode == WSLAY_TEXT_FRAME)
		take_message(c, msg);
	wslay_event_config_set_max_recv_msg_length(ctx, max_bytes(c));
}

static void
take_message(struct ws_conn *c, const struct wslay_event_on_msg_recv_arg *msg)
{
	const char *text = (const char *)msg->msg;

	if (c->state == WS_CONNECT)
		ws_login_start(c, text, msg->msg_length);
	else if (c->state == WS_IDENTIFY)
		ws_early_keep(c, text, msg->msg_length);
	else if (c->state == WS_OPEN)
		ws_rpc_text(c, text, msg->msg_length);
}

static uint64_t
max_bytes(const struct ws_conn *c)
{
	return c->state == WS_CONNECT ? MAX_FIRST_BYTES : WS_MAX_MESSAGE_BYTES;
}
