/*
 * The answer on the wire: headers, JSON, and the one error shape.
 *
 * Most answers are one JSON object, sent by reply_send.  A file is sent in
 * pieces instead: reply_start once everything that can be refused was
 * refused, then reply_write as often as needed, and ST_OK as the route's
 * result.  What goes wrong in between cannot be said any more: reply_abort
 * cuts the connection, so that no half file looks like a whole one.
 */
#ifndef MOLTIS_FCGI_REPLY_H
#define MOLTIS_FCGI_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct exchange;

/* A file to be saved, never shown: attachment, nosniff, no script. */
struct reply_file {
	const char *type; /* media type, ours */
	const char *name; /* any UTF-8; what a header cannot hold is "_" */
	int64_t length;   /* bytes, -1 = not known before */
};

/* Writes the answer for ST.  Write errors are libfcgi's: the client is gone
 * then, and nobody is left to tell. */
void reply_send(struct exchange *x, enum status st);

void reply_start(struct exchange *x, const struct reply_file *file);
/* false: the client is gone; stop.  Writes nothing for HEAD. */
MUST_CHECK bool reply_write(struct exchange *x, const void *bytes, size_t n);
void reply_abort(struct exchange *x);

#endif
