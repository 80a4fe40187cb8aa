/*
 * UTF-8 as RFC 3629 section 4 defines it, one sequence at a time.  Reads
 * bytes only; never allocates.
 */
#include "config.h"

#include "base/utf8.h"

#include <string.h>

/* Inclusive ranges of the second byte depend on the first: this is what keeps
 * overlong forms, surrogates and values above U+10FFFF out. */
struct lead {
	unsigned char from, to;
	unsigned char second_min, second_max;
	unsigned char length;
};

static const struct lead leads[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 },
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

size_t
utf8_step(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	const struct lead *lead = NULL;

	if (n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++) {
		if (p[0] >= leads[i].from && p[0] <= leads[i].to)
			lead = &leads[i];
	}
	if (lead == NULL || lead->length > n)
		return 0;
	if (p[1] < lead->second_min || p[1] > lead->second_max)
		return 0;
	for (size_t i = 2; i < lead->length; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	}
	return lead->length;
}

bool
utf8_check(const char *s, size_t n)
{
	for (size_t at = 0; at < n;) {
		size_t step = utf8_step(s + at, n - at);

		if (step == 0)
			return false;
		at += step;
	}
	return true;
}

size_t
utf8_cut(const char *s, size_t n, size_t max)
{
	size_t at = max;

	if (n <= max)
		return n;
	/* A sequence has at most three continuation bytes; more of them is
	 * not UTF-8, and then any place is as good as another. */
	for (int back = 0; back < 3 && at > 0; back++) {
		if (((unsigned char)s[at] & 0xc0) != 0x80)
			return at;
		at--;
	}
	return ((unsigned char)s[at] & 0xc0) != 0x80 ? at : max;
}

size_t
utf8_count(const char *s, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

bool
utf8_has_control(const char *s, size_t n, const char *allowed)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == 0xc2 && i + 1 < n && (unsigned char)s[i + 1] >= 0x80 &&
		    (unsigned char)s[i + 1] <= 0x9f)
			return true;
		if (c >= 0x20 && c != 0x7f)
			continue;
		/* strchr finds the NUL that ends ALLOWED: never allow it. */
		if (c == '\0' || strchr(allowed, c) == NULL)
			return true;
	}
	return false;
}
