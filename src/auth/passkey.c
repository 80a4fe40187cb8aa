/*
 * Signing in with a passkey, and proving oneself again with one.
 *
 * Whatever is wrong, a stranger reads one sentence.  A credential nobody has
 * is verified all the same, with a key of nobody's, so that time does not tell
 * real ids from made-up ones (A11).
 */
#include "config.h"

#include "auth/passkey.h"

#include <string.h>

#include "auth/passkey_call.h"
#include "js/js.h"

/* Nobody has the private half: the base point of P-256, as a COSE key. */
static const unsigned char nobodys_key[] = { 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20,
	0x01, 0x21, 0x58, 0x20, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
	0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81,
	0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
	0x22, 0x58, 0x20, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e,
	0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b,
	0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5 };

/* What is stored of a credential, decoded. */
struct stored {
	unsigned char key[WEBAUTHN_KEY_MAX];
	unsigned char handle[WEBAUTHN_HANDLE];
	size_t key_len, handle_len;
	bool known;
	bool backup_eligible;
};

struct proof {
	char passkey_id[UUID_TEXT];
	struct webauthn_proof of;
};

static enum status
refuse(struct passkey_call *call)
{
	return auth_fail(&call->auth, ST_UNAUTH,
	    "this passkey was not accepted");
}

/* The login fails either way; a lost log line must not say more. */
static void
note_failed(struct passkey_call *call, const char *reason)
{
	own_json struct json_object *detail = js_new();
	own_res PGresult *res = NULL;
	struct op_error kept = call->auth.error;

	js_set_text(detail, "method", "passkey");
	js_set_text(detail, "reason", reason);
	db_bind_text(call->auth.db, "auth.login_failed");
	db_bind_text(call->auth.db, call->auth.peer);
	db_bind_json(call->auth.db, detail);
	(void)!auth_once(&call->auth, DB_WRITE, STMT_AUTH_NOTE, &res);
	call->auth.error = kept;
}

static bool
column_bytes(const PGresult *res, const char *col, unsigned char *out,
    size_t size, size_t *ret_n)
{
	const char *text = db_text(res, 0, col);

	return text != NULL &&
	    bytes_b64url_parse(text, strlen(text), out, size, ret_n);
}

static void
read_stored(const PGresult *res, struct stored *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->known = column_bytes(res, "cose_key", ret->key, sizeof(ret->key),
			 &ret->key_len) &&
	    column_bytes(res, "handle", ret->handle, sizeof(ret->handle),
		&ret->handle_len);
	if (ret->known) {
		ret->backup_eligible = db_bool(res, 0, "backup_eligible");
		return;
	}
	memcpy(ret->key, nobodys_key, sizeof(nobodys_key));
	ret->key_len = sizeof(nobodys_key);
}

static enum status
judge(struct passkey_call *call, const struct passkey_given *given,
    const PGresult *res, struct proof *ret)
{
	struct passkey_expected expected;
	struct stored stored;
	struct webauthn_assertion a = {
		.client_data = given->client_data,
		.auth_data = given->auth_data,
		.signature = given->signature,
		.handle = given->handle,
	};
	enum webauthn_fault fault;
	enum status st =
	    passkey_call_expect(call, db_text(res, 0, "challenge"), &expected);

	if (st != ST_OK)
		return st;
	read_stored(res, &stored);
	a.key = (struct webauthn_bytes){ stored.key, stored.key_len };
	a.owner = (struct webauthn_bytes){ stored.handle, stored.handle_len };
	a.backup_eligible = stored.backup_eligible;
	fault = webauthn_get_check(&expected.expect, &a, &ret->of);
	if (fault != WEBAUTHN_OK || !stored.known) {
		note_failed(call,
		    stored.known ? webauthn_fault_word(fault)
				 : "unknown-credential");
		return refuse(call);
	}
	memcpy(ret->passkey_id, db_text(res, 0, "passkey_id"), UUID_TEXT);
	return ST_OK;
}

/* Takes the challenge and verifies what was made of it.  CRED NULL: to sign
 * in. */
static enum status
take_proof(struct passkey_call *call, const struct op_cred *cred,
    const struct passkey_answer *answer, struct proof *ret)
{
	own_res PGresult *res = NULL;
	struct db *db = call->auth.db;
	struct passkey_given given;
	enum status st = passkey_call_check(call, answer);
	bool readable;

	if (st != ST_OK)
		return st;
	readable = passkey_json_read(answer->credential, false, &given);
	if (cred == NULL)
		db_bind_text(db, NULL);
	else
		db_bind_bytes(db, cred->hash, sizeof(cred->hash));
	db_bind_text(db, answer->challenge_id);
	/* What cannot be read has an id that nobody has. */
	db_bind_bytes(db, readable ? given.id.at : (const void *)"",
	    readable ? given.id.n : 0);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_PROOF_TAKE,
	    &res);
	if (st == ST_OK && !readable)
		st = refuse(call);
	else if (st == ST_OK && db_rows(res) != 1)
		st = passkey_call_stale(call);
	else if (st == ST_OK)
		st = judge(call, &given, res, ret);
	passkey_given_done(&given);
	return st;
}

