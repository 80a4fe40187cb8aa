/*
 * The three-tier decision (requirements section 3): pure.
 *
 * Hosted programs always pass behind_proxy = true, so nothing is ever local;
 * the table of all cases is in tests/data.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "auth/local.h"

#define SUFFIX ".localhost"
#define SUFFIX_CHARS (sizeof(SUFFIX) - 1)

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
	return is_local_connection(facts) ? AUTH_FULL_ACCESS
					  : AUTH_ONBOARDING_ONLY;
}

/* One or more labels of letters, digits and '-', each followed by a dot. */
static bool
is_label_list(const char *s, size_t n)
{
	size_t label = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' && label == 0)
			return false;
		label = s[i] == '.' ? 0 : label + 1;
		if (strchr(
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789-.",
			s[i]) == NULL)
			return false;
	}
	return n > 0 && label == 0;
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
	return n > SUFFIX_CHARS &&
	    strncasecmp(host + n - SUFFIX_CHARS, SUFFIX, SUFFIX_CHARS) == 0 &&
	    is_label_list(host, n - SUFFIX_CHARS + 1);
}

bool
auth_peer_is_loopback(const char *peer)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (peer == NULL)
		return false;
	if (inet_pton(AF_INET, peer, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, peer, &v6) != 1)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&v6))
		return v6.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&v6);
}

bool
auth_header_is_forwarding(const char *name)
{
	static const char *const names[] = { "X-Forwarded-For", "X-Real-IP",
		"CF-Connecting-IP", "Forwarded" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(names[i], name) == 0)
			return true;
	}
	return false;
}
