/* The answer on the wire: headers, JSON, and the one error shape. */
#ifndef MOLTIS_FCGI_REPLY_H
#define MOLTIS_FCGI_REPLY_H

#include "base/status.h"

struct exchange;

/* Writes the answer for ST.  Write errors are libfcgi's: the client is gone
 * then, and nobody is left to tell. */
void reply_send(struct exchange *x, enum status st);

#endif
