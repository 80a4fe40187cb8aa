/* The cut of outputs: where it is, and that nothing follows it. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "base/utf8.h"
#include "sandboxd/stream.h"
#include "tests/unit/unit.h"

/* Feeds TEXT in parts of STEP bytes. */
static void
feed(struct stream *s, const char *text, size_t step, struct txt *out)
{
	size_t n = strlen(text);

	for (size_t at = 0; at < n; at += step) {
		size_t k = n - at < step ? n - at : step;
		struct sbx_text t;

		memcpy(stream_room(s), text + at, k);
		t = stream_take(s, k);
		txt_append_n(out, t.p, t.n);
	}
}

static void
expect(const char *text, size_t keep, const char *wanted, bool truncated)
{
	for (size_t step = 1; step < 9; step++) {
		struct stream *s = mem_zalloc(sizeof(*s));
		own_txt struct txt out = { 0 };
		struct sbx_text t;

		stream_init(s, keep);
		feed(s, text, step, &out);
		t = stream_end(s);
		txt_append_n(&out, t.p, t.n);
		CU_ASSERT_STRING_EQUAL(txt_str(&out), wanted);
		CU_ASSERT_EQUAL(s->truncated, truncated);
		CU_ASSERT_EQUAL(s->seen, strlen(text));
		free(s);
	}
}

static void
whole(void)
{
	expect("", 10, "", false);
	expect("hello", 5, "hello", false);
	expect("\xe2\x82\xac\xc3\xa9\xf0\x9f\x98\x80", 100,
	    "\xe2\x82\xac\xc3\xa9\xf0\x9f\x98\x80", false);
}

static void
cut(void)
{
	expect("hello", 4, "hell", true);
	expect("a\xe2\x82\xac", 3, "a", true);
	expect("a\xe2\x82\xac", 4, "a\xe2\x82\xac", false);
	expect("ab\xf0\x9f\x98\x80xyz", 5, "ab", true);
	expect("abcdef", 0, "", true);
}

static void
no_text(void)
{
	/* Bytes that are no characters pass as they are. */
	expect("\xff\xfe\x80\x80\x80\x80", 100, "\xff\xfe\x80\x80\x80\x80",
	    false);
	expect("a\xe2\x82", 100, "a\xe2\x82", false);
	expect("\xf0\x9f\xf0\x9f\x98\x80", 100, "\xf0\x9f\xf0\x9f\x98\x80",
	    false);
}

static void
nothing_after_the_cut(void)
{
	/* A short character that would still fit must not follow a long one
	 * that did not. */
	expect("abc\xe2\x82\xac"
	       "d",
	    5, "abc", true);
}

void
suite_sandboxd_stream(void)
{
	static const struct unit_test tests[] = {
		{ "what fits passes whole, in any parts", whole },
		{ "the cut is between two characters", cut },
		{ "bytes that are no text pass", no_text },
		{ "nothing passes after the cut", nothing_after_the_cut },
		{ NULL, NULL },
	};

	unit_add("sandboxd/stream.c", tests);
}
