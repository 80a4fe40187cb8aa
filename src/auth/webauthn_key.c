/*
 * COSE keys (RFC 8152 section 13, RFC 8230) and signatures, through OpenSSL.
 *
 * Three kinds: ECDSA on P-256, Ed25519, RSA with 2048 bits or more.  A key
 * has exactly the members of its kind; what OpenSSL does not look at before
 * it is too late (points of Ed25519) is looked at here.
 */
#include "config.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "auth/webauthn_cbor.h"
#include "auth/webauthn_parts.h"
#include "base/bytes.h"

#define COORDINATE 32
#define RSA_BITS_MIN 2048
#define RSA_BYTES_MAX 512
#define RSA_EXPONENT_MIN 65537
#define RSA_EXPONENT_BYTES 4

/* Labels: 1 kty, 3 alg; what -1 to -3 mean depends on kty. */
struct cose {
	int64_t kty, alg, curve;
	struct webauthn_bytes minus1, minus2, minus3;
	uint64_t members;
};

static bool
read_number(const struct wcbor_item *item, struct cose *k, int64_t label)
{
	int64_t n;

	if (!wcbor_int(item, &n))
		return false;
	if (label == 1)
		k->kty = n;
	else if (label == 3)
		k->alg = n;
	else if (label == -1)
		k->curve = n;
	else
		return false;
	return true;
}

static bool
read_member(struct wcbor *c, struct cose *k)
{
	struct wcbor_item name, item;
	struct webauthn_bytes bytes;
	int64_t label;

	if (!wcbor_next(c, &name) || !wcbor_int(&name, &label) ||
	    !wcbor_next(c, &item))
		return false;
	if (item.type != WCBOR_BYTES)
		return read_number(&item, k, label);
	bytes = (struct webauthn_bytes){ item.at, (size_t)item.number };
	if (label == -1)
		k->minus1 = bytes;
	else if (label == -2)
		k->minus2 = bytes;
	else if (label == -3)
		k->minus3 = bytes;
	else
		return false;
	return true;
}

static bool
read_key(struct webauthn_bytes cose, struct cose *ret)
{
	struct wcbor c = { cose.at, cose.at + cose.n };
	struct cose k = { 0 };
	struct wcbor_item map;
	size_t used = 0;

	if (cose.n > WEBAUTHN_KEY_MAX ||
	    wcbor_check(cose.at, cose.n, &used) != WCBOR_OK || used != cose.n ||
	    !wcbor_next(&c, &map) || map.type != WCBOR_MAP)
		return false;
	for (uint64_t i = 0; i < map.number; i++) {
		if (!read_member(&c, &k))
			return false;
	}
	k.members = map.number;
	*ret = k;
	return true;
}

/* Makes a key of TYPE; NULL when OpenSSL finds it no good. */
static EVP_PKEY *
make_key(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static enum webauthn_fault
make_p256(const struct cose *k, EVP_PKEY **ret)
{
	unsigned char point[1 + 2 * COORDINATE] = {
		POINT_CONVERSION_UNCOMPRESSED
	};
	char group[] = "P-256";
	OSSL_PARAM params[3];

	if (k->kty != 2 || k->curve != 1 || k->members != 5 ||
	    k->minus2.n != COORDINATE || k->minus3.n != COORDINATE)
		return WEBAUTHN_KEY;
	memcpy(point + 1, k->minus2.at, COORDINATE);
	memcpy(point + 1 + COORDINATE, k->minus3.at, COORDINATE);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
	    group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
	    point, sizeof(point));
	params[2] = OSSL_PARAM_construct_end();
	*ret = make_key("EC", params);
	return *ret != NULL ? WEBAUTHN_OK : WEBAUTHN_KEY_POINT;
}

/* The y of points of order 1, 2, 4 and 8 (RFC 8032 calls them small): a
 * signature by such a "key" proves nothing. */
static bool
is_small_order(const unsigned char y[COORDINATE])
{
	static const char *const small[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	};
	char hex[2 * COORDINATE + 1];

	bytes_hex(y, COORDINATE, hex);
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++) {
		if (strcmp(hex, small[i]) == 0)
			return true;
	}
	return false;
}

/* Is there an x with -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032 section 5.1)?  That
 * is, is u/v a square for u = y^2 - 1 and v = d y^2 + 1; u v then is one too.
 * Kronecker's symbol of a prime tells. */
static bool
is_edwards_y(const unsigned char y_bytes[COORDINATE])
{
	static const char prime[] =
	    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed";
	static const char curve_d[] =
	    "52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3";
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p = NULL, *d = NULL, *u = BN_new(), *v = BN_new();
	BIGNUM *y = BN_lebin2bn(y_bytes, COORDINATE, NULL);
	bool good = ctx != NULL && u != NULL && v != NULL && y != NULL &&
	    BN_hex2bn(&p, prime) != 0 && BN_hex2bn(&d, curve_d) != 0 &&
	    BN_cmp(y, p) < 0 && BN_mod_sqr(y, y, p, ctx) == 1 &&
	    BN_mod_sub(u, y, BN_value_one(), p, ctx) == 1 &&
	    BN_mod_mul(v, d, y, p, ctx) == 1 &&
	    BN_mod_add(v, v, BN_value_one(), p, ctx) == 1 &&
	    BN_mod_mul(u, u, v, p, ctx) == 1 && BN_kronecker(u, p, ctx) == 1;

	BN_free(p);
	BN_free(d);
	BN_free(u);
	BN_free(v);
	BN_free(y);
	BN_CTX_free(ctx);
	return good;
}

