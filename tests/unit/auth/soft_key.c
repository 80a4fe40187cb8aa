/*
 * The software authenticator of the unit tests.  Its encoder of CBOR is its
 * own: it shares no line with the reader it is used against.
 */
#include "config.h"

#include "tests/unit/auth/soft_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/bytes.h"
#include "tests/unit/unit.h"

#define KEYS 8

static struct {
	enum webauthn_alg alg;
	int bits;
	EVP_PKEY *key;
} keys[KEYS];

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "soft_key: broken test: %s\n", what);
	abort();
}

static EVP_PKEY *
key_make(enum webauthn_alg alg, int bits)
{
	switch (alg) {
	case WEBAUTHN_ES256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	case WEBAUTHN_EDDSA:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case WEBAUTHN_RS256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	}
	return NULL;
}

/* One key of a kind serves all tests: an RSA key takes its time. */
static EVP_PKEY *
key_get(enum webauthn_alg alg, int bits)
{
	size_t i = 0;

	while (i < KEYS && keys[i].key != NULL &&
	    (keys[i].alg != alg || keys[i].bits != bits))
		i++;
	must(i < KEYS, "too many kinds of keys");
	if (keys[i].key == NULL) {
		keys[i].alg = alg;
		keys[i].bits = bits;
		keys[i].key = key_make(alg, bits);
	}
	must(keys[i].key != NULL, "no key");
	return keys[i].key;
}

void
soft_done(void)
{
	for (size_t i = 0; i < KEYS; i++)
		EVP_PKEY_free(keys[i].key);
	memset(keys, 0, sizeof(keys));
}

static void
put(struct soft_part_bytes *b, const void *bytes, size_t n)
{
	must(b->n + n <= sizeof(b->at), "a part is too long");
	memcpy(b->at + b->n, bytes, n);
	b->n += n;
}

static size_t
from_hex(const char *hex, unsigned char *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned v = 0;

		must(sscanf(hex + 2 * i, "%2x", &v) == 1, "hex");
		out[i] = (unsigned char)v;
	}
	return n;
}

static void
put_hex(struct soft_part_bytes *b, const char *hex)
{
	unsigned char bytes[2048];

	must(strlen(hex) / 2 <= sizeof(bytes), "long hex");
	put(b, bytes, from_hex(hex, bytes));
}

static void
put_head(struct soft_part_bytes *b, unsigned major, size_t n)
{
	unsigned char head[3] = { (unsigned char)(major << 5), 0, 0 };

	if (n < 24) {
		head[0] |= (unsigned char)n;
		put(b, head, 1);
	} else if (n < 256) {
		head[0] |= 24;
		head[1] = (unsigned char)n;
		put(b, head, 2);
	} else {
		must(n < 65536, "CBOR length");
		head[0] |= 25;
		head[1] = (unsigned char)(n >> 8);
		head[2] = (unsigned char)n;
		put(b, head, 3);
	}
}

static void
put_string(struct soft_part_bytes *b, const void *bytes, size_t n)
{
	put_head(b, 2, n);
	put(b, bytes, n);
}

static void
put_text(struct soft_part_bytes *b, const char *text)
{
	put_head(b, 3, strlen(text));
	put(b, text, strlen(text));
}

/* Finds N bytes of WHAT in B. */
static size_t
find(const struct soft_part_bytes *b, const unsigned char *what, size_t n)
{
	for (size_t i = 0; i + n <= b->n; i++) {
		if (memcmp(b->at + i, what, n) == 0)
			return i;
	}
	must(false, "an edit finds nothing");
	return 0;
}

static void
replace(struct soft_part_bytes *b, size_t at, size_t old, const void *bytes,
    size_t n)
{
	must(at + old <= b->n && b->n - old + n <= sizeof(b->at), "an edit");
	memmove(b->at + at + n, b->at + at + old, b->n - at - old);
	memcpy(b->at + at, bytes, n);
	b->n = b->n - old + n;
}

