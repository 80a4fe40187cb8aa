/*
 * Growing lists of words and commands; offsets and not pointers, because all
 * three move while they grow.
 */
#include "config.h"

#include <string.h>

#include "approval/floor_text.h"
#include "base/mem.h"
#include "base/own.h"

static size_t
keep(struct floor_text *text, const char *s)
{
	size_t n = strlen(s) + 1, at = text->text_used;

	if (text->text_room - at < n) {
		text->text_room = 2 * (at + n);
		text->text = mem_grow(text->text, text->text_room, 1);
	}
	memcpy(text->text + at, s, n);
	text->text_used += n;
	return at;
}

void
floor_text_add_word(struct floor_text *text, size_t segment, const char *word,
    enum floor_target target)
{
	struct floor_segment *owner = &text->segments[segment];

	if (text->word_count == text->word_room) {
		text->word_room = 2 * text->word_room + 16;
		text->words = mem_grow(text->words, text->word_room,
		    sizeof(*text->words));
	}
	text->words[text->word_count] = (struct floor_word){
		.text = keep(text, word),
		.next = FLOOR_NONE,
		.written = target == FLOOR_WRITTEN,
		.read = target == FLOOR_READ,
	};
	if (owner->last == FLOOR_NONE)
		owner->first = text->word_count;
	else
		text->words[owner->last].next = text->word_count;
	owner->last = text->word_count++;
	owner->count += target == FLOOR_ARGUMENT;
}

size_t
floor_text_add_segment(struct floor_text *text, size_t parent, bool piped)
{
	if (text->segment_count == text->segment_room) {
		text->segment_room = 2 * text->segment_room + 8;
		text->segments = mem_grow(text->segments, text->segment_room,
		    sizeof(*text->segments));
	}
	text->segments[text->segment_count] = (struct floor_segment){
		.first = FLOOR_NONE,
		.last = FLOOR_NONE,
		.parent = parent,
		.piped = piped,
	};
	return text->segment_count++;
}

const char *
floor_text_get(const struct floor_text *text, size_t word)
{
	return text->text + text->words[word].text;
}

void
floor_text_done(struct floor_text *text)
{
	own_mem_free(&text->text);
	own_mem_free(&text->words);
	own_mem_free(&text->segments);
	memset(text, 0, sizeof(*text));
}
