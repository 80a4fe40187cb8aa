/*
 * The strict scanner: decides whether a text is one JSON value we accept
 * (RFC 8259 and the limits of js.h), in one pass and without recursion.
 *
 * json-c is more lenient and says less; whatever passes here it parses the
 * way it is written.  Builds nothing.
 */
#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/own.h"
#include "base/utf8.h"
#include "js/js.h"
#include "js/js_keys.h"

#define JS_NUMBER_BYTES 128 /* no double needs more digits */

enum js_want {
	JS_WANT_VALUE,
	JS_WANT_ITEM_OR_END, /* after '[' */
	JS_WANT_KEY_OR_END,  /* after '{' */
	JS_WANT_KEY,         /* after ',' in an object */
	JS_WANT_NEXT         /* after a value */
};

/* One open object or array. */
struct js_frame {
	bool is_object;
	size_t index;      /* array: number of the current item */
	struct js_key key; /* object: the current key, raw NULL if none */
	struct js_keys seen;
};

struct js_scanner {
	const char *text, *at, *end;
	enum js_want want;
	size_t depth;
	struct js_frame stack[JS_MAX_DEPTH];
	struct js_error *err;
};

static bool js_step(struct js_scanner *s);
static bool js_value(struct js_scanner *s);
static bool js_next(struct js_scanner *s);
static bool js_open_frame(struct js_scanner *s, bool is_object);
static bool js_close_frame(struct js_scanner *s);
static bool js_key(struct js_scanner *s);
static bool js_string(struct js_scanner *s, struct js_key *ret_span);
static bool js_escape(struct js_scanner *s);
static bool js_number(struct js_scanner *s);
static bool js_literal(struct js_scanner *s, const char *word);
static bool js_fail(struct js_scanner *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
js_skip_space(struct js_scanner *s)
{
	while (s->at < s->end &&
	    (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' ||
		*s->at == '\r'))
		s->at++;
}

enum status
js_scan(const char *text, size_t n, struct js_error *err)
{
	struct js_error unused;
	struct js_scanner s;
	bool ok = true;

	s.text = s.at = text;
	s.end = text + n;
	s.want = JS_WANT_VALUE;
	s.depth = 0;
	s.err = err == NULL ? &unused : err;
	memset(s.err, 0, sizeof(*s.err));
	js_skip_space(&s);
	if (s.at == s.end)
		ok = js_fail(&s, "there is no JSON here");
	else if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		ok = js_fail(&s, "leave out the byte order mark");
	while (ok && (s.want != JS_WANT_NEXT || s.depth > 0)) {
		js_skip_space(&s);
		ok = js_step(&s);
	}
	js_skip_space(&s);
	if (ok && s.at < s.end)
		ok = js_fail(&s, "unexpected text after the value at byte %zu",
		    (size_t)(s.at - s.text));
	while (s.depth > 0)
		js_keys_done(&s.stack[--s.depth].seen);
	return ok ? ST_OK : ST_INVALID;
}

static bool
js_unexpected(struct js_scanner *s)
{
	if (s->at == s->end)
		return js_fail(s, "the JSON ends too early");
	return js_fail(s, "unexpected character at byte %zu",
	    (size_t)(s->at - s->text));
}

static bool
js_step(struct js_scanner *s)
{
	if (s->at == s->end)
		return js_unexpected(s);
	switch (s->want) {
	case JS_WANT_ITEM_OR_END:
		if (*s->at == ']')
			return js_close_frame(s);
		return js_value(s);
	case JS_WANT_VALUE:
		return js_value(s);
	case JS_WANT_KEY_OR_END:
		if (*s->at == '}')
			return js_close_frame(s);
		return js_key(s);
	case JS_WANT_KEY:
		return js_key(s);
	case JS_WANT_NEXT:
		return js_next(s);
	}
	return js_unexpected(s);
}

/* After a value inside an object or array. */
static bool
js_next(struct js_scanner *s)
{
	struct js_frame *f = &s->stack[s->depth - 1];

	if (*s->at == ',') {
		s->at++;
		f->index++;
		s->want = f->is_object ? JS_WANT_KEY : JS_WANT_VALUE;
		return true;
	}
	if (*s->at == (f->is_object ? '}' : ']'))
		return js_close_frame(s);
	return js_unexpected(s);
}

static bool
js_value(struct js_scanner *s)
{
	struct js_key span;

	s->want = JS_WANT_NEXT;
	switch (*s->at) {
	case '{':
		return js_open_frame(s, true);
	case '[':
		return js_open_frame(s, false);
	case '"':
		return js_string(s, &span);
	case 't':
		return js_literal(s, "true");
	case 'f':
		return js_literal(s, "false");
	case 'n':
		return js_literal(s, "null");
	default:
		if (*s->at == '-' || (*s->at >= '0' && *s->at <= '9'))
			return js_number(s);
		return js_unexpected(s);
	}
}

static bool
js_open_frame(struct js_scanner *s, bool is_object)
{
	struct js_frame *f;

	if (s->depth == JS_MAX_DEPTH)
		return js_fail(s, "more than %d levels deep", JS_MAX_DEPTH);
	f = &s->stack[s->depth++];
	f->is_object = is_object;
	f->index = 0;
	f->key.raw = NULL;
	js_keys_init(&f->seen);
	s->at++;
	s->want = is_object ? JS_WANT_KEY_OR_END : JS_WANT_ITEM_OR_END;
	return true;
}

static bool
js_close_frame(struct js_scanner *s)
{
	s->at++;
	s->want = JS_WANT_NEXT;
	js_keys_done(&s->stack[--s->depth].seen);
	return true;
}

static bool
js_key(struct js_scanner *s)
{
	struct js_frame *f = &s->stack[s->depth - 1];
	struct js_key span;

	f->key.raw = NULL;
	if (*s->at != '"')
		return js_unexpected(s);
	if (!js_string(s, &span))
		return false;
	f->key = span;
	if (f->seen.count == JS_MAX_KEYS)
		return js_fail(s, "more than %d keys in one object",
		    JS_MAX_KEYS);
	if (!js_keys_add(&f->seen, span.raw, span.len, span.escaped))
		return js_fail(s, "the key is there twice");
	js_skip_space(s);
	if (s->at == s->end || *s->at != ':')
		return js_unexpected(s);
	s->at++;
	s->want = JS_WANT_VALUE;
	return true;
}

/* At the opening quote.  Fills all but the hash of *RET_SPAN. */
static bool
js_string(struct js_scanner *s, struct js_key *ret_span)
{
	const char *start = ++s->at;
	bool escaped = false;

	while (s->at < s->end && *s->at != '"') {
		unsigned char c = (unsigned char)*s->at;
		size_t step = 1;

		if (c == '\\') {
			escaped = true;
			if (!js_escape(s))
				return false;
			continue;
		}
		if (c < 0x20)
			return js_fail(s,
			    "a control character in a string "
			    "must be escaped (byte %zu)",
			    (size_t)(s->at - s->text));
		if (c >= 0x80)
			step = utf8_step(s->at, (size_t)(s->end - s->at));
		if (step == 0)
			return js_fail(s, "not valid UTF-8 at byte %zu",
			    (size_t)(s->at - s->text));
		s->at += step;
	}
	if (s->at == s->end)
		return js_unexpected(s);
	*ret_span =
	    (struct js_key){ start, (size_t)(s->at - start), escaped, 0 };
	s->at++;
	return true;
}

/* Four hex digits at P; false when they are not. */
static bool
js_hex4(const char *p, const char *end, unsigned int *ret_unit)
{
	unsigned int v = 0;

	if (end - p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | ((unsigned int)(c - '0'));
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | ((c | 0x20) - 'a' + 10u);
		else
			return false;
	}
	*ret_unit = v;
	return true;
}

/* At a backslash.  Surrogates must come as a pair, and U+0000 is refused: the
 * database cannot store it and C code would cut the text there. */
static bool
js_escape(struct js_scanner *s)
{
	unsigned int high, low;
	const char *p = s->at + 1;

	if (p == s->end)
		return js_fail(s, "the JSON ends too early");
	if (*p != 'u') {
		if (*p == '\0' || strchr("\"\\/bfnrt", *p) == NULL)
			return js_fail(s, "unknown escape at byte %zu",
			    (size_t)(s->at - s->text));
		s->at += 2;
		return true;
	}
	if (!js_hex4(p + 1, s->end, &high))
		return js_fail(s, "\\u needs four hex digits (byte %zu)",
		    (size_t)(s->at - s->text));
	if (high == 0)
		return js_fail(s, "NUL is not allowed in a string");
	s->at += 6;
	if (high < 0xd800 || high > 0xdfff)
		return true;
	p = s->at;
	if (high > 0xdbff || s->end - p < 6 || p[0] != '\\' || p[1] != 'u' ||
	    !js_hex4(p + 2, s->end, &low) || low < 0xdc00 || low > 0xdfff)
		return js_fail(s, "half of a surrogate pair is not allowed");
	s->at += 6;
	return true;
}

/* Skips digits; false when there is none. */
static bool
js_digits(struct js_scanner *s)
{
	const char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > start;
}

static bool
js_integer_fits(const char *p, const char *end)
{
	bool negative = *p == '-';
	int64_t v = 0;

	for (p += negative; p < end; p++) {
		int digit = *p - '0';

		if (__builtin_mul_overflow(v, (int64_t)10, &v) ||
		    __builtin_sub_overflow(v, (int64_t)digit, &v))
			return false;
	}
	/* Built negative, as that side has one value more. */
	return negative || v != INT64_MIN;
}

static bool
js_number(struct js_scanner *s)
{
	char copy[JS_NUMBER_BYTES + 1];
	const char *start = s->at;
	bool is_integer = true;
	size_t n;

	s->at += *s->at == '-';
	if (s->at < s->end && *s->at == '0')
		s->at++;
	else if (!js_digits(s))
		return js_unexpected(s);
	if (s->at < s->end && *s->at == '.') {
		is_integer = false;
		s->at++;
		if (!js_digits(s))
			return js_unexpected(s);
	}
	if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
		is_integer = false;
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		if (!js_digits(s))
			return js_unexpected(s);
	}
	n = (size_t)(s->at - start);
	if (is_integer && !js_integer_fits(start, s->at))
		return js_fail(s, "the number does not fit in 64 bits");
	if (n > JS_NUMBER_BYTES)
		return js_fail(s, "the number has too many digits");
	memcpy(copy, start, n);
	copy[n] = '\0';
	if (!is_integer && !isfinite(strtod(copy, NULL)))
		return js_fail(s, "the number is too large");
	return true;
}

