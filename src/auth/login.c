/*
 * Login with a password (S165, S166).
 *
 * The database says whether this address may try at all, and counts; what is
 * here is the order of things, so that a stranger learns nothing from text,
 * status or time, and the cost of a hash is paid for an unknown name too.
 *
 * A browser the person signed in from before comes with a cookie that says so.
 * It opens nothing; it keeps strangers who fail from locking its owner out.
 */
#include "config.h"

#include <string.h>

#include "auth/call.h"
#include "auth/cred.h"
#include "auth/password.h"
#include "base/bytes.h"

#define LOGIN_MAX 5 /* of one address in a window */
#define LOGIN_WINDOW_SECS 60
#define LOGIN_CLASS "login"

/* What a try is counted against. */
struct trier {
	char peer_key[AUTH_PEER_KEY];
	bool has_device;
	unsigned char device[BYTES_SHA256]; /* hash; zeros: none */
};

/* What came of the password. */
struct proof {
	PGresult *user; /* row of login_begin; NULL when it was not asked */
	bool wrong;     /* to be counted */
	char fresh_hash[PASSWORD_HASH_TEXT]; /* "" when the old one will do */
};

static void
trier_read(const struct auth_call *call, struct trier *ret)
{
	struct op_cred cred;

	memset(ret, 0, sizeof(*ret));
	auth_peer_key(call->peer, ret->peer_key);
	ret->has_device = auth_cred_from_token(call->device, &cred);
	if (ret->has_device)
		memcpy(ret->device, cred.hash, sizeof(ret->device));
}

/* May this be tried?  Hands out what the password is checked against. */
static enum status
begin(struct auth_call *call, const char *username, const struct trier *t,
    PGresult **ret)
{
	const char *verdict;
	enum status st;
	int wait;

	db_bind_text(call->db, t->peer_key);
	db_bind_text(call->db, username);
	db_bind_bytes(call->db, t->device, sizeof(t->device));
	db_bind_int(call->db, LOGIN_MAX);
	db_bind_int(call->db, LOGIN_WINDOW_SECS);
	st = auth_once(call, DB_WRITE, STMT_AUTH_LOGIN_BEGIN, ret);
	if (st != ST_OK)
		return st;
	verdict = db_text(*ret, 0, "verdict");
	if (strcmp(verdict, "ok") == 0)
		return ST_OK;
	if (strcmp(verdict, "setup") == 0)
		return auth_fail(call, ST_SETUP_REQUIRED, "setup required");
	wait = (int)db_int(*ret, 0, "wait_secs");
	if (strcmp(verdict, "peer") == 0)
		auth_shut_note(LOGIN_CLASS, t->peer_key, wait);
	return auth_fail_wait(call, wait);
}

static enum status
refuse(struct auth_call *call)
{
	return auth_fail(call, ST_UNAUTH, "invalid user name or password");
}

/* The login fails either way; a lost count or log line must not say more. */
static void
note_failed(struct auth_call *call, const char *username, const struct trier *t)
{
	own_res PGresult *res = NULL;
	own_res PGresult *noted = NULL;

	db_bind_text(call->db, call->peer);
	db_bind_text(call->db, t->peer_key);
	db_bind_text(call->db, username);
	db_bind_bytes(call->db, t->device, sizeof(t->device));
	(void)!auth_once(call, DB_WRITE, STMT_AUTH_LOGIN_FAILURE, &res);
	db_bind_text(call->db, username);
	db_bind_text(call->db, call->peer);
	db_bind_text(call->db, "password");
	(void)!auth_once(call, DB_WRITE, STMT_AUTH_LOGIN_FAILED, &noted);
}

static enum status
make_session(struct auth_call *call, const struct trier *t,
    const PGresult *user, const char *fresh_hash)
{
	own_res PGresult *res = NULL;
	unsigned char token_hash[BYTES_SHA256], device[BYTES_SHA256];
	bool known = db_bool(user, 0, "device_known");
	enum status st;

	memcpy(device, t->device, sizeof(device));
	/* Never one that somebody else may have put there. */
	if (!known && call->names_device) {
		cred_token_new(call->device_token);
		bytes_sha256(call->device_token, strlen(call->device_token),
		    device);
	}
	auth_token_make(call, token_hash);
	db_bind_text(call->db, db_text(user, 0, "user_id"));
	db_bind_text(call->db, db_text(user, 0, "password_hash"));
	db_bind_text(call->db, fresh_hash);
	db_bind_bytes(call->db, token_hash, sizeof(token_hash));
	auth_bind_client(call);
	db_bind_text(call->db, t->peer_key);
	if (known || call->names_device)
		db_bind_bytes(call->db, device, sizeof(device));
	else
		db_bind_text(call->db, NULL);
	st = auth_once(call, DB_WRITE, STMT_AUTH_LOGIN_FINISH, &res);
	if (st == ST_OK && !db_bool(res, 0, "done"))
		st = refuse(call);
	return auth_token_keep(call, st);
}

/* Is PASSWORD the one of USER?  FRESH gets its hash with today's parameters
 * when the stored one is outdated, else "". */
static enum status
check(struct auth_call *call, const struct secret *password,
    const PGresult *user, char fresh[PASSWORD_HASH_TEXT])
{
	const char *hash = db_text(user, 0, "password_hash");

	fresh[0] = '\0';
	if (!password_verify(password, hash))
		return refuse(call);
	if (password_is_outdated(hash))
		password_hash(password, fresh);
	return ST_OK;
}

/* What a flood is made of, in the order of its cost: refused from memory, no
 * room for another password, asked of the database, hashed.  Whoever finds no
 * room has not used up a try. */
static enum status
prove(struct auth_call *call, const char *username,
    const struct secret *password, const struct trier *t, struct proof *ret)
{
	int wait = auth_shut_secs(LOGIN_CLASS, t->peer_key);
	enum status st;

	if (wait > 0 && !t->has_device)
		return auth_fail_wait(call, wait);
	st = password_enter(&call->error);
	if (st != ST_OK)
		return st;
	st = begin(call, username, t, &ret->user);
	if (st == ST_OK) {
		st = check(call, password, ret->user, ret->fresh_hash);
		ret->wrong = st != ST_OK;
	}
	password_leave();
	return st;
}

enum status
auth_login(struct auth_call *call, const char *username,
    const struct secret *password)
{
	struct proof proof = { .user = NULL };
	struct trier t;
	enum status st;

	if (username == NULL)
		username = "";
	if (strlen(username) > AUTH_USERNAME_MAX ||
	    password->len > AUTH_PASSWORD_MAX)
		return refuse(call);
	trier_read(call, &t);
	st = prove(call, username, password, &t, &proof);
	if (st == ST_OK)
		st = make_session(call, &t, proof.user,
		    proof.fresh_hash[0] == '\0' ? NULL : proof.fresh_hash);
	if (proof.wrong) {
		note_failed(call, username, &t);
		st = refuse(call);
	}
	db_res_clear(&proof.user);
	return st;
}
