/*
 * Frames to and from text.  Output is put together from pieces, because a
 * payload that is already an object need not be copied into another first.
 */
#include "config.h"

#include "ws/frame.h"

#include <inttypes.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"

static bool type_is(struct json_object *root, bool first, const char *want);
static bool read_id(struct ws_request *r);

enum ws_frame
ws_request_parse(const char *text, size_t n, bool first, struct ws_request *ret)
{
	struct js_error err;
	size_t len;

	memset(ret, 0, sizeof(*ret));
	if (js_parse(text, n, &ret->root, &err) != ST_OK ||
	    !json_object_is_type(ret->root, json_type_object))
		return WS_FRAME_INVALID;
	if (!first &&
	    (type_is(ret->root, first, "res") ||
		type_is(ret->root, first, "event")))
		return WS_FRAME_IGNORED;
	if (!type_is(ret->root, first, "req"))
		return WS_FRAME_INVALID;
	ret->method = js_text(ret->root, "method");
	len = js_text_len(ret->root, "method");
	if (ret->method == NULL || len == 0 || len > WS_METHOD_MAX)
		return WS_FRAME_INVALID;
	if (!read_id(ret))
		return WS_FRAME_INVALID;
	ret->params = js_get(ret->root, "params");
	return WS_FRAME_REQUEST;
}

void
ws_request_done(struct ws_request *r)
{
	js_put(&r->root);
	memset(r, 0, sizeof(*r));
}

void
ws_params_strip(struct json_object *params)
{
	struct lh_entry *entry, *next;

	if (!json_object_is_type(params, json_type_object))
		return;
	for (entry = json_object_get_object(params)->head; entry != NULL;
	     entry = next) {
		const char *key = entry->k;

		next = entry->next;
		if (key[0] == '_' && strcmp(key, "_seq") != 0)
			json_object_object_del(params, key);
	}
}

void
ws_response_ok(struct txt *out, const char *id, struct json_object *payload)
{
	txt_append(out, "{\"type\":\"res\",\"id\":");
	js_quote(out, id, strlen(id));
	txt_append(out, ",\"ok\":true,\"payload\":");
	txt_append(out, payload != NULL ? js_str(payload) : "{}");
	txt_append_c(out, '}');
}

void
ws_response_error(struct txt *out, const char *id, struct json_object *error)
{
	txt_append(out, "{\"type\":\"res\",\"id\":");
	js_quote(out, id, strlen(id));
	txt_append(out, ",\"ok\":false,\"error\":");
	txt_append(out, js_str(error));
	txt_append_c(out, '}');
}

void
ws_event(struct txt *out, const char *event, struct json_object *payload,
    int64_t seq)
{
	txt_append(out, "{\"type\":\"event\",\"event\":");
	js_quote(out, event, strlen(event));
	txt_append(out, ",\"payload\":");
	txt_append(out, payload != NULL ? js_str(payload) : "{}");
	if (seq > 0)
		txt_format(out, ",\"seq\":%" PRId64, seq);
	txt_append_c(out, '}');
}

struct json_object *
ws_error_json(const char *code, const char *message, bool retryable,
    int64_t retry_after_ms)
{
	struct json_object *o = js_new();

	js_set_text(o, "code", code);
	js_set_text(o, "message", message);
	if (retryable)
		js_set_bool(o, "retryable", true);
	if (retry_after_ms > 0)
		js_set_int(o, "retryAfterMs", retry_after_ms);
	return o;
}

static bool
type_is(struct json_object *root, bool first, const char *want)
{
	struct json_object *type;
	const char *text;

	if (!json_object_object_get_ex(root, "type", &type))
		return first && strcmp(want, "req") == 0;
	text = js_text(root, "type");
	return text != NULL && strcmp(text, want) == 0;
}

/* Characters are counted, not bytes: clients make ids in any script. */
static bool
read_id(struct ws_request *r)
{
	struct json_object *id;
	size_t len;

	if (!json_object_object_get_ex(r->root, "id", &id)) {
		r->id = "connect";
		return strcmp(r->method, "connect") == 0;
	}
	r->id = js_text(r->root, "id");
	len = js_text_len(r->root, "id");
	return r->id != NULL && len > 0 && utf8_count(r->id, len) <= WS_ID_MAX;
}
