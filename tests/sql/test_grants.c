/*
 * What the programs' roles may not do whatever they send: read secrets,
 * rewrite history, lift the fence, call what belongs to the other program,
 * point at another account's rows.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/txt.h"
#include "tests/sql/sqltest.h"

struct refusal {
	const char *sentence;
	const char *sql;
};

/* Refused with insufficient_privilege, entered as somebody or not. */
static const struct refusal both[] = {
	{ "read people", "SELECT * FROM moltis.users" },
	{ "read password hashes", "SELECT password_hash FROM moltis.users" },
	{ "read login sessions", "SELECT * FROM moltis.login_sessions" },
	{ "read hashes of keys", "SELECT key_hash FROM moltis.api_keys" },
	{ "read all of a key", "SELECT * FROM moltis.api_keys" },
	{ "compare hashes of keys",
	    "SELECT id FROM moltis.api_keys WHERE key_hash = '\\x00'" },
	{ "read the fence's secret", "SELECT * FROM moltis.deployment" },
	{ "read the setup code", "SELECT * FROM moltis.setup_code" },
	{ "read counters", "SELECT * FROM moltis.throttle" },
	{ "reset counters", "DELETE FROM moltis.throttle" },
	{ "read the login log", "SELECT * FROM moltis.auth_log" },
	{ "add to people", "INSERT INTO moltis.users (username) VALUES ('x')" },
	{ "make administrators",
	    "UPDATE moltis.users SET administrator ="
	    " true" },
	{ "add an account",
	    "INSERT INTO moltis.accounts (name) VALUES"
	    " ('x')" },
	{ "change an account",
	    "UPDATE moltis.accounts SET disabled_at ="
	    " NULL" },
	{ "delete an account", "DELETE FROM moltis.accounts" },
	{ "add members",
	    "INSERT INTO moltis.memberships VALUES"
	    " (gen_random_uuid(), gen_random_uuid(), 31)" },
	{ "change scopes of members",
	    "UPDATE moltis.memberships SET scopes ="
	    " 31" },
	{ "change scopes of keys", "UPDATE moltis.api_keys SET scopes = 31" },
	{ "lengthen keys", "UPDATE moltis.api_keys SET expires_at = NULL" },
	{ "delete keys", "DELETE FROM moltis.api_keys" },
	{ "add login sessions", "INSERT INTO moltis.login_sessions SELECT" },
	{ "change events", "UPDATE moltis.events SET payload = '{}'" },
	{ "delete events", "DELETE FROM moltis.events" },
	{ "change the audit trail", "UPDATE moltis.audit SET name = 'x'" },
	{ "delete from the audit trail", "DELETE FROM moltis.audit" },
	{ "empty the audit trail", "TRUNCATE moltis.audit" },
	{ "empty a table of accounts", "TRUNCATE moltis.messages" },
	{ "rewrite messages", "UPDATE moltis.messages SET body = '{}'" },
	{ "rewrite steps", "UPDATE moltis.turn_steps SET body = '{}'" },
	{ "delete turns", "DELETE FROM moltis.turns" },
	{ "rewrite what was asked",
	    "UPDATE moltis.exec_requests SET command = 'x'" },
	{ "move a command to another folder",
	    "UPDATE moltis.exec_requests SET cwd = 'x'" },
	{ "move a command to another image",
	    "UPDATE moltis.exec_requests SET image = 'x'" },
	{ "change a command's environment",
	    "UPDATE moltis.exec_requests SET env_names = 'x'" },
	{ "give a decision more time",
	    "UPDATE moltis.exec_requests SET expires_at = now()" },
	{ "move a command to another turn",
	    "UPDATE moltis.exec_requests SET turn_id = gen_random_uuid()" },
	{ "lift a command's floor",
	    "UPDATE moltis.exec_requests SET floor = false" },
	{ "delete commands", "DELETE FROM moltis.exec_requests" },
	{ "change remembered commands",
	    "UPDATE moltis.exec_rules SET cwd = ''" },
	{ "delete remembered commands", "DELETE FROM moltis.exec_rules" },
	{ "become the owner", "SET ROLE moltis_owner" },
	{ "become the superuser", "SET SESSION AUTHORIZATION postgres" },
	{ "lift the fence",
	    "ALTER TABLE moltis.turns DISABLE ROW LEVEL SECURITY" },
	{ "drop a policy", "DROP POLICY tenant ON moltis.turns" },
	{ "add a policy", "CREATE POLICY x ON moltis.turns USING (true)" },
	{ "replace a function",
	    "CREATE OR REPLACE FUNCTION moltis.ctx_valid() RETURNS boolean"
	    " LANGUAGE sql AS 'SELECT true'" },
	{ "add a function",
	    "CREATE FUNCTION moltis.x() RETURNS boolean LANGUAGE sql AS"
	    " 'SELECT true'" },
	{ "add a table to public", "CREATE TABLE public.x (y int)" },
	{ "read files of the server",
	    "SELECT pg_read_file('postgresql.conf')" },
	{ "run programs on the server", "COPY (SELECT 1) TO PROGRAM 'true'" },
	{ "write files on the server", "COPY (SELECT 1) TO '/tmp/x'" },
	{ "read the migrations", "SELECT * FROM public.schema_migrations" },
};

