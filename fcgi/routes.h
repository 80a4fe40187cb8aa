/*
 * Which path is which operation.
 *
 * No scope is written here: it belongs to the operation.  A route that is no
 * operation says why it needs no session.
 */
#ifndef MOLTIS_FCGI_ROUTES_H
#define MOLTIS_FCGI_ROUTES_H

#include <stdbool.h>

#include "base/txt.h"
#include "http/query.h"
#include "http/request.h"

#define ROUTE_MAX_ARGS 2
#define ROUTE_NAME_BYTES 24
#define ROUTE_VALUE_BYTES 260

/* For .op: the operation that the request names, run by .handle. */
#define ROUTE_ANY_OP "*"

struct exchange;

struct route {
	enum http_method method; /* a GET route answers HEAD too */
	const char *pattern;     /* "{x}" is one segment, the parameter x */
	const char *op;          /* operation, or NULL */
	const char *open;        /* why it needs no session, or NULL */
	enum status (*handle)(struct exchange *x);
	const struct http_query_field *query; /* typed ones; NULL: all text */
	const char *set_true; /* a parameter that REST always sets */
	bool takes_bytes;     /* the body is a file, read by .handle */
	bool says_ok;         /* the reply gets "ok": true */
	bool ignores_cookie;  /* what a cookie proves plays no part */
	bool is_file;         /* .handle sends replies of .op as a file */
	bool any_host;        /* for health checks by address */
};

struct route_arg {
	char name[ROUTE_NAME_BYTES];
	char value[ROUTE_VALUE_BYTES];
};

struct route_match {
	const struct route *route; /* NULL: none for this method */
	unsigned methods;          /* bit 1 << enum http_method: the path's */
	bool is_open;              /* an open route has this path */
	int arg_count;
	struct route_arg args[ROUTE_MAX_ARGS];
};

extern const struct route routes_table[]; /* ends with a NULL pattern */

/* PATH is decoded.  Always fills *RET_MATCH. */
void routes_match(const struct route *table, const char *path,
    enum http_method method, struct route_match *ret_match);

/* Is every row either an operation that exists or openly none?  Appends one
 * line a problem to WHY. */
bool routes_check(const struct route *table, struct txt *why);

/* Handlers of route_*.c. */
enum status route_health(struct exchange *x);
enum status route_audit_export(struct exchange *x);
enum status route_auth_status(struct exchange *x);
enum status route_auth_setup(struct exchange *x);
enum status route_auth_login(struct exchange *x);
enum status route_auth_logout(struct exchange *x);
enum status route_auth_password(struct exchange *x);
enum status route_auth_reauth(struct exchange *x);
enum status route_invite_lookup(struct exchange *x);
enum status route_invite_accept(struct exchange *x);
enum status route_passkey_register_begin(struct exchange *x);
enum status route_passkey_register_finish(struct exchange *x);
enum status route_passkey_login_begin(struct exchange *x);
enum status route_passkey_login_finish(struct exchange *x);
enum status route_passkey_reauth_begin(struct exchange *x);
enum status route_passkey_reauth_finish(struct exchange *x);
enum status route_passkey_setup_begin(struct exchange *x);
enum status route_passkey_setup_finish(struct exchange *x);
enum status route_passkey_invite_begin(struct exchange *x);
enum status route_passkey_invite_finish(struct exchange *x);
enum status route_rpc_frame(struct exchange *x);
enum status route_rpc_method(struct exchange *x);
enum status route_workspace_list(struct exchange *x);
enum status route_workspace_get(struct exchange *x);
enum status route_workspace_put(struct exchange *x);
enum status route_workspace_remove(struct exchange *x);

#endif
