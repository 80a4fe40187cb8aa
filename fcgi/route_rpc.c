/*
 * POST /api/rpc: every operation, by its protocol name.
 *
 * Two forms: the method in the path with its parameters as the body, and a
 * request frame as on the WebSocket, answered by a response frame.  Reached
 * only with a credential; what it may do is the operation's scope.
 */
#include "config.h"

#include <string.h>

#include "fcgi/exchange.h"
#include "js/js.h"

static const struct op_field frame_fields[] = {
	{ .name = "type", .type = F_TEXT, .min = 1, .max = 16 },
	{ .name = "id", .type = F_TEXT, .nullable = true, .max = 128 },
	{ .name = "method",
	    .type = F_TEXT,
	    .required = true,
	    .min = 1,
	    .max = 128 },
	{ .name = "params",
	    .type = F_OBJECT,
	    .nullable = true,
	    .max = JS_MAX_KEYS },
	{ .name = NULL },
};

static enum status
read_body(struct exchange *x)
{
	if (x->req.path.query[0] != '\0')
		return exchange_fail(x, ST_INVALID,
		    "parameters go into the body, not into the query");
	return exchange_body(x);
}

enum status
route_rpc_method(struct exchange *x)
{
	enum status st = read_body(x);

	if (st != ST_OK)
		return exchange_refuse(x, st);
	return exchange_call(x, x->match.args[0].value, x->params);
}

enum status
route_rpc_frame(struct exchange *x)
{
	struct json_object *frame;
	enum status st = read_body(x);

	if (st == ST_OK)
		st = op_params_check(frame_fields, x->params, &x->error);
	if (st != ST_OK)
		return exchange_refuse(x, st);
	st = exchange_call(x, js_text(x->params, "method"),
	    js_get(x->params, "params"));
	if (st == ST_UNAUTH || st == ST_SETUP_REQUIRED)
		return st;
	frame = js_new();
	js_set_text(frame, "type", "res");
	js_set_text(frame, "id", js_text(x->params, "id"));
	js_set_bool(frame, "ok", st == ST_OK);
	if (st == ST_OK)
		js_set(frame, "payload",
		    x->reply != NULL ? x->reply : js_new());
	else
		js_set(frame, "error", op_error_rpc(st, &x->error));
	x->reply = frame;
	return st;
}
