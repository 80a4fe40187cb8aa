/*
 * Words and commands of a text: order, counts, and growing.
 */
#include "config.h"

#include "approval/floor_text.h"
#include "tests/unit/unit.h"

static void
order(void)
{
	own_floor_text struct floor_text text = { 0 };
	size_t outer = floor_text_add_segment(&text, FLOOR_NONE, false);
	size_t inner = floor_text_add_segment(&text, outer, true);
	size_t at;

	floor_text_add_word(&text, outer, "a", FLOOR_ARGUMENT);
	floor_text_add_word(&text, inner, "b", FLOOR_WRITTEN);
	floor_text_add_word(&text, outer, "c", FLOOR_READ);
	CU_ASSERT_EQUAL(text.segments[outer].count, 1);
	CU_ASSERT_EQUAL(text.segments[inner].count, 0);
	CU_ASSERT_EQUAL(text.segments[inner].parent, outer);
	CU_ASSERT_TRUE(text.segments[inner].piped);
	at = text.segments[outer].first;
	CU_ASSERT_STRING_EQUAL(floor_text_get(&text, at), "a");
	CU_ASSERT_FALSE(text.words[at].read);
	at = text.words[at].next;
	CU_ASSERT_STRING_EQUAL(floor_text_get(&text, at), "c");
	CU_ASSERT_TRUE(text.words[at].read);
	CU_ASSERT_EQUAL(text.words[at].next, FLOOR_NONE);
	at = text.segments[inner].first;
	CU_ASSERT_TRUE(text.words[at].written);
	CU_ASSERT_EQUAL(text.segments[inner].last, at);
}

static void
growing(void)
{
	own_floor_text struct floor_text text = { 0 };
	size_t at, count = 0;

	for (int i = 0; i < 100; i++)
		(void)floor_text_add_segment(&text, FLOOR_NONE, false);
	for (int i = 0; i < 1000; i++)
		floor_text_add_word(&text, 7, "word", FLOOR_ARGUMENT);
	for (at = text.segments[7].first; at != FLOOR_NONE;
	     at = text.words[at].next) {
		CU_ASSERT_STRING_EQUAL(floor_text_get(&text, at), "word");
		count++;
	}
	CU_ASSERT_EQUAL(count, 1000);
	CU_ASSERT_EQUAL(text.segments[7].count, 1000);
	CU_ASSERT_EQUAL(text.segments[99].first, FLOOR_NONE);
	floor_text_done(&text);
	CU_ASSERT_EQUAL(text.word_count, 0);
	CU_ASSERT_PTR_NULL(text.words);
}

void
suite_approval_floor_text(void)
{
	static const struct unit_test tests[] = {
		{ "words belong to their command, in order", order },
		{ "lists grow and end", growing },
		{ NULL, NULL },
	};

	unit_add("src/approval/floor_text.c", tests);
}
