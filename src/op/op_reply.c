/*
 * How a failure looks on the wire, and how the table of operations prints.
 *
 * Pure.  Both transports get their error objects here, so that they cannot
 * say different things of one failure.
 */
#include "config.h"

#include <string.h>

#include "base/txt.h"
#include "js/js.h"
#include "op/op.h"

static const char *
sentence(enum status st, const struct op_error *err)
{
	return err->message[0] != '\0' ? err->message : status_get(st)->text;
}

/* A rate says when it is over; a quota does not end by waiting. */
static bool
is_retryable(enum status st, const struct op_error *err)
{
	return st == ST_DB || st == ST_UPSTREAM || st == ST_UNAVAILABLE ||
	    (st == ST_LIMIT && err->retry_after_secs > 0);
}

struct json_object *
op_error_rest(enum status st, const struct op_error *err)
{
	struct json_object *o = js_new();

	js_set_text(o, "error", sentence(st, err));
	js_set_text(o, "code", status_get(st)->code);
	if (err->field[0] != '\0')
		js_set_text(o, "field", err->field);
	if (err->retry_after_secs > 0)
		js_set_int(o, "retry_after_seconds", err->retry_after_secs);
	return o;
}

struct json_object *
op_error_rpc(enum status st, const struct op_error *err)
{
	struct json_object *o = js_new();

	js_set_text(o, "code", status_get(st)->rpc_code);
	js_set_text(o, "message", sentence(st, err));
	if (err->field[0] != '\0') {
		struct json_object *details = js_new();

		js_set_text(details, "field", err->field);
		js_set(o, "details", details);
	}
	if (is_retryable(st, err))
		js_set_bool(o, "retryable", true);
	if (err->retry_after_secs > 0)
		js_set_int(o, "retryAfterMs",
		    (int64_t)err->retry_after_secs * 1000);
	return o;
}

static const char *
demand_sentence(unsigned demand)
{
	if (demand & OP_DEMAND_ADMIN)
		return demand & OP_DEMAND_FRESH
		    ? ", administrator who confirmed lately"
		    : ", administrator";
	if (demand & OP_DEMAND_FRESH)
		return ", person who confirmed lately";
	return demand & OP_DEMAND_PERSON ? ", signed-in person" : "";
}

static struct json_object *
demands_json(unsigned demand)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {
		{ OP_DEMAND_PERSON, "person" },
		{ OP_DEMAND_FRESH, "fresh" },
		{ OP_DEMAND_ADMIN, "administrator" },
	};
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (demand & words[i].bit)
			js_push(list, json_object_new_string(words[i].word));
	}
	return list;
}

void
op_list_markdown(struct txt *out)
{
	txt_append(out,
	    "| method | scope | kind | event | what it does |\n"
	    "|---|---|---|---|---|\n");
	for (const struct op *op = op_all(); op->name != NULL; op++)
		txt_format(out, "| `%s` | `%s`%s | %s | %s | %s |\n", op->name,
		    scope_name(op->scope), demand_sentence(op->demand),
		    op->tx == OP_RO ? "read" : "write",
		    op->event == NULL ? "" : op->event, op->summary);
}

static struct json_object *
params_json(const struct op_field *fields)
{
	static const char *const words[] = {
		[F_TEXT] = "text",
		[F_INT] = "int",
		[F_BOOL] = "bool",
		[F_OBJECT] = "object",
		[F_ARRAY] = "array",
		[F_ANY] = "any",
		[F_SCOPES] = "scopes",
	};
	struct json_object *list = json_object_new_array();

	for (const struct op_field *f = fields; f->name != NULL; f++) {
		struct json_object *o = js_new();

		js_set_text(o, "name", f->name);
		js_set_text(o, "type", words[f->type]);
		js_set_bool(o, "required", f->required);
		js_push(list, o);
	}
	return list;
}

struct json_object *
op_list_json(void)
{
	struct json_object *list = json_object_new_array();

	for (const struct op *op = op_all(); op->name != NULL; op++) {
		struct json_object *o = js_new();

		js_set_text(o, "name", op->name);
		js_set_text(o, "scope", scope_name(op->scope));
		js_set(o, "demands", demands_json(op->demand));
		js_set_bool(o, "readOnly", op->tx == OP_RO);
		js_set_text(o, "event", op->event);
		js_set_bool(o, "audit", op->audit);
		js_set_text(o, "summary", op->summary);
		js_set(o, "params", params_json(op->params));
		js_push(list, o);
	}
	return list;
}
