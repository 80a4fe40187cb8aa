/* What a server process does to itself before anything else. */
#ifndef MOLTIS_BASE_PROCESS_H
#define MOLTIS_BASE_PROCESS_H

#include <stdbool.h>

/*
 * Memory holds keys and passwords for moments: no core dumps, no tracing by
 * the same user (S250).  Builds with AddressSanitizer stay traceable, because
 * LeakSanitizer traces itself.  false: could not be switched off.
 */
bool process_protect_memory(void);

/* As many open files as the system lets us have; what we got. */
long process_raise_files(void);

/*
 * Forgets proxies and what libfcgi reads from the environment: a client's
 * Proxy header becomes HTTP_PROXY in CGI programs (A79), and nothing here
 * wants a proxy.
 */
void process_clean_environment(void);

#endif
