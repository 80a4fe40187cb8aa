/*
 * Invitations (S162, A17): used once whoever tries at once, worth nothing
 * when used, ended, late or of another kind, and never worth more than the
 * rights of who made them.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/mem.h"
#include "js/js.h"
#include "op/op_enter.h"
#include "tests/sql/sqltest.h"

#define PASSWORD "quiet orange ladder"
#define RACERS 50

static struct db *db;
static struct person owner, boss; /* boss administers the deployment */
static int names;

/* The token of a new invitation by CRED; ends the test when refused. */
static void
invite(const struct op_cred *cred, const char *method, const char *params,
    char token[AUTH_INVITE_TEXT])
{
	own_json struct json_object *reply = NULL;

	if (call_op(db, cred, method, params, &reply) != ST_OK ||
	    !mem_copy_str(token, AUTH_INVITE_TEXT, js_text(reply, "token"))) {
		fprintf(stderr, "sqltest: no invitation: %s %s\n", method,
		    params);
		exit(2);
	}
}

static void
invite_reader(char token[AUTH_INVITE_TEXT])
{
	invite(&owner.session, "invites.create",
	    "{\"scopes\":[\"operator.read\"]}", token);
}

/* Every try from an address of its own: the limit is not what is tested. */
static void
call_begin(struct auth_call *call, char peer[48])
{
	static int at;

	memset(call, 0, sizeof(*call));
	(void)snprintf(peer, 48, "10.7.%d.%d", at / 250, at % 250);
	at++;
	call->db = db;
	call->peer = peer;
	call->user_agent = "sqltest";
}

static enum status
accept_as(const char *token, const char *name, struct op_cred *ret_cred)
{
	own_secret struct secret secret = { 0 };
	struct auth_call call;
	char peer[48];
	enum status st;

	call_begin(&call, peer);
	secret_set(&secret, PASSWORD, strlen(PASSWORD));
	st = auth_invite_accept(&call, token, name, &secret);
	if (st == ST_OK && ret_cred != NULL &&
	    !auth_cred_from_token(call.token, ret_cred))
		st = ST_INTERNAL;
	check((st == ST_OK) == (call.token[0] != '\0'),
	    "a token comes with success only");
	return st;
}

static enum status
accept_new(const char *token)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "invited-%d", names++);
	return accept_as(token, name, NULL);
}

static enum status
join(const char *token, const struct op_cred *session)
{
	struct auth_call call;
	char peer[48];

	call_begin(&call, peer);
	return auth_invite_join(&call, session, token);
}

static void
stored(void)
{
	char token[AUTH_INVITE_TEXT];

	invite_reader(token);
	check(owner_count("SELECT count(*) FROM moltis.invitations WHERE"
			  " token_hash = sha256('%s') AND kind = 'member'"
			  " AND scopes = 1 AND expires_at BETWEEN now() +"
			  " interval '71 hours' AND now() +"
			  " interval '72 hours'",
		  token) == 1,
	    "an invitation is kept as a hash, for 72 hours");
	check(owner_count("SELECT count(*) FROM moltis.invitations i WHERE"
			  " i::text LIKE '%%%s%%'",
		  token + 4) == 0,
	    "its token is nowhere");
	check(owner_count("SELECT count(*) FROM moltis.audit a WHERE a.name ="
			  " 'invites.create' AND a.account_id = '%s'",
		  owner.account_id) > 0,
	    "making one is audited");
	check(owner_count("SELECT count(*) FROM moltis.audit a WHERE a::text"
			  " LIKE '%%%s%%'",
		  token + 4) == 0,
	    "without the token");
}

struct racer {
	unsigned char hash[BYTES_SHA256];
	char name[32];
	char verdict[16];
};

/* The statement alone: passwords cost time and decide nothing here. */
static void
race_work(void *arg)
{
	struct racer *r = arg;
	struct db *own = db_open(info_api());
	own_res PGresult *res = NULL;
	unsigned char session[BYTES_SHA256];

	bytes_random(session, sizeof(session));
	db_bind_bytes(own, r->hash, sizeof(r->hash));
	db_bind_text(own, r->name);
	db_bind_text(own, "hash");
	db_bind_text(own, NULL);
	db_bind_bytes(own, session, sizeof(session));
	db_bind_text(own, "192.0.2.1");
	db_bind_text(own, "");
	if (db_once(own, DB_WRITE, STMT_AUTH_INVITE_FINISH, &res) == ST_OK)
		(void)mem_copy_str(r->verdict, sizeof(r->verdict),
		    db_text(res, 0, "verdict"));
	else
		(void)mem_copy_str(r->verdict, sizeof(r->verdict),
		    db_last_error(own)->sqlstate);
	db_close(own);
}