/* What the database says to a verified signature. */
static enum status
verdict(struct passkey_call *call, enum status st, const PGresult *res)
{
	const char *word = st == ST_OK ? db_text(res, 0, "verdict") : "";

	if (st != ST_OK || strcmp(word, "ok") == 0)
		return st;
	note_failed(call,
	    strcmp(word, "rollback") == 0 ? "counter-rollback" : word);
	return refuse(call);
}

static void
bind_proof(struct passkey_call *call, const struct proof *proof)
{
	db_bind_text(call->auth.db, proof->passkey_id);
	db_bind_int(call->auth.db, proof->of.sign_count);
	db_bind_bool(call->auth.db, proof->of.backed_up);
}

/* The reply of a begin: a challenge and which credentials may sign it. */
static void
reply_get(struct passkey_call *call, const struct passkey_begun *begun,
    const PGresult *res)
{
	own_json struct json_object *ids = db_json(res, 0, "allowed");
	const struct passkey_asked asked = {
		.challenge_id = db_text(res, 0, "challenge_id"),
		.challenge = begun->challenge,
		.rp = &begun->rp,
		.ids = ids,
	};

	call->reply = passkey_json_get(&asked);
}

enum status
passkey_login_begin(struct passkey_call *call, const char *username)
{
	own_res PGresult *res = NULL;
	struct db *db = call->auth.db;
	struct passkey_begun begun;
	struct auth_state state;
	enum status st = passkey_call_begin(call, &begun);

	if (st == ST_OK)
		st = auth_state_read(&call->auth, &state);
	if (st == ST_OK && !state.configured)
		st =
		    auth_fail(&call->auth, ST_SETUP_REQUIRED, "setup required");
	if (st != ST_OK)
		return st;
	db_bind_text(db, username == NULL ? "" : username);
	db_bind_bytes(db, begun.challenge, sizeof(begun.challenge));
	db_bind_text(db, begun.peer_key);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_LOGIN_BEGIN,
	    &res);
	if (st == ST_OK)
		reply_get(call, &begun, res);
	return st;
}

enum status
passkey_login_finish(struct passkey_call *call,
    const struct passkey_answer *answer)
{
	own_res PGresult *res = NULL;
	unsigned char token_hash[BYTES_SHA256];
	struct proof proof;
	enum status st = take_proof(call, NULL, answer, &proof);

	if (st != ST_OK)
		return st;
	auth_token_make(&call->auth, token_hash);
	bind_proof(call, &proof);
	db_bind_bytes(call->auth.db, token_hash, sizeof(token_hash));
	auth_bind_client(&call->auth);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_LOGIN_FINISH,
	    &res);
	return auth_token_keep(&call->auth, verdict(call, st, res));
}

enum status
passkey_reauth_begin(struct passkey_call *call, const struct op_cred *cred)
{
	own_res PGresult *res = NULL;
	struct db *db = call->auth.db;
	struct passkey_begun begun;
	enum status st = passkey_call_begin(call, &begun);

	if (st != ST_OK)
		return st;
	db_bind_bytes(db, cred->hash, sizeof(cred->hash));
	db_bind_bytes(db, begun.challenge, sizeof(begun.challenge));
	db_bind_text(db, begun.peer_key);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_REAUTH_BEGIN,
	    &res);
	if (st == ST_OK)
		reply_get(call, &begun, res);
	return st;
}

enum status
passkey_reauth_finish(struct passkey_call *call, const struct op_cred *cred,
    const struct passkey_answer *answer)
{
	own_res PGresult *res = NULL;
	struct proof proof;
	enum status st = take_proof(call, cred, answer, &proof);

	/* 401 would say that the session is over. */
	if (st == ST_UNAUTH)
		st = ST_FORBIDDEN;
	if (st != ST_OK)
		return st;
	bind_proof(call, &proof);
	db_bind_bytes(call->auth.db, cred->hash, sizeof(cred->hash));
	db_bind_text(call->auth.db, call->auth.peer);
	st = auth_once(&call->auth, DB_WRITE, STMT_AUTH_PASSKEY_REAUTH_FINISH,
	    &res);
	st = verdict(call, st, res);
	return st == ST_UNAUTH ? ST_FORBIDDEN : st;
}
