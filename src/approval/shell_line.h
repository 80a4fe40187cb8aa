/*
 * A command line as words, or not at all.
 *
 * Understands words (letters, backslash, both kinds of quotes, $NAME of a few
 * harmless names), patterns in arguments, the operators | && || ; and the
 * redirections to /dev/null and between the standard descriptors 1 and 2.
 * All else is "not understood", with a name for the person who is asked.
 */
#ifndef MOLTIS_APPROVAL_SHELL_LINE_H
#define MOLTIS_APPROVAL_SHELL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHELL_MAX_WORDS 2048
#define SHELL_MAX_SEGMENTS 128
#define SHELL_NO_GLOB SIZE_MAX

enum shell_op { SHELL_END, SHELL_PIPE, SHELL_AND, SHELL_OR, SHELL_SEQUENCE };

struct shell_word {
	const char *text; /* without quotes; variables stay as $NAME */
	size_t glob_at;   /* first * ? [ outside quotes, or SHELL_NO_GLOB */
	bool plain;       /* only A-Z a-z 0-9 _ . / + - and no quoting at all */
	bool dollar;      /* holds a variable */
};

struct shell_segment {
	size_t first;     /* of words */
	size_t count;     /* at least 1 */
	enum shell_op op; /* what follows it */
};

struct shell_line {
	bool understood;
	struct shell_word *words;
	size_t word_count;
	struct shell_segment *segments;
	size_t segment_count;
	char *text;    /* what the words point into */
	char why[120]; /* what was not understood, as in "a line break" */
};

#define own_shell_line __attribute__((cleanup(shell_line_done)))

/* S may hold anything; blanks and line ends around it do not count.  RET is
 * always set and ended by shell_line_done.  Memory is a small multiple of N. */
void shell_line_parse(const char *s, size_t n, struct shell_line *ret);
void shell_line_done(struct shell_line *line);

#endif
