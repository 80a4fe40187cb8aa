/* The JSON between a page and passkey.c: options out, credentials in.  Pure;
 * for this feature's own files. */
#ifndef MOLTIS_AUTH_PASSKEY_JSON_H
#define MOLTIS_AUTH_PASSKEY_JSON_H

#include "auth/passkey.h"
#include "auth/webauthn.h"

#define PASSKEY_TIMEOUT_MS 60000
#define PASSKEY_NAME_MAX 64 /* characters */

/* A challenge as it is asked: texts are base64url. */
struct passkey_asked {
	const char *challenge_id;
	const unsigned char *challenge; /* WEBAUTHN_CHALLENGE bytes */
	const struct passkey_rp *rp;
	struct json_object *ids; /* array of text; borrowed; may be NULL */
	const char *handle;      /* create: user.id */
	const char *username;    /* create */
};

/* {challenge_id, options:{publicKey}}; the caller owns it. */
struct json_object *passkey_json_create(const struct passkey_asked *asked);
struct json_object *passkey_json_get(const struct passkey_asked *asked);

/* A credential, decoded into memory of its own. */
struct passkey_given {
	unsigned char *room;
	struct webauthn_bytes id, client_data;
	struct webauthn_bytes object;                       /* create */
	struct webauthn_bytes auth_data, signature, handle; /* get */
};

/* false: a member is missing, not base64url, or too long.  The caller ends
 * RET with passkey_given_done in any case. */
MUST_CHECK bool passkey_json_read(struct json_object *credential, bool create,
    struct passkey_given *ret);
void passkey_given_done(struct passkey_given *given);

/* The name as it is stored; false: too long, or control characters. */
MUST_CHECK bool passkey_json_name(const char *name,
    char ret[PASSKEY_NAME_MAX * 4 + 1]);

#endif
