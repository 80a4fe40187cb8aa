/*
 * Characters that have no place in a command that runs unseen: controls,
 * changes of direction, characters without width, blanks that are none.
 *
 * What a person is shown must be what a shell is given (S19, S30b).
 */
#ifndef MOLTIS_APPROVAL_SHELL_CHAR_H
#define MOLTIS_APPROVAL_SHELL_CHAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Invisible, direction-changing, or a blank that the shell does not split at?
 * ASCII is judged by shell_char_check alone. */
bool shell_char_is_hidden(uint32_t c);

/* NULL when all of S is visible text, blanks and tabs; otherwise what was
 * found, as in "a line break".  HIDDEN gets the character when it is a hidden
 * one, 0 otherwise; may be NULL. */
const char *shell_char_check(const char *s, size_t n, uint32_t *hidden);

#endif
