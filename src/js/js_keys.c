/*
 * Key set and unescaping for the scanner.  SipHash-1-3 is the reference
 * algorithm of Aumasson and Bernstein with one compression round; its key is
 * random for each process.
 */
#include "config.h"

#include "js/js_keys.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/own.h"

static pthread_once_t seed_once = PTHREAD_ONCE_INIT;
static uint64_t seed[2];

static void
seed_fill(void)
{
	bytes_random(seed, sizeof(seed));
}

static uint64_t
rotl(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static uint64_t
sip_hash(const char *s, size_t n)
{
	uint64_t v[4] = {
		seed[0] ^ 0x736f6d6570736575,
		seed[1] ^ 0x646f72616e646f6d,
		seed[0] ^ 0x6c7967656e657261,
		seed[1] ^ 0x7465646279746573,
	};
	size_t at = 0;
	uint64_t word;

	for (; at + 8 <= n; at += 8) {
		memcpy(&word, s + at, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	word = 0;
	memcpy(&word, s + at, n - at);
	word |= (uint64_t)n << 56;
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void
js_keys_init(struct js_keys *keys)
{
	keys->more = NULL;
	keys->slots = 0;
	keys->count = 0;
}

void
js_keys_done(struct js_keys *keys)
{
	free(keys->more);
	js_keys_init(keys);
}

static struct js_key *
js_keys_table(struct js_keys *keys)
{
	return keys->more != NULL ? keys->more : keys->first;
}

static bool
js_key_equal(const struct js_key *a, const struct js_key *b)
{
	own_mem char *x = NULL, *y = NULL;
	size_t n;

	if (a->hash != b->hash)
		return false;
	if (!a->escaped && !b->escaped)
		return a->len == b->len && memcmp(a->raw, b->raw, a->len) == 0;
	x = mem_zalloc(a->len + 1);
	y = mem_zalloc(b->len + 1);
	n = js_unescape(a->raw, a->len, x);
	return js_unescape(b->raw, b->len, y) == n && memcmp(x, y, n) == 0;
}

/* The slot that holds an equal key, or the free one where it belongs. */
static struct js_key *
js_keys_slot(struct js_key *table, size_t slots, const struct js_key *key)
{
	size_t at = key->hash & (slots - 1);

	while (table[at].raw != NULL && !js_key_equal(&table[at], key))
		at = (at + 1) & (slots - 1);
	return &table[at];
}

static void
js_keys_widen(struct js_keys *keys)
{
	struct js_key *old = js_keys_table(keys);
	size_t slots = keys->slots * 2;
	struct js_key *table = mem_array(slots, sizeof(*table));

	for (size_t i = 0; i < keys->slots; i++) {
		if (old[i].raw != NULL)
			*js_keys_slot(table, slots, &old[i]) = old[i];
	}
	free(keys->more);
	keys->more = table;
	keys->slots = slots;
}

bool
js_keys_add(struct js_keys *keys, const char *raw, size_t len, bool escaped)
{
	struct js_key key = { raw, len, escaped, 0 };
	struct js_key *slot;

	(void)pthread_once(&seed_once, seed_fill);
	if (keys->slots == 0) {
		memset(keys->first, 0, sizeof(keys->first));
		keys->slots = JS_KEYS_FIRST;
	}
	if (escaped) {
		own_mem char *content = mem_zalloc(len + 1);

		key.hash = sip_hash(content, js_unescape(raw, len, content));
	} else {
		key.hash = sip_hash(raw, len);
	}
	if (keys->count * 4 >= keys->slots * 3)
		js_keys_widen(keys);
	slot = js_keys_slot(js_keys_table(keys), keys->slots, &key);
	if (slot->raw != NULL)
		return false;
	*slot = key;
	keys->count++;
	return true;
}

static unsigned int
hex_unit(const char *s)
{
	unsigned int v = 0;

	for (int i = 0; i < 4; i++) {
		unsigned int c = (unsigned char)s[i];

		v = v << 4 | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return v;
}

static size_t
utf8_put(unsigned int c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

size_t
js_unescape(const char *raw, size_t len, char *out)
{
	static const char from[] = "bfnrt";
	static const char to[] = "\b\f\n\r\t";
	size_t n = 0;

	for (size_t at = 0; at < len;) {
		const char *known;
		unsigned int c;

		if (raw[at] != '\\') {
			out[n++] = raw[at++];
			continue;
		}
		at++;
		if (raw[at] != 'u') {
			known = strchr(from, raw[at]);
			out[n++] = known == NULL ? raw[at] : to[known - from];
			at++;
			continue;
		}
		c = hex_unit(raw + at + 1);
		at += 5;
		if (c >= 0xd800 && c <= 0xdbff) {
			c = 0x10000 + ((c - 0xd800) << 10) +
			    (hex_unit(raw + at + 2) - 0xdc00);
			at += 6;
		}
		n += utf8_put(c, out + n);
	}
	return n;
}
