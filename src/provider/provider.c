/*
 * The front of the provider folder: picks the kind, parses what streams in,
 * decides what may be tried again.
 */
#include "config.h"

#include "provider/provider.h"

#include <string.h>

#include "js/js.h"
#include "provider/kind.h"

struct json_object *
provider_request(const struct conf_provider *p, const char *model,
    const char *system, struct json_object *messages, struct json_object *tools)
{
	switch (p->kind) {
	case PROVIDER_OPENAI:
		return openai_request(model, system, messages, tools);
	case PROVIDER_ANTHROPIC:
		return anthropic_request(model, system, messages, tools);
	case PROVIDER_DEMO:
		break;
	}
	return js_new();
}

const char *
provider_path(const struct conf_provider *p)
{
	switch (p->kind) {
	case PROVIDER_OPENAI:
		return "/chat/completions";
	case PROVIDER_ANTHROPIC:
		return "/v1/messages";
	case PROVIDER_DEMO:
		break;
	}
	return "";
}

enum status
provider_event(const struct conf_provider *p, struct provider_reply *r,
    const struct sse_event *event, struct provider_delta *ret)
{
	own_json struct json_object *value = NULL;
	struct js_error err;
	enum status st = ST_OK;
	size_t before = r->text.len;

	ret->text = NULL;
	ret->len = 0;
	if (r->refused)
		return ST_UPSTREAM;
	if (r->done || event->len == 0)
		return ST_OK;
	if (p->kind == PROVIDER_OPENAI && event->len == 6 &&
	    memcmp(event->data, "[DONE]", 6) == 0)
		return openai_event(r, NULL);
	if (js_parse(event->data, event->len, &value, &err) != ST_OK ||
	    !json_object_is_type(value, json_type_object))
		return reply_refuse(r, 200, "bad_stream",
		    "an event of the stream is not a JSON object");
	switch (p->kind) {
	case PROVIDER_OPENAI:
		if (strcmp(event->name, "error") == 0 &&
		    js_get(value, "error") == NULL)
			st = reply_refuse_with(r, value);
		else
			st = openai_event(r, value);
		break;
	case PROVIDER_ANTHROPIC:
		st = anthropic_event(r, value);
		break;
	case PROVIDER_DEMO:
		break;
	}
	if (r->text.len > before) {
		ret->text = txt_str(&r->text) + before;
		ret->len = r->text.len - before;
	}
	return st;
}

bool
provider_may_retry(long http)
{
	return http == 0 || http == 408 || http == 409 || http == 429 ||
	    (http >= 500 && http <= 599);
}
