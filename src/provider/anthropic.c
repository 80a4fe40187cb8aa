/*
 * Anthropic's messages API.
 *
 * The system prompt is apart from the messages, roles alternate and start with
 * the user, tool results are blocks of a user message and come first in it.
 */
#include "config.h"

#include <string.h>

#include "base/txt.h"
#include "js/js.h"
#include "provider/kind.h"

static void anthropic_add(struct json_object *messages, const char *role,
    struct json_object *block);
static void anthropic_add_item(struct json_object *messages,
    struct json_object *item);
static struct json_object *anthropic_text(const char *s, size_t n);
static struct json_object *anthropic_tools(struct json_object *tools);
static enum status anthropic_block(struct provider_reply *r, int64_t index,
    struct json_object *block);
static enum status anthropic_delta(struct provider_reply *r, int64_t index,
    struct json_object *delta);
static void anthropic_usage(struct provider_reply *r,
    struct json_object *usage);
static const char *anthropic_finish(const char *stop_reason);

struct json_object *
anthropic_request(const char *model, const char *system,
    struct json_object *messages, struct json_object *tools)
{
	own_json struct json_object *items = history_build(messages);
	struct json_object *body = js_new(), *out = json_object_new_array();
	own_txt struct txt instructions = { 0 };

	txt_init(&instructions, 0);
	txt_append(&instructions, system == NULL ? "" : system);
	for (size_t i = 0; i < json_object_array_length(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (strcmp(js_text(item, "role"), "system") != 0) {
			anthropic_add_item(out, item);
			continue;
		}
		txt_append(&instructions, instructions.len == 0 ? "" : "\n\n");
		txt_append_n(&instructions, js_text(item, "text"),
		    js_text_len(item, "text"));
	}
	js_set_text(body, "model", model);
	js_set_int(body, "max_tokens", PROVIDER_MAX_TOKENS);
	if (instructions.len > 0)
		js_set_text_n(body, "system", txt_str(&instructions),
		    instructions.len);
	js_set(body, "messages", out);
	js_set_bool(body, "stream", true);
	if (json_object_is_type(tools, json_type_array) &&
	    json_object_array_length(tools) > 0)
		js_set(body, "tools", anthropic_tools(tools));
	return body;
}

enum status
anthropic_event(struct provider_reply *r, struct json_object *event)
{
	const char *type = js_text(event, "type");
	int64_t index = js_int(event, "index", 0);

	if (type == NULL)
		return reply_refuse(r, 200, "bad_stream",
		    "an event has no type");
	if (strcmp(type, "content_block_start") == 0)
		return anthropic_block(r, index,
		    js_get(event, "content_block"));
	if (strcmp(type, "content_block_delta") == 0)
		return anthropic_delta(r, index, js_get(event, "delta"));
	if (strcmp(type, "error") == 0)
		return reply_refuse_with(r, js_get(event, "error"));
	if (strcmp(type, "message_start") == 0) {
		anthropic_usage(r, js_path(event, "message.usage"));
	} else if (strcmp(type, "message_delta") == 0) {
		anthropic_usage(r, js_get(event, "usage"));
		reply_set_finish(r,
		    anthropic_finish(
			js_text(js_get(event, "delta"), "stop_reason")));
		if (r->finish[0] != '\0')
			reply_seal(r);
	} else if (strcmp(type, "message_stop") == 0) {
		r->done = true;
		reply_seal(r);
	}
	/* ping, content_block_stop, and what is added later: not for us. */
	return ST_OK;
}

/* Appends BLOCK to the last message when that has the same ROLE. */
static void
anthropic_add(struct json_object *messages, const char *role,
    struct json_object *block)
{
	size_t n = json_object_array_length(messages);
	struct json_object *m =
	    n == 0 ? NULL : json_object_array_get_idx(messages, n - 1);

