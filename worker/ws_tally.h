/*
 * Counts by name: sockets of an address, sockets of a user, and until when an
 * address is known to be over its limit.  And a token bucket for what one
 * socket does.
 */
#ifndef MOLTIS_WORKER_WS_TALLY_H
#define MOLTIS_WORKER_WS_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#define WS_TALLY_KEY_BYTES 64

struct ws_tally;

struct ws_tally *ws_tally_new(void);
void ws_tally_free(struct ws_tally *t); /* accepts NULL */

/* One more, unless there are MAX already. */
bool ws_tally_take(struct ws_tally *t, const char *key, int max);
void ws_tally_give(struct ws_tally *t, const char *key);

/* Milliseconds on the monotonic clock; 0 = not limited. */
void ws_tally_limit(struct ws_tally *t, const char *key, int64_t until_ms);
int64_t ws_tally_limited(const struct ws_tally *t, const char *key);

/* Forgets names that count nothing and whose limit has passed. */
void ws_tally_sweep(struct ws_tally *t, int64_t now_ms);

/* All zero is a full bucket. */
struct ws_bucket {
	float left;
	int64_t filled_ms; /* monotonic */
};

/* Takes one; otherwise the milliseconds until there is one. */
int64_t ws_bucket_take(struct ws_bucket *b, int a_sec, int burst);

#endif
