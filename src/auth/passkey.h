/*
 * Passkeys: registering one, and signing in or proving oneself again with one
 * (S178-S190).
 *
 * Blocking, called by fcgi threads.  Each way is two calls: begin makes a
 * challenge in the database, finish takes it away, verifies what the
 * authenticator made of it (auth/webauthn.h), and stores what comes of it.
 */
#ifndef MOLTIS_AUTH_PASSKEY_H
#define MOLTIS_AUTH_PASSKEY_H

#include "auth/auth.h"

/* What passkeys of this deployment are for: the host of server.external_url,
 * on its pages. */
struct passkey_rp {
	char id[256];
	const char *origins[CONF_MAX_ORIGINS]; /* borrowed from the conf */
	size_t origin_count;
};

/* false: the host is an address, for which browsers make no passkeys. */
bool passkey_rp_find(const struct conf *conf, struct passkey_rp *ret);

struct passkey_call {
	struct auth_call auth;
	const struct conf *conf;
	struct json_object *reply; /* of begin and of register; caller owns */
};

/* What a browser gave for a challenge; all borrowed from the request. */
struct passkey_answer {
	const char *challenge_id;
	struct json_object *credential; /* PublicKeyCredential.toJSON() */
	const char *name; /* of a new one; NULL or blank: "Passkey" */
};

/* A signed-in person adds one; CRED is a login session.  Begin demands that he
 * proved himself lately. */
MUST_CHECK enum status passkey_register_begin(struct passkey_call *call,
    const struct op_cred *cred);
MUST_CHECK enum status passkey_register_finish(struct passkey_call *call,
    const struct op_cred *cred, const struct passkey_answer *answer);

/* Signing in: with USERNAME NULL or "" the authenticator knows who it is. */
MUST_CHECK enum status passkey_login_begin(struct passkey_call *call,
    const char *username);
MUST_CHECK enum status passkey_login_finish(struct passkey_call *call,
    const struct passkey_answer *answer);

/* A signed-in person proves himself again (S172). */
MUST_CHECK enum status passkey_reauth_begin(struct passkey_call *call,
    const struct op_cred *cred);
MUST_CHECK enum status passkey_reauth_finish(struct passkey_call *call,
    const struct op_cred *cred, const struct passkey_answer *answer);

/* First administrator.  USERNAME NULL: "owner", or the one of begin. */
MUST_CHECK enum status passkey_setup_begin(struct passkey_call *call,
    const char *code, const char *username);
MUST_CHECK enum status passkey_setup_finish(struct passkey_call *call,
    const char *code, const char *username,
    const struct passkey_answer *answer);

/* By invitation: a new person with USERNAME, or one whose way in is reset. */
MUST_CHECK enum status passkey_invite_begin(struct passkey_call *call,
    const char *token, const char *username);
MUST_CHECK enum status passkey_invite_finish(struct passkey_call *call,
    const char *token, const char *username,
    const struct passkey_answer *answer);

/* Operations on the caller's own. */
extern const struct op_field passkey_rename_params[];
extern const struct op_field passkey_remove_params[];
enum status passkey_list(struct op_call *call);
enum status passkey_rename(struct op_call *call);
enum status passkey_remove(struct op_call *call);

#endif
