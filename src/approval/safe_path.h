/*
 * Which files a safe command may name: anything of the sandbox but the
 * processes' own folders, devices, and patterns whose match is not foreseeable.
 */
#ifndef MOLTIS_APPROVAL_SAFE_PATH_H
#define MOLTIS_APPROVAL_SAFE_PATH_H

#include <stdbool.h>

#include "approval/shell_line.h"

/* NULL, or a clause about the argument: "names something below /proc".  An
 * option with a path in it counts as well. */
const char *safe_path_check(const struct shell_word *arg);

/* The pattern of ARG could match a name that begins with a dash. */
bool safe_path_may_be_option(const struct shell_word *arg);

#endif
