/*
 * One request and its answer.
 *
 * Lives on the stack of the thread that serves it.  What a handler sets is
 * the reply, or the error that explains the status it returns.
 */
#ifndef MOLTIS_FCGI_EXCHANGE_H
#define MOLTIS_FCGI_EXCHANGE_H

#include <fcgiapp.h>
#include <stdbool.h>

#include "auth/auth.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "conf/conf.h"
#include "db/db.h"
#include "http/request.h"
#include "op/op.h"
#include "op/op_miss.h"
#include "fcgi/routes.h"

#define EXCHANGE_COOKIE "moltis_session"
#define EXCHANGE_DEVICE "moltis_device" /* a browser people know */

struct exchange {
	const struct conf *conf; /* borrowed, as the next two */
	struct db *db;           /* this thread's own */
	FCGX_Request *fcgi;
	struct http_request req;
	char request_id[UUID_TEXT];
	struct route_match match;
	struct op_cred cred; /* what decides; CRED_NONE when nothing does */
	bool by_cookie;      /* a cookie came and no Authorization */
	bool rotate;         /* the cookie is a day old */
	struct secret body;
	struct json_object *params; /* owned; an object once it is set */

	struct op_miss miss;      /* asked about once the answer is out */
	char foreign_origin[200]; /* refused; "" = none */

	/* The answer. */
	struct json_object
	    *reply; /* owned; NULL = {}.  With a failure it is the
	                            * whole body instead of the error shape. */
	struct op_error error;
	bool no_content; /* 204 */
	bool is_sent;    /* the handler wrote the answer itself */
	bool clear_cookie;
	char token[AUTH_TOKEN_TEXT];  /* new login session, "" = none */
	char device[AUTH_TOKEN_TEXT]; /* new name of the browser, or "" */
};

/* Answers the request that FCGI has accepted, and finishes it. */
void exchange_serve(const struct conf *conf, struct db *db, FCGX_Request *fcgi);

/* For handlers. */

/* Fills x->params with the object in the body, {} when there is none. */
MUST_CHECK enum status exchange_body(struct exchange *x);
/* Runs the operation METHOD and takes its reply or its error over. */
MUST_CHECK enum status exchange_call(struct exchange *x, const char *method,
    struct json_object *params);
/* The same with bytes beside the JSON (op/op_raw.h). */
MUST_CHECK enum status exchange_call_raw(struct exchange *x, const char *method,
    struct json_object *params, struct op_raw *raw);
/* Makes x->params of path, query and, unless the body is a file, the body. */
MUST_CHECK enum status exchange_gather(struct exchange *x);
/* ST_OK: the database knows the caller.  RET_WHO may be NULL. */
MUST_CHECK enum status exchange_identify(struct exchange *x,
    struct op_principal *ret_who);
/* Fills x->error and returns ST. */
enum status exchange_fail(struct exchange *x, enum status st,
    const char *message);
/* Explains a malformed request only to somebody whom the database knows:
 * returns ST with x->error as it is, or what exchange_identify says. */
MUST_CHECK enum status exchange_refuse(struct exchange *x, enum status st);
/* Who comes without a credential may have been told to wait a moment ago: then
 * ST_LIMIT, and the database is not asked. */
MUST_CHECK enum status exchange_shut(struct exchange *x);
/* Counts the caller, of whom nothing is known, against the limit of
 * strangers: returns ST, or ST_LIMIT, or ST_DB. */
MUST_CHECK enum status exchange_stranger(struct exchange *x, enum status st);

#endif
