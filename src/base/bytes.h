/*
 * Random bytes, hashes and their text forms.
 *
 * Everything secret is compared with bytes_equal (constant time) and wiped
 * with bytes_wipe.
 */
#ifndef MOLTIS_BASE_BYTES_H
#define MOLTIS_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>

#define BYTES_SHA256 32
#define UUID_TEXT 37 /* 36 characters and the NUL */

/* Fills from the kernel's generator; aborts if it fails. */
void bytes_random(void *out, size_t n);

/* SHA-256 of N bytes into OUT[32]. */
void bytes_sha256(const void *in, size_t n, unsigned char *out);

bool bytes_equal(const void *a, const void *b, size_t n);
void bytes_wipe(void *p, size_t n);

/* base64url without padding (RFC 4648 section 5); OUT needs
 * BYTES_B64URL_ROOM(n).  Returns the length. */
#define BYTES_B64URL_ROOM(n) ((((n) + 2) / 3) * 4 + 1)
size_t bytes_b64url(const void *in, size_t n, char *out);

/* The bytes of base64url TEXT, strictly: no padding, no other characters, no
 * stray bits at the end, at most SIZE bytes.  RET_N is their number. */
bool bytes_b64url_parse(const char *text, size_t n, void *out, size_t size,
    size_t *ret_n);

/* Standard base64 with padding; OUT needs BYTES_B64URL_ROOM(n). */
size_t bytes_b64(const void *in, size_t n, char *out);
/* Back from it, strictly: padding and no other character.  OUT needs
 * BYTES_UNB64_ROOM(n). */
#define BYTES_UNB64_ROOM(n) ((n) / 4 * 3)
bool bytes_unb64(const char *in, size_t n, void *out, size_t *ret_len);

/* Lower-case hex; OUT needs 2n+1. */
void bytes_hex(const void *in, size_t n, char *out);

/* A random version 4 UUID (RFC 9562) as lower-case text. */
void uuid_new(char out[UUID_TEXT]);
bool uuid_check(const char *s); /* canonical lower or upper case form */

#endif
