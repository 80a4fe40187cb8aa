/*
 * Web origins and Host headers as text (RFC 6454 section 6.2, RFC 9110
 * section 7.2).  Pure functions; internal to conf.
 */
#ifndef MOLTIS_CONF_CONF_ORIGIN_H
#define MOLTIS_CONF_CONF_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#define CONF_HOST_BYTES 256   /* 253 of a name, brackets of an address */
#define CONF_ORIGIN_BYTES 280 /* scheme, host, port */

struct conf_origin {
	bool https;
	char host[CONF_HOST_BYTES]; /* lower case, IPv6 in brackets */
	int port;                   /* 0: none given (Host header only) */
};

/* Exactly scheme://host[:port]; the default port is filled in. */
bool conf_origin_parse(const char *s, struct conf_origin *ret_origin);

/* host[:port] of N bytes; port 0 when there is none. */
bool conf_hostport_parse(const char *s, size_t n,
    struct conf_origin *ret_origin);

/* Canonical text, the default port left out. */
void conf_origin_format(const struct conf_origin *o,
    char out[CONF_ORIGIN_BYTES]);

/* 127.0.0.1, [::1], localhost or a name below localhost. */
bool conf_origin_is_loopback(const struct conf_origin *o);

/* Length of "http://" or "https://" at the start of S in any case, else 0. */
size_t conf_scheme_length(const char *s, bool *ret_https);

#endif
