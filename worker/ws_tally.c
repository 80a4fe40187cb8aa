/*
 * A fixed table of chains.  Names are addresses and user ids, and there are
 * never more of them than sockets plus refused addresses of the last minute.
 */
#include "config.h"

#include "worker/ws_tally.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/mem.h"

#define BUCKETS 4096 /* a power of two */

struct row {
	LIST_ENTRY(row) link;
	char key[WS_TALLY_KEY_BYTES];
	int count;
	int64_t limited_until_ms;
};

LIST_HEAD(bucket, row);

struct ws_tally {
	uint32_t seed; /* a client chooses its address: no known collisions */
	struct bucket buckets[BUCKETS];
};

static struct bucket *bucket_of(const struct ws_tally *t, const char *key);
static struct row *row_find(const struct ws_tally *t, const char *key);
static struct row *row_need(struct ws_tally *t, const char *key);

struct ws_tally *
ws_tally_new(void)
{
	struct ws_tally *t = mem_zalloc(sizeof(*t));

	bytes_random(&t->seed, sizeof(t->seed));
	return t;
}

void
ws_tally_free(struct ws_tally *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < BUCKETS; i++) {
		while (!LIST_EMPTY(&t->buckets[i])) {
			struct row *row = LIST_FIRST(&t->buckets[i]);

			LIST_REMOVE(row, link);
			free(row);
		}
	}
	free(t);
}

bool
ws_tally_take(struct ws_tally *t, const char *key, int max)
{
	struct row *row = row_need(t, key);

	if (row->count >= max)
		return false;
	row->count++;
	return true;
}

void
ws_tally_give(struct ws_tally *t, const char *key)
{
	struct row *row = row_find(t, key);

	if (row == NULL || row->count == 0)
		abort();
	if (--row->count > 0 || row->limited_until_ms != 0)
		return;
	LIST_REMOVE(row, link);
	free(row);
}

void
ws_tally_limit(struct ws_tally *t, const char *key, int64_t until_ms)
{
	row_need(t, key)->limited_until_ms = until_ms;
}

int64_t
ws_tally_limited(const struct ws_tally *t, const char *key)
{
	const struct row *row = row_find(t, key);

	return row != NULL ? row->limited_until_ms : 0;
}

void
ws_tally_sweep(struct ws_tally *t, int64_t now_ms)
{
	struct row *row, *next;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (row = LIST_FIRST(&t->buckets[i]); row != NULL;
		     row = next) {
			next = LIST_NEXT(row, link);
			if (row->limited_until_ms <= now_ms)
				row->limited_until_ms = 0;
			if (row->count > 0 || row->limited_until_ms != 0)
				continue;
			LIST_REMOVE(row, link);
			free(row);
		}
	}
}

int64_t
ws_bucket_take(struct ws_bucket *b, int a_sec, int burst)
{
	int64_t now = clock_mono_ms();
	float per_ms = (float)a_sec / 1000.0f;

	b->left += (float)(now - b->filled_ms) * per_ms;
	if (b->filled_ms == 0 || b->left > (float)burst)
		b->left = (float)burst;
	b->filled_ms = now;
	if (b->left < 1.0f)
		return (int64_t)((1.0f - b->left) / per_ms) + 1;
	b->left -= 1.0f;
	return 0;
}

/* FNV-1a, seeded. */
static struct bucket *
bucket_of(const struct ws_tally *t, const char *key)
{
	uint32_t h = 2166136261u ^ t->seed;

	for (; *key != '\0'; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	h ^= h >> 16;
	/* The table is ours; only the parameter is const for its callers. */
	return (struct bucket *)(uintptr_t)&t->buckets[h & (BUCKETS - 1)];
}

static struct row *
row_find(const struct ws_tally *t, const char *key)
{
	struct row *row;

	LIST_FOREACH(row, bucket_of(t, key), link)
	{
		if (strcmp(row->key, key) == 0)
			return row;
	}
	return NULL;
}

static struct row *
row_need(struct ws_tally *t, const char *key)
{
	struct row *row = row_find(t, key);

	if (row != NULL)
		return row;
	row = mem_zalloc(sizeof(*row));
	(void)mem_copy_str(row->key, sizeof(row->key), key);
	LIST_INSERT_HEAD(bucket_of(t, key), row, link);
	return row;
}
