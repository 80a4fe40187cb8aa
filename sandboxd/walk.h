/*
 * Ways through a folder that somebody else may be changing.
 *
 * Everything is relative to a descriptor; links are never followed, `..` and
 * other file systems are never entered.  For child processes: a walk may be
 * long.
 */
#ifndef MOLTIS_SANDBOXD_WALK_H
#define MOLTIS_SANDBOXD_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/sandbox.h"

struct walk_usage {
	uint64_t bytes; /* of blocks, so that holes do not count */
	uint64_t files; /* of any kind */
};

/* Opens PATH below ROOT ("" is ROOT itself), close-on-exec and without
 * waiting for a FIFO's other end; -1 with errno: ELOOP or EXDEV for a way out
 * of it. */
int walk_open(int root, struct sbx_text path, int flags);
/* The folder that PATH is in, and its last name into NAME[256]; MAKE creates
 * the folders on the way.  -1 with errno; EINVAL when PATH has no name. */
int walk_open_parent(int root, struct sbx_text path, bool make, char *name);

/* Stops counting past MOST; a tree deeper than can be walked counts as more
 * than everything. */
struct walk_usage walk_usage_get(int root, const struct walk_usage *most);
/* Removes what is in ROOT, not ROOT itself. */
bool walk_empty(int root);

#endif
