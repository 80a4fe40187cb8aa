/*
 * For the tests of src/provider: feeds a whole stream to a reply in pieces of
 * a given size, as the network might, and collects the deltas.
 */
#ifndef MOLTIS_TESTS_UNIT_PROVIDER_FEED_H
#define MOLTIS_TESTS_UNIT_PROVIDER_FEED_H

#include "base/status.h"
#include "base/txt.h"
#include "conf/conf.h"
#include "provider/provider.h"

struct feed {
	struct conf_provider p;
	struct provider_reply r;
	struct txt deltas; /* what a reader would have seen */
	enum status st;    /* of the first event that failed */
	int events;
};

void feed_init(struct feed *f, enum conf_provider_kind kind);
void feed_done(struct feed *f);
/* The request to P's model "m" is WANT; SYSTEM and TOOLS may be NULL, and the
 * others are JSON. */
void feed_check_request(const struct conf_provider *p, const char *system,
    const char *messages, const char *tools, const char *want);
/* PIECE bytes at a time; 0 = all at once. */
void feed_stream(struct feed *f, const char *stream, size_t n, size_t piece);

#endif
