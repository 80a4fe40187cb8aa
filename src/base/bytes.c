/*
 * Randomness from the kernel, SHA-256 from OpenSSL, and the text forms of
 * bytes.  None of it looks at what the bytes mean.
 */
#include "config.h"

#include "base/bytes.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

static const char b64_url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char b64_std[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Fetched once: a fetch a call costs more than the hash of a token. */
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256_md;

static void
sha256_fetch(void)
{
	sha256_md = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void
bytes_random(void *out, size_t n)
{
	unsigned char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}

void
bytes_sha256(const void *in, size_t n, unsigned char *out)
{
	unsigned int len = 0;

	(void)pthread_once(&sha256_once, sha256_fetch);
	/* Hashing can only fail when OpenSSL itself is broken; going on with
	 * an unfilled hash would compare tokens with garbage. */
	if (sha256_md == NULL ||
	    EVP_Digest(in, n, out, &len, sha256_md, NULL) != 1 ||
	    len != BYTES_SHA256)
		abort();
}

bool
bytes_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}

void
bytes_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}

/* Encodes without padding; the caller adds it where its form has it. */
static size_t
b64_encode(const unsigned char *in, size_t n, char *out, const char *abc)
{
	size_t len = 0;
	size_t i = 0;

	for (; i + 3 <= n; i += 3) {
		unsigned int v = (unsigned int)in[i] << 16 |
		    (unsigned int)in[i + 1] << 8 | in[i + 2];

		out[len++] = abc[v >> 18];
		out[len++] = abc[v >> 12 & 63];
		out[len++] = abc[v >> 6 & 63];
		out[len++] = abc[v & 63];
	}
	if (i < n) {
		unsigned int v = (unsigned int)in[i] << 16;

		if (i + 1 < n)
			v |= (unsigned int)in[i + 1] << 8;
		out[len++] = abc[v >> 18];
		out[len++] = abc[v >> 12 & 63];
		if (i + 1 < n)
			out[len++] = abc[v >> 6 & 63];
	}
	out[len] = '\0';
	return len;
}

size_t
bytes_b64url(const void *in, size_t n, char *out)
{
	return b64_encode(in, n, out, b64_url);
}

static int
b64url_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

bool
bytes_b64url_parse(const char *text, size_t n, void *out, size_t size,
    size_t *ret_n)
{
	unsigned char *p = out;
	unsigned int bits = 0, have = 0;
	size_t len = 0;

	if (n % 4 == 1 || n / 4 * 3 + n % 4 * 3 / 4 > size)
		return false;
	for (size_t i = 0; i < n; i++) {
		int digit = b64url_digit(text[i]);

		if (digit < 0)
			return false;
		bits = (bits << 6 | (unsigned int)digit) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			p[len++] = (unsigned char)(bits >> have);
		}
	}
	if ((bits & ((1u << have) - 1)) != 0)
		return false;
	*ret_n = len;
	return true;
}

size_t
bytes_b64(const void *in, size_t n, char *out)
{
	size_t len = b64_encode(in, n, out, b64_std);

	while (len % 4 != 0)
		out[len++] = '=';
	out[len] = '\0';
	return len;
}

static int
unb64_digit(char c)
{
	const char *at = c == '\0' ? NULL : strchr(b64_std, c);

	return at == NULL ? -1 : (int)(at - b64_std);
}

bool
bytes_unb64(const char *in, size_t n, void *out, size_t *ret_len)
{
	unsigned char *p = out;
	unsigned int v = 0;
	size_t len = 0, pad = 0;

	if (n % 4 != 0)
		return false;
	if (n > 0 && in[n - 1] == '=')
		pad = in[n - 2] == '=' ? 2 : 1;
	for (size_t i = 0; i < n; i++) {
		int d = i < n - pad ? unb64_digit(in[i]) : 0;

		if (d < 0)
			return false;
		v = v << 6 | (unsigned int)d;
		if (i % 4 != 3)
			continue;
		for (size_t k = 0; k < 3 && (i + 1 < n || k < 3 - pad); k++)
			p[len++] = (unsigned char)(v >> (16 - 8 * k));
		/* Bits that mean nothing are zero: one text a content. */
		if (i + 1 == n && pad > 0 &&
		    (v & (pad == 1 ? 0xffu : 0xffffu)) != 0)
			return false;
		v = 0;
	}
	*ret_len = len;
	return true;
}

void
bytes_hex(const void *in, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = in;

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

void
uuid_new(char out[UUID_TEXT])
{
	unsigned char raw[16];
	char hex[2 * sizeof(raw) + 1];
	size_t at = 0;

	bytes_random(raw, sizeof(raw));
	raw[6] = (unsigned char)((raw[6] & 0x0f) | 0x40);
	raw[8] = (unsigned char)((raw[8] & 0x3f) | 0x80);
	bytes_hex(raw, sizeof(raw), hex);
	for (size_t i = 0; i < 2 * sizeof(raw); i++) {
		if (i == 8 || i == 12 || i == 16 || i == 20)
			out[at++] = '-';
		out[at++] = hex[i];
	}
	out[at] = '\0';
}

bool
uuid_check(const char *s)
{
	if (s == NULL)
		return false;
	for (size_t i = 0; i < UUID_TEXT - 1; i++) {
		bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

		if (hyphen ? s[i] != '-'
			   : s[i] == '\0' ||
			    strchr("0123456789abcdefABCDEF", s[i]) == NULL)
			return false;
	}
	return s[UUID_TEXT - 1] == '\0';
}
