/*
 * enter(): every way a credential can be worth nothing, and how far one that
 * is worth something reaches (S135-S149, S167).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "js/js.h"
#include "op/op_enter.h"
#include "tests/sql/sqltest.h"

static enum status
identify(struct db *db, const struct op_cred *cred, unsigned mask,
    unsigned *ret_scopes)
{
	const struct op_entry entry = { .cred = cred, .mask = mask };
	struct op_principal who;
	struct op_error err;
	enum status st = op_identify(db, &entry, &who, &err);

	if (st == ST_OK && ret_scopes != NULL)
		*ret_scopes = who.scopes;
	return st;
}

/* May CRED do what needs NEED? */
static enum status
enter_for(struct db *db, const struct op_cred *cred, enum scope need,
    unsigned mask, unsigned demand)
{
	const struct op_entry entry = {
		.cred = cred,
		.need = need,
		.mask = mask,
		.demand = demand,
	};
	enum status st = db_begin(db, DB_READ);
	struct op_error err;

	if (st == ST_OK)
		st = op_enter_queue(db, &entry);
	if (st == ST_OK)
		st = db_flush(db);
	if (st != ST_OK)
		st = op_error_from_db(db, &err);
	db_rollback(db);
	return st;
}

static void
unknown(struct db *db)
{
	struct op_cred cred = { .kind = CRED_NONE };
	struct person p;

	person_make("unknown", &p);
	check_status(identify(db, &cred, 0, NULL), ST_UNAUTH,
	    "no credential is refused");
	cred.kind = CRED_KEY;
	check_status(identify(db, &cred, 0, NULL), ST_UNAUTH,
	    "an unknown key is refused");
	cred.kind = CRED_SESSION;
	check_status(identify(db, &cred, 0, NULL), ST_UNAUTH,
	    "an unknown session is refused");
	cred = p.key;
	cred.kind = CRED_SESSION;
	check_status(identify(db, &cred, 0, NULL), ST_UNAUTH,
	    "a key is no session");
	cred = p.session;
	cred.kind = CRED_KEY;
	check_status(identify(db, &cred, 0, NULL), ST_UNAUTH,
	    "a session is no key");
	cred = (struct op_cred){ .kind = CRED_CLI };
	(void)mem_copy_str(cred.user, sizeof(cred.user), "unknown");
	check_status(identify(db, &cred, 0, NULL), ST_FORBIDDEN,
	    "a program's role cannot be the command line");
}

/* Both credentials of P are refused, and work again after UNDO. */
static void
switched_off(struct db *db, const struct person *p, const char *what,
    const char *undo)
{
	check(identify(db, &p->key, 0, NULL) == ST_UNAUTH,
	    "the key of %s is refused", what);
	check(identify(db, &p->session, 0, NULL) == ST_UNAUTH,
	    "the session of %s is refused", what);
	if (undo == NULL)
		return;
	owner_do("%s", undo);
	check(identify(db, &p->key, 0, NULL) == ST_OK &&
		identify(db, &p->session, 0, NULL) == ST_OK,
	    "both work again once that is taken back");
}

static void
people_disabled(struct db *db)
{
	struct person p;

	person_make("disabled", &p);
	owner_do("UPDATE moltis.users SET disabled_at = now()"
		 " WHERE id = '%s'",
	    p.user_id);
	switched_off(db, &p, "a disabled person",
	    "UPDATE moltis.users SET disabled_at = NULL"
	    " WHERE username = 'disabled'");
	owner_do("UPDATE moltis.accounts SET disabled_at = now()"
		 " WHERE account_id = '%s'",
	    p.account_id);
	switched_off(db, &p, "a disabled account",
	    "UPDATE moltis.accounts SET disabled_at = NULL"
	    " WHERE name = 'canary-disabled-account'");
	owner_do("DELETE FROM moltis.memberships WHERE user_id = '%s'",
	    p.user_id);
	switched_off(db, &p, "a removed member", NULL);
	owner_do("DELETE FROM moltis.users WHERE id = '%s'", p.user_id);
	switched_off(db, &p, "a deleted person", NULL);
}

static void
keys_ended(struct db *db)
{
	struct person p;

	person_make("ended", &p);
	owner_do("UPDATE moltis.api_keys SET expires_at = now() + interval"
		 " '1 hour' WHERE id = '%s'",
	    p.key_id);
	check_status(identify(db, &p.key, 0, NULL), ST_OK,
	    "a key works until it expires");
	owner_do("UPDATE moltis.api_keys SET expires_at = now()"
		 " WHERE id = '%s'",
	    p.key_id);
	check_status(identify(db, &p.key, 0, NULL), ST_UNAUTH,
	    "an expired key is refused");
	owner_do("UPDATE moltis.api_keys SET expires_at = NULL,"
		 " revoked_at = now() WHERE id = '%s'",
	    p.key_id);
	check_status(identify(db, &p.key, 0, NULL), ST_UNAUTH,
	    "a revoked key is refused");
}

