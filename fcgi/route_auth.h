/*
 * What every route that makes or ends a credential needs: fields, secrets out
 * of the body, the answer with the cookie.
 */
#ifndef MOLTIS_FCGI_ROUTE_AUTH_H
#define MOLTIS_FCGI_ROUTE_AUTH_H

#include "fcgi/exchange.h"

#define ROUTE_AUTH_AGENT 256

/* No password crosses a network in the clear (S193). */
MUST_CHECK enum status route_auth_https(struct exchange *x);
/* Reads the body and checks it against FIELDS. */
MUST_CHECK enum status route_auth_fields(struct exchange *x,
    const struct op_field *fields);
/* Moves the text NAME out of the parameters, and wipes the parser's copy. */
void route_auth_secret(struct exchange *x, const char *name,
    struct secret *ret);
/* The User-Agent as it may be stored: an odd one is dropped. */
const char *route_auth_agent(const struct exchange *x,
    char room[ROUTE_AUTH_AGENT]);
/* What came of a call of src/auth is the answer: {"ok":true} and the cookie,
 * or its error. */
MUST_CHECK enum status route_auth_answer(struct exchange *x, enum status st,
    struct auth_call *call);

#endif
