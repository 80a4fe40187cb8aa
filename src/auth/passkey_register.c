/*
 * Registering a passkey: for a signed-in person, for the first administrator,
 * for somebody invited.
 *
 * Whoever registers is told what was wrong: it is his own authenticator.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "auth/passkey_call.h"
#include "base/mem.h"
#include "js/js.h"

/* A verified credential, about to be stored.  Borrows from GIVEN. */
struct made {
	char name[PASSKEY_NAME_MAX * 4 + 1];
	struct passkey_given given;
	struct webauthn_credential credential;
};

/* What proves the right of somebody who is nobody yet. */
struct right {
	const char *purpose;
	unsigned char hash[BYTES_SHA256];
	char username[AUTH_USERNAME_MAX + 1];  /* filled by take_right */
	unsigned char handle[WEBAUTHN_HANDLE]; /* likewise */
	enum db_stmt finish;
};

static enum status
refuse(struct passkey_call *call, enum webauthn_fault fault)
{
	struct op_error *error = &call->auth.error;
	enum status st =
	    auth_fail_field(&call->auth, ST_INVALID, "credential", "");

	snprintf(error->message, sizeof(error->message),
	    "this passkey cannot be registered (%s)",
	    webauthn_fault_word(fault));
	return st;
}

/* Verifies the answer for the challenge TEXT; RET borrows from itself. */
static enum status
verify(struct passkey_call *call, const char *text, struct made *ret)
{
	const struct webauthn_attestation attestation = {
		.id = ret->given.id,
		.client_data = ret->given.client_data,
		.object = ret->given.object,
	};
	struct passkey_expected expected;
	enum webauthn_fault fault;
	enum status st = passkey_call_expect(call, text, &expected);

	if (st != ST_OK)
		return st;
	fault = webauthn_create_check(&expected.expect, &attestation,
	    &ret->credential);
	return fault == WEBAUTHN_OK ? ST_OK : refuse(call, fault);
}

/* Reads an answer; what cannot be read has used its challenge up all the same,
 * so the caller takes that first. */
static enum status
read_answer(struct passkey_call *call, const struct passkey_answer *answer,
    struct made *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!passkey_json_name(answer->name, ret->name))
		return auth_fail_field(&call->auth, ST_INVALID, "name",
		    "a name has at most 64 characters");
	if (!passkey_json_read(answer->credential, true, &ret->given))
		return refuse(call, WEBAUTHN_OBJECT);
	return ST_OK;
}

static void
bind_made(struct db *db, const struct made *made)
{
	const struct webauthn_credential *c = &made->credential;

	db_bind_text(db, made->name);
	db_bind_bytes(db, c->id.at, c->id.n);
	db_bind_bytes(db, c->key.at, c->key.n);
	db_bind_int(db, c->sign_count);
	db_bind_bool(db, c->backup_eligible);
	db_bind_bool(db, c->backed_up);
}

enum status
passkey_register_begin(struct passkey_call *call, const struct op_cred *cred)
{
	own_res PGresult *res = NULL;
	own_json struct json_object *ids = NULL;
	struct db *db = call->auth.db;
	struct passkey_begun begun;
	enum status st = passkey_call_begin(call, &begun);

	if (st != ST_OK)
		return st;
	db_bind_bytes(db, cred->hash, sizeof(cred->hash));
	db_bind_bytes(db, begun.challenge, sizeof(begun.challenge));
	db_bind_bytes(db, begun.handle, sizeof(begun.handle));
	db_bind_text(db, begun.peer_key);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_REGISTER_BEGIN,
	    &res);
	if (st != ST_OK)
		return st;
	ids = db_json(res, 0, "excluded");
	call->reply = passkey_json_create(&(struct passkey_asked){
	    .challenge_id = db_text(res, 0, "challenge_id"),
	    .challenge = begun.challenge,
	    .rp = &begun.rp,
	    .ids = ids,
	    .handle = db_text(res, 0, "handle"),
	    .username = db_text(res, 0, "username"),
	});
	return ST_OK;
}

