/*
 * A context nobody gave: settings made by hand, signatures that were taken
 * from another transaction or another connection (A28).  Nothing may be
 * visible, whatever a program's role sets.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/txt.h"
#include "tests/sql/sqltest.h"

/* Rows of all tables of accounts that CONN may read, in one number. */
#define COUNT_ALL \
	"SELECT (SELECT count(*) FROM moltis.accounts)" \
	" + (SELECT count(*) FROM moltis.account_heads)" \
	" + (SELECT count(*) FROM moltis.memberships)" \
	" + (SELECT count(id) FROM moltis.api_keys)" \
	" + (SELECT count(*) FROM moltis.settings)" \
	" + (SELECT count(*) FROM moltis.chat_sessions)" \
	" + (SELECT count(*) FROM moltis.turns)" \
	" + (SELECT count(*) FROM moltis.messages)" \
	" + (SELECT count(*) FROM moltis.turn_steps)" \
	" + (SELECT count(*) FROM moltis.events)" \
	" + (SELECT count(*) FROM moltis.audit)"

static long
visible(PGconn *conn)
{
	char *text;
	long n = -1;

	if (strcmp(plain_state(conn, COUNT_ALL, &text), "00000") == 0)
		n = strtol(text, NULL, 10);
	free(text);
	return n;
}

static void
enter_plain(PGconn *conn, const struct op_cred *cred)
{
	char hex[65], sql[256];

	bytes_hex(cred->hash, sizeof(cred->hash), hex);
	(void)snprintf(sql, sizeof(sql),
	    "SELECT moltis.enter('key', '\\x%s',"
	    " '', 0, 0, 0, '')",
	    hex);
	if (strcmp(plain_state(conn, sql, NULL), "00000") != 0) {
		fprintf(stderr, "sqltest: broken test: cannot enter\n");
		exit(2);
	}
}

static void
set(PGconn *conn, const char *name, const char *value, bool local)
{
	own_txt struct txt sql = { 0 };

	txt_format(&sql, "SELECT set_config('moltis.%s', '%s', %s)", name,
	    value, local ? "true" : "false");
	if (strcmp(plain_state(conn, txt_str(&sql), NULL), "00000") != 0) {
		fprintf(stderr, "sqltest: broken test: cannot set\n");
		exit(2);
	}
}

struct context {
	char *account_id, *user_id, *actor, *sig;
};

static void
context_take(PGconn *conn, struct context *c)
{
	(void)plain_state(conn, "SELECT current_setting('moltis.account_id')",
	    &c->account_id);
	(void)plain_state(conn, "SELECT current_setting('moltis.user_id')",
	    &c->user_id);
	(void)plain_state(conn, "SELECT current_setting('moltis.actor')",
	    &c->actor);
	(void)plain_state(conn, "SELECT current_setting('moltis.sig')",
	    &c->sig);
}

static void
context_put(PGconn *conn, const struct context *c, bool local)
{
	set(conn, "account_id", c->account_id, local);
	set(conn, "user_id", c->user_id, local);
	set(conn, "actor", c->actor, local);
	set(conn, "sig", c->sig, local);
}

static void
context_done(struct context *c)
{
	free(c->account_id);
	free(c->user_id);
	free(c->actor);
	free(c->sig);
}

static void
by_hand(PGconn *conn, const struct person *a)
{
	static const char *const sigs[] = { "", "x",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8"
		"55" };
	long seen = 0;

	check(visible(conn) == 0, "without enter() nothing is visible");
	for (size_t i = 0; i < 3; i++) {
		(void)plain_state(conn, "BEGIN", NULL);
		set(conn, "account_id", a->account_id, true);
		set(conn, "user_id", a->user_id, true);
		set(conn, "actor", "key:1", true);
		set(conn, "sig", sigs[i], true);
		seen += visible(conn);
		(void)plain_state(conn, "ROLLBACK", NULL);
	}
	check(seen == 0, "with settings made by hand nothing is visible");
}

static void
changed(PGconn *conn, const struct person *a, const struct person *b)
{
	static const char *const names[] = { "account_id", "user_id", "actor" };
	const char *values[] = { b->account_id, b->user_id, "key:other" };

	for (size_t i = 0; i < 3; i++) {
		(void)plain_state(conn, "BEGIN", NULL);
		enter_plain(conn, &a->key);
		check(visible(conn) > 0, "after enter() something is visible");
		set(conn, names[i], values[i], true);
		check(visible(conn) == 0,
		    "nothing any more once moltis.%s is changed", names[i]);
		(void)plain_state(conn, "ROLLBACK", NULL);
	}
}