static const struct refusal api_only[] = {
	{ "claim turns", "SELECT * FROM moltis.turn_claim('x', 10, 1)" },
	{ "renew turns", "SELECT * FROM moltis.turn_renew('x', 10, '{}')" },
	{ "release turns", "SELECT moltis.turn_release('x')" },
	{ "enter turns",
	    "SELECT moltis.enter_turn(gen_random_uuid(), gen_random_uuid(),"
	    " gen_random_uuid())" },
	{ "ask for commands",
	    "INSERT INTO moltis.exec_requests (id) VALUES"
	    " (gen_random_uuid())" },
	{ "start commands",
	    "UPDATE moltis.exec_requests SET started_at = now()" },
	{ "say how commands ended",
	    "UPDATE moltis.exec_requests SET result = '{}'" },
	{ "give reasons of commands",
	    "UPDATE moltis.exec_requests SET reason = ''" },
	{ "read event heads", "SELECT * FROM moltis.event_heads('{}')" },
	{ "purge events", "SELECT moltis.event_purge()" },
	{ "purge sessions", "SELECT moltis.purge()" },
	{ "purge counters", "SELECT moltis.throttle_purge()" },
};

static void
enter_plain(PGconn *conn, const struct person *p)
{
	own_txt struct txt sql = { 0 };
	char hex[65];

	bytes_hex(p->key.hash, sizeof(p->key.hash), hex);
	txt_format(&sql,
	    "BEGIN; SELECT moltis.enter('key', '\\x%s', '', 0,"
	    " 0, 0, '')",
	    hex);
	if (strcmp(plain_state(conn, txt_str(&sql), NULL), "00000") != 0) {
		fprintf(stderr, "sqltest: broken test: cannot enter\n");
		exit(2);
	}
}

static void
refused(PGconn *conn, const char *role, const struct person *p,
    const struct refusal *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char outside[6];
		const char *state;

		(void)snprintf(outside, sizeof(outside), "%s",
		    plain_state(conn, list[i].sql, NULL));
		enter_plain(conn, p);
		state = plain_state(conn, list[i].sql, NULL);
		check(strcmp(outside, "42501") == 0 &&
			strcmp(state, "42501") == 0,
		    "%s may not %s (%s, entered %s)", role, list[i].sentence,
		    outside, state);
		(void)plain_state(conn, "ROLLBACK", NULL);
	}
}

