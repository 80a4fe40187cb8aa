/*
 * A reply while it grows: text, tool calls by the stream's own numbers, how it
 * ended.  Bounded in every direction (S260); what a provider leaves out, such
 * as an id, is made up here so that the rest of the program can rely on it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "js/js.h"
#include "provider/kind.h"

#define MAX_NAME_BYTES 128

static long http_of_type(const char *type);

void
provider_reply_init(struct provider_reply *r)
{
	memset(r, 0, sizeof(*r));
	txt_init(&r->text, PROVIDER_MAX_REPLY_BYTES);
}

void
provider_reply_done(struct provider_reply *r)
{
	for (size_t i = 0; i < r->call_count; i++) {
		free(r->calls[i].id);
		free(r->calls[i].name);
		txt_done(&r->calls[i].args);
	}
	txt_done(&r->text);
	provider_reply_init(r);
}

enum status
reply_add_text(struct provider_reply *r, const char *s, size_t n)
{
	if (s == NULL || n == 0)
		return ST_OK;
	txt_append_n(&r->text, s, n);
	if (!r->text.overflowed)
		return ST_OK;
	return reply_refuse(r, 200, "reply_too_large",
	    "the answer is longer than 1 MiB");
}

struct provider_tool_call *
reply_call(struct provider_reply *r, int64_t index, const char *id,
    const char *name)
{
	struct provider_tool_call *call = NULL;

	/* From the end: some servers number every call 0 and tell them apart
	 * by id alone. */
	for (size_t i = r->call_count; i > 0 && call == NULL; i--) {
		if (r->calls[i - 1].index == index)
			call = &r->calls[i - 1];
	}
	if (call != NULL && id != NULL && id[0] != '\0' && call->id != NULL &&
	    strncmp(call->id, id, MAX_NAME_BYTES) != 0)
		call = NULL;
	if (call == NULL) {
		if (r->call_count == PROVIDER_MAX_TOOL_CALLS) {
			r->calls_dropped++;
			return NULL;
		}
		call = &r->calls[r->call_count++];
		txt_init(&call->args, PROVIDER_MAX_ARGS_BYTES);
		call->index = index;
	}
	if (call->id == NULL && id != NULL && id[0] != '\0')
		call->id =
		    mem_strndup(id, utf8_cut(id, strlen(id), MAX_NAME_BYTES));
	if (call->name == NULL && name != NULL && name[0] != '\0')
		call->name = mem_strndup(name,
		    utf8_cut(name, strlen(name), MAX_NAME_BYTES));
	return call;
}

enum status
reply_add_args(struct provider_reply *r, struct provider_tool_call *call,
    const char *s, size_t n)
{
	if (call == NULL || s == NULL || n == 0)
		return ST_OK;
	txt_append_n(&call->args, s, n);
	if (!call->args.overflowed)
		return ST_OK;
	return reply_refuse(r, 200, "reply_too_large",
	    "the arguments of a tool call are longer than 256 KiB");
}

void
reply_set_finish(struct provider_reply *r, const char *word)
{
	if (word != NULL)
		provider_copy_printable(r->finish, sizeof(r->finish), word);
}

void
reply_seal(struct provider_reply *r)
{
	char id[UUID_TEXT], text[UUID_TEXT + 8];

	for (size_t i = 0; i < r->call_count; i++) {
		struct provider_tool_call *call = &r->calls[i];

		if (call->id == NULL) {
			uuid_new(id);
			snprintf(text, sizeof(text), "call_%s", id);
			call->id = mem_strdup(text);
		}
		if (call->name == NULL)
			call->name = mem_strdup("");
		if (call->args.len == 0)
			txt_append(&call->args, "{}");
	}
}

enum status
reply_refuse(struct provider_reply *r, long http, const char *type,
    const char *text)
{
	r->refused = true;
	r->error_http = http;
	provider_copy_printable(r->error_type, sizeof(r->error_type),
	    type == NULL ? "" : type);
	provider_copy_printable(r->error, sizeof(r->error),
	    text == NULL ? "" : text);
	return ST_UPSTREAM;
}

enum status
reply_refuse_with(struct provider_reply *r, struct json_object *error)
{
	const char *type = js_text(error, "code"), *text;
	int64_t http = js_int(error, "code", 0);

	if (type == NULL)
		type = js_text(error, "type");
	text = js_text(error, "message");
	if (text == NULL && json_object_is_type(error, json_type_string))
		text = json_object_get_string(error);
	if (http < 400 || http > 599)
		http = http_of_type(type);
	return reply_refuse(r, (long)http, type, text);
}

/*
 * An error inside a stream has a word but no status.  Unknown words count as
 * the server's fault: it had accepted the request.
 */
static long
http_of_type(const char *type)
{
	static const struct {
		const char *type;
		long http;
	} known[] = {
		{ "authentication_error", 401 },
		{ "billing_error", 402 },
		{ "context_length_exceeded", 400 },
		{ "insufficient_quota", 402 },
		{ "invalid_api_key", 401 },
		{ "invalid_request_error", 400 },
		{ "model_not_found", 404 },
		{ "not_found_error", 404 },
		{ "overloaded_error", 529 },
		{ "permission_error", 403 },
		{ "rate_limit_error", 429 },
		{ "rate_limit_exceeded", 429 },
		{ "request_too_large", 413 },
		{ "timeout_error", 504 },
	};

	for (size_t i = 0; type != NULL && i < sizeof(known) / sizeof(*known);
	     i++) {
		if (strcmp(known[i].type, type) == 0)
			return known[i].http;
	}
	return 500;
}
