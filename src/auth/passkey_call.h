/* What the ways of passkeys share; for this feature's own files. */
#ifndef MOLTIS_AUTH_PASSKEY_CALL_H
#define MOLTIS_AUTH_PASSKEY_CALL_H

#include "auth/call.h"
#include "auth/passkey_json.h"

#define PASSKEY_BEGIN_PER_MIN 20 /* an address (S188) */

/* What a begin works with. */
struct passkey_begun {
	struct passkey_rp rp;
	unsigned char challenge[WEBAUTHN_CHALLENGE];
	unsigned char handle[WEBAUTHN_HANDLE]; /* for a person without one */
	char peer_key[AUTH_PEER_KEY];
};

/* Counts the address and makes a challenge; ST_UNSUPPORTED when this
 * deployment has no passkeys. */
MUST_CHECK enum status passkey_call_begin(struct passkey_call *call,
    struct passkey_begun *ret);

/* The answer's challenge id in the form of one. */
MUST_CHECK enum status passkey_call_check(struct passkey_call *call,
    const struct passkey_answer *answer);

/* For which challenge and pages: RET borrows from RP and CHALLENGE. */
struct passkey_expected {
	struct passkey_rp rp;
	unsigned char challenge[WEBAUTHN_CHALLENGE];
	struct webauthn_expect expect;
};
/* TEXT is the challenge as the database gave it. */
MUST_CHECK enum status passkey_call_expect(struct passkey_call *call,
    const char *text, struct passkey_expected *ret);

/* 400: the challenge is unknown, used, too old, or somebody else's. */
enum status passkey_call_stale(struct passkey_call *call);

#endif
