/* What the blocking calls of src/auth share; for this feature's own files. */
#ifndef MOLTIS_AUTH_CALL_H
#define MOLTIS_AUTH_CALL_H

#include "auth/auth.h"

#define AUTH_USERNAME_MAX 64

/* Fill call->error and return ST; the second names the field. */
enum status auth_fail(struct auth_call *call, enum status st,
    const char *message);
enum status auth_fail_field(struct auth_call *call, enum status st,
    const char *field, const char *message);

/* ST_LIMIT: how long to wait. */
enum status auth_fail_wait(struct auth_call *call, int secs);

/* db_once with the error moved into the call. */
MUST_CHECK enum status auth_once(struct auth_call *call, enum db_mode mode,
    enum db_stmt stmt, PGresult **ret);
/* Binds address and User-Agent, in this order. */
void auth_bind_client(const struct auth_call *call);

/* Counts an attempt against the address it comes from: MAX a minute. */
MUST_CHECK enum status auth_throttle_peer(struct auth_call *call,
    const char *class_name, int max);
MUST_CHECK enum status auth_check_username(struct auth_call *call,
    const char *name);

/* A token in the call; what is stored of it goes into HASH. */
void auth_token_make(struct auth_call *call, unsigned char hash[BYTES_SHA256]);
/* ST, and no token that nobody has stored. */
enum status auth_token_keep(struct auth_call *call, enum status st);

/* What moltis.setup_code_try() said, as a status with its sentence. */
MUST_CHECK enum status auth_setup_verdict(struct auth_call *call,
    const char *verdict);
/* Counts a wrong code before anything costly is done for it; HASH is what the
 * code is looked up by. */
MUST_CHECK enum status auth_setup_try(struct auth_call *call, const char *code,
    unsigned char hash[BYTES_SHA256]);

#endif