static enum webauthn_fault
make_ed25519(const struct cose *k, EVP_PKEY **ret)
{
	unsigned char y[COORDINATE];

	if (k->kty != 1 || k->curve != 6 || k->members != 4 ||
	    k->minus2.n != COORDINATE)
		return WEBAUTHN_KEY;
	memcpy(y, k->minus2.at, sizeof(y));
	y[COORDINATE - 1] &= 0x7f; /* the sign of x */
	if (is_small_order(y) || !is_edwards_y(y))
		return WEBAUTHN_KEY_POINT;
	*ret = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, k->minus2.at,
	    COORDINATE);
	return *ret != NULL ? WEBAUTHN_OK : WEBAUTHN_KEY_POINT;
}

static bool
is_good_rsa(const BIGNUM *n, const BIGNUM *e)
{
	return BN_num_bits(n) >= RSA_BITS_MIN && BN_is_odd(n) && BN_is_odd(e) &&
	    BN_get_word(e) >= RSA_EXPONENT_MIN;
}

static enum webauthn_fault
make_rsa(const struct cose *k, EVP_PKEY **ret)
{
	struct webauthn_bytes n = k->minus1, e = k->minus2;
	BIGNUM *bn_n, *bn_e;
	OSSL_PARAM_BLD *build;
	OSSL_PARAM *params = NULL;

	/* RFC 8230: big-endian, without zeros in front. */
	if (k->kty != 3 || k->members != 4 || n.n == 0 || e.n == 0 ||
	    n.n > RSA_BYTES_MAX || e.n > RSA_EXPONENT_BYTES || n.at[0] == 0 ||
	    e.at[0] == 0)
		return WEBAUTHN_KEY;
	bn_n = BN_bin2bn(n.at, (int)n.n, NULL);
	bn_e = BN_bin2bn(e.at, (int)e.n, NULL);
	build = OSSL_PARAM_BLD_new();
	if (bn_n != NULL && bn_e != NULL && is_good_rsa(bn_n, bn_e) &&
	    build != NULL &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn_n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, bn_e) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL)
		*ret = make_key("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(bn_n);
	BN_free(bn_e);
	return *ret != NULL ? WEBAUTHN_OK : WEBAUTHN_KEY_RSA;
}

/* The caller frees *RET, whatever is returned. */
static enum webauthn_fault
open_key(struct webauthn_bytes cose, enum webauthn_alg *ret_alg, EVP_PKEY **ret)
{
	struct cose k;

	if (!read_key(cose, &k))
		return WEBAUTHN_KEY;
	*ret_alg = (enum webauthn_alg)k.alg;
	switch (k.alg) {
	case WEBAUTHN_ES256:
		return make_p256(&k, ret);
	case WEBAUTHN_EDDSA:
		return make_ed25519(&k, ret);
	case WEBAUTHN_RS256:
		return make_rsa(&k, ret);
	default: /* a number somebody sent */
		return WEBAUTHN_KEY_ALG;
	}
}

/* OpenSSL's own opinion.  For RSA it takes milliseconds, which at a login would
 * tell a key that exists from nobody's; so it is asked once, when a key comes
 * in. */
static bool
is_sound(EVP_PKEY *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool good = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;

	EVP_PKEY_CTX_free(ctx);
	return good;
}

enum webauthn_fault
webauthn_key_check(struct webauthn_bytes cose, enum webauthn_alg *ret_alg)
{
	EVP_PKEY *key = NULL;
	enum webauthn_fault fault = open_key(cose, ret_alg, &key);

	if (fault == WEBAUTHN_OK && *ret_alg != WEBAUTHN_EDDSA &&
	    !is_sound(key))
		fault = *ret_alg == WEBAUTHN_RS256 ? WEBAUTHN_KEY_RSA
						   : WEBAUTHN_KEY_POINT;
	EVP_PKEY_free(key);
	return fault;
}

static bool
verify(EVP_PKEY *key, enum webauthn_alg alg, const struct webauthn_assertion *a)
{
	unsigned char message[WEBAUTHN_DATA_MAX + BYTES_SHA256];
	EVP_MD_CTX *ctx;
	bool good;

	if (a->auth_data.n > WEBAUTHN_DATA_MAX || a->signature.n == 0 ||
	    a->signature.n > WEBAUTHN_SIGNATURE_MAX)
		return false;
	memcpy(message, a->auth_data.at, a->auth_data.n);
	bytes_sha256(a->client_data.at, a->client_data.n,
	    message + a->auth_data.n);
	ctx = EVP_MD_CTX_new();
	/* RSA is PKCS #1 version 1.5 unless told otherwise, as RS256 is. */
	good = ctx != NULL &&
	    EVP_DigestVerifyInit_ex(ctx, NULL,
		alg == WEBAUTHN_EDDSA ? NULL : "SHA256", NULL, NULL, key,
		NULL) == 1 &&
	    EVP_DigestVerify(ctx, a->signature.at, a->signature.n, message,
		a->auth_data.n + BYTES_SHA256) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

enum webauthn_fault
webauthn_key_verify(const struct webauthn_assertion *a)
{
	enum webauthn_alg alg = WEBAUTHN_ES256;
	EVP_PKEY *key = NULL;
	enum webauthn_fault fault = open_key(a->key, &alg, &key);

	if (fault == WEBAUTHN_OK && !verify(key, alg, a))
		fault = WEBAUTHN_SIGNATURE;
	EVP_PKEY_free(key);
	return fault;
}