static bool
js_literal(struct js_scanner *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
		return js_unexpected(s);
	s->at += n;
	return true;
}

/* Appends the content of KEY with anything unprintable as '?'. */
static void
js_path_key(struct txt *path, const struct js_key *key)
{
	own_mem char *name = mem_zalloc(key->len + 1);
	size_t n = js_unescape(key->raw, key->len, name);

	n = utf8_cut(name, n, JS_FIELD_BYTES);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c < 0x20 || c == 0x7f)
			name[i] = '?';
	}
	if (path->len > 0)
		txt_append_c(path, '.');
	txt_append_n(path, name, n);
}

/* Always false, so that a check can return it. */
static bool
js_fail(struct js_scanner *s, const char *fmt, ...)
{
	own_txt struct txt path = { 0 };
	va_list ap;
	size_t n;

	for (size_t i = 0; i < s->depth; i++) {
		const struct js_frame *f = &s->stack[i];

		if (!f->is_object)
			txt_format(&path, "[%zu]", f->index);
		else if (f->key.raw != NULL)
			js_path_key(&path, &f->key);
	}
	n = utf8_cut(txt_str(&path), path.len, JS_FIELD_BYTES - 1);
	memcpy(s->err->field, txt_str(&path), n);
	s->err->field[n] = '\0';
	va_start(ap, fmt);
	(void)vsnprintf(s->err->why, sizeof(s->err->why), fmt, ap);
	va_end(ap);
	return false;
}