static int
race(struct racer *racers, const char *word)
{
	int n = 0;

	in_parallel(RACERS, race_work, racers, sizeof(racers[0]));
	for (int i = 0; i < RACERS; i++)
		n += strcmp(racers[i].verdict, word) == 0;
	return n;
}

static void
races(void)
{
	struct racer *racers = mem_array(RACERS, sizeof(*racers));
	char token[AUTH_INVITE_TEXT];
	int won, wrong = 0;

	invite_reader(token);
	for (int i = 0; i < RACERS; i++) {
		auth_invite_hash(token, racers[i].hash);
		(void)snprintf(racers[i].name, sizeof(racers[i].name),
		    "racer-%d", i);
	}
	won = race(racers, "ok");
	for (int i = 0; i < RACERS; i++)
		wrong += strcmp(racers[i].verdict, "wrong") == 0;
	check(won == 1 && wrong == RACERS - 1,
	    "of 50 at once with one link exactly one gets in "
	    "(%d ok, %d wrong)",
	    won, wrong);
	check(owner_count("SELECT count(*) FROM moltis.users WHERE username"
			  " LIKE 'racer-%%'") == 1,
	    "and one person is made");
	/* 50 links, one name. */
	for (int i = 0; i < RACERS; i++) {
		memset(&racers[i], 0, sizeof(racers[i]));
		invite_reader(token);
		auth_invite_hash(token, racers[i].hash);
		(void)snprintf(racers[i].name, sizeof(racers[i].name),
		    "same-name");
	}
	won = race(racers, "ok");
	wrong = 0;
	for (int i = 0; i < RACERS; i++)
		wrong += strcmp(racers[i].verdict, "taken") == 0;
	check(won == 1 && wrong == RACERS - 1,
	    "of 50 with one name one gets it, the others are told "
	    "(%d ok, %d taken)",
	    won, wrong);
	check(owner_count("SELECT count(*) FROM moltis.invitations WHERE"
			  " account_id = '%s' AND used_at IS NULL",
		  owner.account_id) >= RACERS - 1,
	    "and keep their links");
	free(racers);
	owner_do("DELETE FROM moltis.invitations WHERE account_id = '%s'",
	    owner.account_id);
	owner_do("DELETE FROM moltis.memberships WHERE account_id = '%s' AND"
		 " NOT is_owner",
	    owner.account_id);
}

/* The quota of members, with 50 links at once. */
static void
race_for_room(void)
{
	struct racer *racers = mem_array(RACERS, sizeof(*racers));
	char token[AUTH_INVITE_TEXT];
	int won, full = 0;

	for (int i = 0; i < RACERS; i++) {
		invite_reader(token);
		auth_invite_hash(token, racers[i].hash);
		(void)snprintf(racers[i].name, sizeof(racers[i].name),
		    "room-%d", i);
	}
	owner_do("UPDATE moltis.accounts SET max_members = 6 WHERE account_id"
		 " = '%s'",
	    owner.account_id);
	won = race(racers, "ok");
	for (int i = 0; i < RACERS; i++)
		full += strcmp(racers[i].verdict, "MO409") == 0;
	check(won == 5 && full == RACERS - 5,
	    "six members are six, the owner among them (%d ok, %d full)", won,
	    full);
	check(owner_count("SELECT count(*) FROM moltis.users WHERE username"
			  " LIKE 'room-%%'") == 5,
	    "who found no room was not made");
	check_status(call_op(db, &owner.session, "invites.create",
			 "{\"scopes\":[\"operator.read\"]}", NULL),
	    ST_CONFLICT, "a full account invites nobody");
	free(racers);
	owner_do("UPDATE moltis.accounts SET max_members = NULL WHERE"
		 " account_id = '%s'",
	    owner.account_id);
	owner_do("DELETE FROM moltis.invitations WHERE account_id = '%s'",
	    owner.account_id);
}

static void
worthless(void)
{
	char token[AUTH_INVITE_TEXT];
	char *id;
	char params[80];

	invite_reader(token);
	check_status(accept_new(token), ST_OK, "a link brings a person in");
	check_status(accept_new(token), ST_FORBIDDEN, "once");
	owner_do("UPDATE moltis.invitations SET expires_at = now()");
	check_status(accept_new(token), ST_FORBIDDEN,
	    "a used one does not tell that it is late, too");

	invite_reader(token);
	owner_do("UPDATE moltis.invitations SET expires_at = now()");
	check_status(accept_new(token), ST_GONE, "a late one is gone");

	invite_reader(token);
	id = owner_get("SELECT id FROM moltis.invitations WHERE token_hash ="
		       " sha256('%s')",
	    token);
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", id);
	check_status(
	    call_op(db, &owner.session, "invites.revoke", params, NULL), ST_OK,
	    "one can be ended");
	check_status(call_op(db, &boss.session, "invites.revoke", params, NULL),
	    ST_NOT_FOUND, "by nobody of another account");
	check_status(
	    call_op(db, &boss.session, "admin.invites.revoke", params, NULL),
	    ST_NOT_FOUND, "nor by who administers the deployment");
	check_status(accept_new(token), ST_FORBIDDEN, "and is worthless then");
	free(id);
	check_status(accept_new("inv_"), ST_FORBIDDEN,
	    "what is no token is worth as much");
}

