/*
 * API keys through the gate (S135-S138, S149): the limit of 50 when many ask
 * at once, scopes nobody has, what is stored.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "js/js.h"
#include "op/op_enter.h"
#include "tests/sql/sqltest.h"

#define CREATE(label, scopes) \
	"{\"label\":\"" label "\",\"scopes\":[" scopes "]}"

struct maker {
	const struct person *person;
	int made, refused;
};

static void
make_work(void *arg)
{
	struct maker *m = arg;
	struct db *db = db_open(info_api());

	for (int i = 0; i < 10; i++) {
		enum status st = call_op(db, &m->person->session,
		    "auth.keys.create", CREATE("k", "\"operator.read\""), NULL);

		m->made += st == ST_OK;
		m->refused += st == ST_LIMIT;
	}
	db_close(db);
}

static void
at_once(struct db *db)
{
	struct maker makers[8];
	struct person p;
	int made = 0, refused = 0;
	char params[80];

	person_make("collector", &p);
	memset(makers, 0, sizeof(makers));
	for (int i = 0; i < 8; i++)
		makers[i].person = &p;
	in_parallel(8, make_work, makers, sizeof(makers[0]));
	for (int i = 0; i < 8; i++) {
		made += makers[i].made;
		refused += makers[i].refused;
	}
	/* One exists from the start. */
	check(made == 49 && refused == 31,
	    "80 keys asked for at once make 50 live ones (%d made, %d "
	    "refused)",
	    made, refused);
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", p.key_id);
	(void)!call_op(db, &p.session, "auth.keys.revoke", params, NULL);
	check_status(call_op(db, &p.session, "auth.keys.create",
			 CREATE("k", "\"operator.read\""), NULL),
	    ST_OK, "a revoked key makes room for another");
}

static void
stored(struct db *db)
{
	own_json struct json_object *reply = NULL;
	struct op_cred cred;
	struct op_principal who = { .scopes = 0 };
	struct op_error err;
	struct person p;
	const char *key;
	char *dump;

	person_make("keeper", &p);
	check_status(
	    call_op(db, &p.session, "auth.keys.create",
		CREATE("mine", "\"operator.read\",\"operator.approvals\""),
		&reply),
	    ST_OK, "a person makes a key");
	key = js_text(reply, "key");
	check(key != NULL && strlen(key) == 46 &&
		auth_cred_from_key(key, &cred),
	    "it has the form mk_ and 43 characters");
	if (key == NULL)
		return;
	check(strncmp(js_text(reply, "key_prefix"), key, 11) == 0 &&
		strlen(js_text(reply, "key_prefix")) == 11,
	    "its prefix is its first eleven characters");
	check(op_identify(db, &(struct op_entry){ .cred = &cred }, &who,
		  &err) == ST_OK &&
		who.scopes == (SCOPE_READ | SCOPE_APPROVALS),
	    "it enters with the scopes it was given");
	dump = owner_get("SELECT string_agg(t, ' ') FROM (SELECT k::text t"
			 " FROM moltis.api_keys k UNION ALL SELECT a::text"
			 " FROM moltis.audit a UNION ALL SELECT e::text FROM"
			 " moltis.events e) x");
	check(strstr(dump, key + 11) == NULL,
	    "the database holds no key, neither in rows nor in traces");
	free(dump);
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name = 'auth.keys.create'",
		  p.account_id) == 1,
	    "the audit trail tells of it");
	check(owner_count("SELECT count(*) FROM moltis.api_keys WHERE"
			  " account_id = '%s' AND key_hash = '\\x00'::bytea",
		  p.account_id) == 0,
	    "the hash is a hash");
}

static void
refused(struct db *db)
{
	struct op_cred other_session;
	char id[UUID_TEXT], params[80];
	struct person p, q;

	person_make("modest", &p);
	person_make("modest2", &q);
	owner_do("UPDATE moltis.memberships SET scopes = 3 WHERE user_id ="
		 " '%s'",
	    p.user_id);
	check_status(call_op(db, &p.session, "auth.keys.create",
			 CREATE("x", "\"operator.admin\""), NULL),
	    ST_FORBIDDEN, "a key cannot have a scope its person lacks");
	check_status(
	    call_op(db, &p.session, "auth.keys.create", CREATE("x", ""), NULL),
	    ST_INVALID, "a key needs a scope");
	check_status(call_op(db, &p.session, "auth.keys.create",
			 CREATE("x", "\"operator.root\""), NULL),
	    ST_INVALID, "a scope nobody knows is refused");
	check_status(call_op(db, &p.session, "auth.keys.create",
			 CREATE("   ", "\"operator.read\""), NULL),
	    ST_INVALID, "a blank label is refused");
	check_status(call_op(db, &p.session, "auth.keys.create",
			 "{\"label\":\"x\",\"scopes\":[\"operator.read\"],"
			 "\"expires_at\":1000}",
			 NULL),
	    ST_INVALID, "an end in the past is refused");
	check_status(call_op(db, &q.key, "auth.keys.create",
			 CREATE("x", "\"operator.read\""), NULL),
	    ST_FORBIDDEN, "a key cannot make a key");
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", p.key_id);
	check_status(call_op(db, &q.session, "auth.keys.revoke", params, NULL),
	    ST_NOT_FOUND, "another person's key is not found");
	check_status(call_op(db, &p.session, "auth.keys.revoke", params, NULL),
	    ST_OK, "one's own is revoked");
	check_status(call_op(db, &p.session, "auth.keys.revoke", params, NULL),
	    ST_OK, "again is fine");
	person_session(&p, &other_session, id);
	check_status(call_op(db, &other_session, "auth.keys.list", "{}", NULL),
	    ST_OK, "every session of the person sees the list");
}

/* Two people of one account: what is a person's own stays it. */
static void
colleagues(struct db *db)
{
	own_json struct json_object *list = NULL;
	struct person p, q;
	char params[80];

	person_make("colleague", &p);
	person_make("colleague2", &q);
	owner_do("INSERT INTO moltis.memberships (account_id, user_id, scopes)"
		 " VALUES ('%s', '%s', 31)",
	    p.account_id, q.user_id);
	owner_do("UPDATE moltis.login_sessions SET account_id = '%s'"
		 " WHERE id = '%s'",
	    p.account_id, q.session_id);
	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", p.key_id);
	check_status(call_op(db, &q.session, "auth.keys.revoke", params, NULL),
	    ST_NOT_FOUND, "a colleague's key is not found");
	check(call_op(db, &q.session, "auth.keys.list", "{}", &list) == ST_OK &&
		json_object_array_length(js_get(list, "api_keys")) == 0,
	    "nor listed");
	check(owner_count("SELECT count(*) FROM moltis.api_keys WHERE id ="
			  " '%s' AND revoked_at IS NULL",
		  p.key_id) == 1,
	    "and lives on");
}

void
test_keys(void)
{
	struct db *db = db_open(info_api());

	stored(db);
	refused(db);
	colleagues(db);
	at_once(db);
	db_close(db);
}
