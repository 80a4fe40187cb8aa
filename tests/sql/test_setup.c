/*
 * Setting up a deployment (S160, S161): the code, its ends, the race.
 *
 * Runs first: afterwards the deployment has an administrator, "owner" with
 * the password of TEST_PASSWORD.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "op/op_enter.h"
#include "tests/sql/sqltest.h"
#include "tests/sql/test_password.h"

static enum status
setup_as(struct db *db, const char *peer, const char *code,
    const char *password, struct op_error *err)
{
	struct auth_call call = { .db = db,
		.peer = peer,
		.user_agent = "sqltest" };
	own_secret struct secret secret = { 0 };
	enum status st;

	secret_set(&secret, password, strlen(password));
	st = auth_setup(&call, code, "Owner", &secret);
	*err = call.error;
	return st;
}

static void
fresh_code(struct db *owner_db, char code[AUTH_CODE_TEXT])
{
	struct auth_call call = { .db = owner_db };

	if (auth_setup_code(&call, code) != ST_OK) {
		fprintf(stderr, "sqltest: no setup code: %s\n",
		    call.error.message);
		exit(2);
	}
}

static void
before_setup(struct db *db)
{
	const struct op_cred nobody = { .kind = CRED_NONE };
	struct auth_call call = { .db = db };
	struct op_principal who;
	struct auth_state state;
	struct op_error err;

	check_status(auth_state_read(&call, &state), ST_OK,
	    "the state of an empty deployment can be read");
	check(!state.configured && !state.has_password,
	    "an empty deployment is not configured");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &nobody }, &who, &err),
	    ST_SETUP_REQUIRED, "before setup everybody is told to set up");
	check_status(call_op(db, &nobody, "no.such.method", "{}", NULL),
	    ST_SETUP_REQUIRED, "an unknown method says no more before setup");
	check_status(setup_as(db, "192.0.2.10", NULL, TEST_PASSWORD, &err),
	    ST_FORBIDDEN, "setup without a code is refused");
	check_status(
	    setup_as(db, "192.0.2.10", "AAAA-AAAA", TEST_PASSWORD, &err),
	    ST_FORBIDDEN, "setup is refused while there is no code at all");
}

static void
bad_passwords(struct db *db, struct db *owner_db)
{
	char code[AUTH_CODE_TEXT];
	struct op_error err = { 0 };

	fresh_code(owner_db, code);
	check_status(setup_as(db, "192.0.2.11", code, "", &err), ST_INVALID,
	    "an empty password is refused with a right code");
	check_text(err.field, "password", "the refusal names the password");
	check_status(setup_as(db, "192.0.2.11", code, "elevenchars", &err),
	    ST_INVALID, "eleven characters are too few");
	check(owner_count("SELECT count(*) FROM moltis.setup_code") == 1,
	    "a bad password does not use the code up");
}

static void
wrong_codes(struct db *db, struct db *owner_db)
{
	char code[AUTH_CODE_TEXT], again[AUTH_CODE_TEXT];
	struct op_error err;

	fresh_code(owner_db, code);
	for (int i = 0; i < 4; i++)
		(void)!setup_as(db, "192.0.2.12", "ZZZZ-ZZZZ", TEST_PASSWORD,
		    &err);
	check(owner_count("SELECT wrong_tries FROM moltis.setup_code") == 4,
	    "four wrong codes are counted");
	check_status(
	    setup_as(db, "192.0.2.12", "not a code", TEST_PASSWORD, &err),
	    ST_FORBIDDEN, "what cannot be a code is a wrong one");
	check_status(setup_as(db, "192.0.2.13", code, TEST_PASSWORD, &err),
	    ST_FORBIDDEN, "after five wrong ones the right code is worthless");
	fresh_code(owner_db, again);
	check(strcmp(code, again) != 0, "every setup code is another one");
	owner_do("UPDATE moltis.setup_code SET expires_at = now()");
	check_status(setup_as(db, "192.0.2.14", again, TEST_PASSWORD, &err),
	    ST_GONE, "an expired code is gone");
	fresh_code(owner_db, code);
	check(owner_count("SELECT extract(epoch FROM expires_at - now())"
			  " FROM moltis.setup_code") > 29 * 60 &&
		owner_count("SELECT extract(epoch FROM expires_at - now())"
			    " FROM moltis.setup_code") <= 30 * 60,
	    "a code is good for 30 minutes");
	check_status(setup_as(db, "192.0.2.14", again, TEST_PASSWORD, &err),
	    ST_FORBIDDEN, "a new code ends the one before");
	check(owner_count("SELECT count(*) FROM moltis.setup_code WHERE"
			  " position(convert_to('%s', 'UTF8') in code_hash)"
			  " > 0 OR length(code_hash) <> 32",
		  code) == 0,
	    "the code is stored as a hash");
}

static void
setup_throttled(struct db *db)
{
	struct op_error err = { 0 };
	enum status st = ST_OK;
	int i;

	for (i = 0; i < 30 && st != ST_LIMIT; i++)
		st = setup_as(db, "192.0.2.15", "ZZZZ-ZZZZ", TEST_PASSWORD,
		    &err);
	check(i == 21 && st == ST_LIMIT,
	    "the 21st try of an address in a minute is refused (was %d)", i);
	check(err.retry_after_secs >= 1 && err.retry_after_secs <= 60,
	    "and told how long to wait");
}

struct racer {
	char code[AUTH_CODE_TEXT];
	char peer[24];
	enum status status;
	struct op_error err;
};

static void
race_work(void *arg)
{
	struct racer *r = arg;
	struct db *db = db_open(info_api());

	r->status = setup_as(db, r->peer, r->code, TEST_PASSWORD, &r->err);
	db_close(db);
}

static void
race(struct db *owner_db)
{
	struct racer racers[4];
	int won = 0, late = 0;

	memset(racers, 0, sizeof(racers));
	fresh_code(owner_db, racers[0].code);
	for (int i = 0; i < 4; i++) {
		memcpy(racers[i].code, racers[0].code, AUTH_CODE_TEXT);
		(void)snprintf(racers[i].peer, sizeof(racers[i].peer),
		    "192.0.2.%d", 20 + i);
	}
	in_parallel(4, race_work, racers, sizeof(racers[0]));
	for (int i = 0; i < 4; i++) {
		won += racers[i].status == ST_OK;
		late += racers[i].status == ST_FORBIDDEN &&
		    strcmp(racers[i].err.message, "setup already completed") ==
			0;
	}
	check(won == 1 && late == 3,
	    "of four setups at once one wins, the others come late "
	    "(%d won, %d late)",
	    won, late);
	check(owner_count("SELECT count(*) FROM moltis.users") == 1 &&
		owner_count("SELECT count(*) FROM moltis.accounts") == 1 &&
		owner_count("SELECT count(*) FROM moltis.memberships"
			    " WHERE is_owner AND scopes = 31") == 1 &&
		owner_count("SELECT count(*) FROM moltis.account_heads") == 1,
	    "there is one person with one account of his own");
	check(owner_count("SELECT count(*) FROM moltis.setup_code") == 0,
	    "the code is used up");
}

static void
after_setup(struct db *db, struct db *owner_db)
{
	const struct op_cred nobody = { .kind = CRED_NONE };
	struct auth_call call = { .db = owner_db };
	char code[AUTH_CODE_TEXT];
	struct op_principal who;
	struct op_error err;
	char *name = owner_get("SELECT username FROM moltis.users");

	check_text(name, "owner", "user names are kept in lower case");
	free(name);
	check_status(
	    setup_as(db, "192.0.2.30", "AAAA-AAAA", TEST_PASSWORD, &err),
	    ST_FORBIDDEN, "a second setup is refused");
	check_text(err.message, "setup already completed", "and told why");
	check_status(auth_setup_code(&call, code), ST_CONFLICT,
	    "no further code is made");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &nobody }, &who, &err),
	    ST_UNAUTH, "after setup a stranger is not authenticated");
	check_status(call_op(db, &nobody, "no.such.method", "{}", NULL),
	    ST_UNAUTH, "an unknown method says no more to a stranger");
	check_status(call_op(db, &nobody, "sessions.list", "{\"x\":1}", NULL),
	    ST_UNAUTH, "bad parameters say no more to a stranger");
	check(owner_count("SELECT count(*) FROM moltis.users WHERE"
			  " password_hash LIKE"
			  " '$argon2id$v=19$m=19456,t=2,p=1$%%'") == 1,
	    "the password is stored as argon2id with today's parameters");
}

/* The same by passkey, and taken back: one transaction makes person, account,
 * passkey and session, or none of them. */