static void
replayed(PGconn *conn, const struct person *a)
{
	struct context c;
	PGconn *other = plain_connect(info_api());

	(void)plain_state(conn, "BEGIN", NULL);
	enter_plain(conn, &a->key);
	context_take(conn, &c);
	(void)plain_state(other, "BEGIN", NULL);
	context_put(other, &c, true);
	check(visible(other) == 0,
	    "a signature of another connection shows nothing");
	(void)plain_state(other, "ROLLBACK", NULL);
	(void)plain_state(conn, "COMMIT", NULL);
	check(visible(conn) == 0, "the context ends with its transaction");
	(void)plain_state(conn, "BEGIN", NULL);
	context_put(conn, &c, true);
	check(visible(conn) == 0,
	    "the signature of an earlier transaction shows nothing");
	(void)plain_state(conn, "COMMIT", NULL);
	context_put(conn, &c, false);
	check(visible(conn) == 0, "nor does one that was SET for the session");
	(void)plain_state(conn, "BEGIN", NULL);
	check(visible(conn) == 0, "nor in the next transaction");
	enter_plain(conn, &a->key);
	check(visible(conn) > 0, "a real enter() still works over it");
	(void)plain_state(conn, "ROLLBACK", NULL);
	(void)plain_state(conn, "DISCARD ALL", NULL);
	context_done(&c);
	PQfinish(other);
}

static void
undone(PGconn *conn, const struct person *a, const struct person *b)
{
	(void)plain_state(conn, "BEGIN", NULL);
	(void)plain_state(conn, "SAVEPOINT s", NULL);
	enter_plain(conn, &a->key);
	(void)plain_state(conn, "ROLLBACK TO s", NULL);
	check(visible(conn) == 0, "a rolled back enter() gives nothing");
	(void)plain_state(conn, "SAVEPOINT t", NULL);
	check_text(plain_state(conn,
		       "SELECT moltis.enter('key', '\\x00', '',"
		       " 0, 0, 0, '')",
		       NULL),
	    "MO401", "a bad credential raises");
	(void)plain_state(conn, "ROLLBACK TO t", NULL);
	check(visible(conn) == 0, "and gives nothing");
	enter_plain(conn, &b->key);
	check(visible(conn) > 0, "another person can enter afterwards");
	(void)plain_state(conn, "ROLLBACK", NULL);
}

/* The functions that make a context are not for the programs. */
static void
makers_refused(PGconn *conn, const char *role)
{
	static const struct {
		const char *name, *sql;
	} makers[] = {
		{ "ctx_sign", "SELECT moltis.ctx_sign('a', 'b', 'c')" },
		{ "ctx_set",
		    "SELECT moltis.ctx_set(gen_random_uuid(), NULL, 'x')" },
		{ "principal_of_key",
		    "SELECT moltis.principal_of_key('\\x00', '')" },
		{ "principal_of_session",
		    "SELECT moltis.principal_of_session('\\x00')" },
		{ "principal_of_cli", "SELECT moltis.principal_of_cli('')" },
		{ "credential_touch",
		    "SELECT moltis.credential_touch('key',"
		    " NULL::moltis.principal, '')" },
		{ "session_of_hash", "SELECT moltis.session_of_hash('\\x00')" },
		{ "login_session_make",
		    "SELECT moltis.login_session_make(gen_random_uuid(),"
		    " '\\x00', 'password', '', '')" },
		{ "fence", "SELECT moltis.fence('moltis.turns', 'SELECT')" },
	};

	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]); i++)
		check(strcmp(plain_state(conn, makers[i].sql, NULL), "42501") ==
			0,
		    "%s may not call %s", role, makers[i].name);
}

void
test_forged(void)
{
	PGconn *api = plain_connect(info_api());
	PGconn *worker = plain_connect(info_worker());
	struct person a, b;

	person_make("forger", &a);
	person_make("forged", &b);
	by_hand(api, &b);
	by_hand(worker, &b);
	changed(api, &a, &b);
	replayed(api, &a);
	replayed(worker, &a);
	undone(api, &a, &b);
	makers_refused(api, "moltis_api");
	makers_refused(worker, "moltis_worker");
	PQfinish(api);
	PQfinish(worker);
}
