/*
 * The three-tier decision (requirements section 3): pure.
 *
 * Hosted programs always pass behind_proxy = true, so nothing is ever local;
 * the table of all cases is in tests/data.
 */
#include "config.h"

#include <string.h>
#include <strings.h>

#include "auth/auth.h"

bool
is_local_connection(const struct auth_request_facts *facts)
{
	return !facts->behind_proxy && !facts->has_proxy_header &&
	    facts->host_loopback && facts->peer_loopback;
}

enum auth_verdict
auth_decide(const struct auth_request_facts *facts, bool configured)
{
	if (configured)
		return AUTH_REQUIRED;
	return is_local_connection(facts) ? AUTH_FULL_ACCESS :
	    AUTH_ONBOARDING_ONLY;
}

/* Nothing, or ':' and up to five digits, to the end. */
static bool
is_port_or_end(const char *s)
{
	size_t digits;

	if (*s == '\0')
		return true;
	if (*s != ':')
		return false;
	digits = strspn(s + 1, "0123456789");
	return digits >= 1 && digits <= 5 && s[1 + digits] == '\0';
}

bool
auth_host_is_loopback(const char *host)
{
	static const char suffix[] = ".localhost";
	size_t n;

	if (host == NULL)
		return true;
	if (host[0] == '[')
		return strncmp(host, "[::1]", 5) == 0 &&
		    is_port_or_end(host + 5);
	if (strcmp(host, "::1") == 0)
		return true;
	n = strcspn(host, ":");
	if (!is_port_or_end(host + n))
		return false;
	if (n == 9 && strncasecmp(host, "localhost", 9) == 0)
		return true;
	if (n == 9 && strncmp(host, "127.0.0.1", 9) == 0)
		return true;
	return n > sizeof(suffix) - 1 && strncasecmp(
	    host + n - (sizeof(suffix) - 1), suffix, sizeof(suffix) - 1) == 0;
}
