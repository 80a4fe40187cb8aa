/* From FastCGI to struct http_request, and the bounded reading of a body. */
#ifndef MOLTIS_FCGI_REQUEST_H
#define MOLTIS_FCGI_REQUEST_H

#include <fcgiapp.h>

#include "base/secret.h"
#include "http/request.h"

/* Reads exactly as many bytes as REQ declares and checks that no more
 * follow.  The body may hold a password, so it is kept as a secret.  On
 * failure *RET_WHY is a sentence for the caller. */
MUST_CHECK enum status request_body(FCGX_Request *fcgi,
    const struct http_request *req, struct secret *ret_body,
    const char **ret_why);

#endif