	if (m == NULL && strcmp(role, "user") != 0) {
		static const char note[] = "(Earlier messages are left out.)";

		anthropic_add(messages, "user",
		    anthropic_text(note, sizeof(note) - 1));
		m = json_object_array_get_idx(messages, 0);
	}
	if (m == NULL || strcmp(js_text(m, "role"), role) != 0) {
		m = js_new();
		js_set_text(m, "role", role);
		js_set(m, "content", json_object_new_array());
		js_push(messages, m);
	}
	js_push(js_get(m, "content"), block);
}

static void
anthropic_add_item(struct json_object *messages, struct json_object *item)
{
	const char *role = js_text(item, "role");
	struct json_object *calls = js_get(item, "calls"), *block;

	if (strcmp(role, "result") == 0) {
		block = js_new();
		js_set_text(block, "type", "tool_result");
		js_set_text(block, "tool_use_id", js_text(item, "id"));
		js_set_text_n(block, "content", js_text(item, "text"),
		    js_text_len(item, "text"));
		if (js_bool(item, "failed", false))
			js_set_bool(block, "is_error", true);
		anthropic_add(messages, "user", block);
		return;
	}
	if (js_text_len(item, "text") > 0)
		anthropic_add(messages, role,
		    anthropic_text(js_text(item, "text"),
			js_text_len(item, "text")));
	for (size_t i = 0; calls != NULL && i < json_object_array_length(calls);
	     i++) {
		struct json_object *call = json_object_array_get_idx(calls, i);

		block = js_new();
		js_set_text(block, "type", "tool_use");
		js_set_text(block, "id", js_text(call, "id"));
		js_set_text(block, "name", js_text(call, "name"));
		js_set(block, "input", json_object_get(js_get(call, "args")));
		anthropic_add(messages, role, block);
	}
}

static struct json_object *
anthropic_text(const char *s, size_t n)
{
	struct json_object *block = js_new();

	js_set_text(block, "type", "text");
	js_set_text_n(block, "text", s, n);
	return block;
}

static struct json_object *
anthropic_tools(struct json_object *tools)
{
	struct json_object *out = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(tools); i++) {
		struct json_object *in = json_object_array_get_idx(tools, i);
		struct json_object *tool = js_new();
		struct json_object *schema = js_get(in, "parameters");

		js_set_text(tool, "name", js_text(in, "name"));
		js_set_text(tool, "description", js_text(in, "description"));
		if (schema == NULL) {
			schema = js_new();
			js_set_text(schema, "type", "object");
			js_set(tool, "input_schema", schema);
		} else {
			js_set(tool, "input_schema", json_object_get(schema));
		}
		js_push(out, tool);
	}
	return out;
}

static enum status
anthropic_block(struct provider_reply *r, int64_t index,
    struct json_object *block)
{
	const char *type = js_text(block, "type");
	struct json_object *input = js_get(block, "input");
	struct provider_tool_call *call;
	const char *args;

	if (type != NULL && strcmp(type, "text") == 0)
		return reply_add_text(r, js_text(block, "text"),
		    js_text_len(block, "text"));
	if (type == NULL || strcmp(type, "tool_use") != 0)
		return ST_OK;
	call =
	    reply_call(r, index, js_text(block, "id"), js_text(block, "name"));
	/* Empty here and streamed after it, or whole and not streamed. */
	if (!json_object_is_type(input, json_type_object) ||
	    json_object_object_length(input) == 0)
		return ST_OK;
	args = js_str(input);
	return reply_add_args(r, call, args, strlen(args));
}

static enum status
anthropic_delta(struct provider_reply *r, int64_t index,
    struct json_object *delta)
{
	const char *type = js_text(delta, "type");

	if (type == NULL)
		return ST_OK;
	if (strcmp(type, "text_delta") == 0)
		return reply_add_text(r, js_text(delta, "text"),
		    js_text_len(delta, "text"));
	if (strcmp(type, "input_json_delta") != 0)
		return ST_OK;
	/* Only for a call that was begun: other blocks stream JSON as well. */
	for (size_t i = 0; i < r->call_count; i++) {
		if (r->calls[i].index == index)
			return reply_add_args(r, &r->calls[i],
			    js_text(delta, "partial_json"),
			    js_text_len(delta, "partial_json"));
	}
	return ST_OK;
}

/* The counts are running totals; what came from the cache is input too. */
static void
anthropic_usage(struct provider_reply *r, struct json_object *usage)
{
	static const char *const parts[] = { "input_tokens",
		"cache_creation_input_tokens", "cache_read_input_tokens" };
	int64_t input = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		int64_t n = js_int(usage, parts[i], 0);

		/* Nonsense must not overflow the sum. */
		if (n > 0 && n < INT32_MAX)
			input += n;
	}
	if (input > 0)
		r->input_tokens = input;
	r->output_tokens = js_int(usage, "output_tokens", r->output_tokens);
}

/* One vocabulary for all kinds. */
static const char *
anthropic_finish(const char *stop_reason)
{
	if (stop_reason == NULL)
		return NULL;
	if (strcmp(stop_reason, "end_turn") == 0 ||
	    strcmp(stop_reason, "stop_sequence") == 0)
		return "stop";
	if (strcmp(stop_reason, "max_tokens") == 0)
		return "length";
	if (strcmp(stop_reason, "tool_use") == 0)
		return "tool_calls";
	if (strcmp(stop_reason, "refusal") == 0)
		return "content_filter";
	return stop_reason;
}
