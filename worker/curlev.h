/*
 * libcurl's multi socket interface on a libev loop.
 *
 * Carries transfers; what they are is the caller's business.  Callbacks of an
 * easy handle run inside libcurl: they must not add or remove a transfer.  The
 * done callback runs outside of it and may do both.
 */
#ifndef MOLTIS_WORKER_CURLEV_H
#define MOLTIS_WORKER_CURLEV_H

#include <curl/curl.h>
#include <ev.h>

struct curlev;

/* Embedded by the owner of an easy handle, who fills it in. */
struct curlev_transfer {
	void (*on_done)(void *arg, CURLcode rc);
	void *arg;
};

/* NULL when this libcurl would block on names. Initialises libcurl; call it
 * before there are threads. */
struct curlev *curlev_new(struct ev_loop *loop);
void curlev_free(struct curlev *ce); /* after all transfers are removed */

/* T lives until curlev_remove.  Sets EASY's CURLOPT_PRIVATE and what keeps a
 * transfer from blocking or signalling.  Starts in the next turn of the loop.
 */
void curlev_add(struct curlev *ce, CURL *easy, struct curlev_transfer *t);
/* Ends the transfer without on_done; EASY stays the caller's. */
void curlev_remove(struct curlev *ce, CURL *easy);

#endif
