/*
 * What every call of this feature does: fail with a sentence, run a statement,
 * count a try, make a session's token.  Decides nothing about people.
 */
#include "config.h"

#include "auth/call.h"

#include <stdio.h>
#include <string.h>

#include "auth/cred.h"
#include "base/bytes.h"
#include "op/op_enter.h"

enum status
auth_fail(struct auth_call *call, enum status st, const char *message)
{
	memset(&call->error, 0, sizeof(call->error));
	snprintf(call->error.message, sizeof(call->error.message), "%s",
	    message);
	return st;
}

enum status
auth_fail_field(struct auth_call *call, enum status st, const char *field,
    const char *message)
{
	(void)auth_fail(call, st, message);
	snprintf(call->error.field, sizeof(call->error.field), "%s", field);
	return st;
}

enum status
auth_fail_wait(struct auth_call *call, int secs)
{
	(void)auth_fail(call, ST_LIMIT, "too many attempts, try again later");
	call->error.retry_after_secs = secs;
	return ST_LIMIT;
}

enum status
auth_once(struct auth_call *call, enum db_mode mode, enum db_stmt stmt,
    PGresult **ret)
{
	memset(&call->error, 0, sizeof(call->error));
	if (db_once(call->db, mode, stmt, ret) == ST_OK)
		return ST_OK;
	return op_error_from_db(call->db, &call->error);
}

void
auth_bind_client(const struct auth_call *call)
{
	db_bind_text(call->db, call->peer);
	db_bind_text(call->db,
	    call->user_agent == NULL ? "" : call->user_agent);
}

enum status
auth_throttle_peer(struct auth_call *call, const char *class_name, int max)
{
	char peer_key[AUTH_PEER_KEY];
	const struct auth_limit limit = { class_name, peer_key, max, 60 };

	auth_peer_key(call->peer, peer_key);
	return auth_throttle(call->db, &limit, &call->error);
}

enum status
auth_check_username(struct auth_call *call, const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > AUTH_USERNAME_MAX ||
	    strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789._-@+") != n)
		return auth_fail_field(call, ST_INVALID, "username",
		    "the user name must be 1 to 64 letters, digits or "
		    ". _ - @ +");
	return ST_OK;
}

void
auth_token_make(struct auth_call *call, unsigned char hash[BYTES_SHA256])
{
	cred_token_new(call->token);
	bytes_sha256(call->token, strlen(call->token), hash);
}

enum status
auth_token_keep(struct auth_call *call, enum status st)
{
	if (st != ST_OK)
		bytes_wipe(call->token, sizeof(call->token));
	return st;
}
