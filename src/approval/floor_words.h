/*
 * A tolerant reading of shell text as simple commands, for the floor.
 *
 * Quotes and escapes are gone from the words, $HOME is ~, $IFS separates.  A
 * substitution is a command of its own whose parent is the command around it.
 */
#ifndef MOLTIS_APPROVAL_FLOOR_WORDS_H
#define MOLTIS_APPROVAL_FLOOR_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define FLOOR_NONE ((size_t)-1)

enum floor_mode {
	FLOOR_STRICT, /* as a shell reads it */
	FLOOR_LOOSE,  /* quotes hide nothing, here-documents are commands */
	FLOOR_CODE    /* another language: commas and brackets are blanks */
};

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

#define own_floor_text __attribute__((cleanup(floor_words_done)))

void floor_words_read(const char *s, size_t n, enum floor_mode mode,
    struct floor_text *ret);
void floor_words_done(struct floor_text *text);
const char *floor_words_get(const struct floor_text *text, size_t word);

#endif
