/*
 * The text buffer.  An append is all or nothing: what would pass the limit is
 * not written at all, so that a reader never sees half a value.
 */
#include "config.h"

#include "base/txt.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

#define TXT_FIRST_ROOM 64

static bool txt_reserve(struct txt *t, size_t n);

void
txt_init(struct txt *t, size_t max_bytes)
{
	memset(t, 0, sizeof(*t));
	t->max_bytes = max_bytes;
}

void
txt_done(struct txt *t)
{
	free(t->data);
	txt_init(t, t->max_bytes);
}

void
txt_reset(struct txt *t)
{
	t->len = 0;
	t->overflowed = false;
	if (t->data != NULL)
		t->data[0] = '\0';
}

void
txt_append(struct txt *t, const char *s)
{
	txt_append_n(t, s, strlen(s));
}

void
txt_append_n(struct txt *t, const char *s, size_t n)
{
	if (!txt_reserve(t, n))
		return;
	if (n > 0)
		memcpy(t->data + t->len, s, n);
	t->len += n;
	t->data[t->len] = '\0';
}

void
txt_append_c(struct txt *t, char c)
{
	txt_append_n(t, &c, 1);
}

void
txt_format(struct txt *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	txt_vformat(t, fmt, ap);
	va_end(ap);
}

void
txt_vformat(struct txt *t, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		/* More than INT_MAX bytes: over any limit we have. */
		t->overflowed = true;
		return;
	}
	if (!txt_reserve(t, (size_t)n))
		return;
	(void)vsnprintf(t->data + t->len, (size_t)n + 1, fmt, ap);
	t->len += (size_t)n;
}

void
txt_append_quoted(struct txt *t, const char *s, size_t n)
{
	static const char from[] = "\"\\\b\f\n\r\t";
	static const char to[] = "\"\\bfnrt";
	size_t start = t->len;

	txt_append_c(t, '"');
	for (size_t at = 0; at < n && !t->overflowed;) {
		unsigned char c = (unsigned char)s[at];
		const char *known = c == '\0' ? NULL : strchr(from, c);
		size_t step = utf8_step(s + at, n - at);

		if (known != NULL) {
			txt_append_c(t, '\\');
			txt_append_c(t, to[known - from]);
		} else if (c < 0x20 || c == 0x7f) {
			txt_format(t, "\\u%04x", c);
		} else if (step == 2 && c == 0xc2 &&
		    (unsigned char)s[at + 1] < 0xa0) {
			/* C1: some terminals act on these. */
			txt_format(t, "\\u%04x", (unsigned char)s[at + 1]);
		} else if (step == 0) {
			txt_append(t, "\xef\xbf\xbd");
		} else {
			txt_append_n(t, s + at, step);
		}
		at += step == 0 ? 1 : step;
	}
	txt_append_c(t, '"');
	if (t->overflowed && t->len > start) {
		t->len = start;
		t->data[start] = '\0';
	}
}

void
txt_drop_front(struct txt *t, size_t n)
{
	if (n == 0 || t->data == NULL)
		return;
	if (n > t->len)
		n = t->len;
	memmove(t->data, t->data + n, t->len - n + 1);
	t->len -= n;
}

const char *
txt_str(const struct txt *t)
{
	return t->data == NULL ? "" : t->data;
}

char *
txt_take(struct txt *t)
{
	char *data = t->data == NULL ? mem_zalloc(1) : t->data;

	txt_init(t, t->max_bytes);
	return data;
}

/* Makes room for N more bytes and the NUL; false once over the limit. */
static bool
txt_reserve(struct txt *t, size_t n)
{
	size_t need, room = t->room == 0 ? TXT_FIRST_ROOM : t->room;

	if (t->overflowed)
		return false;
	if (__builtin_add_overflow(t->len, n, &need) ||
	    (t->max_bytes > 0 && need > t->max_bytes) ||
	    need > SIZE_MAX / 2 - 1) {
		t->overflowed = true;
		return false;
	}
	if (need + 1 <= t->room)
		return true;
	while (room < need + 1)
		room *= 2;
	t->data = mem_grow(t->data, room, 1);
	t->room = room;
	t->data[t->len] = '\0';
	return true;
}
