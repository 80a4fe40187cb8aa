/*
 * Query string to operation parameters.
 *
 * The operation decides which parameters exist; this only decodes.  A value
 * that is not of the type named here is handed on as text, so that the
 * operation refuses it with the same sentence as on the other transports.
 */
#ifndef MOLTIS_HTTP_QUERY_H
#define MOLTIS_HTTP_QUERY_H

#include "base/status.h"
#include "js/js.h"

#define HTTP_QUERY_MAX_FIELDS 32
#define HTTP_QUERY_NAME_MAX 64    /* bytes, decoded */
#define HTTP_QUERY_VALUE_MAX 2048 /* bytes, decoded */

enum http_query_type { HTTP_QUERY_TEXT, HTTP_QUERY_INT, HTTP_QUERY_BOOL };

struct http_query_field {
	const char *name; /* NULL ends the table */
	enum http_query_type type;
};

/* Adds the fields of QUERY to the object PARAMS; names that FIELDS (may be
 * NULL) does not list are text.  Bad encoding, control characters, a name
 * given twice or already in PARAMS: ST_INVALID with ERR filled.  PARAMS may
 * hold some of the fields then. */
MUST_CHECK enum status http_query_params(const char *query,
    const struct http_query_field *fields, struct json_object *params,
    struct js_error *err);

#endif
