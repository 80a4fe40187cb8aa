/* The answer on the wire: headers, JSON, and the one error shape. */
#ifndef MOLTIS_FCGI_REPLY_H
#define MOLTIS_FCGI_REPLY_H

#include "base/status.h"

struct exchange;

/* Writes the answer for ST.  Write errors are libfcgi's: the client is gone
 * then, and nobody is left to tell. */
void reply_send(struct exchange *x, enum status st);

/* Writes the head of an answer that is a file of SIZE bytes called NAME, which
 * no browser may take for a page; the caller writes the bytes. */
void reply_send_file_head(struct exchange *x, const char *name, long size);

#endif
