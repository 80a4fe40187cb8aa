/*
 * Arguments that make a safe command unsafe and that a list of options cannot
 * tell: positions, operands, small languages.
 *
 * Each takes the words after the command's name and returns NULL, or a clause
 * that ends "the command NAME ...".
 */
#ifndef MOLTIS_APPROVAL_SAFE_TRAP_H
#define MOLTIS_APPROVAL_SAFE_TRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "approval/shell_line.h"

const char *safe_trap_date(const struct shell_word *args, size_t count);
const char *safe_trap_hostname(const struct shell_word *args, size_t count);
const char *safe_trap_jq(const struct shell_word *args, size_t count);
const char *safe_trap_printf(const struct shell_word *args, size_t count);
const char *safe_trap_recursive(const struct shell_word *args, size_t count);
const char *safe_trap_test(const struct shell_word *args, size_t count);
const char *safe_trap_uniq(const struct shell_word *args, size_t count);

/* Does a cluster of short options hold one of LETTERS?  A letter of VALUES
 * takes the rest of the cluster as its value.  Both may be NULL. */
bool safe_trap_short(const char *arg, const char *letters, const char *values);
/* Is ARG one of the long options in NAMES, "compile compress-program", or an
 * abbreviation of one?  NAMES may be NULL. */
bool safe_trap_long(const char *arg, const char *names);

#endif