/* Refused, whatever the reason given. */
static void
no_bypass(PGconn *conn, const char *role)
{
	char *text;

	check(strcmp(plain_state(conn,
			 "BEGIN; SET LOCAL row_security = off;"
			 " SELECT count(*) FROM moltis.turns",
			 NULL),
		  "00000") != 0,
	    "%s gains nothing from row_security = off", role);
	(void)plain_state(conn, "ROLLBACK", NULL);
	(void)plain_state(conn, "SELECT moltis.setup_code_put('\\x00')", &text);
	check(strcmp(text, "f") == 0, "%s cannot store a setup code", role);
	free(text);
	(void)plain_state(conn, "SELECT count(*) FROM moltis.user_list()",
	    &text);
	check(strcmp(text, "0") == 0, "%s sees no list of people", role);
	free(text);
	(void)plain_state(conn, "SELECT count(*) FROM moltis.whoami()", &text);
	check(strcmp(text, "0") == 0, "%s is nobody before enter()", role);
	free(text);
}

#define EXEC_COLUMNS \
	"exec_requests (account_id, session_id, turn_id, tool_call_id," \
	" user_id, command, final_command, cwd, env_names, timeout_secs," \
	" image, hash, sandbox, verdict, reason, rule, segments, floor," \
	" state, expires_at)"
#define EXEC_VALUES \
	", 'x', 'x', '', '', 30, '', sha256(''), '{}', 'run', '', '', 1," \
	" false, 'ready', now()"

/* Rows for another account, entered as A. */
static void
foreign_rows(PGconn *conn, const struct person *a, const struct person *b)
{
	static const struct {
		const char *table, *values; /* after account_id */
	} inserts[] = {
		{ "settings (account_id, name, value)", "'x', '{}'" },
		{ "chat_sessions (account_id, key)", "'x'" },
		{ "events (account_id, seq, name, scope, payload)",
		    "1000, 'x', 1, '{}'" },
		{ "audit (account_id, name, actor, via, peer)",
		    "'x', '', '', ''" },
		{ "exec_rules (account_id, session_id, command_hash, cwd,"
		  " created_by)",
		    "gen_random_uuid(), '\\x00', '', gen_random_uuid()" },
		{ EXEC_COLUMNS,
		    "gen_random_uuid(), gen_random_uuid(), 'x',"
		    " gen_random_uuid()" EXEC_VALUES },
		{ "api_keys (account_id, user_id, label, key_prefix,"
		  " key_hash, scopes)",
		    "gen_random_uuid(), '', '', sha256('x'), 31" },
	};

	for (size_t i = 0; i < sizeof(inserts) / sizeof(inserts[0]); i++) {
		own_txt struct txt sql = { 0 };

		enter_plain(conn, a);
		txt_format(&sql, "INSERT INTO moltis.%s VALUES ('%s', %s)",
		    inserts[i].table, b->account_id, inserts[i].values);
		check(strcmp(plain_state(conn, txt_str(&sql), NULL), "42501") ==
			0,
		    "another account's row is refused in %.*s",
		    (int)strcspn(inserts[i].table, " "), inserts[i].table);
		(void)plain_state(conn, "ROLLBACK", NULL);
	}
	{
		own_txt struct txt sql = { 0 };

		enter_plain(conn, a);
		txt_format(&sql,
		    "UPDATE moltis.chat_sessions SET account_id"
		    " = '%s'",
		    b->account_id);
		check_text(plain_state(conn, txt_str(&sql), NULL), "42501",
		    "a row cannot be moved to another account");
		(void)plain_state(conn, "ROLLBACK", NULL);
	}
}

