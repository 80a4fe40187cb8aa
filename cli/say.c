/*
 * Printing texts of others safely, and the form of our own errors.
 *
 * Every command uses these; only constant text is printed directly.
 */
#include "config.h"

#include "cli/say.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/* The code point of a valid sequence of N bytes. */
static unsigned
code_point(const unsigned char *s, size_t n)
{
	static const unsigned char masks[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned c = s[0] & masks[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3f);
	return c;
}

/* Controls, and what is invisible or turns the direction of the text. */
static bool
is_hidden(unsigned c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad ||
	    c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe007f);
}

static void
escape(struct txt *out, const char *s, bool keep_lines)
{
	size_t left = strlen(s);

	while (left > 0) {
		size_t n = utf8_step(s, left);
		unsigned c;

		if (n == 0) {
			txt_format(out, "\\x%02x", (unsigned char)*s);
			s++;
			left--;
			continue;
		}
		c = code_point((const unsigned char *)s, n);
		if (c == '\\')
			txt_append(out, "\\\\");
		else if (is_hidden(c) && !(keep_lines && c == '\n'))
			txt_format(out, c < 0x80 ? "\\x%02x" : "\\u{%x}", c);
		else
			txt_append_n(out, s, n);
		s += n;
		left -= n;
	}
}

void
say_escape(struct txt *out, const char *s)
{
	escape(out, s, false);
}

void
say_lines(FILE *to, const char *text)
{
	own_txt struct txt out = { 0 };

	escape(&out, text, true);
	fputs(txt_str(&out), to);
	if (out.len > 0 && out.data[out.len - 1] != '\n')
		fputc('\n', to);
}

static void say(const char *start, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

static void
say(const char *start, const char *fmt, va_list ap)
{
	own_txt struct txt text = { 0 };
	own_txt struct txt out = { 0 };

	txt_vformat(&text, fmt, ap);
	/* A server ends its texts with a line end of its own. */
	while (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	txt_append(&out, start);
	escape(&out, txt_str(&text), false);
	txt_append(&out, "\n");
	fputs(txt_str(&out), stderr);
}

void
say_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("moltis: ", fmt, ap);
	va_end(ap);
}

void
say_hint(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("        ", fmt, ap);
	va_end(ap);
}