static void
by_passkey(void)
{
	char *got;

	owner_do("BEGIN");
	owner_do("SELECT moltis.setup_code_put(sha256('pk-code'))");
	got =
	    owner_get("SELECT verdict FROM moltis.passkey_setup_begin("
		      "sha256('other'), 'Ada', sha256('c'), sha256('h'), 'x')");
	check_text(got, "wrong", "a passkey needs the setup code too");
	free(got);
	owner_do("SELECT moltis.setup_code_put(sha256('pk-code'))");
	owner_do("CREATE TEMP TABLE pk ON COMMIT DROP AS SELECT * FROM"
		 " moltis.passkey_setup_begin(sha256('pk-code'), 'Ada',"
		 " sha256('c'), sha256('h'), 'x')");
	got = owner_get("SELECT count(*) FROM moltis.passkey_right_take("
			"'setup', sha256('other'), (SELECT challenge_id FROM"
			" pk))");
	check_text(got, "0", "its challenge is for who has the code");
	free(got);
	got = owner_get("SELECT moltis.passkey_setup_finish(sha256('pk-code'),"
			" 'Ada', sha256('h'), ROW('Key', sha256('id'),"
			" sha256('cose'), 0, true, true)::moltis.new_passkey,"
			" sha256('token'), '192.0.2.9', 'test')");
	check_text(got, "ok", "the first administrator comes by passkey");
	free(got);
	got = owner_get("SELECT concat_ws(' ', u.username, u.administrator,"
			" u.password_hash IS NULL, u.webauthn_handle ="
			" sha256('h'), s.method, s.passkey_id = k.id, a.name)"
			" FROM moltis.users u JOIN moltis.passkeys k ON"
			" k.user_id = u.id JOIN moltis.login_sessions s ON"
			" s.user_id = u.id JOIN moltis.accounts a ON"
			" a.account_id = s.account_id");
	check_text(got, "ada t t t passkey t Ada",
	    "with an account, a session and no password");
	free(got);
	got = owner_get("SELECT concat_ws(' ', configured, has_password,"
			" has_passkeys) FROM moltis.auth_state()");
	check_text(got, "t f t", "which is a deployment that is set up");
	free(got);
	owner_do("ROLLBACK");
}

