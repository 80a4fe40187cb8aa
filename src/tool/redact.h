/*
 * Takes secret values out of what a command printed (S251).
 *
 * A set holds the forms in which a value may appear: as it is, reversed,
 * base64 in all alignments and both alphabets, hex, percent-encoded, escaped
 * for JSON; line breaks inside a form do not hide it.  A stream is redacted
 * as it arrives: what may be the beginning of a form is held back, so that a
 * value cut into pieces is found.  A seat belt: whoever can run commands can
 * disguise a value in ways nobody lists.
 */
#ifndef MOLTIS_TOOL_REDACT_H
#define MOLTIS_TOOL_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/txt.h"

#define REDACT_MIN_BYTES 6 /* shorter values are left alone */
#define REDACT_MARK "[REDACTED]"

struct redact;

struct redact *redact_new(void);
void redact_free(struct redact *set); /* wipes; accepts NULL */
/* Shorter than REDACT_MIN_BYTES: ignored. */
void redact_add(struct redact *set, const char *value, size_t n);

struct redact_stream {
	const struct redact *set; /* borrowed; NULL: nothing is secret */
	struct txt raw;           /* not given out yet */
	struct txt flat;          /* RAW without line breaks */
	size_t *where;            /* of each byte of FLAT: its place in RAW */
	size_t where_room;
	size_t at;   /* in FLAT: not judged yet */
	size_t done; /* in RAW: given out or taken out */
};

void redact_stream_init(struct redact_stream *s, const struct redact *set);
void redact_stream_done(struct redact_stream *s); /* wipes */
/* Appends to OUT what is certain by now. */
void redact_feed(struct redact_stream *s, const char *bytes, size_t n,
    struct txt *out);
/* The rest.  CUT: the stream goes on where we do not see it, so an end that
 * may be the beginning of a value is dropped. */
void redact_end(struct redact_stream *s, bool cut, struct txt *out);

#endif
