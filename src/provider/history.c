/*
 * From stored messages to a conversation that every provider accepts.
 *
 * Providers refuse a whole request for one call without a result, one result
 * without a call, or one empty text; a stored conversation has all of these
 * after a crash, an abort or a change of provider.  The rules live here once.
 * Roles come from our rows; anything else is left out (S262).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/own.h"
#include "base/txt.h"
#include "base/utf8.h"
#include "js/js.h"
#include "provider/kind.h"

#define MAX_ID_BYTES 64

struct history {
	struct json_object *in;  /* borrowed */
	size_t n;                /* messages in it */
	bool *used;              /* results that found their call */
	struct json_object *ids; /* call ids given out, as keys */
	struct json_object *out;
};

static void history_add_assistant(struct history *h, size_t at);
static void history_add_calls(struct history *h, struct json_object *item,
    struct json_object *calls);
static void history_add_result(struct history *h, size_t at,
    struct json_object *stored_call, const char *id);
static struct json_object *history_find_result(struct history *h, size_t at,
    const char *id);
static void history_set_id(struct history *h, struct json_object *call,
    const char *stored, const char *name);
static bool history_is_role(struct history *h, size_t at, const char *role);
static struct json_object *args_parse(struct json_object *function);
static void content_text(struct json_object *content, struct txt *out);
static void result_text(struct json_object *m, struct txt *out);
static void copy_word(char *dst, size_t size, const char *s);
static bool is_blank(const struct txt *t);

struct json_object *
history_build(struct json_object *messages)
{
	struct history h = { .in = messages };

	h.out = json_object_new_array();
	if (!json_object_is_type(messages, json_type_array))
		return h.out;
	h.n = json_object_array_length(messages);
	h.used = mem_array(h.n, sizeof(*h.used));
	h.ids = js_new();
	for (size_t i = 0; i < h.n; i++) {
		struct json_object *m = json_object_array_get_idx(messages, i);
		own_txt struct txt text = { 0 };

		if (history_is_role(&h, i, "assistant")) {
			history_add_assistant(&h, i);
			continue;
		}
		if (!history_is_role(&h, i, "user") &&
		    !history_is_role(&h, i, "system"))
			continue;
		txt_init(&text, 0);
		content_text(js_get(m, "content"), &text);
		if (!is_blank(&text)) {
			struct json_object *item = js_new();

			js_set_text(item, "role", js_text(m, "role"));
			js_set_text_n(item, "text", txt_str(&text), text.len);
			js_push(h.out, item);
		}
	}
	js_put(&h.ids);
	free(h.used);
	return h.out;
}

static void
history_add_assistant(struct history *h, size_t at)
{
	struct json_object *m = json_object_array_get_idx(h->in, at), *item;
	struct json_object *calls = js_get(m, "tool_calls");
	bool has_calls = json_object_is_type(calls, json_type_array) &&
	    json_object_array_length(calls) > 0;
	own_txt struct txt text = { 0 };

	txt_init(&text, 0);
	content_text(js_get(m, "content"), &text);
	if (is_blank(&text)) {
		if (!has_calls)
			return;
		txt_reset(&text);
	}
	item = js_new();
	js_set_text(item, "role", "assistant");
	js_set_text_n(item, "text", txt_str(&text), text.len);
	js_push(h->out, item);
	if (!has_calls)
		return;
	history_add_calls(h, item, calls);
	for (size_t i = 0; i < json_object_array_length(calls); i++)
		history_add_result(h, at, json_object_array_get_idx(calls, i),
		    js_text(json_object_array_get_idx(js_get(item, "calls"), i),
			"id"));
}

static void
history_add_calls(struct history *h, struct json_object *item,
    struct json_object *calls)
{
	struct json_object *out = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(calls); i++) {
		struct json_object *in = json_object_array_get_idx(calls, i);
		struct json_object *function = js_get(in, "function");
		struct json_object *call = js_new();
		const char *id = js_text(in, "id");
		const char *name = js_text(function, "name");
		char word[MAX_ID_BYTES];

		copy_word(word, sizeof(word), name == NULL ? "" : name);
		history_set_id(h, call, id == NULL ? "" : id, word);
		js_set_text(call, "name", word[0] == '\0' ? "unnamed" : word);
		js_set(call, "args", args_parse(function));
		js_push(out, call);
	}
	js_set(item, "calls", out);
}

static void
history_add_result(struct history *h, size_t at,
    struct json_object *stored_call, const char *id)
{
	struct json_object *m =
	    history_find_result(h, at, js_text(stored_call, "id"));
	struct json_object *item = js_new();
	own_txt struct txt text = { 0 };

	txt_init(&text, 0);
	if (m != NULL)
		result_text(m, &text);
	else
		txt_append(&text, "interrupted, outcome unknown");
	js_set_text(item, "role", "result");
	js_set_text(item, "id", id);
	js_set_text_n(item, "text", txt_str(&text), text.len);
	js_set_bool(item, "failed", m == NULL || !js_bool(m, "success", true));
	js_push(h->out, item);
}