static void
kinds(void)
{
	struct op_cred cred;
	struct op_principal who;
	struct op_error err;
	char token[AUTH_INVITE_TEXT];

	invite(&boss.session, "admin.invites.create", "{\"kind\":\"account\"}",
	    token);
	check_status(join(token, &owner.session), ST_INVALID,
	    "somebody signed in cannot use one for a new person");
	check_status(accept_as(token, "Fresh", &cred), ST_OK,
	    "a new person uses it");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &cred }, &who, &err),
	    ST_OK, "and is signed in");
	check(who.scopes == SCOPE_ALL && !who.administrator &&
		strcmp(who.username, "fresh") == 0,
	    "to an account of his own, administering nothing else");
	invite(&boss.session, "admin.invites.create",
	    "{\"kind\":\"account\",\"administrator\":true}", token);
	check_status(accept_as(token, "second-boss", &cred), ST_OK,
	    "another is for an administrator");
	(void)!op_identify(db, &(struct op_entry){ .cred = &cred }, &who, &err);
	check(who.administrator, "who is one");
	invite_reader(token);
	check_status(join(token, &cred), ST_OK,
	    "a signed-in person joins an account");
	check(owner_count("SELECT count(*) FROM moltis.memberships WHERE"
			  " user_id = '%s'",
		  who.user_id) == 2,
	    "and keeps his own");
	invite_reader(token);
	check_status(join(token, &cred), ST_CONFLICT, "nobody joins twice");
	check_status(join(token, &owner.key), ST_UNAUTH,
	    "an API key does not join");
	check_status(accept_new(token), ST_OK, "and the link is still good");
}

/* RIGHT: what who made it loses. */
static void
outlived(const char *sentence, const char *lose, const char *regain,
    const char *token)
{
	owner_do("%s", lose);
	check_status(accept_new(token), ST_FORBIDDEN, sentence);
	owner_do("%s", regain);
}

static void
rights_of_the_maker(void)
{
	char token[AUTH_INVITE_TEXT], lose[200], regain[200];

	invite(&owner.session, "invites.create",
	    "{\"scopes\":[\"operator.admin\"]}", token);
	(void)snprintf(lose, sizeof(lose),
	    "UPDATE moltis.memberships SET scopes = 3 WHERE user_id = '%s'",
	    owner.user_id);
	(void)snprintf(regain, sizeof(regain),
	    "UPDATE moltis.memberships SET scopes = 31 WHERE user_id = '%s'",
	    owner.user_id);
	outlived("a link is worth nothing when its maker may not invite", lose,
	    regain, token);
	(void)snprintf(lose, sizeof(lose),
	    "UPDATE moltis.users SET disabled_at = now() WHERE id = '%s'",
	    owner.user_id);
	(void)snprintf(regain, sizeof(regain),
	    "UPDATE moltis.users SET disabled_at = NULL WHERE id = '%s'",
	    owner.user_id);
	outlived("nor when he is disabled", lose, regain, token);
	(void)snprintf(lose, sizeof(lose),
	    "UPDATE moltis.accounts SET disabled_at = now() WHERE account_id"
	    " = '%s'",
	    owner.account_id);
	(void)snprintf(regain, sizeof(regain),
	    "UPDATE moltis.accounts SET disabled_at = NULL WHERE account_id"
	    " = '%s'",
	    owner.account_id);
	outlived("nor when the account is", lose, regain, token);
	check_status(accept_new(token), ST_OK, "and is good otherwise");

	invite(&boss.session, "admin.invites.create", "{\"kind\":\"account\"}",
	    token);
	(void)snprintf(lose, sizeof(lose),
	    "UPDATE moltis.users SET administrator = false WHERE id = '%s'",
	    boss.user_id);
	(void)snprintf(regain, sizeof(regain),
	    "UPDATE moltis.users SET administrator = true WHERE id = '%s'",
	    boss.user_id);
	outlived("one of the deployment ends with its administrator", lose,
	    regain, token);
	check_status(accept_new(token), ST_OK, "and is good otherwise");
}

