/* What a server process does to itself before anything else. */
#ifndef MOLTIS_BASE_PROCESS_H
#define MOLTIS_BASE_PROCESS_H

#include <stdbool.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define PROCESS_UNDER_ASAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define PROCESS_UNDER_ASAN 1
#endif

/*
 * Memory holds keys and passwords for moments: no core dumps, no tracing by
 * the same user (S250).  Builds with AddressSanitizer stay traceable, because
 * LeakSanitizer traces itself.  false: could not be switched off.
 */
bool process_protect_memory(void);

/* As many open files as the system lets us have; what we got, or -1. */
long process_raise_files(void);

/*
 * Forgets proxies and what libfcgi reads from the environment: a client's
 * Proxy header becomes HTTP_PROXY in CGI programs (A79), and nothing here
 * wants a proxy.
 */
void process_clean_environment(void);

#endif