static enum status
take_own(struct passkey_call *call, const struct op_cred *cred,
    const struct passkey_answer *answer, struct made *made)
{
	own_res PGresult *res = NULL;
	enum status st = passkey_call_check(call, answer), unread;

	if (st != ST_OK)
		return st;
	db_bind_bytes(call->auth.db, cred->hash, sizeof(cred->hash));
	db_bind_text(call->auth.db, answer->challenge_id);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_REGISTER_TAKE,
	    &res);
	if (st != ST_OK)
		return st;
	unread = read_answer(call, answer, made);
	if (unread != ST_OK)
		return unread;
	return verify(call, db_text(res, 0, "challenge"), made);
}

enum status
passkey_register_finish(struct passkey_call *call, const struct op_cred *cred,
    const struct passkey_answer *answer)
{
	own_res PGresult *res = NULL;
	struct db *db = call->auth.db;
	struct made made = { 0 };
	enum status st = take_own(call, cred, answer, &made);

	if (st == ST_OK) {
		db_bind_bytes(db, cred->hash, sizeof(cred->hash));
		bind_made(db, &made);
		db_bind_text(db, call->auth.peer);
		st = auth_once(&call->auth, DB_WRITE,
		    STMT_AUTH_PASSKEY_REGISTER_FINISH, &res);
	}
	if (st == ST_OK) {
		call->reply = js_new();
		js_set_text(call->reply, "id", db_text(res, 0, "id"));
	}
	passkey_given_done(&made.given);
	return st;
}

/* What setup and invitations say of a right. */
static enum status
right_verdict(struct passkey_call *call, const struct right *right,
    const char *verdict)
{
	if (right->finish == STMT_AUTH_PASSKEY_SETUP_FINISH)
		return auth_setup_verdict(&call->auth, verdict);
	return auth_invite_verdict(&call->auth, verdict);
}

/* Begins for a right; HANDLE and USERNAME as the database has them, or NULL
 * for those in hand. */
static void
reply_right(struct passkey_call *call, const struct passkey_begun *begun,
    const PGresult *res, const char *handle, const char *username)
{
	char text[BYTES_B64URL_ROOM(WEBAUTHN_HANDLE)];

	bytes_b64url(begun->handle, sizeof(begun->handle), text);
	call->reply = passkey_json_create(&(struct passkey_asked){
	    .challenge_id = db_text(res, 0, "challenge_id"),
	    .challenge = begun->challenge,
	    .rp = &begun->rp,
	    .handle = handle == NULL ? text : handle,
	    .username = username,
	});
}

static void
bind_right(struct passkey_call *call, const struct right *right,
    const char *username, const struct passkey_begun *begun)
{
	struct db *db = call->auth.db;

	db_bind_bytes(db, right->hash, sizeof(right->hash));
	db_bind_text(db, username);
	db_bind_bytes(db, begun->challenge, sizeof(begun->challenge));
	db_bind_bytes(db, begun->handle, sizeof(begun->handle));
	db_bind_text(db, begun->peer_key);
}

/* The right, if there is nobody yet and the code is good. */
static enum status
setup_right(struct passkey_call *call, const char *code, struct right *ret)
{
	struct auth_state state;
	enum status st = auth_state_read(&call->auth, &state);

	*ret = (struct right){
		.purpose = "setup",
		.finish = STMT_AUTH_PASSKEY_SETUP_FINISH,
	};
	if (st == ST_OK && state.configured)
		st = auth_setup_verdict(&call->auth, "configured");
	if (st == ST_OK)
		st = auth_setup_try(&call->auth, code, ret->hash);
	return st;
}

enum status
passkey_setup_begin(struct passkey_call *call, const char *code,
    const char *username)
{
	own_res PGresult *res = NULL;
	struct passkey_begun begun;
	struct right right;
	enum status st = passkey_call_begin(call, &begun);

	if (username == NULL || username[0] == '\0')
		username = "owner";
	if (st == ST_OK)
		st = setup_right(call, code, &right);
	if (st == ST_OK)
		st = auth_check_username(&call->auth, username);
	if (st != ST_OK)
		return st;
	bind_right(call, &right, username, &begun);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_SETUP_BEGIN,
	    &res);
	if (st == ST_OK)
		st = right_verdict(call, &right, db_text(res, 0, "verdict"));
	if (st == ST_OK)
		reply_right(call, &begun, res, NULL, username);
	return st;
}

static bool
is_same_name(const char *a, const char *b)
{
	return a == NULL || a[0] == '\0' || strcasecmp(a, b) == 0;
}

