/*
 * What a signed-in person does with his own credential: change the password,
 * give it again to prove who he is, have the cookie replaced.
 *
 * Only with a login session.  Wrong passwords are counted for the person and
 * not for the address: a stranger behind the same address must not keep
 * anybody from his own account.
 */
#include "config.h"

#include <string.h>

#include "auth/call.h"
#include "auth/password.h"
#include "op/op_enter.h"

#define TRIES_MAX 10
#define TRIES_WINDOW_SECS 60

/* Checks the password that FIELD gave and hands out the row it was checked
 * against. */
static enum status
check_password(struct auth_call *call, const struct op_cred *cred,
    const struct secret *password, const char *field, PGresult **ret_user)
{
	struct auth_limit limit = { .class_name = "password",
		.max = TRIES_MAX,
		.window_secs = TRIES_WINDOW_SECS };
	enum status st;
	bool good;

	if (cred->kind != CRED_SESSION)
		return auth_fail(call, ST_UNAUTH, "not authenticated");
	db_bind_bytes(call->db, cred->hash, sizeof(cred->hash));
	st = auth_once(call, DB_READ, STMT_AUTH_SESSION_PASSWORD, ret_user);
	if (st != ST_OK)
		return st;
	if (db_rows(*ret_user) != 1)
		return auth_fail(call, ST_UNAUTH, "not authenticated");
	limit.subject = db_text(*ret_user, 0, "user_id");
	st = auth_throttle(call->db, &limit, &call->error);
	if (st != ST_OK)
		return st;
	st = password_enter(&call->error);
	if (st != ST_OK)
		return st;
	good =
	    password_verify(password, db_text(*ret_user, 0, "password_hash"));
	password_leave();
	if (good)
		return ST_OK;
	return auth_fail_field(call, ST_FORBIDDEN, field,
	    "this is not your current password");
}

/* The first password of somebody who came by passkey: there is no current one,
 * so he must have proved himself lately (S155). */
static enum status
check_fresh(struct auth_call *call, const struct op_cred *cred)
{
	const struct op_entry entry = {
		.cred = cred,
		.demand = OP_DEMAND_FRESH,
		.peer = call->peer,
	};
	struct op_principal who;

	memset(&call->error, 0, sizeof(call->error));
	return op_identify(call->db, &entry, &who, &call->error);
}

enum status
auth_password_change(struct auth_call *call, const struct op_cred *cred,
    const struct secret *current, const struct secret *fresh)
{
	own_res PGresult *user = NULL;
	own_res PGresult *res = NULL;
	char hash[PASSWORD_HASH_TEXT];
	enum status st =
	    check_password(call, cred, current, "current_password", &user);

	if (st == ST_FORBIDDEN && user != NULL &&
	    db_text(user, 0, "password_hash") == NULL)
		st = check_fresh(call, cred);
	if (st != ST_OK)
		return st;
	st = password_check(fresh, db_text(user, 0, "username"), "new_password",
	    &call->error);
	if (st != ST_OK)
		return st;
	st = password_enter(&call->error);
	if (st != ST_OK)
		return st;
	password_hash(fresh, hash);
	password_leave();
	db_bind_bytes(call->db, cred->hash, sizeof(cred->hash));
	db_bind_text(call->db, db_text(user, 0, "password_hash"));
	db_bind_text(call->db, hash);
	db_bind_text(call->db, call->peer);
	st = auth_once(call, DB_WRITE, STMT_AUTH_PASSWORD_PUT, &res);
	if (st == ST_OK && !db_bool(res, 0, "done"))
		return auth_fail(call, ST_CONFLICT,
		    "the password was changed meanwhile: sign in again");
	return st;
}

enum status
auth_prove(struct auth_call *call, const struct op_cred *cred,
    const struct secret *password)
{
	own_res PGresult *user = NULL;
	own_res PGresult *res = NULL;
	enum status st =
	    check_password(call, cred, password, "password", &user);

	if (st != ST_OK)
		return st;
	db_bind_bytes(call->db, cred->hash, sizeof(cred->hash));
	db_bind_text(call->db, db_text(user, 0, "password_hash"));
	db_bind_text(call->db, call->peer);
	st = auth_once(call, DB_WRITE, STMT_AUTH_SESSION_PROVE, &res);
	if (st == ST_OK && !db_bool(res, 0, "done"))
		return auth_fail(call, ST_UNAUTH, "not authenticated");
	return st;
}

enum status
auth_rotate(struct auth_call *call, const struct op_cred *cred)
{
	own_res PGresult *res = NULL;
	unsigned char hash[BYTES_SHA256];
	enum status st;

	auth_token_make(call, hash);
	db_bind_bytes(call->db, cred->hash, sizeof(cred->hash));
	db_bind_bytes(call->db, hash, sizeof(hash));
	st = auth_once(call, DB_WRITE, STMT_AUTH_SESSION_ROTATE, &res);
	if (st == ST_OK && !db_bool(res, 0, "done"))
		st = ST_CONFLICT;
	return auth_token_keep(call, st);
}
