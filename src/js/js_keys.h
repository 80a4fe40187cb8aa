/*
 * The set of keys one JSON object has shown so far.
 *
 * A small open-addressing table over a keyed hash (SipHash-1-3), so that a
 * sender cannot choose keys that collide (A72).  Internal to js_scan.c.
 */
#ifndef MOLTIS_JS_JS_KEYS_H
#define MOLTIS_JS_JS_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JS_KEYS_FIRST 16 /* slots without an allocation; a power of two */

/* A key as it stands in the text, between its quotes. */
struct js_key {
	const char *raw; /* NULL: free slot */
	size_t len;
	bool escaped;  /* has a backslash */
	uint64_t hash; /* of the content, after unescaping */
};

struct js_keys {
	struct js_key first[JS_KEYS_FIRST];
	struct js_key *more; /* replaces first once it is too small */
	size_t slots;        /* 0: no key yet, first is not cleared */
	size_t count;
};

void js_keys_init(struct js_keys *keys);
void js_keys_done(struct js_keys *keys);

/* Adds KEY; false when an equal one is there already.  The text must outlive
 * the set, and its escapes must have been checked. */
bool js_keys_add(struct js_keys *keys, const char *raw, size_t len,
    bool escaped);

/* Content of a checked raw string; OUT needs LEN bytes.  Returns its length. */
size_t js_unescape(const char *raw, size_t len, char *out);

#endif
