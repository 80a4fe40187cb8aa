/*
 * The cut.  A character whose last bytes have not come yet is held back until
 * they do, so that what is passed on always ends between two characters; bytes
 * that are no characters pass as they are.
 */
#include "config.h"

#include "sandboxd/stream.h"

#include <string.h>

#include "base/utf8.h"

void
stream_init(struct stream *s, size_t keep)
{
	memset(s, 0, offsetof(struct stream, part));
	s->keep = keep;
}

char *
stream_room(struct stream *s)
{
	memmove(s->part, s->part + s->held_at, s->held);
	s->held_at = 0;
	return s->part + s->held;
}

static size_t
length_by_lead(unsigned char c)
{
	return c >= 0xf0 && c <= 0xf4 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1;
}

/* Bytes at the end of P that may be the start of a longer character. */
static size_t
unfinished(const char *p, size_t n)
{
	for (size_t i = 1; i <= 3 && i <= n; i++) {
		unsigned char c = (unsigned char)p[n - i];

		if (c >= 0xc2 && c <= 0xf4)
			return length_by_lead(c) > i ? i : 0;
		if (c < 0x80 || c > 0xbf)
			return 0;
	}
	return 0;
}

static struct sbx_text
pass(struct stream *s, size_t n)
{
	struct sbx_text t = { s->part, n };

	if (n > s->keep - s->passed) {
		t.n = utf8_cut(s->part, n, s->keep - s->passed);
		s->truncated = true;
		s->keep = s->passed + t.n;
	}
	s->passed += t.n;
	return t;
}

struct sbx_text
stream_take(struct stream *s, size_t n)
{
	size_t have = s->held + n;

	s->seen += n;
	s->held = unfinished(s->part, have);
	s->held_at = have - s->held;
	return pass(s, s->held_at);
}

struct sbx_text
stream_end(struct stream *s)
{
	size_t n = s->held;

	memmove(s->part, s->part + s->held_at, n);
	s->held = 0;
	return pass(s, n);
}
