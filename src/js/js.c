/*
 * The tree: json-c behind a strict door, and getters and writers that need no
 * checks at the place of use.
 */
#include "config.h"

#include "js/js.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define JS_WRITE_FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

void
js_put(struct json_object **o)
{
	if (*o != NULL)
		(void)json_object_put(*o);
	*o = NULL;
}

enum status
js_parse(const char *text, size_t n, struct json_object **ret_value,
    struct js_error *err)
{
	struct json_tokener *tok;
	struct json_object *value;
	enum json_tokener_error code;

	if (n >= INT_MAX) {
		if (err != NULL)
			*err = (struct js_error){ "", "the JSON is too long" };
		return ST_INVALID;
	}
	if (js_scan(text, n, err) != ST_OK)
		return ST_INVALID;
	/* One level for the value itself and one json-c keeps free. */
	tok = json_tokener_new_ex(JS_MAX_DEPTH + 2);
	if (tok == NULL)
		abort();
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
	value = json_tokener_parse_ex(tok, text, (int)n);
	code = json_tokener_get_error(tok);
	if (code == json_tokener_continue) {
		/* A number at the top ends only when something follows. */
		value = json_tokener_parse_ex(tok, "", 1);
		code = json_tokener_get_error(tok);
	}
	json_tokener_free(tok);
	if (code != json_tokener_success) {
		if (err != NULL)
			*err = (struct js_error){ "", "not valid JSON" };
		return ST_INVALID;
	}
	*ret_value = value;
	return ST_OK;
}

struct json_object *
js_get(struct json_object *o, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(o, json_type_object))
		return NULL;
	(void)json_object_object_get_ex(o, key, &value);
	return value;
}

struct json_object *
js_path(struct json_object *o, const char *path)
{
	char key[JS_FIELD_BYTES];

	for (;;) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		o = js_get(o, key);
		if (path[n] == '\0' || o == NULL)
			return o;
		path += n + 1;
	}
}

const char *
js_text(struct json_object *o, const char *key)
{
	struct json_object *value = js_get(o, key);

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

size_t
js_text_len(struct json_object *o, const char *key)
{
	struct json_object *value = js_get(o, key);

	if (!json_object_is_type(value, json_type_string))
		return 0;
	return (size_t)json_object_get_string_len(value);
}

int64_t
js_int(struct json_object *o, const char *key, int64_t dflt)
{
	struct json_object *value = js_get(o, key);

	if (!json_object_is_type(value, json_type_int))
		return dflt;
	return json_object_get_int64(value);
}

bool
js_bool(struct json_object *o, const char *key, bool dflt)
{
	struct json_object *value = js_get(o, key);

	if (!json_object_is_type(value, json_type_boolean))
		return dflt;
	return json_object_get_boolean(value);
}

/* json-c answers NULL only when memory is out. */
static struct json_object *
js_must(struct json_object *o)
{
	if (o == NULL)
		abort();
	return o;
}

static struct json_object *
js_new_text(const char *s, size_t n)
{
	own_txt struct txt clean = { 0 };

	if (n > INT_MAX / 4) /* json-c counts in int; U+FFFD has 3 bytes */
		abort();
	if (utf8_check(s, n))
		return js_must(json_object_new_string_len(s, (int)n));
	/* One bad byte would make the whole frame or row unusable. */
	for (size_t at = 0; at < n;) {
		size_t step = utf8_step(s + at, n - at);

		if (step == 0)
			txt_append(&clean, "\xef\xbf\xbd");
		else
			txt_append_n(&clean, s + at, step);
		at += step == 0 ? 1 : step;
	}
	return js_must(
	    json_object_new_string_len(txt_str(&clean), (int)clean.len));
}

bool
js_has_text(struct json_object *array, const char *text)
{
	size_t n = json_object_array_length(array);

	for (size_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (json_object_is_type(item, json_type_string) &&
		    strcmp(json_object_get_string(item), text) == 0)
			return true;
	}
	return false;
}

struct json_object *
js_new(void)
{
	return js_must(json_object_new_object());
}

void
js_set(struct json_object *o, const char *key, struct json_object *value)
{
	if (json_object_object_add(o, key, value) != 0)
		abort();
}

void
js_set_text(struct json_object *o, const char *key, const char *s)
{
	js_set_text_n(o, key, s, s == NULL ? 0 : strlen(s));
}

void
js_set_text_n(struct json_object *o, const char *key, const char *s, size_t n)
{
	js_set(o, key, s == NULL ? NULL : js_new_text(s, n));
}

void
js_set_int(struct json_object *o, const char *key, int64_t n)
{
	js_set(o, key, js_must(json_object_new_int64(n)));
}

void
js_set_bool(struct json_object *o, const char *key, bool b)
{
	js_set(o, key, js_must(json_object_new_boolean(b)));
}

void
js_push(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) != 0)
		abort();
}

const char *
js_str(struct json_object *o)
{
	return json_object_to_json_string_ext(o, JS_WRITE_FLAGS);
}

void
js_quote(struct txt *out, const char *s, size_t n)
{
	txt_append_quoted(out, s, n);
}