static size_t
edit_bytes(const struct soft_edit *e, const char *text, unsigned char *out)
{
	bool is_text = e->part == SOFT_CLIENT || e->part == SOFT_LATE_CLIENT;

	if (text == NULL)
		return 0;
	must(strlen(text) < 2048, "a long edit");
	if (!is_text)
		return from_hex(text, out);
	memcpy(out, text, strlen(text));
	return strlen(text);
}

static void
edit(struct soft_part_bytes *b, const struct soft_edit *e)
{
	unsigned char what[2048], fresh[2048];
	size_t n = edit_bytes(e, e->put, fresh);
	size_t old = edit_bytes(e, e->find, what);

	switch (e->how) {
	case SOFT_NOTHING:
		break;
	case SOFT_REPLACE:
		replace(b, find(b, what, old), old, fresh, n);
		break;
	case SOFT_OVER:
		replace(b, e->at, n, fresh, n);
		break;
	case SOFT_FLIP:
		must(e->at < b->n, "a flip");
		b->at[e->at] ^= 1;
		break;
	case SOFT_APPEND:
		replace(b, b->n, 0, fresh, n);
		break;
	case SOFT_FRONT:
		replace(b, 0, 0, fresh, n);
		break;
	case SOFT_KEEP:
		must(e->at < b->n, "keeping");
		b->n = e->at;
		break;
	case SOFT_CUT:
		must(e->at <= b->n, "cutting");
		b->n -= e->at;
		break;
	}
}

static void
edits(struct soft *s, const struct soft_recipe *r, enum soft_part part,
    enum soft_part of)
{
	for (size_t i = 0; i < sizeof(r->edits) / sizeof(r->edits[0]); i++) {
		if (r->edits[i].how != SOFT_NOTHING && r->edits[i].part == part)
			edit(&s->part[of], &r->edits[i]);
	}
}

static void
key_number(EVP_PKEY *key, const char *name, struct soft_part_bytes *b)
{
	unsigned char bytes[1024];
	BIGNUM *n = NULL;
	int len;

	must(EVP_PKEY_get_bn_param(key, name, &n) == 1, name);
	len = BN_bn2bin(n, bytes);
	put_string(b, bytes, (size_t)len);
	BN_free(n);
}

static void
build_key(struct soft *s, EVP_PKEY *key, enum webauthn_alg alg)
{
	struct soft_part_bytes *b = &s->part[SOFT_KEY];
	unsigned char point[65];
	size_t n = 0;

	switch (alg) {
	case WEBAUTHN_ES256:
		must(EVP_PKEY_get_octet_string_param(key,
			 OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point),
			 &n) == 1 &&
			n == sizeof(point),
		    "a point");
		put_hex(b, "a5010203262001215820");
		put(b, point + 1, 32);
		put_hex(b, "225820");
		put(b, point + 33, 32);
		break;
	case WEBAUTHN_EDDSA:
		n = sizeof(point);
		must(EVP_PKEY_get_raw_public_key(key, point, &n) == 1, "y");
		put_hex(b, "a4010103272006215820");
		put(b, point, 32);
		break;
	case WEBAUTHN_RS256:
		put_hex(b, "a401030339010020");
		key_number(key, OSSL_PKEY_PARAM_RSA_N, b);
		put_hex(b, "21");
		key_number(key, OSSL_PKEY_PARAM_RSA_E, b);
		break;
	}
}

