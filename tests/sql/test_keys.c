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

static enum status
use_from(struct db *db, const struct op_cred *cred, const char *peer)
{
	const struct op_entry entry = { .cred = cred, .peer = peer };
	struct op_principal who;
	struct op_error err;

	return op_identify(db, &entry, &who, &err);
}

static void
networks(struct db *db)
{
	static const char *const bad[] = { "\"10.0.0.1/8\"", "\"10.0.0.0/33\"",
		"\"localhost\"", "7", "null", "\"\"", "\"::ffff:10.0.0.0/104\"",
		"\"10.0.0.0/8,0.0.0.0/0\"", "\"10.0.0.0/8}\"", "[]" };
	own_json struct json_object *reply = NULL;
	own_json struct json_object *list = NULL;
	struct json_object *key;
	struct op_cred cred;
	struct person p;

	person_make("networker", &p);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char params[160];

		(void)snprintf(params, sizeof(params),
		    "{\"label\":\"x\",\"scopes\":[\"operator.read\"],"
		    "\"networks\":[\"192.0.2.0/24\",%s]}",
		    bad[i]);
		check(call_op(db, &p.session, "auth.keys.create", params,
			  NULL) == ST_INVALID,
		    "no network: %s", bad[i]);
	}
	check_status(call_op(db, &p.session, "auth.keys.create",
			 "{\"label\":\"near\",\"scopes\":[\"operator.read\"],"
			 "\"networks\":[\"192.0.2.0/24\",\"2001:db8::/32\","
			 "\"198.51.100.7\"]}",
			 &reply),
	    ST_OK, "a key of three networks is made");
	if (!auth_cred_from_key(js_text(reply, "key"), &cred))
		return;
	check_status(use_from(db, &cred, "192.0.2.200"), ST_OK,
	    "it works from its network");
	check_status(use_from(db, &cred, "::ffff:192.0.2.200"), ST_OK,
	    "also when the address is written as IPv6");
	check_status(use_from(db, &cred, "2001:db8:1::5"), ST_OK,
	    "and from the other one");
	check_status(use_from(db, &cred, "198.51.100.7"), ST_OK,
	    "and from the single address");
	check_status(use_from(db, &cred, "192.0.3.1"), ST_FORBIDDEN,
	    "not from beside it");
	check_status(use_from(db, &cred, ""), ST_FORBIDDEN,
	    "nor from an address that is not known");
	check_status(use_from(db, &cred, "192.0.2.1; drop"), ST_FORBIDDEN,
	    "nor from what is none");
	(void)!call_op(db, &p.session, "auth.keys.list", "{}", &list);
	key = json_object_array_get_idx(js_get(list, "api_keys"), 0);
	check_text(js_str(js_get(key, "networks")),
	    "[\"192.0.2.0/24\",\"2001:db8::/32\",\"198.51.100.7/32\"]",
	    "the list shows the networks");
	check_text(js_text(key, "last_used_from"), "198.51.100.7",
	    "and the last address");
}

static long
alerts(const struct person *p)
{
	return owner_count("SELECT count(*) FROM moltis.events WHERE"
			   " account_id = '%s' AND name ="
			   " 'security.key.new_address' AND scope = 4 AND"
			   " payload->>'severity' = 'alert'",
	    p->account_id);
}

static void
new_addresses(struct db *db)
{
	struct person p;
	char peer[32], *last;

	person_make("traveller", &p);
	(void)!use_from(db, &p.key, "203.0.113.1");
	check(alerts(&p) == 0, "the first address of a key is no news");
	(void)!use_from(db, &p.key, "203.0.113.2");
	check(alerts(&p) == 1, "the second is, a moment later too");
	(void)!use_from(db, &p.key, "203.0.113.1");
	(void)!use_from(db, &p.key, "203.0.113.2");
	(void)!use_from(db, &p.key, "::ffff:203.0.113.2");
	check(alerts(&p) == 1, "known ones are not");
	(void)!use_from(db, &p.key, "2001:db8:5:5::1");
	(void)!use_from(db, &p.key, "2001:db8:5:5:ffff::9");
	check(alerts(&p) == 2, "a /64 is one");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name = 'key.new_address' AND severity ="
			  " 'alert' AND detail->>'key_id' = '%s'",
		  p.account_id, p.key_id) == 2,
	    "the audit trail tells of each");
	for (int i = 0; i < 30; i++) {
		(void)snprintf(peer, sizeof(peer), "198.51.100.%d", i);
		(void)!use_from(db, &p.key, peer);
	}
	check(owner_count("SELECT cardinality(seen_from) FROM moltis.api_keys"
			  " WHERE id = '%s'",
		  p.key_id) == 20,
	    "twenty networks are kept");
	last = owner_get("SELECT seen_from[20] FROM moltis.api_keys WHERE id ="
			 " '%s'",
	    p.key_id);
	check_text(last, "198.51.100.29", "the last ones");
	free(last);
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name = 'key.created'",
		  p.account_id) == 1,
	    "that a key was made is in the trail");
	owner_do("UPDATE moltis.api_keys SET revoked_at = now() WHERE id ="
		 " '%s'",
	    p.key_id);
	owner_do("UPDATE moltis.api_keys SET revoked_at = now() WHERE id ="
		 " '%s'",
	    p.key_id);
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name = 'key.revoked'",
		  p.account_id) == 1,
	    "that it was ended as well, once");
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
	networks(db);
	new_addresses(db);
	at_once(db);
	db_close(db);
}