void
setup_now(void)
{
	struct db *db = db_open(info_api());
	struct db *owner_db = db_open(info_owner());
	struct auth_call call = { .db = db };
	struct auth_state state = { .configured = false };
	char code[AUTH_CODE_TEXT];
	enum status st = auth_state_read(&call, &state);

	if (st == ST_OK && !state.configured) {
		fresh_code(owner_db, code);
		st = setup_as(db, "192.0.2.99", code, TEST_PASSWORD,
		    &call.error);
	}
	if (st != ST_OK) {
		fprintf(stderr, "sqltest: no setup: %s\n", call.error.message);
		exit(2);
	}
	db_close(db);
	db_close(owner_db);
}

void
test_setup(void)
{
	struct db *db = db_open(info_api());
	struct db *owner_db = db_open(info_owner());
	struct auth_call call = { .db = db };
	char code[AUTH_CODE_TEXT];

	before_setup(db);
	check_status(auth_setup_code(&call, code), ST_CONFLICT,
	    "a program's role cannot make a setup code");
	check(owner_count("SELECT count(*) FROM moltis.setup_code") == 0,
	    "and none is there");
	bad_passwords(db, owner_db);
	wrong_codes(db, owner_db);
	setup_throttled(db);
	by_passkey();
	race(owner_db);
	after_setup(db, owner_db);
	db_close(db);
	db_close(owner_db);
}
