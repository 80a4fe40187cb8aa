/*
 * One stream of a command, from bytes to a text people and models can read.
 *
 * Secrets are taken out first, on the bytes; what is no UTF-8 becomes U+FFFD;
 * then it is cut.  Bounded: what is past the limit is counted, not kept.
 */
#ifndef MOLTIS_TOOL_OUTPUT_H
#define MOLTIS_TOOL_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/txt.h"
#include "tool/redact.h"

struct output {
	struct redact_stream redact;
	struct txt pending; /* redacted; maybe half a character at its end */
	struct txt text;    /* the beginning, at most max bytes */
	size_t max;
	size_t total; /* bytes of text that came */
	bool cut;     /* and more that we did not get */
};

void output_init(struct output *o, const struct redact *secrets, size_t max);
void output_done(struct output *o);
/* Appends to LIVE (may be NULL) what became readable. */
void output_add(struct output *o, const char *bytes, size_t n,
    struct txt *live);
/* CUT: the stream went on, but we did not get it. */
void output_end(struct output *o, bool cut, struct txt *live);
/* Something is missing at the end of text. */
bool output_is_cut(const struct output *o);

/* Appends BYTES to OUT as UTF-8 without NUL; whatever is not becomes U+FFFD.
 * PARTIAL: an unfinished character at the end stays; returns the bytes
 * taken. */
size_t output_clean(const char *bytes, size_t n, bool partial, struct txt *out);

#endif
