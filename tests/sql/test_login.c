/*
 * Login, logout and password change (S165-S170) through the library, with
 * the counters in the database.
 */
#include "config.h"

#include <argon2.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/password.h"
#include "op/op_enter.h"
#include "tests/sql/sqltest.h"
#include "tests/sql/test_password.h"

#define OTHER_PASSWORD "copper meadow whistle"

static enum status
login(struct db *db, const char *peer, const char *name, const char *password,
    struct op_cred *ret_cred)
{
	struct auth_call call = { .db = db, .peer = peer };
	own_secret struct secret secret = { 0 };
	enum status st;

	secret_set(&secret, password, strlen(password));
	st = auth_login(&call, name, &secret);
	if (st == ST_OK && !auth_cred_from_token(call.token, ret_cred))
		st = ST_INTERNAL;
	return st;
}

static enum status
logout(struct db *db, const struct op_cred *cred)
{
	struct auth_call call = { .db = db };

	return auth_logout(&call, cred);
}

static void
logging_in(struct db *db)
{
	struct op_cred cred, other;
	struct op_principal who;
	struct op_error err;

	check_status(login(db, "192.0.2.40", "OWNER", TEST_PASSWORD, &cred),
	    ST_OK, "the name does not mind its case");
	check_status(login(db, "192.0.2.40", "", TEST_PASSWORD, &other), ST_OK,
	    "without a name it is the only person");
	check(memcmp(cred.hash, other.hash, sizeof(cred.hash)) != 0,
	    "every login has its own token");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &cred }, &who, &err),
	    ST_OK, "the token enters");
	check(who.scopes == SCOPE_ALL && who.expires_ms > 0,
	    "with all five scopes and an end");
	check(owner_count(
		  "SELECT count(*) FROM moltis.login_sessions WHERE"
		  " expires_at - created_at <> interval '30 days'") == 0,
	    "a login session lives 30 days at most");
	check_status(logout(db, &cred), ST_OK, "logout works");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &cred }, &who, &err),
	    ST_UNAUTH, "and the token is worthless");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &other }, &who, &err),
	    ST_OK, "another login of the person goes on");
	check_status(logout(db, &cred), ST_OK, "logging out again is fine");
	check_status(logout(db, &other), ST_OK,
	    "the other one can log out too");
}

static void
failing(struct db *db)
{
	struct op_cred cred;
	long before = owner_count("SELECT count(*) FROM moltis.auth_log WHERE"
				  " name = 'auth.login_failed'");
	int i;

	check_status(
	    login(db, "192.0.2.41", "owner", "wrong password 1", &cred),
	    ST_UNAUTH, "a wrong password is refused");
	check_status(
	    login(db, "192.0.2.41", "nobody", "wrong password 1", &cred),
	    ST_UNAUTH, "an unknown name gets the same answer");
	check_status(login(db, "192.0.2.41", "owner", "", &cred), ST_UNAUTH,
	    "an empty password is refused");
	check(owner_count("SELECT count(*) FROM moltis.auth_log WHERE"
			  " name = 'auth.login_failed'") == before + 3,
	    "each failure is in the login log");
	check(owner_count("SELECT count(*) FROM moltis.auth_log l WHERE"
			  " l::text LIKE '%%wrong password%%'") == 0,
	    "without the password");
	for (i = 3; i < 10; i++) {
		if (login(db, "192.0.2.41", "owner", TEST_PASSWORD, &cred) ==
		    ST_LIMIT)
			break;
		/* A success gives its try back: five failures are five. */
		(void)!login(db, "192.0.2.41", "owner", "wrong", &cred);
	}
	check(i == 5, "after five failures an address waits (was %d)", i);
	check_status(login(db, "2001:db8::1", "owner", TEST_PASSWORD, &cred),
	    ST_OK, "another address does not");
}

