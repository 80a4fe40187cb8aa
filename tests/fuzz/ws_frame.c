/*
 * Fuzz target: one text message, as first frame and as a later one.
 *
 * What is accepted as a request is taken through everything that reads it
 * before the gate: connect parameters, subscriptions, the stripping of
 * server-only keys.  Answers built from it must be valid JSON again.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "ws/connect.h"
#include "ws/frame.h"
#include "ws/subs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
check_text(struct txt *out)
{
	struct js_error err;

	must(js_scan(txt_str(out), out->len, &err) == ST_OK);
	txt_done(out);
}

static void
check_connect(struct json_object *params)
{
	char why[WS_CONNECT_WHY_BYTES] = "";
	struct ws_connect c;

	if (ws_connect_parse(params, &c, why) != ST_OK) {
		must(why[0] != '\0');
		return;
	}
	must(c.role != NULL && c.client_id != NULL && c.last_seq >= -1);
	if (ws_connect_agree(&c, why) == ST_OK)
		must(c.protocol >= WS_PROTOCOL_MIN &&
		    c.protocol <= WS_PROTOCOL_MAX);
	else
		must(why[0] != '\0');
}

static void
check_subs(struct json_object *params, bool all)
{
	const char *why = NULL;
	struct json_object *list;
	struct ws_subs subs;

	ws_subs_init(&subs, all);
	must(ws_subs_add(&subs, js_get(params, "events"), &why) == ST_OK ||
	    why != NULL);
	must(ws_subs_remove(&subs, js_get(params, "less"), &why) == ST_OK ||
	    why != NULL);
	must(subs.count <= WS_SUBS_MAX);
	list = ws_subs_json(&subs);
	js_put(&list);
	ws_subs_done(&subs);
}

static void
check_request(struct ws_request *req)
{
	struct txt out;
	struct json_object *error;

	must(req->method[0] != '\0');
	must(req->id[0] != '\0' &&
	    utf8_count(req->id, strlen(req->id)) <= WS_ID_MAX);
	check_connect(req->params);
	check_subs(req->params, true);
	check_subs(req->params, false);
	ws_params_strip(req->params);
	must(js_get(req->params, "_session_key") == NULL);

	txt_init(&out, 0);
	ws_response_ok(&out, req->id, req->params);
	check_text(&out);
	txt_init(&out, 0);
	ws_event(&out, req->method, req->params, 7);
	check_text(&out);
	txt_init(&out, 0);
	error = ws_error_json("INVALID_REQUEST", req->method, true, 1);
	ws_response_error(&out, req->id, error);
	js_put(&error);
	check_text(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ws_request req;
	int first;

	for (first = 0; first < 2; first++) {
		if (ws_request_parse((const char *)data, size, first == 1,
			&req) == WS_FRAME_REQUEST)
			check_request(&req);
		ws_request_done(&req);
	}
	return 0;
}
