/*
 * Verifying passkeys: what a server must check of a registration and of an
 * assertion.  Pure: no database, no clock, no logging.
 *
 * Sources: W3C Web Authentication Level 2, sections 5.8.1 (client data), 6.1
 * (authenticator data), 6.5 (attestation), 7.1 and 7.2 (the two ceremonies),
 * 8.2 and 8.7 (formats packed and none); Level 3 6.1 (backup flags) and 5.8.1
 * (topOrigin); RFC 8152 and 8230 (COSE keys).
 *
 * Not here: that a challenge serves once, that a counter grows, whose a
 * credential is.  The database decides that (sql/schema/0008_passkeys.sql).
 */
#ifndef MOLTIS_AUTH_WEBAUTHN_H
#define MOLTIS_AUTH_WEBAUTHN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEBAUTHN_CHALLENGE 32 /* bytes */
#define WEBAUTHN_HANDLE 32    /* bytes of user.id */
#define WEBAUTHN_ID_MIN 16
#define WEBAUTHN_ID_MAX 1023
#define WEBAUTHN_KEY_MAX 1200 /* bytes of a COSE key */
#define WEBAUTHN_OBJECT_MAX 65536
#define WEBAUTHN_CLIENT_MAX 4096
#define WEBAUTHN_DATA_MAX 8192     /* authenticator data */
#define WEBAUTHN_SIGNATURE_MAX 512 /* RSA with 4096 bits */

enum webauthn_alg {
	WEBAUTHN_ES256 = -7,
	WEBAUTHN_EDDSA = -8,
	WEBAUTHN_RS256 = -257
};

/* Why something is refused: one value a check. */
enum webauthn_fault {
	WEBAUTHN_OK,
	WEBAUTHN_CLIENT_JSON, /* not UTF-8, not JSON, a member missing */
	WEBAUTHN_CLIENT_TYPE, /* another ceremony */
	WEBAUTHN_CLIENT_CHALLENGE,
	WEBAUTHN_CLIENT_ORIGIN,
	WEBAUTHN_CLIENT_CROSS, /* crossOrigin or topOrigin: in a foreign frame */
	WEBAUTHN_CLIENT_BINDING, /* token binding, which we do not speak */
	WEBAUTHN_CBOR,
	WEBAUTHN_CBOR_DEEP,
	WEBAUTHN_CBOR_LARGE,
	WEBAUTHN_CBOR_TRAILING,
	WEBAUTHN_OBJECT,      /* not fmt, attStmt and authData */
	WEBAUTHN_STATEMENT,   /* attStmt is not what fmt says */
	WEBAUTHN_ATTESTATION, /* its self signature does not hold */
	WEBAUTHN_DATA,        /* authenticator data cut or too long */
	WEBAUTHN_RP_ID,
	WEBAUTHN_PRESENCE, /* UP */
	WEBAUTHN_VERIFIED, /* UV */
	WEBAUTHN_BACKUP,   /* BS without BE, or BE not as it was */
	WEBAUTHN_ATTESTED, /* AT missing, or where it may not be */
	WEBAUTHN_EXTENSIONS,
	WEBAUTHN_ID,  /* length, or not the one the browser said */
	WEBAUTHN_KEY, /* COSE key not in the form */
	WEBAUTHN_KEY_ALG,
	WEBAUTHN_KEY_POINT, /* not on the curve */
	WEBAUTHN_KEY_RSA,   /* too small, or a bad exponent */
	WEBAUTHN_SIGNATURE,
	WEBAUTHN_OWNER /* the user handle is another's */
};

/* A short word for logs, "signature". */
const char *webauthn_fault_word(enum webauthn_fault fault);

struct webauthn_bytes {
	const unsigned char *at; /* borrowed */
	size_t n;
};

/* What both ceremonies must have been made for. */
struct webauthn_expect {
	const char *rp_id;
	const char *const *origins;
	size_t origin_count;
	const unsigned char *challenge; /* WEBAUTHN_CHALLENGE bytes */
};

/* What a browser sends to register. */
struct webauthn_attestation {
	struct webauthn_bytes id; /* rawId */
	struct webauthn_bytes client_data;
	struct webauthn_bytes object;
};

/* What is stored of a credential. */
struct webauthn_credential {
	struct webauthn_bytes id;  /* borrowed from the attestation */
	struct webauthn_bytes key; /* COSE, likewise */
	enum webauthn_alg alg;
	uint32_t sign_count;
	bool backup_eligible;
	bool backed_up;
};

enum webauthn_fault webauthn_create_check(const struct webauthn_expect *expect,
    const struct webauthn_attestation *given, struct webauthn_credential *ret);

/* What a browser sends to sign in, and the key it must have used. */
struct webauthn_assertion {
	struct webauthn_bytes client_data;
	struct webauthn_bytes auth_data;
	struct webauthn_bytes signature;
	struct webauthn_bytes handle; /* n 0: none was sent */
	struct webauthn_bytes key;    /* stored */
	struct webauthn_bytes owner;  /* stored handle */
	bool backup_eligible;         /* stored */
};

struct webauthn_proof {
	uint32_t sign_count;
	bool backed_up;
};

/* The signature is checked before anything that only the right key could get
 * wrong, so that an unknown credential costs the same time. */
enum webauthn_fault webauthn_get_check(const struct webauthn_expect *expect,
    const struct webauthn_assertion *given, struct webauthn_proof *ret);

#endif
