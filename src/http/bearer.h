/* The Authorization request header with a bearer token (RFC 6750, S139). */
#ifndef MOLTIS_HTTP_BEARER_H
#define MOLTIS_HTTP_BEARER_H

#define HTTP_BEARER_MAX 512 /* bytes of the token */

enum http_bearer {
	HTTP_BEARER_ABSENT, /* no header */
	HTTP_BEARER_BAD,    /* another scheme or form: never falls back */
	HTTP_BEARER_OK
};

/* HEADER may be NULL.  *RET_TOKEN points into HEADER and reaches to its end;
 * set for HTTP_BEARER_OK only. */
enum http_bearer http_bearer_parse(const char *header, const char **ret_token);

#endif
