/*
 * Query string to operation parameters.
 *
 * Called by the REST routes.  Reads application/x-www-form-urlencoded pairs
 * ('+' is a space) and never keeps anything of them: keys do not belong in a
 * query (S151), and an unknown name is refused by the operation.
 */
#include "config.h"

#include "http/query.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "http/percent.h"

struct pair {
	char name[HTTP_QUERY_NAME_MAX + 1];
	char value[HTTP_QUERY_VALUE_MAX + 1];
};

static enum status
refuse(struct js_error *err, const char *field, const char *why)
{
	if (!mem_copy_str(err->field, sizeof(err->field), field))
		err->field[0] = '\0';
	(void)mem_copy_str(err->why, sizeof(err->why), why);
	return ST_INVALID;
}

/* Decodes N bytes at S into OUT of SIZE; false: bad or too long. */
static bool
decode(const char *s, size_t n, char *out, size_t size)
{
	const char *end = s + n;
	size_t len = 0;

	for (; s < end; s++) {
		int byte = (unsigned char)*s;

		if (*s == '+') {
			byte = ' ';
		} else if (*s == '%') {
			byte = end - s < 3 ? -1 : http_percent_byte(s);
			s += 2;
		}
		if (byte <= 0 || len + 1 >= size)
			return false;
		out[len++] = (char)byte;
	}
	out[len] = '\0';
	return utf8_check(out, len) && !utf8_has_control(out, len, "");
}

static enum http_query_type
type_of(const struct http_query_field *fields, const char *name)
{
	for (; fields != NULL && fields->name != NULL; fields++)
		if (strcmp(fields->name, name) == 0)
			return fields->type;
	return HTTP_QUERY_TEXT;
}

/* An integer in its only spelling: "7", "-7", never "+7", "07" or "7 ". */
static struct json_object *
int_value(const char *text)
{
	const char *digits = text[0] == '-' ? text + 1 : text;
	long long n;

	if (digits[0] == '\0' || strspn(digits, "0123456789") != strlen(digits))
		return NULL;
	if (digits[0] == '0' && (digits[1] != '\0' || digits != text))
		return NULL;
	errno = 0;
	n = strtoll(text, NULL, 10);
	return errno == 0 ? json_object_new_int64(n) : NULL;
}

static struct json_object *
typed_value(enum http_query_type type, const char *text)
{
	struct json_object *value = NULL;

	switch (type) {
	case HTTP_QUERY_INT:
		value = int_value(text);
		break;
	case HTTP_QUERY_BOOL:
		if (strcmp(text, "true") == 0)
			value = json_object_new_boolean(1);
		else if (strcmp(text, "false") == 0)
			value = json_object_new_boolean(0);
		break;
	case HTTP_QUERY_TEXT:
		break;
	}
	return value != NULL ? value : json_object_new_string(text);
}

static enum status
add_pair(const char *s, size_t n, const struct http_query_field *fields,
    struct json_object *params, struct js_error *err)
{
	const char *equals = memchr(s, '=', n);
	size_t name_len = equals != NULL ? (size_t)(equals - s) : n;
	size_t value_len = equals != NULL ? n - name_len - 1 : 0;
	struct pair pair;

	if (!decode(s, name_len, pair.name, sizeof(pair.name)) ||
	    pair.name[0] == '\0')
		return refuse(err, "", "the query string has a malformed name");
	if (!decode(equals != NULL ? equals + 1 : "", value_len, pair.value,
		sizeof(pair.value)))
		return refuse(err, pair.name,
		    "the value is not valid percent-encoded UTF-8 text");
	if (json_object_object_get_ex(params, pair.name, NULL))
		return refuse(err, pair.name, "the parameter is given twice");
	js_set(params, pair.name,
	    typed_value(type_of(fields, pair.name), pair.value));
	return ST_OK;
}

enum status
http_query_params(const char *query, const struct http_query_field *fields,
    struct json_object *params, struct js_error *err)
{
	size_t count = 0;

	while (*query != '\0') {
		size_t n = strcspn(query, "&");
		enum status st = ST_OK;

		if (n > 0 && ++count > HTTP_QUERY_MAX_FIELDS)
			return refuse(err, "",
			    "the query string has too many parameters");
		if (n > 0)
			st = add_pair(query, n, fields, params, err);
		if (st != ST_OK)
			return st;
		query += n + (query[n] == '&');
	}
	return ST_OK;
}
