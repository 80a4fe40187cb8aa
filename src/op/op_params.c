/*
 * Strict parameters: what the table does not list is refused by name, so that
 * nothing a client invents (`system`, `_session_key`, `account_id`) can mean
 * anything.  Pure.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "op/op.h"

const struct op_field op_no_params[] = { { .name = NULL } };

#define NAME_MAX_BYTES 60 /* of a client's own word in our sentence */

/* For "%.*s": whole characters only. */
static int
name_bytes(const char *s)
{
	return (int)utf8_cut(s, strlen(s), NAME_MAX_BYTES);
}

static enum status refuse(struct op_error *err, const char *field,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static enum status
refuse(struct op_error *err, const char *field, const char *fmt, ...)
{
	va_list ap;

	snprintf(err->field, sizeof(err->field), "%.*s",
	    (int)utf8_cut(field, strlen(field), sizeof(err->field) - 1), field);
	va_start(ap, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	return ST_INVALID;
}

static enum status
check_text(const struct op_field *f, struct json_object *v,
    struct op_error *err)
{
	const char *s = json_object_get_string(v);
	size_t n = (size_t)json_object_get_string_len(v);
	size_t chars = utf8_count(s, n);

	if (memchr(s, '\0', n) != NULL ||
	    utf8_has_control(s, n, f->multiline ? "\n\t\r" : ""))
		return refuse(err, f->name,
		    "'%s' must not contain %scontrol characters", f->name,
		    f->multiline ? "" : "line breaks or ");
	if ((int64_t)chars < f->min)
		return refuse(err, f->name,
		    f->min == 1 ? "'%s' must not be empty"
				: "'%s' is too short: at least %lld characters",
		    f->name, (long long)f->min);
	if (f->max > 0 && (int64_t)chars > f->max)
		return refuse(err, f->name,
		    "'%s' is too long: at most %lld characters", f->name,
		    (long long)f->max);
	return ST_OK;
}

static enum status
check_int(const struct op_field *f, struct json_object *v, struct op_error *err)
{
	int64_t n = json_object_get_int64(v);

	if (n < f->min || n > f->max)
		return refuse(err, f->name,
		    "'%s' must be between %lld and %lld", f->name,
		    (long long)f->min, (long long)f->max);
	return ST_OK;
}

static enum status
check_scopes(const struct op_field *f, struct json_object *v,
    struct op_error *err)
{
	size_t n = json_object_array_length(v);

	if (n == 0)
		return refuse(err, f->name,
		    "'%s' must name at least one scope, for example "
		    "operator.read",
		    f->name);
	for (size_t i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(v, i);
		const char *name;
		enum scope s;

		if (!json_object_is_type(o, json_type_string))
			return refuse(err, f->name,
			    "'%s' must be a list of scope names", f->name);
		name = json_object_get_string(o);
		if (!scope_parse(name, &s))
			return refuse(err, f->name,
			    "invalid scope: %.*s (known: operator.read, "
			    "operator.write, operator.admin, "
			    "operator.approvals, operator.pairing)",
			    name_bytes(name), name);
	}
	return ST_OK;
}

static enum json_type
wanted_type(enum op_type type)
{
	switch (type) {
	case F_TEXT:
		return json_type_string;
	case F_INT:
		return json_type_int;
	case F_BOOL:
		return json_type_boolean;
	case F_OBJECT:
		return json_type_object;
	case F_ARRAY:
	case F_SCOPES:
		return json_type_array;
	case F_ANY:
		break;
	}
	return json_type_null;
}

static const char *
type_word(enum op_type type)
{
	switch (type) {
	case F_TEXT:
		return "a text";
	case F_INT:
		return "a whole number";
	case F_BOOL:
		return "true or false";
	case F_OBJECT:
		return "an object";
	case F_ARRAY:
	case F_SCOPES:
		return "a list";
	case F_ANY:
		break;
	}
	return "a value";
}

static enum status
check_value(const struct op_field *f, struct json_object *v,
    struct op_error *err)
{
	if (v == NULL) {
		if (f->nullable || f->type == F_ANY)
			return ST_OK;
		return refuse(err, f->name, "'%s' must be %s, not null",
		    f->name, type_word(f->type));
	}
	if (f->type == F_ANY)
		return ST_OK;
	if (!json_object_is_type(v, wanted_type(f->type)))
		return refuse(err, f->name, "'%s' must be %s", f->name,
		    type_word(f->type));
	if (f->type == F_TEXT)
		return check_text(f, v, err);
	if (f->type == F_INT)
		return check_int(f, v, err);
	if (f->type == F_SCOPES)
		return check_scopes(f, v, err);
	if (f->type == F_ARRAY && f->max > 0 &&
	    (int64_t)json_object_array_length(v) > f->max)
		return refuse(err, f->name,
		    "'%s' has too many items: at most %lld", f->name,
		    (long long)f->max);
	return ST_OK;
}

static const struct op_field *
field_find(const struct op_field *fields, const char *name)
{
	for (const struct op_field *f = fields; f->name != NULL; f++) {
		if (strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

enum status
op_params_check(const struct op_field *fields, struct json_object *params,
    struct op_error *err)
{
	if (params != NULL && !json_object_is_type(params, json_type_object))
		return refuse(err, "params", "params must be an object");
	if (params != NULL) {
		json_object_object_foreach(params, key, value)
		{
			const struct op_field *f = field_find(fields, key);

			if (f == NULL)
				return refuse(err, key,
				    "unknown parameter '%.*s'", name_bytes(key),
				    key);
			if (check_value(f, value, err) != ST_OK)
				return ST_INVALID;
		}
	}
	for (const struct op_field *f = fields; f->name != NULL; f++) {
		if (f->required &&
		    (params == NULL ||
			!json_object_object_get_ex(params, f->name, NULL)))
			return refuse(err, f->name, "missing '%s' parameter",
			    f->name);
	}
	return ST_OK;
}