/* Even the owner role cannot point from one account into another. */
static void
foreign_references(const struct person *a, const struct person *b)
{
	PGconn *conn = plain_connect(info_owner());
	char *session = owner_get("INSERT INTO moltis.chat_sessions"
				  " (account_id, key) VALUES ('%s', 'main')"
				  " RETURNING id",
	    b->account_id);
	char *turn = owner_get("INSERT INTO moltis.turns (account_id,"
			       " session_id, user_id, origin, input)"
			       " VALUES ('%s', '%s', '%s', 'owner', 'x')"
			       " RETURNING id",
	    b->account_id, session, b->user_id);
	const struct {
		const char *sentence, *head, *x, *y;
	} rows[] = {
		{ "a turn in another account's session",
		    "turns (account_id, session_id, user_id, origin, input)",
		    session, "gen_random_uuid(), 'owner', 'x'" },
		{ "a message in another account's session",
		    "messages (account_id, session_id, index, body)", session,
		    "0, '{}'" },
		{ "a step of another account's turn",
		    "turn_steps (account_id, turn_id, step, kind, body)", turn,
		    "0, 'tool_call', '{}'" },
		{ "a remembered command in another account's session",
		    "exec_rules (account_id, session_id, command_hash, cwd,"
		    " created_by)",
		    session, "'\\x00', '', gen_random_uuid()" },
		{ "a key of somebody who is no member",
		    "api_keys (account_id, user_id, label, key_prefix,"
		    " key_hash)",
		    b->user_id, "'', '', sha256('y')" },
		{ "a login session of somebody who is no member",
		    "login_sessions (account_id, user_id, token_hash, method,"
		    " peer, user_agent, expires_at)",
		    b->user_id, "sha256('z'), 'password', '', '', now()" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		own_txt struct txt sql = { 0 };

		txt_format(&sql,
		    "INSERT INTO moltis.%s VALUES ('%s', '%s',"
		    " %s)",
		    rows[i].head, a->account_id, rows[i].x, rows[i].y);
		check(strcmp(plain_state(conn, txt_str(&sql), NULL), "23503") ==
			0,
		    "%s cannot be stored", rows[i].sentence);
	}
	free(session);
	free(turn);
	PQfinish(conn);
}

/* A command of A with the session or the turn of B: each key holds alone. */
static void
foreign_commands(const struct person *a, const struct person *b)
{
	static const char *const sentences[] = { "session", "turn" };
	PGconn *conn = plain_connect(info_owner());

	owner_do("INSERT INTO moltis.turns (account_id, session_id, user_id,"
		 " origin, input) SELECT account_id, id, '%s', 'owner', 'x'"
		 " FROM moltis.chat_sessions WHERE account_id = '%s'",
	    a->user_id, a->account_id);
	for (int i = 0; i < 2; i++) {
		own_txt struct txt sql = { 0 };

		txt_format(&sql,
		    "INSERT INTO moltis." EXEC_COLUMNS " SELECT '%s',"
		    " (SELECT id FROM moltis.chat_sessions WHERE account_id ="
		    " '%s' LIMIT 1), (SELECT id FROM moltis.turns WHERE"
		    " account_id = '%s' LIMIT 1), 'x', '%s'" EXEC_VALUES,
		    a->account_id, i == 0 ? b->account_id : a->account_id,
		    i == 1 ? b->account_id : a->account_id, a->user_id);
		check(strcmp(plain_state(conn, txt_str(&sql), NULL), "23503") ==
			0,
		    "a command of another account's %s cannot be stored",
		    sentences[i]);
	}
	PQfinish(conn);
}

void
test_grants(void)
{
	PGconn *api = plain_connect(info_api());
	PGconn *worker = plain_connect(info_worker());
	struct person a, b;

	person_make("granted", &a);
	person_make("granted2", &b);
	owner_do("INSERT INTO moltis.chat_sessions (account_id, key) VALUES"
		 " ('%s', 'main')",
	    a.account_id);
	refused(api, "moltis_api", &a, both, sizeof(both) / sizeof(both[0]));
	refused(worker, "moltis_worker", &a, both,
	    sizeof(both) / sizeof(both[0]));
	refused(api, "moltis_api", &a, api_only,
	    sizeof(api_only) / sizeof(api_only[0]));
	no_bypass(api, "moltis_api");
	no_bypass(worker, "moltis_worker");
	foreign_rows(api, &a, &b);
	foreign_rows(worker, &a, &b);
	foreign_references(&a, &b);
	foreign_commands(&a, &b);
	PQfinish(api);
	PQfinish(worker);
}
