/*
 * Shell text as the floor sees it: commands with their words.
 *
 * A substitution is a command of its own whose parent is the command around
 * it.  Filled by floor_words.h, read by the floor's rules.
 */
#ifndef MOLTIS_APPROVAL_FLOOR_TEXT_H
#define MOLTIS_APPROVAL_FLOOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define FLOOR_NONE ((size_t)-1)

enum floor_target { FLOOR_ARGUMENT, FLOOR_READ, FLOOR_WRITTEN };

struct floor_word {
	size_t text;        /* offset */
	size_t next;        /* word of the same command, or FLOOR_NONE */
	bool written, read; /* target of a redirection, not an argument */
};

struct floor_segment {
	size_t first, last; /* words, FLOOR_NONE when empty */
	size_t count;       /* arguments, without targets of redirections */
	size_t parent;      /* FLOOR_NONE at the top */
	bool piped;         /* reads from the command before */
};

struct floor_text {
	char *text;
	size_t text_used, text_room;
	struct floor_word *words;
	size_t word_count, word_room;
	struct floor_segment *segments;
	size_t segment_count, segment_room;
	bool suspicious;   /* read it loosely as well */
	bool has_here_doc; /* a body was left out */
};

#define own_floor_text __attribute__((cleanup(floor_text_done)))

/* Both copy; the new word is the last of SEGMENT. */
void floor_text_add_word(struct floor_text *text, size_t segment,
    const char *word, enum floor_target target);
size_t floor_text_add_segment(struct floor_text *text, size_t parent,
    bool piped);
/* Borrowed until the next word is added. */
const char *floor_text_get(const struct floor_text *text, size_t word);
void floor_text_done(struct floor_text *text);

#endif
