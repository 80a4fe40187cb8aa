/*
 * OpenAI chat completions and the many servers that speak them.
 *
 * Builds the request and reads the stream's chunks.  Lenient where servers
 * differ (missing call numbers, usage in any chunk), strict about JSON.
 */
#include "config.h"

#include <string.h>

#include "js/js.h"
#include "provider/kind.h"

static struct json_object *openai_message(struct json_object *item);
static struct json_object *openai_calls(struct json_object *calls);
static struct json_object *openai_tools(struct json_object *tools);
static enum status openai_choice(struct provider_reply *r,
    struct json_object *choice);
static enum status openai_call_delta(struct provider_reply *r,
    struct json_object *delta);
static void openai_usage(struct provider_reply *r, struct json_object *usage);

struct json_object *
openai_request(const char *model, const char *system,
    struct json_object *messages, struct json_object *tools)
{
	own_json struct json_object *items = history_build(messages);
	struct json_object *body = js_new(), *out = json_object_new_array();
	struct json_object *options = js_new(), *first;

	js_set_text(body, "model", model);
	if (system != NULL && system[0] != '\0') {
		first = js_new();
		js_set_text(first, "role", "system");
		js_set_text(first, "content", system);
		js_push(out, first);
	}
	for (size_t i = 0; i < json_object_array_length(items); i++)
		js_push(out,
		    openai_message(json_object_array_get_idx(items, i)));
	js_set(body, "messages", out);
	js_set_bool(body, "stream", true);
	js_set_bool(options, "include_usage", true);
	js_set(body, "stream_options", options);
	if (json_object_is_type(tools, json_type_array) &&
	    json_object_array_length(tools) > 0)
		js_set(body, "tools", openai_tools(tools));
	return body;
}

enum status
openai_event(struct provider_reply *r, struct json_object *event)
{
	struct json_object *choices, *error;

	if (event == NULL) {
		r->done = true;
		reply_seal(r);
		return ST_OK;
	}
	error = js_get(event, "error");
	if (error != NULL)
		return reply_refuse_with(r, error);
	openai_usage(r, js_get(event, "usage"));
	choices = js_get(event, "choices");
	if (!json_object_is_type(choices, json_type_array))
		return ST_OK;
	for (size_t i = 0; i < json_object_array_length(choices); i++) {
		struct json_object *choice =
		    json_object_array_get_idx(choices, i);

		/* We asked for one answer; others are not ours to mix in. */
		if (js_int(choice, "index", 0) != 0)
			continue;
		if (openai_choice(r, choice) != ST_OK)
			return ST_UPSTREAM;
	}
	return ST_OK;
}

static struct json_object *
openai_message(struct json_object *item)
{
	struct json_object *m = js_new(), *calls = js_get(item, "calls");
	const char *role = js_text(item, "role"), *text = js_text(item, "text");
	size_t text_len = js_text_len(item, "text");

	if (strcmp(role, "result") == 0) {
		js_set_text(m, "role", "tool");
		js_set_text(m, "tool_call_id", js_text(item, "id"));
		js_set_text_n(m, "content", text, text_len);
		return m;
	}
	js_set_text(m, "role", role);
	if (calls == NULL) {
		js_set_text_n(m, "content", text, text_len);
		return m;
	}
	if (text_len == 0)
		js_set(m, "content", NULL);
	else
		js_set_text_n(m, "content", text, text_len);
	js_set(m, "tool_calls", openai_calls(calls));
	return m;
}

static struct json_object *
openai_calls(struct json_object *calls)
{
	struct json_object *out = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(calls); i++) {
		struct json_object *in = json_object_array_get_idx(calls, i);
		struct json_object *call = js_new(), *function = js_new();

		js_set_text(call, "id", js_text(in, "id"));
		js_set_text(call, "type", "function");
		js_set_text(function, "name", js_text(in, "name"));
		js_set_text(function, "arguments", js_str(js_get(in, "args")));
		js_set(call, "function", function);
		js_push(out, call);
	}
	return out;
}

static struct json_object *
openai_tools(struct json_object *tools)
{
	struct json_object *out = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(tools); i++) {
		struct json_object *in = json_object_array_get_idx(tools, i);
		struct json_object *tool = js_new();

		js_set_text(tool, "type", "function");
		js_set(tool, "function", json_object_get(in));
		js_push(out, tool);
	}
	return out;
}

static enum status
openai_choice(struct provider_reply *r, struct json_object *choice)
{
	struct json_object *delta = js_get(choice, "delta"), *calls;

	if (reply_add_text(r, js_text(delta, "content"),
		js_text_len(delta, "content")) != ST_OK)
		return ST_UPSTREAM;
	/* A refusal is the answer; its reader is the same person. */
	if (reply_add_text(r, js_text(delta, "refusal"),
		js_text_len(delta, "refusal")) != ST_OK)
		return ST_UPSTREAM;
	calls = js_get(delta, "tool_calls");
	if (json_object_is_type(calls, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(calls); i++) {
			if (openai_call_delta(r,
				json_object_array_get_idx(calls, i)) != ST_OK)
				return ST_UPSTREAM;
		}
	}
	reply_set_finish(r, js_text(choice, "finish_reason"));
	if (r->finish[0] != '\0')
		reply_seal(r);
	return ST_OK;
}

static enum status
openai_call_delta(struct provider_reply *r, struct json_object *delta)
{
	struct json_object *function = js_get(delta, "function");
	const char *id = js_text(delta, "id"),
		   *name = js_text(function, "name");
	int64_t last =
	    r->call_count == 0 ? -1 : r->calls[r->call_count - 1].index;
	/* Without a number, a name starts the next call. */
	int64_t index = js_int(delta, "index",
	    name != NULL && name[0] != '\0' ? last + 1 : last);

	if (index < 0)
		return ST_OK;
	return reply_add_args(r, reply_call(r, index, id, name),
	    js_text(function, "arguments"), js_text_len(function, "arguments"));
}

static void
openai_usage(struct provider_reply *r, struct json_object *usage)
{
	if (usage == NULL)
		return;
	r->input_tokens = js_int(usage, "prompt_tokens", r->input_tokens);
	r->output_tokens = js_int(usage, "completion_tokens", r->output_tokens);
}
