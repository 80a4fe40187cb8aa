/*
 * Setup, login, logout, password change.
 *
 * Each is one or two statements that decide in the database; what is here is
 * the order of checks, so that a stranger learns nothing from text, status or
 * time, and every try is counted before it is judged.
 */
#include "config.h"

#include "auth/auth.h"

#include <stdio.h>
#include <string.h>

#include "auth/cred.h"
#include "auth/password.h"
#include "base/bytes.h"
#include "base/utf8.h"
#include "op/op_enter.h"

#define USERNAME_MAX 64

static enum status
fail(struct op_error *err, enum status st, const char *message)
{
	memset(err, 0, sizeof(*err));
	snprintf(err->message, sizeof(err->message), "%s", message);
	return st;
}

static enum status
fail_field(struct op_error *err, const char *field, const char *message)
{
	(void)fail(err, ST_INVALID, message);
	snprintf(err->field, sizeof(err->field), "%s", field);
	return ST_INVALID;
}

/* db_once with the error moved to ERR. */
static enum status
once(struct db *db, enum db_mode mode, enum db_stmt stmt, PGresult **ret,
    struct op_error *err)
{
	memset(err, 0, sizeof(*err));
	if (db_once(db, mode, stmt, ret) == ST_OK)
		return ST_OK;
	return op_error_from_db(db, err);
}

enum status
auth_state_read(struct db *db, struct auth_state *ret, struct op_error *err)
{
	own_res PGresult *res = NULL;
	enum status st = once(db, DB_READ, STMT_AUTH_STATE, &res, err);

	if (st != ST_OK)
		return st;
	ret->configured = db_bool(res, 0, "configured");
	ret->has_password = db_bool(res, 0, "has_password");
	ret->has_passkeys = false;
	return ST_OK;
}

enum status
auth_throttle(struct db *db, const char *class_name, const char *subject,
    int max, int window_secs, struct op_error *err)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(db, class_name);
	db_bind_text(db, subject);
	db_bind_int(db, max);
	db_bind_int(db, window_secs);
	st = once(db, DB_WRITE, STMT_AUTH_THROTTLE_HIT, &res, err);
	if (st != ST_OK)
		return st;
	if (db_int(res, 0, "wait_secs") == 0)
		return ST_OK;
	(void)fail(err, ST_LIMIT, "too many attempts, try again later");
	err->retry_after_secs = (int)db_int(res, 0, "wait_secs");
	return ST_LIMIT;
}

