/*
 * Who people are: setup, passwords, login sessions (S153-S177).
 *
 * Blocking; called by fcgi threads, the worker's pool and the command line.
 * Not operations, because they make or end the credential that an operation
 * needs.  Every function is throttled by the database where a stranger can
 * call it, so that all processes count together.
 */
#ifndef MOLTIS_AUTH_AUTH_H
#define MOLTIS_AUTH_AUTH_H

#include <stdbool.h>

#include "base/secret.h"
#include "op/op.h"

#define AUTH_TOKEN_TEXT 44     /* 43 base64url characters and the NUL */
#define AUTH_KEY_TEXT 47       /* "mk_" + 43 and the NUL */
#define AUTH_INVITE_TEXT 48    /* "inv_" + 43 and the NUL */
#define AUTH_CODE_TEXT 10      /* XXXX-XXXX and the NUL */
#define AUTH_PASSWORD_MIN 12   /* characters */
#define AUTH_PASSWORD_MAX 1024 /* bytes */
#define AUTH_SESSION_MAX_AGE_SECS 2592000
#define AUTH_DEVICE_MAX_AGE_SECS 15552000 /* 180 days */

/* One call of a client: what it comes with, and what comes of it. */
struct auth_call {
	struct db *db;
	const char *peer;            /* REMOTE_ADDR; borrowed */
	const char *user_agent;      /* borrowed; may be NULL */
	const char *device;          /* cookie of a known browser, or NULL */
	bool names_device;           /* login: make one for a browser */
	struct op_error error;       /* filled when the call fails */
	char token[AUTH_TOKEN_TEXT]; /* filled by setup and login with the
				      * cookie's value; the caller wipes it */
	char device_token[AUTH_TOKEN_TEXT]; /* login: the browser's, if new */
};

struct auth_state {
	bool configured; /* a person with a credential exists */
	bool has_password;
	bool has_passkeys;
};

MUST_CHECK enum status auth_state_read(struct auth_call *call,
    struct auth_state *ret);

/* First administrator. */
MUST_CHECK enum status auth_setup(struct auth_call *call, const char *code,
    const char *username, const struct secret *password);
/* USERNAME NULL or "" = the deployment's only person. */
MUST_CHECK enum status auth_login(struct auth_call *call, const char *username,
    const struct secret *password);
/* Ends the login session; unknown tokens are fine. */
MUST_CHECK enum status auth_logout(struct auth_call *call,
    const struct op_cred *cred);
/* Ends every other login session of the person (S170). */
MUST_CHECK enum status auth_password_change(struct auth_call *call,
    const struct op_cred *cred, const struct secret *current,
    const struct secret *fresh);
/* The person gives the password again: what asks for a fresh proof works for
 * ten minutes (S172). */
MUST_CHECK enum status auth_prove(struct auth_call *call,
    const struct op_cred *cred, const struct secret *password);
/* A new token for a session whose own is a day old; ST_CONFLICT when another
 * request was faster. */
MUST_CHECK enum status auth_rotate(struct auth_call *call,
    const struct op_cred *cred);

/* An invitation that is good, as its holder may know it. */
struct auth_invite {
	unsigned char hash[BYTES_SHA256]; /* of the token */
	bool is_member, is_reset;         /* neither: a new account */
	struct json_object *about;        /* for the page; owned */
};

/* Counts a try and looks TOKEN up: ST_FORBIDDEN, whatever is wrong with it,
 * ST_GONE when it was good once.  auth_invite_done ends RET in any case. */
MUST_CHECK enum status auth_invite_try(struct auth_call *call,
    const char *token, struct auth_invite *ret);
void auth_invite_done(struct auth_invite *invite);
/* The person of SESSION joins the account of the invitation. */
MUST_CHECK enum status auth_invite_join(struct auth_call *call,
    const struct op_cred *session, const char *token);
/* A new person, or the one of a reset, with PASSWORD and a session. */
MUST_CHECK enum status auth_invite_accept(struct auth_call *call,
    const char *token, const char *username, const struct secret *password);
/* What moltis.invite_accept() said, as a status with its sentence. */
MUST_CHECK enum status auth_invite_verdict(struct auth_call *call,
    const char *verdict);

/* A new setup code for the operator's terminal; ST_CONFLICT when there is an
 * administrator already. */
MUST_CHECK enum status auth_setup_code(struct auth_call *call,
    char ret_code[AUTH_CODE_TEXT]);

/* Credential from what a client sent; false: not in the form of one. */
bool auth_cred_from_key(const char *key, struct op_cred *ret);
bool auth_cred_from_token(const char *token, struct op_cred *ret);

/* A new API key of 256 bits, and the hash that is stored of it; the caller
 * wipes KEY once it was shown. */
void auth_key_new(char key[AUTH_KEY_TEXT], unsigned char hash[BYTES_SHA256]);

/* The same for the token of an invitation; what is not in the form of one gets
 * a hash that nobody has. */
void auth_invite_new(char token[AUTH_INVITE_TEXT],
    unsigned char hash[BYTES_SHA256]);
void auth_invite_hash(const char *token, unsigned char hash[BYTES_SHA256]);

/* A counter of attempts that all processes share (S166, S223). */
struct auth_limit {
	const char *class_name; /* what is attempted: "login" */
	const char *subject;    /* by whom: an address, a name */
	int max;                /* in a window */
	int window_secs;
};

/* Counts one attempt and commits by itself: ST_LIMIT with retry_after_secs
 * once there were more than LIMIT allows. */
MUST_CHECK enum status auth_throttle(struct db *db,
    const struct auth_limit *limit, struct op_error *err);

/*
 * What the database refused a moment ago is refused by this process without
 * asking again: a small table that forgets, and never admits anybody.
 * auth_throttle uses it; those who count by another statement do it here.
 */
int auth_shut_secs(const char *class_name, const char *subject); /* 0: ask */
void auth_shut_note(const char *class_name, const char *subject, int secs);

/* What an address counts as: IPv4 itself (mapped too), IPv6 by its /64 (S225);
 * anything else as it is, cut. */
#define AUTH_PEER_KEY 48
void auth_peer_key(const char *peer, char out[AUTH_PEER_KEY]);

#endif
