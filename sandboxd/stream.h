/*
 * One output of a command on its way out: cut to what is kept, never within a
 * character, and counted beyond that.  Pure.
 */
#ifndef MOLTIS_SANDBOXD_STREAM_H
#define MOLTIS_SANDBOXD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sandbox/sandbox.h"

#define STREAM_PART_BYTES 65536

struct stream {
	size_t keep; /* most bytes to pass on */
	size_t passed;
	uint64_t seen;
	bool truncated;
	size_t held; /* bytes of an unfinished character, at held_at */
	size_t held_at;
	char part[STREAM_PART_BYTES + 4];
};

void stream_init(struct stream *s, size_t keep);
/* Where the next bytes go; at most STREAM_PART_BYTES.  Ends the life of what
 * stream_take gave. */
char *stream_room(struct stream *s);
/* N bytes came; the result is what to pass on now, borrowed. */
struct sbx_text stream_take(struct stream *s, size_t n);
/* The end came: the rest. */
struct sbx_text stream_end(struct stream *s);

#endif
