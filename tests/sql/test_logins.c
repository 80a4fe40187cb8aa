/*
 * Login sessions (S167, S171, S172): the list, ending them, the daily new
 * token, the second proof of a person, and what whoami says of all that.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "auth/password.h"
#include "js/js.h"
#include "op/op_enter.h"
#include "tests/sql/sqltest.h"

#define PASSWORD "quiet orange ladder"

static enum status
enters(struct db *db, const struct op_cred *cred, struct op_principal *ret_who)
{
	struct op_error err;

	return op_identify(db, &(struct op_entry){ .cred = cred }, ret_who,
	    &err);
}

static void
listing(struct db *db)
{
	own_json struct json_object *reply = NULL;
	own_json struct json_object *after = NULL;
	struct json_object *list, *mine;
	struct op_cred second, third, stale;
	struct person p, q;
	char id2[UUID_TEXT], id3[UUID_TEXT], id4[UUID_TEXT], params[80];

	person_make("signer", &p);
	person_make("signer2", &q);
	person_session(&p, &second, id2);
	person_session(&p, &third, id3);
	person_session(&p, &stale, id4);
	owner_do("UPDATE moltis.login_sessions SET last_seen_at = now() -"
		 " interval '8 days' WHERE id = '%s'",
	    id4);
	check_status(call_op(db, &second, "auth.sessions.list", "{}", &reply),
	    ST_OK, "a person lists the login sessions");
	list = js_get(reply, "sessions");
	check(json_object_array_length(list) == 3,
	    "three live ones, not the idle one, nobody else's (%zu)",
	    json_object_array_length(list));
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		mine = json_object_array_get_idx(list, i);
		check(js_bool(mine, "current", false) ==
			(strcmp(js_text(mine, "id"), id2) == 0),
		    "the one that asks is marked");
		check(js_int(mine, "expires_at", 0) -
			    js_int(mine, "last_seen_at", 0) ==
			7 * 86400000LL,
		    "it ends a week after its last use");
	}
	check_status(call_op(db, &p.key, "auth.sessions.list", "{}", NULL),
	    ST_FORBIDDEN, "an API key lists none");
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", q.session_id);
	check_status(call_op(db, &second, "auth.sessions.revoke", params, NULL),
	    ST_NOT_FOUND, "another person's session is not found");
	check_status(enters(db, &q.session, &(struct op_principal){ 0 }), ST_OK,
	    "and lives on");
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", id3);
	check_status(call_op(db, &second, "auth.sessions.revoke", params, NULL),
	    ST_OK, "one's own is ended");
	check_status(enters(db, &third, &(struct op_principal){ 0 }), ST_UNAUTH,
	    "and its token is worth nothing");
	check_status(
	    call_op(db, &second, "auth.sessions.revoke_others", "{}", &after),
	    ST_OK, "all others are ended");
	check(js_int(after, "revoked", 0) == 2, "which were two, one idle");
	check_status(enters(db, &p.session, &(struct op_principal){ 0 }),
	    ST_UNAUTH, "they are gone");
	check_status(enters(db, &second, &(struct op_principal){ 0 }), ST_OK,
	    "the one that asked is not");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name LIKE 'auth.sessions.%%'",
		  p.account_id) == 2,
	    "both are in the audit trail");
}

static void
rotating(struct db *db)
{
	struct auth_call call = { .db = db, .peer = "192.0.2.90" };
	struct op_principal who = { 0 };
	struct op_cred fresh, old;
	struct db *worker = db_open(info_worker());
	struct person p;

	person_make("rotator", &p);
	old = p.session;
	check(enters(db, &old, &who) == ST_OK && !who.rotate,
	    "a new token is not replaced");
	check(!who.has_socket_hash, "the REST side is told of no other hash");
	check_status(auth_rotate(&call, &old), ST_CONFLICT, "whoever asks");
	owner_do("UPDATE moltis.login_sessions SET rotated_at = now() -"
		 " interval '25 hours' WHERE id = '%s'",
	    p.session_id);
	check(enters(db, &old, &who) == ST_OK && who.rotate,
	    "after a day it is due");
	check_status(auth_rotate(&call, &old), ST_OK, "and is replaced");
	check(auth_cred_from_token(call.token, &fresh), "by a good token");
	check_status(auth_rotate(&call, &old), ST_CONFLICT, "once");
	check(enters(db, &fresh, &who) == ST_OK && !who.rotate &&
		strcmp(who.credential_id, p.session_id) == 0,
	    "the new one opens the same session");
	check(enters(db, &old, &who) == ST_OK && !who.rotate,
	    "the old one too for a moment, and asks for no other");
	check(enters(worker, &fresh, &who) == ST_OK && who.has_socket_hash,
	    "a socket gets a hash of its own");
	memcpy(fresh.hash, who.socket_hash, sizeof(fresh.hash));
	check_status(enters(db, &fresh, &who), ST_UNAUTH,
	    "which opens nothing on the REST side");
	owner_do("UPDATE moltis.login_sessions SET prev_until = now() -"
		 " interval '1 second' WHERE id = '%s'",
	    p.session_id);
	check_status(enters(db, &old, &who), ST_UNAUTH,
	    "after a minute the old token is worth nothing");
	check_status(enters(worker, &old, &who), ST_UNAUTH,
	    "for a new socket neither");
	check_status(enters(worker, &fresh, &who), ST_OK, "the socket goes on");
	call.db = worker;
	check_status(auth_logout(&call, &fresh), ST_OK,
	    "and may end its session");
	check_status(enters(worker, &fresh, &who), ST_UNAUTH, "which is over");
	db_close(worker);
}

static void
expiring(struct db *db)
{
	struct op_principal who;
	struct person p;

	person_make("expirer", &p);
	owner_do("UPDATE moltis.login_sessions SET last_seen_at = now() -"
		 " interval '7 days 1 second' WHERE id = '%s'",
	    p.session_id);
	check_status(enters(db, &p.session, &who), ST_UNAUTH,
	    "a week unused is the end");
	owner_do("UPDATE moltis.login_sessions SET last_seen_at = now() -"
		 " interval '6 days 23 hours' WHERE id = '%s'",
	    p.session_id);
	check_status(enters(db, &p.session, &who), ST_OK, "not quite a week");
	owner_do("UPDATE moltis.login_sessions SET expires_at = now() WHERE id"
		 " = '%s'",
	    p.session_id);
	check_status(enters(db, &p.session, &who), ST_UNAUTH,
	    "thirty days are the end for everybody");
}

static enum status
prove(struct db *db, const struct op_cred *cred, const char *password,
    struct auth_call *call)
{
	own_secret struct secret secret = { 0 };

	*call = (struct auth_call){ .db = db, .peer = "192.0.2.91" };
	secret_set(&secret, password, strlen(password));
	return auth_prove(call, cred, &secret);
}

static void
proving(struct db *db)
{
	own_secret struct secret secret = { 0 };
	own_json struct json_object *me = NULL;
	own_json struct json_object *later = NULL;
	char hash[PASSWORD_HASH_TEXT];
	struct auth_call call;
	struct person p, q;
	enum status st = ST_OK;
	int i;

	person_make("prover", &p);
	person_make("prover2", &q);
	secret_set(&secret, PASSWORD, strlen(PASSWORD));
	password_hash(&secret, hash);
	owner_do("UPDATE moltis.users SET password_hash = '%s' WHERE id IN"
		 " ('%s', '%s')",
	    hash, p.user_id, q.user_id);
	owner_do("UPDATE moltis.login_sessions SET proved_at = now() -"
		 " interval '11 minutes' WHERE id = '%s'",
	    p.session_id);
	check_status(call_op(db, &p.session, "auth.keys.create",
			 "{\"label\":\"x\",\"scopes\":[\"operator.read\"]}",
			 NULL),
	    ST_REAUTH, "eleven minutes later a key needs a new proof");
	(void)!call_op(db, &p.session, "auth.whoami", "{}", &me);
	check(js_get(me, "fresh_until") == NULL, "and whoami says so");
	check_text(js_text(me, "method"), "password",
	    "whoami tells how the person signed in");
	check_status(prove(db, &p.session, "not the password", &call),
	    ST_FORBIDDEN, "a wrong password proves nothing");
	check_text(call.error.field, "password", "and is named");
	check_status(prove(db, &p.key, PASSWORD, &call), ST_UNAUTH,
	    "an API key cannot prove a person");
	check_status(prove(db, &p.session, PASSWORD, &call), ST_OK,
	    "the right one does");
	check_status(call_op(db, &p.session, "auth.keys.create",
			 "{\"label\":\"x\",\"scopes\":[\"operator.read\"]}",
			 NULL),
	    ST_OK, "and the key is made");
	(void)!call_op(db, &p.session, "auth.whoami", "{}", &later);
	check(js_int(later, "fresh_until", 0) > 1600000000000LL,
	    "whoami says how long it holds");
	owner_do("UPDATE moltis.login_sessions SET method = 'passkey' WHERE id"
		 " = '%s'",
	    p.session_id);
	js_put(&later);
	(void)!call_op(db, &p.session, "auth.whoami", "{}", &later);
	check_text(js_text(later, "method"), "passkey",
	    "a passkey is called one");
	js_put(&later);
	(void)!call_op(db, &p.key, "auth.whoami", "{}", &later);
	check_text(js_text(later, "method"), "api_key", "a key is called one");
	for (i = 0; i < 20 && st != ST_LIMIT; i++)
		st = prove(db, &p.session, "not the password", &call);
	check(st == ST_LIMIT && i <= 10, "ten tries a minute (%d more)", i);
	check_status(prove(db, &q.session, PASSWORD, &call), ST_OK,
	    "a colleague behind the same address is not held up");
}

void
test_logins(void)
{
	struct db *db = db_open(info_api());

	listing(db);
	rotating(db);
	expiring(db);
	proving(db);
	db_close(db);
}
