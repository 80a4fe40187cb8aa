/*
 * Fuzz target: JSON from strangers.
 *
 * What the scanner accepts, the parser must build, write and read back as the
 * same value; what it refuses, the parser must refuse too, with a sentence
 * and a printable field.
 */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
need(int condition)
{
	if (!condition)
		abort();
}

static void
check_error(const struct js_error *err)
{
	size_t n = strlen(err->field);

	need(err->why[0] != '\0');
	need(n < JS_FIELD_BYTES);
	need(utf8_check(err->field, n));
	need(strpbrk(err->field, "\n\r\t\x1b") == NULL);
}

static void
check_value(struct json_object *value)
{
	own_json struct json_object *again = NULL;
	own_txt struct txt quoted = { 0 };
	const char *text = js_str(value);
	struct js_error err;

	need(js_parse(text, strlen(text), &again, &err) == ST_OK);
	need(json_object_equal(value, again));
	js_quote(&quoted, text, strlen(text));
	need(js_scan(txt_str(&quoted), quoted.len, &err) == ST_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own_json struct json_object *value = NULL;
	own_txt struct txt quoted = { 0 };
	const char *text = (const char *)data;
	struct js_error err;
	enum status st;

	st = js_scan(text, size, &err);
	if (st != ST_OK)
		check_error(&err);
	need(js_parse(text, size, &value, &err) == st);
	if (st == ST_OK)
		check_value(value);
	/* Any bytes can be quoted; U+0000 is escaped and then refused. */
	js_quote(&quoted, text, size);
	need(utf8_check(txt_str(&quoted), quoted.len));
	need((js_scan(txt_str(&quoted), quoted.len, &err) == ST_OK) ==
	    (size == 0 || memchr(data, 0, size) == NULL));
	return 0;
}
