/*
 * Response header writer.
 *
 * Called by fcgi/reply.c for every header.  Does not know which headers an
 * answer needs.
 */
#include "config.h"

#include "http/head.h"

#include <string.h>
#include <strings.h>

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define TCHAR ALNUM "!#$%&'*+-.^_`|~" /* RFC 9110 section 5.6.2 */

static bool
name_ok(const char *name)
{
	if (name[0] == '\0' || name[strspn(name, TCHAR)] != '\0')
		return false;
	return strncasecmp(name, "X-Accel-", 8) != 0 &&
	    strncasecmp(name, "X-Sendfile", 10) != 0;
}

static bool
value_ok(const char *value)
{
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if ((c < ' ' && c != '\t') || c >= 0x7f)
			return false;
	}
	return true;
}

/* cookie-octet of RFC 6265 section 4.1.1. */
static bool
cookie_ok(const char *value)
{
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;

		if (c <= ' ' || c >= 0x7f || strchr("\",;\\", c) != NULL)
			return false;
	}
	return true;
}

bool
http_head_add(struct txt *out, const char *name, const char *value)
{
	if (!name_ok(name) || !value_ok(value))
		return false;
	txt_append(out, name);
	txt_append(out, ": ");
	txt_append(out, value);
	txt_append(out, "\r\n");
	return true;
}

bool
http_head_cookie(struct txt *out, const char *name, const char *value,
    long max_age_secs)
{
	if (!name_ok(name) || !cookie_ok(value))
		return false;
	txt_append(out, "Set-Cookie: ");
	txt_append(out, name);
	txt_append_c(out, '=');
	txt_append(out, value);
	txt_format(out,
	    "; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age=%ld\r\n",
	    max_age_secs);
	return true;
}
