/*
 * Commands that may run without a person: they read, print and compute, and
 * with these arguments they neither write, nor run other programs, nor change
 * the shell, nor print secrets of the environment (S18-S20).
 */
#ifndef MOLTIS_APPROVAL_SAFE_H
#define MOLTIS_APPROVAL_SAFE_H

#include <stdbool.h>
#include <stddef.h>

#include "approval/shell_line.h"

#define SAFE_WHY_BYTES 160

/* The bare name of a command: plain letters, either without a path or in
 * /bin, /usr/bin or /usr/local/bin.  NULL for every other way to name one;
 * points into WORD. */
const char *safe_name(const struct shell_word *word);

/* Is this simple command safe?  ARGV has COUNT >= 1 words.  Otherwise WHY, of
 * SAFE_WHY_BYTES, gets a clause: "curl is not a known safe command". */
bool safe_check(const struct shell_word *argv, size_t count, char *why);

#endif