static enum status
check_username(const char *name, struct op_error *err)
{
	size_t n = strlen(name);

	if (n == 0 || n > USERNAME_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._-@+") != n)
		return fail_field(err, "username", "the user name must be 1 to "
		    "64 letters, digits or . _ - @ +");
	return ST_OK;
}

static enum status
setup_verdict(const char *verdict, struct op_error *err)
{
	if (strcmp(verdict, "ok") == 0)
		return ST_OK;
	if (strcmp(verdict, "configured") == 0)
		return fail(err, ST_FORBIDDEN, "setup already completed");
	if (strcmp(verdict, "expired") == 0)
		return fail(err, ST_GONE, "the setup code has expired: make a "
		    "new one with moltis setup-code on the server");
	(void)fail(err, ST_FORBIDDEN, "invalid or missing setup code");
	snprintf(err->field, sizeof(err->field), "setup_code");
	return ST_FORBIDDEN;
}

/* Counts a wrong code before anything costly is done for it. */
static enum status
try_code(struct db *db, const struct auth_client *who, const char *code,
    unsigned char hash[BYTES_SHA256], struct op_error *err)
{
	own_res PGresult *res = NULL;
	char peer_key[AUTH_PEER_KEY];
	enum status st;

	auth_peer_key(who->peer, peer_key);
	st = auth_throttle(db, "setup", peer_key, 20, 60, err);
	if (st != ST_OK)
		return st;
	if (code == NULL || code[0] == '\0')
		return setup_verdict("wrong", err);
	/* What cannot be a code is a wrong one, and counts as one. */
	if (!cred_code_hash(code, hash))
		bytes_sha256(code, strlen(code), hash);
	db_bind_bytes(db, hash, BYTES_SHA256);
	st = once(db, DB_WRITE, STMT_AUTH_SETUP_CODE_TRY, &res, err);
	if (st != ST_OK)
		return st;
	return setup_verdict(db_text(res, 0, "verdict"), err);
}

static enum status
make_administrator(struct db *db, const struct auth_client *who,
    const unsigned char code_hash[BYTES_SHA256], const char *username,
    const struct secret *password, char *ret_token, struct op_error *err)
{
	own_res PGresult *res = NULL;
	unsigned char token_hash[BYTES_SHA256];
	char hash[PASSWORD_HASH_TEXT], token[AUTH_TOKEN_TEXT];
	enum status st;

	password_hash(password, hash);
	cred_token_new(token);
	bytes_sha256(token, strlen(token), token_hash);
	db_bind_bytes(db, code_hash, BYTES_SHA256);
	db_bind_text(db, username);
	db_bind_text(db, hash);
	db_bind_bytes(db, token_hash, sizeof(token_hash));
	db_bind_text(db, who->peer);
	db_bind_text(db, who->user_agent == NULL ? "" : who->user_agent);
	st = once(db, DB_WRITE, STMT_AUTH_SETUP_FINISH, &res, err);
	if (st == ST_OK)
		st = setup_verdict(db_text(res, 0, "verdict"), err);
	if (st == ST_OK)
		memcpy(ret_token, token, sizeof(token));
	bytes_wipe(token, sizeof(token));
	return st;
}

enum status
auth_setup(struct db *db, const struct auth_client *who, const char *code,
    const char *username, const struct secret *password, char *ret_token,
    struct op_error *err)
{
	unsigned char code_hash[BYTES_SHA256] = { 0 };
	struct auth_state state;
	enum status st;

	if (username == NULL || username[0] == '\0')
		username = "owner";
	st = auth_state_read(db, &state, err);
	if (st != ST_OK)
		return st;
	if (state.configured)
		return setup_verdict("configured", err);
	if (code != NULL && code[0] != '\0' && password->len == 0)
		return fail_field(err, "password", "a password is required");
	st = try_code(db, who, code, code_hash, err);
	if (st == ST_OK)
		st = check_username(username, err);
	if (st == ST_OK)
		st = password_check(password, username, "password", err);
	if (st != ST_OK)
		return st;
	return make_administrator(db, who, code_hash, username, password,
	    ret_token, err);
}

/* Twice counted: the address, and the name whoever tries it. */
static enum status
login_throttle(struct db *db, const struct auth_client *who,
    const char *username, struct op_error *err)
{
	char peer_key[AUTH_PEER_KEY];
	enum status st;

	auth_peer_key(who->peer, peer_key);
	st = auth_throttle(db, "login", peer_key, 5, 60, err);
	if (st != ST_OK)
		return st;
	return auth_throttle(db, "login.name", username, 30, 900, err);
}

static void
login_note_failed(struct db *db, const struct auth_client *who)
{
	own_res PGresult *res = NULL;
	struct op_error ignored;

	db_bind_text(db, "auth.login_failed");
	db_bind_text(db, who->peer);
	db_bind_json(db, NULL);
	/* The login fails either way; a lost log line must not say more. */
	(void)!once(db, DB_WRITE, STMT_AUTH_NOTE, &res, &ignored);
}

static enum status
login_make_session(struct db *db, const struct auth_client *who,
    const char *username, const PGresult *user, const struct secret *password,
    char *ret_token, struct op_error *err)
{
	char peer_key[AUTH_PEER_KEY];
	own_res PGresult *res = NULL;
	unsigned char token_hash[BYTES_SHA256];
	char fresh[PASSWORD_HASH_TEXT], token[AUTH_TOKEN_TEXT];
	const char *seen = db_text(user, 0, "password_hash");
	bool rehash = password_is_outdated(seen);
	enum status st;

	if (rehash)
		password_hash(password, fresh);
	cred_token_new(token);
	bytes_sha256(token, strlen(token), token_hash);
	db_bind_text(db, db_text(user, 0, "user_id"));
	db_bind_text(db, seen);
	db_bind_text(db, rehash ? fresh : NULL);
	db_bind_bytes(db, token_hash, sizeof(token_hash));
	db_bind_text(db, who->peer);
	db_bind_text(db, who->user_agent == NULL ? "" : who->user_agent);
	auth_peer_key(who->peer, peer_key);
	db_bind_text(db, peer_key);
	db_bind_text(db, username);
	st = once(db, DB_WRITE, STMT_AUTH_LOGIN_FINISH, &res, err);
	if (st == ST_OK && !db_bool(res, 0, "done"))
		st = fail(err, ST_UNAUTH, "invalid user name or password");
	if (st == ST_OK)
		memcpy(ret_token, token, sizeof(token));
	bytes_wipe(token, sizeof(token));
	return st;
}

enum status
auth_login(struct db *db, const struct auth_client *who, const char *username,
    const struct secret *password, char *ret_token, struct op_error *err)
{
	own_res PGresult *res = NULL;
	struct auth_state state;
	enum status st;

	if (username == NULL)
		username = "";
	st = auth_state_read(db, &state, err);
	if (st != ST_OK)
		return st;
	if (!state.configured)
		return fail(err, ST_SETUP_REQUIRED, "setup required");
	if (strlen(username) > USERNAME_MAX ||
	    password->len > AUTH_PASSWORD_MAX)
		return fail(err, ST_UNAUTH, "invalid user name or password");
	st = login_throttle(db, who, username, err);
	if (st != ST_OK)
		return st;
	db_bind_text(db, username);
	st = once(db, DB_READ, STMT_AUTH_LOGIN_LOOKUP, &res, err);
	if (st != ST_OK)
		return st;
	if (!password_verify(password, db_rows(res) == 1 ?
	    db_text(res, 0, "password_hash") : NULL)) {
		login_note_failed(db, who);
		return fail(err, ST_UNAUTH, "invalid user name or password");
	}
	return login_make_session(db, who, username, res, password, ret_token,
	    err);
}

enum status
auth_logout(struct db *db, const struct op_cred *cred, struct op_error *err)
{
	own_res PGresult *res = NULL;

	memset(err, 0, sizeof(*err));
	if (cred->kind != CRED_SESSION)
		return ST_OK;
	db_bind_bytes(db, cred->hash, sizeof(cred->hash));
	return once(db, DB_WRITE, STMT_AUTH_LOGOUT, &res, err);
}

/* Checks the current password and hands out the row it was checked against. */
static enum status
check_current(struct db *db, const struct op_cred *cred,
    const struct auth_client *who, const struct secret *current,
    PGresult **ret_user, struct op_error *err)
{
	char peer_key[AUTH_PEER_KEY];
	enum status st;

	auth_peer_key(who->peer, peer_key);
	st = auth_throttle(db, "password", peer_key, 10, 60, err);
	if (st != ST_OK)
		return st;
	if (cred->kind != CRED_SESSION)
		return fail(err, ST_UNAUTH, "not authenticated");
	db_bind_bytes(db, cred->hash, sizeof(cred->hash));
	st = once(db, DB_READ, STMT_AUTH_SESSION_PASSWORD, ret_user, err);
	if (st != ST_OK)
		return st;
	if (db_rows(*ret_user) != 1)
		return fail(err, ST_UNAUTH, "not authenticated");
	if (password_verify(current, db_text(*ret_user, 0, "password_hash")))
		return ST_OK;
	(void)fail(err, ST_FORBIDDEN, "current password is incorrect");
	snprintf(err->field, sizeof(err->field), "current_password");
	return ST_FORBIDDEN;
}

enum status
auth_password_change(struct db *db, const struct op_cred *cred,
    const struct auth_client *who, const struct secret *current,
    const struct secret *fresh, struct op_error *err)
{
	own_res PGresult *user = NULL;
	own_res PGresult *res = NULL;
	char hash[PASSWORD_HASH_TEXT];
	enum status st = check_current(db, cred, who, current, &user, err);

	if (st != ST_OK)
		return st;
	st = password_check(fresh, db_text(user, 0, "username"),
	    "new_password", err);
	if (st != ST_OK)
		return st;
	password_hash(fresh, hash);
	db_bind_bytes(db, cred->hash, sizeof(cred->hash));
	db_bind_text(db, db_text(user, 0, "password_hash"));
	db_bind_text(db, hash);
	db_bind_text(db, who->peer);
	st = once(db, DB_WRITE, STMT_AUTH_PASSWORD_PUT, &res, err);
	if (st == ST_OK && !db_bool(res, 0, "done"))
		return fail(err, ST_CONFLICT,
		    "the password was changed meanwhile: sign in again");
	return st;
}

enum status
auth_setup_code(struct db *db, char *ret_code, struct op_error *err)
{
	own_res PGresult *res = NULL;
	unsigned char hash[BYTES_SHA256];
	char code[AUTH_CODE_TEXT];
	enum status st;

	cred_code_new(code);
	if (!cred_code_hash(code, hash))
		return ST_INTERNAL;
	db_bind_bytes(db, hash, sizeof(hash));
	st = once(db, DB_WRITE, STMT_AUTH_SETUP_CODE_PUT, &res, err);
	if (st != ST_OK)
		return st;
	if (!db_bool(res, 0, "stored"))
		return fail(err, ST_CONFLICT,
		    "this deployment already has an administrator");
	memcpy(ret_code, code, sizeof(code));
	return ST_OK;
}
