/* Results of tool calls: see result.h. */
#include "config.h"

#include "tool/result.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "js/js.h"

#define FRAME_BYTES 1000 /* of keys, numbers and remarks in a result */
#define ARGS_BYTES 20000 /* more than a command can have */
#define MAX_LEVELS 4

/* As result_fit; *USED are the bytes that it takes there. */
static size_t
fit(const char *s, size_t n, size_t max, size_t *used)
{
	size_t at = 0;

	*used = 0;
	while (at < n) {
		unsigned char c = (unsigned char)s[at];
		size_t step = utf8_step(s + at, n - at), need = step;

		if (step == 0)
			break;
		if (c == '"' || c == '\\' ||
		    (c != '\0' && strchr("\b\f\n\r\t", c) != NULL))
			need = 2;
		else if (c < 0x20)
			need = 6;
		if (*used + need > max)
			break;
		*used += need;
		at += step;
	}
	return at;
}

size_t
result_fit(const char *s, size_t n, size_t max)
{
	size_t used;

	return fit(s, n, max, &used);
}

struct json_object *
result_text(const char *s, size_t keep, size_t all)
{
	own_txt struct txt t = { 0 };

	txt_append_n(&t, s, keep);
	if (keep < all)
		txt_format(&t, "\n[cut here: %zu of %zu bytes shown]", keep,
		    all);
	return json_object_new_string_len(txt_str(&t), (int)t.len);
}

static const char *
end_note(const struct sbx_result *end)
{
	if (end->disk_full)
		return "ended: the workspace is full";
	if (end->output_flood)
		return "ended: it printed more than is read";
	if (end->oom_killed)
		return "ended: it needed more memory than it may have";
	if (end->timed_out)
		return "ended: its time was up";
	if (end->canceled)
		return "ended: it was stopped";
	return NULL;
}

static struct json_object *
stream_json(const struct output *o, size_t keep)
{
	size_t all = o->total;

	/* What we never got is not known in bytes: one more than there is. */
	if (o->cut && all == keep)
		all++;
	return result_text(txt_str(&o->text), keep, all);
}

struct json_object *
result_exec(const struct sbx_result *end, const struct output *out,
    const struct output *err, size_t reserve)
{
	struct json_object *o = js_new();
	size_t room = RESULT_MODEL_BYTES - FRAME_BYTES - reserve;
	const char *out_text = txt_str(&out->text);
	const char *err_text = txt_str(&err->text), *note = end_note(end);
	size_t out_fit, err_fit, used;

	/* Errors get at least a third, and each what the other leaves. */
	(void)fit(err_text, err->text.len, room / 3, &used);
	out_fit = fit(out_text, out->text.len, room - used, &used);
	err_fit = fit(err_text, err->text.len, room - used, &used);
	js_set(o, "stdout", stream_json(out, out_fit));
	js_set(o, "stderr", stream_json(err, err_fit));
	js_set_int(o, "exit_code", end->exit_code);
	js_set_bool(o, "timed_out", end->timed_out);
	js_set_bool(o, "oom_killed", end->oom_killed);
	js_set_bool(o, "truncated",
	    output_is_cut(out) || output_is_cut(err) ||
		out_fit < out->text.len || err_fit < err->text.len);
	if (note != NULL)
		js_set_text(o, "note", note);
	return o;
}

static struct json_object *brief(struct json_object *v, size_t max, int levels);

static struct json_object *
brief_list(struct json_object *list, size_t max, int levels)
{
	struct json_object *out = json_object_new_array();
	size_t n = json_object_array_length(list), used = 0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *v = json_object_array_get_idx(list, i);

		used += v == NULL ? 4 : strlen(js_str(v));
		if (used > max)
			break;
		js_push(out, brief(v, max, levels));
	}
	return out;
}

static struct json_object *
brief_object(struct json_object *o, size_t max, int levels)
{
	struct json_object *out = js_new();

	json_object_object_foreach(o, key, value)
	    js_set(out, key, brief(value, max, levels));
	return out;
}

static struct json_object *
brief(struct json_object *v, size_t max, int levels)
{
	size_t n;

	if (levels == 0)
		return NULL;
	if (json_object_is_type(v, json_type_object))
		return brief_object(v, max, levels - 1);
	if (json_object_is_type(v, json_type_array))
		return brief_list(v, max, levels - 1);
	if (!json_object_is_type(v, json_type_string))
		return json_object_get(v);
	n = (size_t)json_object_get_string_len(v);
	if (n <= max)
		return json_object_get(v);
	return result_text(json_object_get_string(v),
	    utf8_cut(json_object_get_string(v), n, max), n);
}

struct json_object *
result_brief(struct json_object *result)
{
	return brief(result, RESULT_BRIEF_BYTES, MAX_LEVELS);
}

struct json_object *
result_brief_args(struct json_object *args)
{
	return brief(args, ARGS_BYTES, MAX_LEVELS);
}

struct json_object *
result_message(const struct result_call *call, struct json_object *result,
    const char *error)
{
	struct json_object *o = js_new();

	js_set_text(o, "role", "tool_result");
	js_set_text(o, "tool_call_id", call->id);
	js_set_text(o, "tool_name", call->name);
	if (call->args != NULL)
		js_set(o, "arguments", result_brief_args(call->args));
	js_set_bool(o, "success", error == NULL);
	if (result != NULL)
		js_set(o, "result", json_object_get(result));
	if (error != NULL)
		js_set_text(o, "error", error);
	js_set_int(o, "created_at", clock_wall_ms());
	return o;
}

void
result_remark(struct json_object *message, const char *sentence)
{
	own_txt struct txt t = { 0 };

	if (js_text(message, "content") != NULL)
		txt_append(&t, js_text(message, "content"));
	txt_format(&t, "[%s]\n", sentence);
	js_set_text_n(message, "content", txt_str(&t), t.len);
}

struct json_object *
result_message_brief(struct json_object *message)
{
	struct json_object *o = js_new();

	json_object_object_foreach(message, key, value)
	{
		bool is_long = strcmp(key, "result") == 0;

		js_set(o, key,
		    is_long ? result_brief(value) : json_object_get(value));
	}
	return o;
}
