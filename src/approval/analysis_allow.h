/*
 * Allowlist entries (S21): what a person has decided once for all.
 *
 * Forms: the name of a command ("make"), words and a star ("git log *"),
 * words alone (exactly these), an absolute path as the first word, and "*".
 * Anything else, such as "git*", matches nothing.
 */
#ifndef MOLTIS_APPROVAL_ANALYSIS_ALLOW_H
#define MOLTIS_APPROVAL_ANALYSIS_ALLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "approval/shell_line.h"

/* Does ENTRY allow this simple command? */
bool analysis_allow_matches(const char *entry, const struct shell_word *argv,
    size_t count);

/* Changes what later commands of the line mean: cd, export, alias. */
bool analysis_allow_changes_shell(const struct shell_word *argv);

#endif