static void
build_data(struct soft *s, const struct soft_recipe *r, unsigned flags)
{
	struct soft_part_bytes *b = &s->part[SOFT_DATA];
	unsigned char hash[BYTES_SHA256], byte = (unsigned char)flags;
	unsigned char size[2] = { (unsigned char)(s->id_len >> 8),
		(unsigned char)s->id_len };

	bytes_sha256(SOFT_RP, strlen(SOFT_RP), hash);
	put(b, hash, sizeof(hash));
	put(b, &byte, 1);
	put_hex(b, "00000007");
	if ((flags & WEBAUTHN_AT) != 0) {
		put_hex(b, "00000000000000000000000000000000");
		put(b, size, 2);
		put(b, s->id, s->id_len);
		put(b, s->part[SOFT_KEY].at, s->part[SOFT_KEY].n);
	}
	if (r->extensions != NULL)
		put_hex(b, r->extensions);
	edits(s, r, SOFT_DATA, SOFT_DATA);
}

static void
build_client(struct soft *s, const struct soft_recipe *r, const char *type)
{
	char challenge[BYTES_B64URL_ROOM(WEBAUTHN_CHALLENGE)], text[512];

	bytes_b64url(s->challenge, sizeof(s->challenge), challenge);
	(void)snprintf(text, sizeof(text),
	    "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\","
	    "\"crossOrigin\":false}",
	    type, challenge, SOFT_ORIGIN);
	put(&s->part[SOFT_CLIENT], text, strlen(text));
	edits(s, r, SOFT_CLIENT, SOFT_CLIENT);
}