static void
address_groups(struct db *db)
{
	struct op_cred cred;
	enum status st = ST_OK;

	for (int i = 0; i < 5; i++)
		st = login(db, i % 2 ? "2001:db8:7::1" : "2001:db8:7::ffff:2",
		    "owner", "wrong", &cred);
	check_status(st, ST_UNAUTH, "five failures of one network");
	check_status(
	    login(db, "2001:db8:7::9:9", "owner", TEST_PASSWORD, &cred),
	    ST_LIMIT, "count for the whole /64");
	for (int i = 0; i < 5; i++)
		st = login(db, i % 2 ? "::ffff:192.0.2.42" : "192.0.2.42",
		    "owner", "wrong", &cred);
	check_status(login(db, "192.0.2.42", "owner", TEST_PASSWORD, &cred),
	    ST_LIMIT, "a mapped address counts as the IPv4 one");
}

static enum status
change(struct db *db, const struct op_cred *cred, const char *current,
    const char *fresh)
{
	struct auth_call call = { .db = db, .peer = "192.0.2.50" };
	own_secret struct secret a = { 0 };
	own_secret struct secret b = { 0 };

	secret_set(&a, current, strlen(current));
	secret_set(&b, fresh, strlen(fresh));
	return auth_password_change(&call, cred, &a, &b);
}

static void
changing_password(struct db *db)
{
	struct op_cred here, there, key = { .kind = CRED_KEY };
	struct op_principal who;
	struct op_error err;

	(void)!login(db, "192.0.2.51", "owner", TEST_PASSWORD, &here);
	(void)!login(db, "192.0.2.51", "owner", TEST_PASSWORD, &there);
	check_status(change(db, &here, "wrong password", OTHER_PASSWORD),
	    ST_FORBIDDEN, "a change needs the current password");
	check_status(change(db, &here, TEST_PASSWORD, "short"), ST_INVALID,
	    "and a new one that follows the rules");
	check_status(change(db, &key, TEST_PASSWORD, OTHER_PASSWORD), ST_UNAUTH,
	    "an API key cannot change a password");
	check_status(change(db, &here, TEST_PASSWORD, OTHER_PASSWORD), ST_OK,
	    "the password is changed");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &here }, &who, &err),
	    ST_OK, "the login that changed it goes on");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &there }, &who, &err),
	    ST_UNAUTH, "every other login of the person ended");
	check_status(login(db, "192.0.2.52", "owner", TEST_PASSWORD, &there),
	    ST_UNAUTH, "the old password is refused");
	check_status(login(db, "192.0.2.52", "owner", OTHER_PASSWORD, &there),
	    ST_OK, "the new one works");
}

static void
rehashing(struct db *db)
{
	char weak[PASSWORD_HASH_TEXT];
	struct op_cred cred;
	char *hash;

	if (argon2id_hash_encoded(1, 1024, 1, OTHER_PASSWORD,
		strlen(OTHER_PASSWORD), "somesaltsomesalt", 16, 32, weak,
		sizeof(weak)) != ARGON2_OK)
		exit(2);
	owner_do("UPDATE moltis.users SET password_hash = '%s'"
		 " WHERE username = 'owner'",
	    weak);
	check_status(login(db, "192.0.2.53", "owner", OTHER_PASSWORD, &cred),
	    ST_OK, "a hash with older parameters still lets in");
	hash = owner_get("SELECT password_hash FROM moltis.users"
			 " WHERE username = 'owner'");
	check(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0,
	    "and is replaced by one with today's");
	free(hash);
}

static void
disabled(struct db *db)
{
	struct op_cred cred;

	owner_do("UPDATE moltis.users SET disabled_at = now()"
		 " WHERE username = 'owner'");
	check_status(login(db, "192.0.2.54", "owner", OTHER_PASSWORD, &cred),
	    ST_UNAUTH, "a disabled person cannot sign in");
	owner_do("UPDATE moltis.users SET disabled_at = NULL"
		 " WHERE username = 'owner'");
}

void
test_login(void)
{
	struct db *db = db_open(info_api());

	logging_in(db);
	failing(db);
	address_groups(db);
	changing_password(db);
	rehashing(db);
	disabled(db);
	db_close(db);
}