/* The fence of the functions themselves, below the operations: entered with
 * less, the statement is refused. */
static void
statement_refused(const char *sentence, const struct op_cred *cred)
{
	own_res PGresult *res = NULL;
	unsigned char hash[BYTES_SHA256];
	enum status st = db_begin(db, DB_WRITE);

	bytes_random(hash, sizeof(hash));
	if (st == ST_OK)
		st = op_enter_queue(db, &(struct op_entry){ .cred = cred });
	db_bind_bytes(db, hash, sizeof(hash));
	db_bind_int(db, SCOPE_READ);
	db_bind_text(db, "");
	db_bind_int(db, 1);
	if (st == ST_OK)
		st = db_run(db, STMT_PEOPLE_INVITE_CREATE, &res);
	check(st != ST_OK && strcmp(db_last_error(db)->sqlstate, "MO403") == 0,
	    "%s", sentence);
	db_rollback(db);
}

static void
escalation(void)
{
	static const char *const methods[] = { "invites.create", "invites.list",
		"members.list" };
	struct op_cred writer;
	char token[AUTH_INVITE_TEXT];

	invite(&owner.session, "invites.create",
	    "{\"scopes\":[\"operator.write\",\"operator.approvals\"]}", token);
	check_status(accept_as(token, "writer", &writer), ST_OK,
	    "a member without admin joins");
	check_status(call_op(db, &writer, methods[0],
			 "{\"scopes\":[\"operator.read\"]}", NULL),
	    ST_FORBIDDEN, "he invites nobody, not even for less");
	check_status(call_op(db, &writer, methods[1], "{}", NULL), ST_FORBIDDEN,
	    "he sees no invitations");
	check_status(call_op(db, &writer, methods[2], "{}", NULL), ST_OK,
	    "he sees who else is there");
	statement_refused("the function refuses who has not admin", &writer);
	statement_refused("the function refuses an admin's API key",
	    &owner.key);
	for (size_t i = 0; i < 3; i++)
		check_status(
		    call_op(db, &owner.key, methods[i],
			i == 0 ? "{\"scopes\":[\"operator.read\"]}" : "{}",
			NULL),
		    ST_FORBIDDEN, "so does the operation");
	owner_do("UPDATE moltis.login_sessions SET proved_at = now() -"
		 " interval '11 minutes' WHERE id = '%s'",
	    owner.session_id);
	check_status(call_op(db, &owner.session, methods[0],
			 "{\"scopes\":[\"operator.read\"]}", NULL),
	    ST_REAUTH, "an old proof is not enough to invite");
	owner_do("UPDATE moltis.login_sessions SET proved_at = now() WHERE id"
		 " = '%s'",
	    owner.session_id);
}

static void
resets(void)
{
	struct op_cred before, after;
	struct op_principal who;
	struct op_error err;
	char token[AUTH_INVITE_TEXT];

	invite(&boss.session, "admin.invites.create", "{\"kind\":\"account\"}",
	    token);
	check_status(accept_as(token, "lost", &before), ST_OK,
	    "a person who will lose his password");
	check_status(call_op(db, &boss.session, "admin.invites.create",
			 "{\"kind\":\"reset\",\"username\":\"nobody-such\"}",
			 NULL),
	    ST_NOT_FOUND, "there is no way back for nobody");
	invite(&boss.session, "admin.invites.create",
	    "{\"kind\":\"reset\",\"username\":\"Lost\"}", token);
	check_status(join(token, &owner.session), ST_INVALID,
	    "another person cannot take it");
	check_status(accept_as(token, NULL, &after), ST_OK,
	    "a reset needs no name");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &after }, &who, &err),
	    ST_OK, "and signs in");
	check_text(who.username, "lost", "as that person");
	check_status(
	    op_identify(db, &(struct op_entry){ .cred = &before }, &who, &err),
	    ST_UNAUTH, "sessions from before are over");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name IN ('auth.reset',"
			  " 'auth.reset_invited') AND severity = 'warn'",
		  who.account_id) == 2,
	    "his account is warned of both");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name LIKE 'security.auth.reset%%'",
		  who.account_id) == 2,
	    "his page, too");
}

void
test_invites(void)
{
	setup_now();
	db = db_open(info_api());
	person_make("inviter", &owner);
	person_make("deployer", &boss);
	owner_do("UPDATE moltis.users SET administrator = true WHERE id = '%s'",
	    boss.user_id);
	stored();
	races();
	race_for_room();
	worthless();
	kinds();
	rights_of_the_maker();
	escalation();
	resets();
	owner_do("UPDATE moltis.users SET administrator = false WHERE id"
		 " <> (SELECT id FROM moltis.users WHERE username = 'owner')");
	db_close(db);
}
