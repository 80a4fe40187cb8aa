/*
 * Characters that a person cannot see, by Unicode's own classes: format (Cf),
 * line and paragraph separators, fillers, variation selectors, private use,
 * and all blanks other than the two the shell knows.  A table of ranges; no
 * locale is asked.
 */
#include "config.h"

#include "approval/shell_char.h"
#include "base/utf8.h"

struct range {
	uint32_t from, to;
};

/* Sorted. */
static const struct range hidden_ranges[] = {
	{ 0x0080, 0x00a0 }, /* C1 controls, no-break space */
	{ 0x00ad, 0x00ad }, /* soft hyphen */
	{ 0x034f, 0x034f }, /* grapheme joiner */
	{ 0x0600, 0x0605 }, { 0x061c, 0x061c }, /* Arabic letter mark */
	{ 0x06dd, 0x06dd }, { 0x070f, 0x070f }, { 0x0890, 0x0891 },
	{ 0x08e2, 0x08e2 }, { 0x115f, 0x1160 }, /* Hangul fillers */
	{ 0x1680, 0x1680 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f },
	{ 0x2000, 0x200f }, /* blanks, zero width, marks of direction */
	{ 0x2028, 0x202f }, /* separators, embeddings and overrides */
	{ 0x205f, 0x206f }, /* isolates, word joiner */
	{ 0x2800, 0x2800 }, /* Braille blank */
	{ 0x3000, 0x3000 }, { 0x3164, 0x3164 },
	{ 0xe000, 0xf8ff }, /* private use */
	{ 0xfe00, 0xfe0f }, /* variation selectors */
	{ 0xfeff, 0xfeff }, /* byte order mark */
	{ 0xffa0, 0xffa0 }, { 0xfff0, 0xffff }, { 0x110bd, 0x110bd },
	{ 0x110cd, 0x110cd }, { 0x13430, 0x1345f }, { 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0x10ffff }, /* tags, further selectors, private use */
};

bool
shell_char_is_hidden(uint32_t c)
{
	size_t low = 0;
	size_t high = sizeof(hidden_ranges) / sizeof(hidden_ranges[0]);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c > hidden_ranges[middle].to)
			low = middle + 1;
		else if (c < hidden_ranges[middle].from)
			high = middle;
		else
			return true;
	}
	return false;
}

/* The character of a valid sequence of STEP bytes. */
static uint32_t
decode(const unsigned char *p, size_t step)
{
	static const unsigned char lead_mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = p[0] & lead_mask[step];

	for (size_t i = 1; i < step; i++)
		c = c << 6 | (p[i] & 0x3fu);
	return c;
}

static const char *
ascii_check(unsigned char c)
{
	if (c == '\n')
		return "a line break";
	if (c == '\0')
		return "a NUL byte";
	if (c == 0x1b)
		return "a terminal escape";
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		return "a control character";
	return NULL;
}

const char *
shell_char_check(const char *s, size_t n, uint32_t *hidden)
{
	if (hidden != NULL)
		*hidden = 0;
	for (size_t at = 0; at < n;) {
		size_t step = utf8_step(s + at, n - at);
		const char *what;
		uint32_t c;

		if (step == 0)
			return "bytes that are not UTF-8";
		c = decode((const unsigned char *)s + at, step);
		what = c < 0x80 ? ascii_check((unsigned char)c) : NULL;
		if (what != NULL)
			return what;
		if (c >= 0x80 && shell_char_is_hidden(c)) {
			if (hidden != NULL)
				*hidden = c;
			return "an invisible or direction-changing character";
		}
		at += step;
	}
	return NULL;
}
