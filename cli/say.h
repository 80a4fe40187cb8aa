/*
 * What the command line prints of other people's texts (A114).
 *
 * A user name, a server's error or an argument may hold terminal escapes; what
 * could move the cursor, change colours or turn the direction of the text is
 * shown as an escape sequence in letters.
 */
#ifndef MOLTIS_CLI_SAY_H
#define MOLTIS_CLI_SAY_H

#include <stddef.h>
#include <stdio.h>

#include "base/txt.h"

/* "moltis: SENTENCE" with a line end, on standard error; escaped as a whole. */
void say_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A further line below it: what to do. */
void say_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Appends S with everything escaped that is no plain character. */
void say_escape(struct txt *out, const char *s);
/* The same, keeping line ends: a report of several lines. */
void say_lines(FILE *to, const char *text);

#endif