static void
sessions_ended(struct db *db)
{
	struct person p;

	person_make("idle", &p);
	owner_do("UPDATE moltis.login_sessions SET last_seen_at = now() -"
		 " interval '6 days 23 hours' WHERE id = '%s'",
	    p.session_id);
	check_status(identify(db, &p.session, 0, NULL), ST_OK,
	    "a session that was idle for almost a week works");
	check(owner_count("SELECT count(*) FROM moltis.login_sessions WHERE"
			  " id = '%s' AND last_seen_at > now() -"
			  " interval '1 minute'",
		  p.session_id) == 1,
	    "its use is noted, so that it slides");
	owner_do("UPDATE moltis.login_sessions SET last_seen_at = now() -"
		 " interval '7 days' WHERE id = '%s'",
	    p.session_id);
	check_status(identify(db, &p.session, 0, NULL), ST_UNAUTH,
	    "a session that was idle for seven days is refused");
	owner_do("UPDATE moltis.login_sessions SET last_seen_at = now(),"
		 " created_at = now() - interval '30 days',"
		 " expires_at = now() WHERE id = '%s'",
	    p.session_id);
	check_status(identify(db, &p.session, 0, NULL), ST_UNAUTH,
	    "after 30 days a session ends however busy it was");
}

/* Rows of older deployments (S136). */
static void
scopeless(struct db *db)
{
	static const char *const stored[] = { "NULL", "0" };
	struct person p;

	person_make("scopeless", &p);
	for (size_t i = 0; i < 2; i++) {
		struct op_cred cred;
		struct op_principal who;
		struct op_error err = { 0 };
		char id[UUID_TEXT];

		person_key(&p, stored[i], &cred, id);
		check(op_identify(db, &(struct op_entry){ .cred = &cred }, &who,
			  &err) == ST_FORBIDDEN &&
			strstr(err.message, "create a new key") != NULL,
		    "a stored key with scopes %s is refused and told what to "
		    "do",
		    stored[i]);
		check(enter_for(db, &cred, SCOPE_READ, 0, 0) == ST_FORBIDDEN,
		    "and may not even read");
	}
}

/* Every stored set against every need, by the rule as written in S135. */
static void
all_sets(struct db *db)
{
	static const enum scope needs[] = { SCOPE_READ, SCOPE_WRITE,
		SCOPE_ADMIN, SCOPE_APPROVALS, SCOPE_PAIRING };
	struct person p;
	int wrong = 0, cases = 0;

	person_make("sets", &p);
	for (unsigned set = 1; set <= SCOPE_ALL; set++) {
		struct op_cred cred;
		char id[UUID_TEXT], text[8];

		(void)snprintf(text, sizeof(text), "%u", set);
		person_key(&p, text, &cred, id);
		for (size_t i = 0; i < 5; i++, cases++) {
			bool may = (set & SCOPE_ADMIN) || (set & needs[i]) ||
			    (needs[i] == SCOPE_READ && (set & SCOPE_WRITE));
			enum status st = enter_for(db, &cred, needs[i], 0, 0);

			wrong += st != (may ? ST_OK : ST_FORBIDDEN);
			wrong += scope_has(set, needs[i]) != may;
		}
	}
	check(wrong == 0 && cases == 155,
	    "all 31 stored sets are let in for exactly what they include "
	    "(%d of %d wrong)",
	    wrong, cases);
}

