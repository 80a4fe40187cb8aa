/*
 * One HTTP request as the program uses it.
 *
 * Made from the parameters the edge sets and from a short list of client
 * headers; every other parameter is not even looked at, whatever its name
 * claims (A1, A79, A80).
 */
#ifndef MOLTIS_HTTP_REQUEST_H
#define MOLTIS_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "http/path.h"

#define HTTP_BODY_MAX (2 * 1024 * 1024)    /* bytes of a JSON body */
#define HTTP_UPLOAD_MAX (25 * 1024 * 1024) /* bytes, where a file is taken */
#define HTTP_PARAMS_MAX 512                /* parameters of one request */
#define HTTP_PARAMS_MAX_BYTES (128 * 1024)
#define HTTP_PEER_MAX 64

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_OTHER
};

/* Texts are borrowed from the parameters and NULL when absent, unless a
 * comment says otherwise. */
struct http_request {
	enum http_method method;
	struct http_path path;
	const char *host;
	const char *origin;
	const char *authorization;
	const char *cookie;
	const char *content_type; /* NULL also when empty */
	const char *fetch_site;
	const char *referer; /* NULL also when empty */
	const char *user_agent;
	const char *peer;       /* REMOTE_ADDR, never NULL */
	const char *request_id; /* a valid UUID or NULL */
	bool https;
	bool has_length;
	int64_t length; /* Content-Length; 0 when absent.  At most
	                 * HTTP_UPLOAD_MAX: what a path takes is its own. */
};

/*
 * PARAMS are "NAME=value" texts, ended by NULL.  ST_INVALID or ST_TOO_LARGE:
 * *RET_WHY is a sentence for the caller.  RET_REQUEST is untouched then.
 */
MUST_CHECK enum status http_request_read(char *const *params,
    struct http_request *ret_request, const char **ret_why);

/* "POST" and so on; HTTP_OTHER for anything else. */
enum http_method http_method_parse(const char *name);
const char *http_method_name(enum http_method method);
/* Not GET, HEAD or OPTIONS. */
bool http_method_changes(enum http_method method);

#endif
