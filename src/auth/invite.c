/*
 * Using an invitation (S162): what it is for, and accepting it.
 *
 * Not operations, because who comes with one is nobody yet.  Unknown, used and
 * revoked tokens are answered alike; every try counts against the address
 * before it is judged.
 */
#include "config.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/call.h"
#include "auth/password.h"
#include "base/bytes.h"
#include "js/js.h"

#define TRIES_A_MINUTE 20

enum status
auth_invite_verdict(struct auth_call *call, const char *verdict)
{
	if (strcmp(verdict, "ok") == 0)
		return ST_OK;
	if (strcmp(verdict, "expired") == 0)
		return auth_fail(call, ST_GONE,
		    "this invitation has expired: ask for a new one");
	if (strcmp(verdict, "taken") == 0)
		return auth_fail_field(call, ST_CONFLICT, "username",
		    "this user name is taken: choose another");
	return auth_fail(call, ST_FORBIDDEN, "this invitation is not valid");
}

enum status
auth_invite_try(struct auth_call *call, const char *token,
    struct auth_invite *ret)
{
	own_res PGresult *res = NULL;
	enum status st = auth_throttle_peer(call, "invite", TRIES_A_MINUTE);

	if (st != ST_OK)
		return st;
	auth_invite_hash(token, ret->hash);
	db_bind_bytes(call->db, ret->hash, sizeof(ret->hash));
	st = auth_once(call, DB_READ, STMT_AUTH_INVITE_LOOKUP, &res);
	if (st == ST_OK)
		st = auth_invite_verdict(call, db_text(res, 0, "verdict"));
	if (st != ST_OK)
		return st;
	ret->is_member = strcmp(db_text(res, 0, "kind"), "member") == 0;
	ret->is_reset = strcmp(db_text(res, 0, "kind"), "reset") == 0;
	ret->about = js_new();
	js_set_text(ret->about, "kind", db_text(res, 0, "kind"));
	if (ret->is_member)
		js_set_text(ret->about, "account_name",
		    db_text(res, 0, "account_name"));
	if (ret->is_reset)
		js_set_text(ret->about, "username",
		    db_text(res, 0, "username"));
	if (ret->is_member)
		js_set(ret->about, "scopes",
		    scope_json((unsigned)db_int(res, 0, "scopes")));
	js_set_bool(ret->about, "administrator",
	    db_bool(res, 0, "administrator"));
	js_set_int(ret->about, "expires_at", db_int(res, 0, "expires_ms"));
	return ST_OK;
}

void
auth_invite_done(struct auth_invite *invite)
{
	js_put(&invite->about);
}

/* SESSION: of the person who joins, or NULL. */
static enum status
finish(struct auth_call *call, const struct auth_invite *invite,
    const char *username, const char *password_hash,
    const struct op_cred *session)
{
	own_res PGresult *res = NULL;
	unsigned char token_hash[BYTES_SHA256];
	enum status st;

	db_bind_bytes(call->db, invite->hash, sizeof(invite->hash));
	db_bind_text(call->db, username);
	db_bind_text(call->db, password_hash);
	if (session != NULL) {
		db_bind_bytes(call->db, session->hash, sizeof(session->hash));
		db_bind_text(call->db, NULL);
	} else {
		auth_token_make(call, token_hash);
		db_bind_text(call->db, NULL);
		db_bind_bytes(call->db, token_hash, sizeof(token_hash));
	}
	auth_bind_client(call);
	st = auth_once(call, DB_WRITE, STMT_AUTH_INVITE_FINISH, &res);
	if (st == ST_OK)
		st = auth_invite_verdict(call, db_text(res, 0, "verdict"));
	return auth_token_keep(call, st);
}

enum status
auth_invite_join(struct auth_call *call, const struct op_cred *session,
    const char *token)
{
	struct auth_invite invite = { .about = NULL };
	enum status st = auth_invite_try(call, token, &invite);

	if (st == ST_OK && !invite.is_member)
		st = auth_fail_field(call, ST_INVALID, "username",
		    "this invitation is for a new user: choose a name");
	if (st == ST_OK)
		st = finish(call, &invite, NULL, NULL, session);
	auth_invite_done(&invite);
	return st;
}

/* What the person is called afterwards. */
static const char *
name_of(const struct auth_invite *invite, const char *username)
{
	if (invite->is_reset)
		return js_text(invite->about, "username");
	return username == NULL ? "" : username;
}

enum status
auth_invite_accept(struct auth_call *call, const char *token,
    const char *username, const struct secret *password)
{
	struct auth_invite invite = { .about = NULL };
	char hash[PASSWORD_HASH_TEXT];
	enum status st = auth_invite_try(call, token, &invite);

	if (st == ST_OK)
		st = auth_check_username(call, name_of(&invite, username));
	if (st == ST_OK && password->len == 0)
		st = auth_fail_field(call, ST_INVALID, "password",
		    "a password is required");
	if (st == ST_OK)
		st = password_check(password, name_of(&invite, username),
		    "password", &call->error);
	if (st == ST_OK)
		st = password_enter(&call->error);
	if (st == ST_OK) {
		password_hash(password, hash);
		password_leave();
		st = finish(call, &invite, name_of(&invite, username), hash,
		    NULL);
	}
	auth_invite_done(&invite);
	return st;
}