static void
narrowing(struct db *db)
{
	struct person p;
	struct op_cred writer;
	char id[UUID_TEXT];
	unsigned scopes = 0;

	person_make("narrow", &p);
	person_key(&p, "2", &writer, id);
	check(identify(db, &writer, 0, &scopes) == ST_OK &&
		scopes == (SCOPE_READ | SCOPE_WRITE),
	    "write includes read");
	check(identify(db, &p.key, 0, &scopes) == ST_OK && scopes == SCOPE_ALL,
	    "admin includes everything");
	check(identify(db, &p.key, SCOPE_READ, &scopes) == ST_OK &&
		scopes == SCOPE_READ,
	    "a connection may ask for less");
	check_status(enter_for(db, &p.key, SCOPE_WRITE, SCOPE_READ, 0),
	    ST_FORBIDDEN, "and then has no more");
	check_status(enter_for(db, &writer, SCOPE_ADMIN, SCOPE_ALL, 0),
	    ST_FORBIDDEN, "asking for more gives nothing");
	check(identify(db, &writer, SCOPE_ADMIN, &scopes) != ST_OK ||
		scopes == 0,
	    "asking only for what one lacks leaves nothing");
	check_status(enter_for(db, &writer, SCOPE_READ, SCOPE_ADMIN, 0),
	    ST_FORBIDDEN, "not even reading");
	owner_do("UPDATE moltis.memberships SET scopes = 1 WHERE user_id ="
		 " '%s'",
	    p.user_id);
	check(identify(db, &p.key, 0, &scopes) == ST_OK && scopes == SCOPE_READ,
	    "a key never has more than its person");
	check_status(enter_for(db, &p.session, SCOPE_WRITE, 0, 0), ST_FORBIDDEN,
	    "nor has a session");
	owner_do("UPDATE moltis.memberships SET scopes = 16 WHERE user_id ="
		 " '%s'",
	    p.user_id);
	check_status(enter_for(db, &writer, SCOPE_READ, 0, 0), ST_FORBIDDEN,
	    "a key whose person lost its scopes can do nothing");
}

static void
interactive(struct db *db)
{
	struct person p;

	person_make("interactive", &p);
	check_status(enter_for(db, &p.key, SCOPE_READ, 0, OP_DEMAND_PERSON),
	    ST_FORBIDDEN, "what needs a signed-in person refuses the best key");
	check_status(enter_for(db, &p.session, SCOPE_READ, 0, OP_DEMAND_PERSON),
	    ST_OK, "and takes a session");
}

static void
demanding(struct db *db)
{
	const unsigned both = OP_DEMAND_ADMIN | OP_DEMAND_FRESH;
	struct person p;

	person_make("demanding", &p);
	check_status(enter_for(db, &p.key, SCOPE_READ, 0, OP_DEMAND_FRESH),
	    ST_FORBIDDEN, "a key is never somebody who proved himself");
	check_status(enter_for(db, &p.session, SCOPE_READ, 0, OP_DEMAND_FRESH),
	    ST_OK, "a new session is");
	check_status(enter_for(db, &p.session, SCOPE_READ, 0, both),
	    ST_FORBIDDEN, "and no administrator");
	owner_do("UPDATE moltis.users SET administrator = true WHERE id = '%s'",
	    p.user_id);
	check_status(enter_for(db, &p.session, SCOPE_READ, 0, both), ST_OK,
	    "an administrator is one");
	check_status(enter_for(db, &p.key, SCOPE_READ, 0, OP_DEMAND_ADMIN),
	    ST_FORBIDDEN, "his key is not");
	owner_do("UPDATE moltis.login_sessions SET proved_at = now() -"
		 " interval '10 minutes' WHERE id = '%s'",
	    p.session_id);
	check_status(enter_for(db, &p.session, SCOPE_READ, 0, both), ST_REAUTH,
	    "after ten minutes he must prove himself again");
	check_status(enter_for(db, &p.session, SCOPE_READ, 0, OP_DEMAND_PERSON),
	    ST_OK, "and is still signed in");
	owner_do("UPDATE moltis.users SET administrator = false WHERE id ="
		 " '%s'",
	    p.user_id);
}

static enum status
from(struct db *db, const struct op_cred *cred, const char *peer)
{
	const struct op_entry entry = { .cred = cred, .peer = peer };
	struct op_principal who;
	struct op_error err;

	return op_identify(db, &entry, &who, &err);
}

/* A key that may be used from some networks only. */
static void
networks(struct db *db)
{
	static const char *const inside[] = { "10.1.2.3", "2001:db8::7",
		"::ffff:10.1.2.3" };
	static const char *const outside[] = { "11.1.2.3", "2001:db9::7", "",
		"unix:", "10.1.2.3.4", "::ffff:11.1.2.3" };
	struct op_cred cred;
	struct person p;
	char id[UUID_TEXT];

	person_make("networks", &p);
	person_key(&p, "1", &cred, id);
	owner_do("UPDATE moltis.api_keys SET networks ="
		 " '{10.0.0.0/8,2001:db8::/32}' WHERE id = '%s'",
	    id);
	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		check_status(from(db, &cred, inside[i]), ST_OK,
		    "a key works from its networks");
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		check_status(from(db, &cred, outside[i]), ST_FORBIDDEN,
		    "and from nowhere else");
	check_status(from(db, &cred, NULL), ST_OK,
	    "a socket that was asked is not asked again");
}