/* The result may stand behind messages that came in while the tool ran, but
 * not behind the model's next word. */
static struct json_object *
history_find_result(struct history *h, size_t at, const char *id)
{
	for (size_t i = at + 1; i < h->n && !history_is_role(h, i, "assistant");
	     i++) {
		struct json_object *m = json_object_array_get_idx(h->in, i);
		const char *of = js_text(m, "tool_call_id");

		if (h->used[i] || of == NULL || id == NULL ||
		    strcmp(of, id) != 0)
			continue;
		if (!history_is_role(h, i, "tool_result") &&
		    !history_is_role(h, i, "tool"))
			continue;
		h->used[i] = true;
		return m;
	}
	return NULL;
}

/*
 * Ids are unique in a request, and some servers number calls from zero in
 * every reply; the alphabet is the smallest that a provider takes.
 */
static void
history_set_id(struct history *h, struct json_object *call, const char *stored,
    const char *name)
{
	char id[MAX_ID_BYTES], unique[MAX_ID_BYTES + 24];

	copy_word(id, sizeof(id), stored[0] == '\0' ? name : stored);
	snprintf(unique, sizeof(unique), "%s", id[0] == '\0' ? "call" : id);
	for (int n = json_object_object_length(h->ids);
	     js_get(h->ids, unique) != NULL; n++)
		snprintf(unique, sizeof(unique), "%.40s_%d", id, n);
	js_set_bool(h->ids, unique, true);
	js_set_text(call, "id", unique);
}

static bool
history_is_role(struct history *h, size_t at, const char *role)
{
	const char *is = js_text(json_object_array_get_idx(h->in, at), "role");

	return is != NULL && strcmp(is, role) == 0;
}

/* What the model wrote may be no JSON; it then sees its own text again. */
static struct json_object *
args_parse(struct json_object *function)
{
	const char *text = js_text(function, "arguments");
	size_t n = js_text_len(function, "arguments");
	struct json_object *args = NULL;
	struct js_error err;

	if (text == NULL || n == 0)
		return js_new();
	if (js_parse(text, n, &args, &err) == ST_OK &&
	    json_object_is_type(args, json_type_object))
		return args;
	js_put(&args);
	args = js_new();
	js_set_text_n(args, "unparsed", text, n);
	return args;
}

static void
content_text(struct json_object *content, struct txt *out)
{
	if (json_object_is_type(content, json_type_string)) {
		txt_append_n(out, json_object_get_string(content),
		    (size_t)json_object_get_string_len(content));
		return;
	}
	if (!json_object_is_type(content, json_type_array))
		return;
	for (size_t i = 0; i < json_object_array_length(content); i++) {
		struct json_object *block =
		    json_object_array_get_idx(content, i);
		const char *type = js_text(block, "type");

		if (type == NULL)
			continue;
		if (out->len > 0)
			txt_append(out, "\n\n");
		if (strcmp(type, "text") == 0)
			txt_append_n(out, js_text(block, "text"),
			    js_text_len(block, "text"));
		else if (strcmp(type, "image_url") == 0)
			txt_append(out,
			    "[An image was attached here; it "
			    "cannot be passed on to you.]");
	}
}

static void
result_text(struct json_object *m, struct txt *out)
{
	struct json_object *result = js_get(m, "result");
	size_t all, keep;

	content_text(js_get(m, "content"), out);
	if (json_object_is_type(result, json_type_string))
		txt_append_n(out, json_object_get_string(result),
		    (size_t)json_object_get_string_len(result));
	else if (result != NULL)
		txt_append(out, js_str(result));
	if (js_text_len(m, "error") > 0) {
		txt_append(out, out->len > 0 ? "\n" : "");
		txt_append_n(out, js_text(m, "error"), js_text_len(m, "error"));
	}
	if (out->len == 0)
		txt_append(out, "(no output)");
	if (out->len <= PROVIDER_MAX_RESULT_BYTES)
		return;
	all = out->len;
	keep = utf8_cut(out->data, all, PROVIDER_MAX_RESULT_BYTES);
	out->len = keep;
	out->data[keep] = '\0';
	txt_format(out, "\n[cut here: %zu of %zu bytes shown]", keep, all);
}

/* Letters, digits, '_' and '-'; everything else becomes '_'. */
static void
copy_word(char *dst, size_t size, const char *s)
{
	size_t i;

	for (i = 0; i + 1 < size && s[i] != '\0'; i++) {
		char c = s[i];
		bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '_' || c == '-';

		dst[i] = good ? c : '_';
	}
	dst[i] = '\0';
}

static bool
is_blank(const struct txt *t)
{
	return strspn(txt_str(t), " \t\r\n") == t->len;
}
