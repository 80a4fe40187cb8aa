/*
 * The authority epoch: moves with every change of anybody's rights, whoever
 * makes it, and with nothing else.  Open sockets are checked again when it
 * moved, so a change it misses would outlive its revocation.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "event/feed.h"
#include "op/op_enter.h"
#include "tests/sql/sqltest.h"

static struct db *db;
static int64_t last_epoch;

/* Has it moved since the last question? */
static bool
moved(void)
{
	int64_t epoch = 0;
	bool yes;

	if (feed_authority(db, &epoch) != ST_OK)
		return false;
	yes = epoch > last_epoch;
	last_epoch = epoch;
	return yes;
}

static void
by_the_owner(const struct person *p)
{
	static const struct {
		const char *sentence;
		const char *table, *set, *key;
	} changes[] = {
		{ "a key is revoked", "api_keys", "revoked_at = now()",
		    "user_id" },
		{ "a key's end is set", "api_keys", "expires_at = now()",
		    "user_id" },
		{ "a key's scopes change", "api_keys", "scopes = 1",
		    "user_id" },
		{ "a membership's scopes change", "memberships", "scopes = 1",
		    "user_id" },
		{ "a session's end is set", "login_sessions",
		    "expires_at = now()", "user_id" },
		{ "a person is disabled", "users", "disabled_at = now()",
		    "id" },
		{ "a person is let in again", "users", "disabled_at = NULL",
		    "id" },
		{ "a password changes", "users", "password_hash = 'x'", "id" },
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		owner_do("UPDATE moltis.%s SET %s WHERE %s = '%s'",
		    changes[i].table, changes[i].set, changes[i].key,
		    p->user_id);
		check(moved(), "the epoch moves when %s", changes[i].sentence);
	}
	owner_do("UPDATE moltis.accounts SET disabled_at = now()"
		 " WHERE account_id = '%s'",
	    p->account_id);
	check(moved(), "the epoch moves when an account is disabled");
}

static void
by_deleting(const struct person *p)
{
	owner_do("DELETE FROM moltis.api_keys WHERE user_id = '%s'",
	    p->user_id);
	check(moved(), "the epoch moves when a key is deleted");
	owner_do("DELETE FROM moltis.login_sessions WHERE user_id = '%s'",
	    p->user_id);
	check(moved(), "the epoch moves when a session is deleted");
	owner_do("DELETE FROM moltis.memberships WHERE user_id = '%s'",
	    p->user_id);
	check(moved(), "the epoch moves when a member is removed");
	owner_do("DELETE FROM moltis.users WHERE id = '%s'", p->user_id);
	check(moved(), "the epoch moves when a person is deleted");
	owner_do("DELETE FROM moltis.accounts WHERE account_id = '%s'",
	    p->account_id);
	check(moved(), "the epoch moves when an account is deleted");
}

static void
by_calls(const struct person *p)
{
	struct auth_call call = { .db = db };
	char params[80];

	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}", p->key_id);
	check_status(call_op(db, &p->session, "auth.keys.revoke", params, NULL),
	    ST_OK, "a person revokes a key");
	check(moved(), "the epoch moves when a person revokes a key");
	check_status(auth_logout(&call, &p->session), ST_OK,
	    "a person logs out");
	check(moved(), "the epoch moves at logout");
}

static void
by_nothing(const struct person *p)
{
	struct op_cred stranger = { .kind = CRED_SESSION };
	struct auth_call call = { .db = db };
	struct op_principal who;
	struct op_error err;

	(void)!op_identify(db, &(struct op_entry){ .cred = &p->key }, &who,
	    &err);
	(void)!op_identify(db, &(struct op_entry){ .cred = &p->session }, &who,
	    &err);
	(void)!call_op(db, &p->key, "sessions.create", "{}", NULL);
	check(!moved(), "using credentials does not move it");
	(void)!auth_logout(&call, &stranger);
	check(!moved(), "a stranger's logout does not move it");
	owner_do("DELETE FROM moltis.login_sessions WHERE false");
	owner_do("UPDATE moltis.api_keys SET revoked_at = now() WHERE false");
	owner_do("UPDATE moltis.users SET disabled_at = now() WHERE false");
	check(!moved(), "changing no row does not move it");
}

static void
listeners(const struct person *p)
{
	PGconn *conn = plain_connect(info_worker());
	PGnotify *note;

	(void)plain_state(conn, "LISTEN moltis_authority", NULL);
	owner_do("UPDATE moltis.api_keys SET scopes = 3 WHERE user_id = '%s'",
	    p->user_id);
	(void)plain_state(conn, "SELECT 1", NULL);
	note = PQnotifies(conn);
	check(note != NULL && strcmp(note->relname, "moltis_authority") == 0 &&
		note->extra[0] == '\0',
	    "listeners are woken, with no content");
	if (note != NULL)
		PQfreemem(note);
	PQfinish(conn);
}

void
test_authority(void)
{
	struct person p, q;

	db = db_open(info_api());
	person_make("authority", &p);
	person_make("authority2", &q);
	(void)moved();
	by_nothing(&q);
	by_the_owner(&p);
	by_deleting(&p);
	by_calls(&q);
	listeners(&q);
	db_close(db);
}
