/*
 * Strict JSON in, JSON out, over json-c.
 *
 * js_parse refuses what json-c lets through: duplicate keys, NUL and lone
 * surrogates in strings, invalid UTF-8, a byte order mark, comments, trailing
 * data, numbers out of range, more than JS_MAX_DEPTH levels or JS_MAX_KEYS
 * keys an object (S-attack rows A70-A72).  The getters return borrowed values
 * and never abort: a missing or wrongly typed member is NULL or the default.
 */
#ifndef MOLTIS_JS_JS_H
#define MOLTIS_JS_JS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/txt.h"

#define JS_MAX_DEPTH 32
#define JS_MAX_KEYS 1000
#define JS_FIELD_BYTES 80
#define JS_WHY_BYTES 160

struct js_error {
	char field[JS_FIELD_BYTES]; /* "" or a path such as "auth.api_key" */
	char why[JS_WHY_BYTES];     /* a sentence for the caller */
};

#define own_json __attribute__((cleanup(js_put)))

void js_put(struct json_object **o); /* drops a reference, accepts NULL */

/* Parses exactly one JSON value.  ST_INVALID fills ERR.  The caller owns
 * *RET_VALUE, which is NULL for the JSON value null. */
MUST_CHECK enum status js_parse(const char *text, size_t n,
    struct json_object **ret_value, struct js_error *err);

/* The checks of js_parse without building anything (js_scan.c). */
MUST_CHECK enum status js_scan(const char *text, size_t n,
    struct js_error *err);

/* Borrowed member or NULL. O may be NULL or no object. */
struct json_object *js_get(struct json_object *o, const char *key);
/* Dotted path, e.g. "auth.api_key". */
struct json_object *js_path(struct json_object *o, const char *path);
const char *js_text(struct json_object *o, const char *key); /* or NULL */
size_t js_text_len(struct json_object *o, const char *key);  /* 0 if NULL */
int64_t js_int(struct json_object *o, const char *key, int64_t dflt);
bool js_bool(struct json_object *o, const char *key, bool dflt);
/* Is TEXT among the texts of ARRAY? */
bool js_has_text(struct json_object *array, const char *text);

/* Writers. VALUE is taken (ownership moves in); s == NULL writes null. */
struct json_object *js_new(void); /* an empty object */
void js_set(struct json_object *o, const char *key, struct json_object *value);
void js_set_text(struct json_object *o, const char *key, const char *s);
void js_set_text_n(struct json_object *o, const char *key, const char *s,
    size_t n);
void js_set_int(struct json_object *o, const char *key, int64_t n);
void js_set_bool(struct json_object *o, const char *key, bool b);
void js_push(struct json_object *array, struct json_object *value);

/* Compact text, no escaped slashes; borrowed from O until it changes. */
const char *js_str(struct json_object *o);

/* Appends S as a quoted JSON string; invalid UTF-8 becomes U+FFFD. */
void js_quote(struct txt *out, const char *s, size_t n);

#endif
