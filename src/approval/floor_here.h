/*
 * Here-documents for the floor's reader: which lines are text and not
 * commands.
 */
#ifndef MOLTIS_APPROVAL_FLOOR_HERE_H
#define MOLTIS_APPROVAL_FLOOR_HERE_H

#include <stdbool.h>
#include <stddef.h>

#define FLOOR_HERE_MAX 8
#define FLOOR_HERE_WORD 64

struct floor_here {
	struct {
		char word[FLOOR_HERE_WORD]; /* the line that ends it */
		bool tabs;                  /* <<- */
		bool quoted;                /* no substitution in the body */
	} open[FLOOR_HERE_MAX];
	size_t count;
	bool suspicious; /* a body that a shell would look into, or no end */
};

/* After << at AT: remembers the document, returns where the line goes on. */
size_t floor_here_open(struct floor_here *here, const char *s, size_t n,
    size_t at);
/* AT is the start of a line: returns the place behind all open bodies.  A body
 * without an end is not skipped. */
size_t floor_here_skip(struct floor_here *here, const char *s, size_t n,
    size_t at);

#endif
