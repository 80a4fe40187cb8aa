/*
 * A software authenticator (S187): what a browser and its security key would
 * hand to a server, with any one thing changed.
 *
 * A ceremony is built from parts, in order: COSE key, authenticator data,
 * client data, statement, object or signature.  An edit changes a part before
 * the next is built, so that everything after it is right for what was changed;
 * the late parts change what was signed already.
 */
#ifndef MOLTIS_TESTS_UNIT_AUTH_SOFT_KEY_H
#define MOLTIS_TESTS_UNIT_AUTH_SOFT_KEY_H

#include "auth/webauthn_parts.h"

#define SOFT_RP "example.test"
#define SOFT_ORIGIN "https://example.test"
#define SOFT_BYTES 70000
#define SOFT_FLAGS (WEBAUTHN_UP | WEBAUTHN_UV | WEBAUTHN_BE | WEBAUTHN_BS)

enum soft_part {
	SOFT_KEY,
	SOFT_DATA,
	SOFT_CLIENT,
	SOFT_STATEMENT,
	SOFT_OBJECT,
	SOFT_SIGNATURE,
	SOFT_LATE_CLIENT, /* after it was signed */
	SOFT_LATE_DATA,
	SOFT_PARTS
};

enum soft_how {
	SOFT_NOTHING,
	SOFT_REPLACE, /* FIND by PUT, once; it must be there */
	SOFT_OVER,    /* PUT at AT */
	SOFT_FLIP,    /* the lowest bit of the byte at AT */
	SOFT_APPEND,  /* PUT */
	SOFT_FRONT,   /* PUT before everything */
	SOFT_KEEP,    /* the first AT bytes */
	SOFT_CUT      /* the last AT bytes */
};

/* FIND and PUT are text in client data, hex elsewhere. */
struct soft_edit {
	enum soft_part part;
	enum soft_how how;
	const char *find, *put;
	size_t at;
};

struct soft_part_bytes {
	unsigned char at[SOFT_BYTES];
	size_t n;
};

struct soft_recipe {
	enum webauthn_alg alg;  /* 0: ES256 */
	int bits;               /* of an RSA key; 0: 2048 */
	unsigned flags;         /* 0: SOFT_FLAGS; attested data as they say */
	size_t id_bytes;        /* 0: 32 */
	const char *extensions; /* hex, after everything */
	const char *format;     /* NULL: "none"; "packed" is self-signed */
	struct soft_edit edits[2];
};

struct soft {
	struct soft_part_bytes part[SOFT_PARTS];
	unsigned char id[2048];
	unsigned char challenge[WEBAUTHN_CHALLENGE];
	unsigned char handle[WEBAUTHN_HANDLE];
	size_t id_len;
};

/* Both abort when an edit finds nothing to change.  The caller keeps RET. */
void soft_create(const struct soft_recipe *recipe, struct soft *ret);
void soft_get(const struct soft_recipe *recipe, struct soft *ret);

struct webauthn_bytes soft_bytes(const struct soft *s, enum soft_part part);
/* What the server expects of S. */
struct webauthn_expect soft_expect(const struct soft *s);
/* Frees the keys that were made. */
void soft_done(void);

/* A ceremony that is wrong in one thing, and why it must be refused. */
struct soft_mutation {
	const char *sentence;
	bool get; /* an assertion; else a registration */
	enum webauthn_fault fault;
	struct soft_recipe recipe;
};
/* Asserts that each of TABLE is refused for its own reason; ends with a row
 * without a sentence.  Frees the keys. */
void soft_refuse_all(const struct soft_mutation *table);
/* The server's side of a ceremony, with what it stored of the credential. */
enum webauthn_fault soft_check_create(const struct soft *s,
    struct webauthn_credential *ret);
enum webauthn_fault soft_check_get(const struct soft *s, bool backup_eligible,
    struct webauthn_proof *ret);

#endif
