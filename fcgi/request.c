/*
 * Reading a body from libfcgi.
 *
 * Called by exchange.c once it knows that somebody will use the body; until
 * then nothing of it is read.  The size was checked against HTTP_BODY_MAX when
 * the parameters were read.  How long it may take is the watchdog's business
 * (loop.c): it ends the reading side of the connection.
 */
#include "config.h"

#include "fcgi/request.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/mem.h"

enum status
request_body(FCGX_Request *fcgi, const struct http_request *req,
    struct secret *ret_body, const char **ret_why)
{
	size_t size = (size_t)req->length;
	char *body = mem_zalloc(size + 1);
	int got = size > 0 ? FCGX_GetStr(body, (int)size, fcgi->in) : 0;
	enum status st = ST_INVALID;

	if (got != (int)size)
		*ret_why = "the body is shorter than Content-Length says";
	else if (FCGX_GetChar(fcgi->in) != EOF)
		*ret_why = req->has_length
		    ? "the body is longer than Content-Length says"
		    : "a body needs a Content-Length";
	else if (FCGX_GetError(fcgi->in) != 0)
		*ret_why = "the body did not arrive whole";
	else
		st = ST_OK;
	if (st == ST_OK)
		secret_set(ret_body, body, size);
	bytes_wipe(body, size);
	free(body);
	return st;
}
