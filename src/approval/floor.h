/*
 * The floor: forms of commands that are asked about in every mode, because
 * they destroy, cut the machine off or read secrets (S22-S24).
 *
 * Matched on a tolerant, normalised reading of the line, so that it also works
 * for lines that the strict parser does not understand.  A seat belt, not a
 * boundary: what is computed at run time cannot be seen here, and the sandbox
 * is what holds.
 */
#ifndef MOLTIS_APPROVAL_FLOOR_H
#define MOLTIS_APPROVAL_FLOOR_H

#include <stdbool.h>
#include <stddef.h>

struct floor_rule {
	const char *name; /* as in "rm-root" */
	const char *what; /* ends the sentence "It ..." */
};

/* The first dangerous form in the N bytes at S, or NULL.  S may hold anything.
 * Time and memory are bounded; what is too intricate to judge is a hit. */
const struct floor_rule *floor_find(const char *s, size_t n);

#endif
