/*
 * Setup and logout.
 *
 * Each is one or two statements that decide in the database; what is here is
 * the order of checks, so that a stranger learns nothing from text, status or
 * time, and every try is counted before it is judged.
 */
#include "config.h"

#include "auth/auth.h"

#include <stdio.h>
#include <string.h>

#include "auth/call.h"
#include "auth/cred.h"
#include "auth/password.h"
#include "base/bytes.h"
#include "op/op_enter.h"

enum status
auth_state_read(struct auth_call *call, struct auth_state *ret)
{
	own_res PGresult *res = NULL;
	enum status st = auth_once(call, DB_READ, STMT_AUTH_STATE, &res);

	if (st != ST_OK)
		return st;
	ret->configured = db_bool(res, 0, "configured");
	ret->has_password = db_bool(res, 0, "has_password");
	ret->has_passkeys = db_bool(res, 0, "has_passkeys");
	return ST_OK;
}

enum status
auth_throttle(struct db *db, const struct auth_limit *limit,
    struct op_error *err)
{
	struct auth_call call = { .db = db };
	own_res PGresult *res = NULL;
	int wait = auth_shut_secs(limit->class_name, limit->subject);
	enum status st = ST_OK;

	if (wait == 0) {
		db_bind_text(db, limit->class_name);
		db_bind_text(db, limit->subject);
		db_bind_int(db, limit->max);
		db_bind_int(db, limit->window_secs);
		st = auth_once(&call, DB_WRITE, STMT_AUTH_THROTTLE_HIT, &res);
		if (st == ST_OK)
			wait = (int)db_int(res, 0, "wait_secs");
		if (wait > 0)
			auth_shut_note(limit->class_name, limit->subject, wait);
	}
	if (wait > 0)
		st = auth_fail_wait(&call, wait);
	*err = call.error;
	return st;
}

enum status
auth_setup_verdict(struct auth_call *call, const char *verdict)
{
	if (strcmp(verdict, "ok") == 0)
		return ST_OK;
	if (strcmp(verdict, "configured") == 0)
		return auth_fail(call, ST_FORBIDDEN, "setup already completed");
	if (strcmp(verdict, "expired") == 0)
		return auth_fail(call, ST_GONE,
		    "the setup code has expired: make a new one with moltis "
		    "setup-code on the server");
	return auth_fail_field(call, ST_FORBIDDEN, "setup_code",
	    "invalid or missing setup code");
}

enum status
auth_setup_try(struct auth_call *call, const char *code,
    unsigned char hash[BYTES_SHA256])
{
	own_res PGresult *res = NULL;
	enum status st = auth_throttle_peer(call, "setup", 20);

	if (st != ST_OK)
		return st;
	if (code == NULL || code[0] == '\0')
		return auth_setup_verdict(call, "wrong");
	/* What cannot be a code is a wrong one, and counts as one. */
	if (!cred_code_hash(code, hash))
		bytes_sha256(code, strlen(code), hash);
	db_bind_bytes(call->db, hash, BYTES_SHA256);
	st = auth_once(call, DB_WRITE, STMT_AUTH_SETUP_CODE_TRY, &res);
	if (st != ST_OK)
		return st;
	return auth_setup_verdict(call, db_text(res, 0, "verdict"));
}

static enum status
make_administrator(struct auth_call *call,
    const unsigned char code_hash[BYTES_SHA256], const char *username,
    const struct secret *password)
{
	own_res PGresult *res = NULL;
	unsigned char token_hash[BYTES_SHA256];
	char hash[PASSWORD_HASH_TEXT];
	enum status st;

	st = password_enter(&call->error);
	if (st != ST_OK)
		return st;
	password_hash(password, hash);
	password_leave();
	auth_token_make(call, token_hash);
	db_bind_bytes(call->db, code_hash, BYTES_SHA256);
	db_bind_text(call->db, username);
	db_bind_text(call->db, hash);
	db_bind_bytes(call->db, token_hash, sizeof(token_hash));
	auth_bind_client(call);
	st = auth_once(call, DB_WRITE, STMT_AUTH_SETUP_FINISH, &res);
	if (st == ST_OK)
		st = auth_setup_verdict(call, db_text(res, 0, "verdict"));
	return auth_token_keep(call, st);
}

enum status
auth_setup(struct auth_call *call, const char *code, const char *username,
    const struct secret *password)
{
	unsigned char code_hash[BYTES_SHA256] = { 0 };
	struct auth_state state;
	enum status st = auth_state_read(call, &state);

	if (st != ST_OK)
		return st;
	if (state.configured)
		return auth_setup_verdict(call, "configured");
	if (username == NULL || username[0] == '\0')
		username = "owner";
	if (code != NULL && code[0] != '\0' && password->len == 0)
		return auth_fail_field(call, ST_INVALID, "password",
		    "a password is required");
	st = auth_setup_try(call, code, code_hash);
	if (st == ST_OK)
		st = auth_check_username(call, username);
	if (st == ST_OK)
		st = password_check(password, username, "password",
		    &call->error);
	if (st != ST_OK)
		return st;
	return make_administrator(call, code_hash, username, password);
}

enum status
auth_logout(struct auth_call *call, const struct op_cred *cred)
{
	own_res PGresult *res = NULL;

	if (cred->kind != CRED_SESSION)
		return ST_OK;
	db_bind_bytes(call->db, cred->hash, sizeof(cred->hash));
	return auth_once(call, DB_WRITE, STMT_AUTH_LOGOUT, &res);
}

enum status
auth_setup_code(struct auth_call *call, char ret_code[AUTH_CODE_TEXT])
{
	own_res PGresult *res = NULL;
	unsigned char hash[BYTES_SHA256];
	char code[AUTH_CODE_TEXT];
	enum status st;

	cred_code_new(code);
	if (!cred_code_hash(code, hash))
		return auth_fail(call, ST_INTERNAL, "");
	db_bind_bytes(call->db, hash, sizeof(hash));
	st = auth_once(call, DB_WRITE, STMT_AUTH_SETUP_CODE_PUT, &res);
	if (st != ST_OK)
		return st;
	if (!db_bool(res, 0, "stored"))
		return auth_fail(call, ST_CONFLICT,
		    "this deployment already has an administrator");
	memcpy(ret_code, code, sizeof(code));
	return ST_OK;
}