/* Takes the challenge of RIGHT away and verifies the answer to it. */
static enum status
take_right(struct passkey_call *call, struct right *right, const char *username,
    const struct passkey_answer *answer, struct made *made)
{
	own_res PGresult *res = NULL;
	const char *handle;
	size_t n = 0;
	enum status st;

	db_bind_text(call->auth.db, right->purpose);
	db_bind_bytes(call->auth.db, right->hash, sizeof(right->hash));
	db_bind_text(call->auth.db, answer->challenge_id);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_RIGHT_TAKE,
	    &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) != 1)
		return passkey_call_stale(call);
	handle = db_text(res, 0, "handle");
	if (!mem_copy_str(right->username, sizeof(right->username),
		db_text(res, 0, "username")) ||
	    !bytes_b64url_parse(handle, strlen(handle), right->handle,
		sizeof(right->handle), &n))
		return auth_fail(&call->auth, ST_INTERNAL, "");
	if (!is_same_name(username, right->username))
		return auth_fail_field(&call->auth, ST_INVALID, "username",
		    "the user name is another than the one you began with");
	st = read_answer(call, answer, made);
	return st == ST_OK ? verify(call, db_text(res, 0, "challenge"), made)
			   : st;
}

/* The one transaction that makes a person, the passkey and the session. */
static enum status
finish_right(struct passkey_call *call, struct right *right,
    const char *username, const struct passkey_answer *answer)
{
	own_res PGresult *res = NULL;
	unsigned char token_hash[BYTES_SHA256];
	struct db *db = call->auth.db;
	struct made made = { 0 };
	enum status st = take_right(call, right, username, answer, &made);

	if (st == ST_OK) {
		auth_token_make(&call->auth, token_hash);
		db_bind_bytes(db, right->hash, sizeof(right->hash));
		db_bind_text(db, right->username);
		db_bind_bytes(db, right->handle, sizeof(right->handle));
		bind_made(db, &made);
		db_bind_bytes(db, token_hash, sizeof(token_hash));
		auth_bind_client(&call->auth);
		st = auth_once(&call->auth, DB_WRITE, right->finish, &res);
	}
	if (st == ST_OK)
		st = right_verdict(call, right, db_text(res, 0, "verdict"));
	passkey_given_done(&made.given);
	return auth_token_keep(&call->auth, st);
}

enum status
passkey_setup_finish(struct passkey_call *call, const char *code,
    const char *username, const struct passkey_answer *answer)
{
	struct right right;
	enum status st = passkey_call_check(call, answer);

	if (st == ST_OK)
		st = setup_right(call, code, &right);
	if (st != ST_OK)
		return st;
	return finish_right(call, &right, username, answer);
}

static void
invite_right(const char *token, struct right *ret)
{
	*ret = (struct right){
		.purpose = "invite",
		.finish = STMT_AUTH_PASSKEY_INVITE_FINISH,
	};
	auth_invite_hash(token, ret->hash);
}

enum status
passkey_invite_begin(struct passkey_call *call, const char *token,
    const char *username)
{
	own_res PGresult *res = NULL;
	struct passkey_begun begun;
	struct right right;
	enum status st = passkey_call_begin(call, &begun);

	if (username != NULL && username[0] == '\0')
		username = NULL;
	if (st == ST_OK)
		st = auth_throttle_peer(&call->auth, "invite", 20);
	if (st == ST_OK && username != NULL)
		st = auth_check_username(&call->auth, username);
	if (st != ST_OK)
		return st;
	invite_right(token, &right);
	bind_right(call, &right, username, &begun);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_INVITE_BEGIN,
	    &res);
	if (st == ST_OK)
		st = right_verdict(call, &right, db_text(res, 0, "verdict"));
	if (st == ST_OK)
		reply_right(call, &begun, res, db_text(res, 0, "handle"),
		    db_text(res, 0, "username"));
	return st;
}

enum status
passkey_invite_finish(struct passkey_call *call, const char *token,
    const char *username, const struct passkey_answer *answer)
{
	struct right right;
	enum status st = passkey_call_check(call, answer);

	if (st == ST_OK)
		st = auth_throttle_peer(&call->auth, "invite", 20);
	if (st != ST_OK)
		return st;
	invite_right(token, &right);
	return finish_right(call, &right, username, answer);
}
