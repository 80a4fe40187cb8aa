/* The parts that the two ceremonies are made of; for webauthn.c, its tests and
 * the fuzz targets. */
#ifndef MOLTIS_AUTH_WEBAUTHN_PARTS_H
#define MOLTIS_AUTH_WEBAUTHN_PARTS_H

#include "auth/webauthn.h"

#define WEBAUTHN_RP_HASH 32

/* Client data (5.8.1): made for TYPE, for our challenge, on our page. */
enum webauthn_fault webauthn_client_check(const struct webauthn_expect *expect,
    struct webauthn_bytes client_data, const char *type);

enum webauthn_flag {
	WEBAUTHN_UP = 0x01,
	WEBAUTHN_UV = 0x04,
	WEBAUTHN_BE = 0x08,
	WEBAUTHN_BS = 0x10,
	WEBAUTHN_AT = 0x40,
	WEBAUTHN_ED = 0x80
};

/* Authenticator data (6.1), borrowed from the bytes it was read from. */
struct webauthn_data {
	const unsigned char *rp_hash; /* WEBAUTHN_RP_HASH bytes */
	unsigned flags;
	uint32_t sign_count;
	struct webauthn_bytes id;  /* with WEBAUTHN_AT */
	struct webauthn_bytes key; /* likewise; well-formed CBOR */
};

/* Every byte is accounted for. */
enum webauthn_fault webauthn_data_parse(struct webauthn_bytes bytes,
    struct webauthn_data *ret);
/* For RP_ID, by a person who was there and proved himself to it. */
enum webauthn_fault webauthn_data_check(const struct webauthn_data *data,
    const char *rp_id);

/* An attestation object (6.5): exactly fmt, attStmt and authData. */
struct webauthn_object {
	struct webauthn_bytes format;
	struct webauthn_bytes statement; /* CBOR map */
	struct webauthn_bytes auth_data;
};
enum webauthn_fault webauthn_object_parse(struct webauthn_bytes bytes,
    struct webauthn_object *ret);

/* Is the COSE key one of ours, and good? */
enum webauthn_fault webauthn_key_check(struct webauthn_bytes cose,
    enum webauthn_alg *ret_alg);
/* SIGNATURE over AUTH_DATA and the hash of CLIENT_DATA. */
enum webauthn_fault webauthn_key_verify(const struct webauthn_assertion *a);

#endif
