/*
 * Parsing and comparing origins.
 *
 * Everything a browser does not send is refused rather than repaired: user
 * names, paths, lists, "null", odd spellings of addresses.  A host that a
 * browser would read as an IPv4 address must be written as one.
 */
#include "config.h"

#include "conf/conf_origin.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "conf/conf.h"

#define CONF_LABEL_BYTES 63 /* RFC 1035 section 2.3.4 */

static bool host_parse(const char *s, size_t n, char out[CONF_HOST_BYTES]);
static bool port_parse(const char *s, size_t n, int *ret_port);

static int
default_port(bool https)
{
	return https ? 443 : 80;
}

size_t
conf_scheme_length(const char *s, bool *ret_https)
{
	*ret_https = strncasecmp(s, "https://", 8) == 0;
	if (*ret_https)
		return 8;
	return strncasecmp(s, "http://", 7) == 0 ? 7 : 0;
}

bool
conf_origin_parse(const char *s, struct conf_origin *ret_origin)
{
	struct conf_origin o = { 0 };
	size_t skip, n;
	bool https;

	if (s == NULL)
		return false;
	n = strnlen(s, CONF_ORIGIN_BYTES);
	skip = conf_scheme_length(s, &https);
	if (n == CONF_ORIGIN_BYTES || skip == 0 ||
	    !conf_hostport_parse(s + skip, n - skip, &o))
		return false;
	o.https = https;
	if (o.port == 0)
		o.port = default_port(https);
	*ret_origin = o;
	return true;
}

bool
conf_hostport_parse(const char *s, size_t n, struct conf_origin *ret_origin)
{
	struct conf_origin o = { 0 };
	const char *host_end;

	if (n > 0 && s[0] == '[') {
		host_end = memchr(s, ']', n);
		if (host_end == NULL)
			return false;
		host_end++;
	} else {
		host_end = memchr(s, ':', n);
		if (host_end == NULL)
			host_end = s + n;
	}
	if (!host_parse(s, (size_t)(host_end - s), o.host))
		return false;
	if (host_end < s + n &&
	    (*host_end != ':' ||
		!port_parse(host_end + 1, (size_t)(s + n - host_end - 1),
		    &o.port)))
		return false;
	*ret_origin = o;
	return true;
}

void
conf_origin_format(const struct conf_origin *o, char out[CONF_ORIGIN_BYTES])
{
	const char *scheme = o->https ? "https" : "http";

	if (o->port == default_port(o->https))
		(void)snprintf(out, CONF_ORIGIN_BYTES, "%s://%s", scheme,
		    o->host);
	else
		(void)snprintf(out, CONF_ORIGIN_BYTES, "%s://%s:%d", scheme,
		    o->host, o->port);
}

bool
conf_origin_is_loopback(const struct conf_origin *o)
{
	static const char below[] = ".localhost";
	size_t n = strlen(o->host);

	if (strcmp(o->host, "127.0.0.1") == 0 ||
	    strcmp(o->host, "[::1]") == 0 || strcmp(o->host, "localhost") == 0)
		return true;
	return n > sizeof(below) - 1 &&
	    strcmp(o->host + n - (sizeof(below) - 1), below) == 0;
}

bool
conf_origin_allowed(const struct conf *c, const char *origin)
{
	struct conf_origin asked, ours;

	if (!conf_origin_parse(origin, &asked))
		return false;
	for (size_t i = 0; i < c->origin_count; i++) {
		if (conf_origin_parse(c->allowed_origins[i], &ours) &&
		    ours.https == asked.https && ours.port == asked.port &&
		    strcmp(ours.host, asked.host) == 0)
			return true;
	}
	return false;
}

bool
conf_host_allowed(const struct conf *c, const char *host)
{
	struct conf_origin asked, ours;

	if (host == NULL ||
	    strnlen(host, CONF_ORIGIN_BYTES) == CONF_ORIGIN_BYTES ||
	    !conf_hostport_parse(host, strlen(host), &asked))
		return false;
	for (size_t i = 0; i < c->origin_count; i++) {
		int port = asked.port;

		if (!conf_origin_parse(c->allowed_origins[i], &ours))
			continue;
		if (port == 0)
			port = default_port(ours.https);
		if (ours.port == port && strcmp(ours.host, asked.host) == 0)
			return true;
	}
	return false;
}

static bool
port_parse(const char *s, size_t n, int *ret_port)
{
	int port = 0;

	if (n == 0 || n > 5 || s[0] == '0')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		port = port * 10 + (s[i] - '0');
	}
	if (port > 65535)
		return false;
	*ret_port = port;
	return true;
}

static bool
ipv6_parse(const char *s, size_t n, char out[CONF_HOST_BYTES])
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (n < 4 || n - 2 >= sizeof(text) || s[n - 1] != ']')
		return false;
	memcpy(text, s + 1, n - 2);
	text[n - 2] = '\0';
	if (inet_pton(AF_INET6, text, &address) != 1 ||
	    inet_ntop(AF_INET6, &address, text, sizeof(text)) == NULL)
		return false;
	(void)snprintf(out, CONF_HOST_BYTES, "[%s]", text);
	return true;
}

/* Browsers take a host whose last label is a number, decimal or 0x..., for an
 * IPv4 address (WHATWG URL, "ends in a number checker"). */
static bool
label_is_number(const char *s)
{
	if (s[0] == '0' && s[1] == 'x')
		return strspn(s + 2, "0123456789abcdef") == strlen(s + 2);
	return strspn(s, "0123456789") == strlen(s);
}

static bool
host_parse(const char *s, size_t n, char out[CONF_HOST_BYTES])
{
	struct in_addr address;
	size_t label = 0;

	if (n > 0 && s[0] == '[')
		return ipv6_parse(s, n, out);
	if (n == 0 || n > 253)
		return false;
	for (size_t i = 0; i <= n; i++) {
		char c = i == n ? '.' : s[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		if (c == '.') {
			if (label == 0 || label > CONF_LABEL_BYTES ||
			    s[i - 1] == '-' || s[i - label] == '-')
				return false;
			label = 0;
		} else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-' || c == '_') {
			label++;
		} else {
			return false;
		}
		out[i] = c;
	}
	out[n] = '\0';
	s = strrchr(out, '.');
	return !label_is_number(s == NULL ? out : s + 1) ||
	    inet_pton(AF_INET, out, &address) == 1;
}