static void
sign(struct soft *s, EVP_PKEY *key, enum webauthn_alg alg)
{
	static unsigned char message[SOFT_BYTES + BYTES_SHA256];
	const struct soft_part_bytes *data = &s->part[SOFT_DATA];
	const struct soft_part_bytes *client = &s->part[SOFT_CLIENT];
	struct soft_part_bytes *out = &s->part[SOFT_SIGNATURE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	memcpy(message, data->at, data->n);
	bytes_sha256(client->at, client->n, message + data->n);
	out->n = sizeof(out->at);
	must(EVP_DigestSignInit_ex(ctx, NULL,
		 alg == WEBAUTHN_EDDSA ? NULL : "SHA256", NULL, NULL, key,
		 NULL) == 1 &&
		EVP_DigestSign(ctx, out->at, &out->n, message,
		    data->n + BYTES_SHA256) == 1,
	    "signing");
	EVP_MD_CTX_free(ctx);
}

static void
build_object(struct soft *s, const struct soft_recipe *r, enum webauthn_alg alg)
{
	struct soft_part_bytes *statement = &s->part[SOFT_STATEMENT];
	struct soft_part_bytes *b = &s->part[SOFT_OBJECT];
	const char *format = r->format == NULL ? "none" : r->format;

	if (strcmp(format, "packed") == 0) {
		put_head(statement, 5, 2);
		put_text(statement, "alg");
		put_head(statement, 1, (size_t)(-1 - (int)alg));
		put_text(statement, "sig");
		put_string(statement, s->part[SOFT_SIGNATURE].at,
		    s->part[SOFT_SIGNATURE].n);
	} else {
		put_head(statement, 5, 0);
	}
	edits(s, r, SOFT_STATEMENT, SOFT_STATEMENT);
	put_head(b, 5, 3);
	put_text(b, "fmt");
	put_text(b, format);
	put_text(b, "attStmt");
	put(b, statement->at, statement->n);
	put_text(b, "authData");
	put_string(b, s->part[SOFT_DATA].at, s->part[SOFT_DATA].n);
	edits(s, r, SOFT_OBJECT, SOFT_OBJECT);
}

static void
start(const struct soft_recipe *r, struct soft *s, EVP_PKEY **ret_key,
    enum webauthn_alg *ret_alg)
{
	for (int i = 0; i < SOFT_PARTS; i++)
		s->part[i].n = 0;
	*ret_alg = r->alg == 0 ? WEBAUTHN_ES256 : r->alg;
	*ret_key = key_get(*ret_alg, r->bits == 0 ? 2048 : r->bits);
	s->id_len = r->id_bytes == 0 ? 32 : r->id_bytes;
	bytes_random(s->id, s->id_len);
	bytes_random(s->challenge, sizeof(s->challenge));
	bytes_random(s->handle, sizeof(s->handle));
	build_key(s, *ret_key, *ret_alg);
	edits(s, r, SOFT_KEY, SOFT_KEY);
}

void
soft_create(const struct soft_recipe *r, struct soft *ret)
{
	enum webauthn_alg alg;
	EVP_PKEY *key;

	start(r, ret, &key, &alg);
	build_data(ret, r, r->flags == 0 ? SOFT_FLAGS | WEBAUTHN_AT : r->flags);
	build_client(ret, r, "webauthn.create");
	sign(ret, key, alg);
	edits(ret, r, SOFT_SIGNATURE, SOFT_SIGNATURE);
	build_object(ret, r, alg);
	edits(ret, r, SOFT_LATE_CLIENT, SOFT_CLIENT);
}

void
soft_get(const struct soft_recipe *r, struct soft *ret)
{
	enum webauthn_alg alg;
	EVP_PKEY *key;

	start(r, ret, &key, &alg);
	build_data(ret, r, r->flags == 0 ? SOFT_FLAGS : r->flags);
	build_client(ret, r, "webauthn.get");
	sign(ret, key, alg);
	edits(ret, r, SOFT_SIGNATURE, SOFT_SIGNATURE);
	edits(ret, r, SOFT_LATE_CLIENT, SOFT_CLIENT);
	edits(ret, r, SOFT_LATE_DATA, SOFT_DATA);
}

struct webauthn_bytes
soft_bytes(const struct soft *s, enum soft_part part)
{
	return (struct webauthn_bytes){ s->part[part].at, s->part[part].n };
}

struct webauthn_expect
soft_expect(const struct soft *s)
{
	static const char *const origins[] = { SOFT_ORIGIN,
		"https://chat.example.test" };

	return (struct webauthn_expect){
		.rp_id = SOFT_RP,
		.origins = origins,
		.origin_count = 2,
		.challenge = s->challenge,
	};
}

enum webauthn_fault
soft_check_create(const struct soft *s, struct webauthn_credential *ret)
{
	const struct webauthn_expect expect = soft_expect(s);
	const struct webauthn_attestation given = {
		.id = { s->id, s->id_len },
		.client_data = soft_bytes(s, SOFT_CLIENT),
		.object = soft_bytes(s, SOFT_OBJECT),
	};

	return webauthn_create_check(&expect, &given, ret);
}

enum webauthn_fault
soft_check_get(const struct soft *s, bool backup_eligible,
    struct webauthn_proof *ret)
{
	const struct webauthn_expect expect = soft_expect(s);
	const struct webauthn_assertion given = {
		.client_data = soft_bytes(s, SOFT_CLIENT),
		.auth_data = soft_bytes(s, SOFT_DATA),
		.signature = soft_bytes(s, SOFT_SIGNATURE),
		.handle = { s->handle, sizeof(s->handle) },
		.owner = { s->handle, sizeof(s->handle) },
		.key = soft_bytes(s, SOFT_KEY),
		.backup_eligible = backup_eligible,
	};

	return webauthn_get_check(&expect, &given, ret);
}

void
soft_refuse_all(const struct soft_mutation *table)
{
	static struct soft s;

	for (const struct soft_mutation *m = table; m->sentence != NULL; m++) {
		struct webauthn_credential made;
		struct webauthn_proof proof;
		enum webauthn_fault fault;

		if (m->get) {
			soft_get(&m->recipe, &s);
			fault = soft_check_get(&s, true, &proof);
		} else {
			soft_create(&m->recipe, &s);
			fault = soft_check_create(&s, &made);
		}
		CU_ASSERT_EQUAL(fault, m->fault);
		if (fault != m->fault)
			printf("\n    %s: got %s, not %s", m->sentence,
			    webauthn_fault_word(fault),
			    webauthn_fault_word(m->fault));
	}
	soft_done();
}
