/* How near a request is, and what nearness is worth (S153). */
#ifndef MOLTIS_AUTH_LOCAL_H
#define MOLTIS_AUTH_LOCAL_H

#include <stdbool.h>

/*
 * The tier decision of requirements section 3, pure.  Hosted programs pass
 * behind_proxy = true always; the function exists because its truth table is
 * the contract and `moltis explain request` shows it.
 */
struct auth_request_facts {
	bool behind_proxy;
	bool has_proxy_header;
	bool host_loopback; /* absent Host counts as loopback */
	bool peer_loopback;
};
enum auth_verdict { AUTH_FULL_ACCESS, AUTH_ONBOARDING_ONLY, AUTH_REQUIRED };
bool is_local_connection(const struct auth_request_facts *facts);
enum auth_verdict auth_decide(const struct auth_request_facts *facts,
    bool configured);
bool auth_host_is_loopback(const char *host); /* NULL (absent) is */
/* 127.0.0.0/8 (mapped too) or ::1; a Unix socket ("" or NULL) never is. */
bool auth_peer_is_loopback(const char *peer);
/* A header whose presence alone, even empty, says there was a proxy. */
bool auth_header_is_forwarding(const char *name);

#endif
