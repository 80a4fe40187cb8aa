/*
 * Lists of names for the floor: what wraps a command, what runs text, what
 * only prints, and environment variables that take over a program.
 */
#ifndef MOLTIS_APPROVAL_FLOOR_NAMES_H
#define MOLTIS_APPROVAL_FLOOR_NAMES_H

#include <stdbool.h>

/* Runs its arguments, or a text among them: sudo, env, xargs, sh, find. */
bool floor_names_is_wrapper(const char *name);
/* Such a wrapper whose command comes right behind its options: sudo, xargs. */
bool floor_names_is_simple_wrapper(const char *name);
/* A shell, or a builtin that reads commands: sh, source, eval. */
bool floor_names_is_shell(const char *name);
/* Runs code of another language: python3, perl, awk. */
bool floor_names_is_interpreter(const char *name);
/* Only shows or searches text: "DROP TABLE" means nothing to it. */
bool floor_names_is_reader(const char *name);
/* Word in front of a command: then, do, else, !, time. */
bool floor_names_is_keyword(const char *name);

/* Is WORD NAME=value or NAME+=value?  *RET_HIJACK: the name takes over what
 * runs next, as LD_PRELOAD or PATH do (S22). */
bool floor_names_is_assignment(const char *word, bool *ret_hijack);

/* The last component of a path. */
const char *floor_names_base(const char *path);

#endif
