/*
 * COSE keys and signatures: one thing wrong at a time (A18).
 */
#include "config.h"

#include <string.h>

#include "tests/unit/auth/soft_key.h"
#include "tests/unit/unit.h"

#define EDIT(part, how, find, put, at) .edits = { { part, how, find, put, at } }
#define KEY(kind, find, put) \
	{ \
		.alg = kind, EDIT(SOFT_KEY, SOFT_REPLACE, find, put, 0) \
	}
#define EC(find, put) KEY(WEBAUTHN_ES256, find, put)
#define ED(find, put) KEY(WEBAUTHN_EDDSA, find, put)
#define RSA(find, put) KEY(WEBAUTHN_RS256, find, put)
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ZEROS_31 \
	"00000000000000000000000000000000000000000000000000000000000000"
#define LATE(part, how, put, at) \
	{ \
		EDIT(part, how, NULL, put, at) \
	}

/* clang-format off */
static const struct soft_mutation mutations[] = {
	{ "P-256 of another type", false, WEBAUTHN_KEY,
	  EC("a50102", "a50101") },
	{ "P-256 for Ed25519", false, WEBAUTHN_KEY, EC("0326", "0327") },
	{ "an algorithm we did not ask for", false, WEBAUTHN_KEY_ALG,
	  EC("0326", "033823") },
	{ "an algorithm of no signature", false, WEBAUTHN_KEY_ALG,
	  EC("0326", "0301") },
	{ "an algorithm beyond all numbers", false, WEBAUTHN_KEY,
	  EC("0326", "033bffffffffffffffff") },
	{ "no algorithm", false, WEBAUTHN_KEY_ALG,
	  { .edits = { { SOFT_KEY, SOFT_REPLACE, "0326", "", 0 },
		  { SOFT_KEY, SOFT_OVER, NULL, "a4", 0 } } } },
	{ "an algorithm in text", false, WEBAUTHN_KEY,
	  EC("0326", "03654553323536") },
	{ "another curve", false, WEBAUTHN_KEY, EC("2001", "2002") },
	{ "a coordinate of 31 bytes", false, WEBAUTHN_KEY,
	  { .edits = { { SOFT_KEY, SOFT_KEEP, NULL, NULL, 8 },
		  { SOFT_KEY, SOFT_APPEND, NULL, "581f" ZEROS_31
		    "225820" ZEROS, 0 } } } },
	{ "y as a sign", false, WEBAUTHN_KEY,
	  { .edits = { { SOFT_KEY, SOFT_CUT, NULL, NULL, 34 },
		  { SOFT_KEY, SOFT_APPEND, NULL, "f5", 0 } } } },
	{ "a member too much", false, WEBAUTHN_KEY,
	  { .edits = { { SOFT_KEY, SOFT_OVER, NULL, "a6", 0 },
		  { SOFT_KEY, SOFT_APPEND, NULL, "0400", 0 } } } },
	{ "a private half", false, WEBAUTHN_KEY,
	  { .edits = { { SOFT_KEY, SOFT_OVER, NULL, "a6", 0 },
		  { SOFT_KEY, SOFT_APPEND, NULL, "235820" ZEROS, 0 } } } },
	{ "a label given twice", false, WEBAUTHN_CBOR,
	  { .edits = { { SOFT_KEY, SOFT_OVER, NULL, "a6", 0 },
		  { SOFT_KEY, SOFT_APPEND, NULL, "0326", 0 } } } },
	{ "a label in text", false, WEBAUTHN_KEY, EC("0326", "616126") },
	{ "an indefinite key", false, WEBAUTHN_CBOR,
	  { .edits = { { SOFT_KEY, SOFT_OVER, NULL, "bf", 0 },
		  { SOFT_KEY, SOFT_APPEND, NULL, "ff", 0 } } } },
	{ "a key that is a list", false, WEBAUTHN_KEY,
	  { .edits = { { SOFT_KEY, SOFT_KEEP, NULL, NULL, 1 },
		  { SOFT_KEY, SOFT_OVER, NULL, "80", 0 } } } },
	{ "x that is not on the curve", false, WEBAUTHN_KEY_POINT,
	  { EDIT(SOFT_KEY, SOFT_FLIP, NULL, NULL, 20) } },
	{ "y that is not on the curve", false, WEBAUTHN_KEY_POINT,
	  { EDIT(SOFT_KEY, SOFT_FLIP, NULL, NULL, 60) } },
	{ "the point 0, 0", false, WEBAUTHN_KEY_POINT,
	  { .edits = { { SOFT_KEY, SOFT_OVER, NULL, ZEROS, 10 },
		  { SOFT_KEY, SOFT_OVER, NULL, ZEROS, 45 } } } },
	{ "x beyond the field", false, WEBAUTHN_KEY_POINT,
	  { EDIT(SOFT_KEY, SOFT_OVER, NULL,
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    10) } },

	{ "Ed25519 of another type", false, WEBAUTHN_KEY,
	  ED("a40101", "a40102") },
	{ "Ed25519 on X25519", false, WEBAUTHN_KEY, ED("2006", "2004") },
	{ "Ed25519 with a second coordinate", false, WEBAUTHN_KEY,
	  { .alg = WEBAUTHN_EDDSA,
	    .edits = { { SOFT_KEY, SOFT_OVER, NULL, "a5", 0 },
		  { SOFT_KEY, SOFT_APPEND, NULL, "225820" ZEROS, 0 } } } },
	{ "Ed25519 of 31 bytes", false, WEBAUTHN_KEY,
	  { .alg = WEBAUTHN_EDDSA,
	    .edits = { { SOFT_KEY, SOFT_REPLACE, "215820", "21581f", 0 },
		  { SOFT_KEY, SOFT_CUT, NULL, NULL, 1 } } } },
	{ "y that is no point", false, WEBAUTHN_KEY_POINT,
	  { .alg = WEBAUTHN_EDDSA, EDIT(SOFT_KEY, SOFT_OVER, NULL,
	    "0200000000000000000000000000000000000000000000000000000000000000",
	    10) } },
	{ "y that is the neutral point", false, WEBAUTHN_KEY_POINT,
	  { .alg = WEBAUTHN_EDDSA, EDIT(SOFT_KEY, SOFT_OVER, NULL,
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    10) } },
	{ "y of order eight", false, WEBAUTHN_KEY_POINT,
	  { .alg = WEBAUTHN_EDDSA, EDIT(SOFT_KEY, SOFT_OVER, NULL,
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	    10) } },
	{ "y beyond the field", false, WEBAUTHN_KEY_POINT,
	  { .alg = WEBAUTHN_EDDSA, EDIT(SOFT_KEY, SOFT_OVER, NULL,
	    "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    10) } },

	{ "RSA of another type", false, WEBAUTHN_KEY,
	  RSA("a40103", "a40102") },
	{ "RSA with 1024 bits", false, WEBAUTHN_KEY_RSA,
	  { .alg = WEBAUTHN_RS256, .bits = 1024 } },
	{ "RSA with a zero in front", false, WEBAUTHN_KEY,
	  RSA("20590100", "2059010100") },
	{ "RSA with exponent 3", false, WEBAUTHN_KEY_RSA,
	  RSA("2143010001", "214103") },
	{ "RSA with exponent 1", false, WEBAUTHN_KEY_RSA,
	  RSA("2143010001", "214101") },
	{ "RSA with an even exponent", false, WEBAUTHN_KEY_RSA,
	  RSA("2143010001", "2143010002") },
	{ "RSA with an exponent of five bytes", false, WEBAUTHN_KEY,
	  RSA("2143010001", "21450100000001") },
	{ "RSA without an exponent", false, WEBAUTHN_KEY,
	  RSA("2143010001", "2140") },
	{ "an even modulus", false, WEBAUTHN_KEY_RSA,
	  { .alg = WEBAUTHN_RS256,
	    EDIT(SOFT_KEY, SOFT_FLIP, NULL, NULL, 266) } },

	{ "a signature with one bit changed", true, WEBAUTHN_SIGNATURE,
	  LATE(SOFT_SIGNATURE, SOFT_FLIP, NULL, 20) },
	{ "the same, Ed25519", true, WEBAUTHN_SIGNATURE,
	  { .alg = WEBAUTHN_EDDSA,
	    EDIT(SOFT_SIGNATURE, SOFT_FLIP, NULL, NULL, 20) } },
	{ "the same, RSA", true, WEBAUTHN_SIGNATURE,
	  { .alg = WEBAUTHN_RS256,
	    EDIT(SOFT_SIGNATURE, SOFT_FLIP, NULL, NULL, 20) } },
	{ "no signature", true, WEBAUTHN_SIGNATURE,
	  LATE(SOFT_SIGNATURE, SOFT_KEEP, NULL, 0) },
	{ "a signature that is cut", true, WEBAUTHN_SIGNATURE,
	  LATE(SOFT_SIGNATURE, SOFT_CUT, NULL, 1) },
	{ "a signature with a byte behind it", true, WEBAUTHN_SIGNATURE,
	  LATE(SOFT_SIGNATURE, SOFT_APPEND, "00", 0) },
	{ "Ed25519 with a byte behind it", true, WEBAUTHN_SIGNATURE,
	  { .alg = WEBAUTHN_EDDSA,
	    EDIT(SOFT_SIGNATURE, SOFT_APPEND, NULL, "00", 0) } },
	{ "RSA with a zero in front", true, WEBAUTHN_SIGNATURE,
	  { .alg = WEBAUTHN_RS256,
	    EDIT(SOFT_SIGNATURE, SOFT_FRONT, NULL, "00", 0) } },
	{ "r and s without their form", true, WEBAUTHN_SIGNATURE,
	  { .edits = { { SOFT_SIGNATURE, SOFT_KEEP, NULL, NULL, 0 },
		  { SOFT_SIGNATURE, SOFT_APPEND, NULL, ZEROS ZEROS, 0 } } } },
	{ "r and s that are zero", true, WEBAUTHN_SIGNATURE,
	  { .edits = { { SOFT_SIGNATURE, SOFT_KEEP, NULL, NULL, 0 },
		  { SOFT_SIGNATURE, SOFT_APPEND, NULL, "3006020100020100",
		    0 } } } },
	{ "a longer form of the same numbers", true, WEBAUTHN_SIGNATURE,
	  { EDIT(SOFT_SIGNATURE, SOFT_REPLACE, "30", "3081", 0) } },
	{ "a counter raised after the signature", true, WEBAUTHN_SIGNATURE,
	  LATE(SOFT_LATE_DATA, SOFT_OVER, "7fffffff", 33) },
	{ "a flag set after the signature", true, WEBAUTHN_SIGNATURE,
	  LATE(SOFT_LATE_DATA, SOFT_FLIP, NULL, 36) },
	{ "a blank put into what was signed", true, WEBAUTHN_SIGNATURE,
	  LATE(SOFT_LATE_CLIENT, SOFT_APPEND, " ", 0) },
	{ "another key than the one stored", true, WEBAUTHN_SIGNATURE,
	  { EDIT(SOFT_KEY, SOFT_OVER, NULL,
	    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
	    "2258204fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837"
	    "bf51f5", 10) } },
	{ "a stored key that is none", true, WEBAUTHN_KEY,
	  { EDIT(SOFT_KEY, SOFT_KEEP, NULL, NULL, 40) } },
	{ .sentence = NULL },
};
/* clang-format on */

static void
refused(void)
{
	soft_refuse_all(mutations);
}

static void
accepted(void)
{
	static const enum webauthn_alg algs[] = { WEBAUTHN_ES256,
		WEBAUTHN_EDDSA, WEBAUTHN_RS256 };
	static struct soft s;

	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		const struct soft_recipe recipe = { .alg = algs[i] };
		enum webauthn_alg alg;

		soft_get(&recipe, &s);
		CU_ASSERT_EQUAL(
		    webauthn_key_check(soft_bytes(&s, SOFT_KEY), &alg),
		    WEBAUTHN_OK);
		CU_ASSERT_EQUAL(alg, algs[i]);
	}
	soft_done();
}

/* Nothing of a key may follow it, however it is stored. */
static void
whole(void)
{
	static struct soft s;
	const struct soft_recipe longer = { EDIT(SOFT_KEY, SOFT_APPEND, NULL,
	    "00", 0) };
	enum webauthn_alg alg;

	soft_get(&longer, &s);
	CU_ASSERT_EQUAL(webauthn_key_check(soft_bytes(&s, SOFT_KEY), &alg),
	    WEBAUTHN_KEY);
	soft_done();
}

void
suite_auth_webauthn_key(void)
{
	static const struct unit_test tests[] = {
		{ "a key or signature wrong in one thing is refused for it",
		    refused },
		{ "the three kinds of keys are accepted", accepted },
		{ "a key ends where it ends", whole },
		{ NULL, NULL },
	};

	unit_add("src/auth/webauthn_key.c", tests);
}