/* The server's own terminal, through the owner role. */
static void
command_line(void)
{
	struct db *db = db_open(info_owner());
	struct op_cred cred = { .kind = CRED_CLI };
	struct person off;
	struct op_principal who = { .user_id = "" };
	struct op_error err;
	own_json struct json_object *reply = NULL;
	PGconn *conn;

	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &cred }, &who, &err),
	    ST_INVALID, "with several people the command line must name one");
	(void)mem_copy_str(cred.user, sizeof(cred.user), "no-such-person");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &cred }, &who, &err),
	    ST_NOT_FOUND, "a name that is not there is refused");
	(void)mem_copy_str(cred.user, sizeof(cred.user), "INTERACTIVE");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &cred }, &who, &err),
	    ST_OK, "the owner role speaks for a person");
	check_text(who.username, "interactive", "for the one that was named");
	check_status(call_op(db, &cred, "auth.keys.create",
			 "{\"label\":\"cli\",\"scopes\":[\"operator.read\"]}",
			 &reply),
	    ST_OK, "and makes a key for him");
	person_make("switchedoff", &off);
	(void)mem_copy_str(cred.user, sizeof(cred.user), off.username);
	owner_do("UPDATE moltis.accounts SET disabled_at = now()"
		 " WHERE account_id = '%s'",
	    off.account_id);
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &cred }, &who, &err),
	    ST_FORBIDDEN, "it does not speak for a disabled account");
	owner_do("UPDATE moltis.accounts SET disabled_at = NULL"
		 " WHERE account_id = '%s'; UPDATE moltis.users SET"
		 " disabled_at = now() WHERE id = '%s'",
	    off.account_id, off.user_id);
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &cred }, &who, &err),
	    ST_NOT_FOUND, "nor for a disabled person");
	db_close(db);
	conn = plain_connect(info_owner());
	check_text(plain_state(conn,
		       "BEGIN; SELECT moltis.enter('cli', ''::bytea,"
		       " 'interactive', 0, 0, 0, ''); SET LOCAL ROLE"
		       " moltis_api; SELECT * FROM moltis.users",
		       NULL),
	    "42501", "the command line's calls are as weak as everybody's");
	PQfinish(conn);
}

/* Kinds that nobody presents are refused like unknown ones. */
static void
odd_kinds(void)
{
	PGconn *conn = plain_connect(info_api());
	static const char *const kinds[] = { "'none'", "''", "NULL", "'KEY'",
		"'cron'", "'key '" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char sql[160];

		(void)snprintf(sql, sizeof(sql),
		    "SELECT moltis.enter(%s,"
		    " NULL, 'interactive', 0, 0, 0, '')",
		    kinds[i]);
		check(strcmp(plain_state(conn, sql, NULL), "MO401") == 0,
		    "a credential of kind %s is refused", kinds[i]);
	}
	check_text(plain_state(conn,
		       "SELECT moltis.enter('key', NULL, '', 0,"
		       " 0, 0, '')",
		       NULL),
	    "MO401", "a key without a hash is refused");
	PQfinish(conn);
}

static void
last_use(struct db *db)
{
	struct person p;

	person_make("lastuse", &p);
	(void)!identify(db, &p.key, 0, NULL);
	(void)!identify(db, &p.key, 0, NULL);
	owner_do("UPDATE moltis.api_keys SET last_used_at = now() -"
		 " interval '30 seconds' WHERE id = '%s'",
	    p.key_id);
	(void)!identify(db, &p.key, 0, NULL);
	(void)!identify(db, &p.key, 0, NULL);
	check(owner_count("SELECT count(*) FROM moltis.api_keys WHERE id ="
			  " '%s' AND last_used_at < now() -"
			  " interval '29 seconds'",
		  p.key_id) == 1,
	    "the last use of a key is written once a minute at most");
	owner_do("UPDATE moltis.api_keys SET last_used_at = now() -"
		 " interval '61 seconds' WHERE id = '%s'",
	    p.key_id);
	(void)!identify(db, &p.key, 0, NULL);
	(void)!identify(db, &p.key, 0, NULL);
	check(owner_count("SELECT count(*) FROM moltis.api_keys WHERE id ="
			  " '%s' AND last_used_at > now() -"
			  " interval '9 seconds'",
		  p.key_id) == 1,
	    "and then again");
}

void
test_enter(void)
{
	struct db *db = db_open(info_api());

	unknown(db);
	people_disabled(db);
	keys_ended(db);
	sessions_ended(db);
	scopeless(db);
	all_sets(db);
	narrowing(db);
	interactive(db);
	demanding(db);
	networks(db);
	command_line();
	odd_kinds();
	last_use(db);
	db_close(db);
}
