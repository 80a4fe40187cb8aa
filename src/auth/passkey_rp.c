/*
 * For whom passkeys are made: the relying party of this deployment (S178).
 *
 * Taken from the configuration, never from a Host header.  Pure.
 */
#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include "auth/passkey.h"
#include "base/mem.h"

/* The host of an origin, without its port. */
static bool
host_of(const char *origin, char *ret, size_t size)
{
	const char *host = strstr(origin, "//");
	size_t n;

	if (host == NULL)
		return false;
	host += 2;
	n = strcspn(host, ":");
	/* "[" begins an IPv6 address. */
	if (host[0] == '[' || n == 0 || n >= size)
		return false;
	memcpy(ret, host, n);
	ret[n] = '\0';
	return true;
}

/* HOST itself, or a name below it. */
static bool
is_within(const char *host, const char *id)
{
	size_t n = strlen(host), m = strlen(id);

	return strcmp(host, id) == 0 ||
	    (n > m && host[n - m - 1] == '.' && strcmp(host + n - m, id) == 0);
}

bool
passkey_rp_find(const struct conf *conf, struct passkey_rp *ret)
{
	struct passkey_rp rp = { .origin_count = 0 };
	struct in_addr address;
	char host[sizeof(rp.id)];

	if (!host_of(conf->external_url, rp.id, sizeof(rp.id)) ||
	    inet_pton(AF_INET, rp.id, &address) == 1)
		return false;
	for (size_t i = 0; i < conf->origin_count; i++) {
		const char *origin = conf->allowed_origins[i];

		if (host_of(origin, host, sizeof(host)) &&
		    is_within(host, rp.id))
			rp.origins[rp.origin_count++] = origin;
	}
	*ret = rp;
	return true;
}
