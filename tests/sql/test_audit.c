/*
 * The audit trail: a chain without gaps whoever writes at once, that nobody
 * can change, that no program can lie in, and without which nothing happens
 * (S277, S278, A78).  What a damaged chain looks like is tried in tests/sql/cli.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/mem.h"
#include "js/js.h"
#include "tests/sql/exec_case.h"

#define NEW_KEY "{\"label\":\"k\",\"scopes\":[\"operator.read\"]}"

static const char *
info_super(void)
{
	const char *value = getenv("MOLTIS_TEST_DB_SUPER");

	if (value == NULL) {
		fprintf(stderr, "sqltest: use tests/sql/run\n");
		exit(2);
	}
	return value;
}

/* With the triggers off: only to make what time or an attacker makes. */
static void
super_do(const char *sql)
{
	PGconn *conn = plain_connect(info_super());

	PQclear(PQexec(conn, "SET session_replication_role = replica"));
	if (strcmp(plain_state(conn, sql, NULL), "00000") != 0) {
		fprintf(stderr, "sqltest: broken test: %s\n%s\n", sql,
		    PQerrorMessage(conn));
		exit(2);
	}
	PQfinish(conn);
}

static void
super_format(const char *fmt, const char *account)
{
	own_txt struct txt sql = { 0 };
	const char *at;

	while ((at = strstr(fmt, "%s")) != NULL) {
		txt_append_n(&sql, fmt, (size_t)(at - fmt));
		txt_append(&sql, account);
		fmt = at + 2;
	}
	txt_append(&sql, fmt);
	super_do(txt_str(&sql));
}

/* ACCOUNT NULL: the deployment's own. */
static bool
is_intact(const char *account, const char *sentence)
{
	struct db *db = db_open(info_owner());
	struct audit_verdict v = { .bad = 0 };
	enum status st = audit_verify(db, account, &v);
	bool good = check(st == ST_OK && v.bad < 0, "%s%s%s", sentence,
	    v.bad < 0 ? "" : ": ", v.bad < 0 ? "" : v.fault);

	db_close(db);
	return good;
}

static long
entries_of(const struct person *p)
{
	return owner_count("SELECT count(*) FROM moltis.audit WHERE"
			   " account_id = '%s'",
	    p->account_id);
}

struct writer {
	const struct person *person;
	int number, failed;
};

/* Entries before events, events before entries, and both trails at once. */
static void
write_work(void *arg)
{
	struct writer *w = arg;
	struct db *db = db_open(info_api());
	PGconn *owner = plain_connect(info_owner());
	char sql[400];

	for (int i = 0; i < 15; i++) {
		const struct person *p = w->person;

		w->failed += call_op(db, &p->session, "sessions.create", "{}",
				 NULL) != ST_OK;
		w->failed += call_op(db, &p->session, "auth.keys.create",
				 NEW_KEY, NULL) == ST_DB;
		(void)snprintf(sql, sizeof(sql),
		    "BEGIN; SELECT moltis.security_note('%s', 'test.one', NULL,"
		    " '', 'warn', '{}'); INSERT INTO moltis.auth_log (name,"
		    " user_id, peer) VALUES ('auth.login', '%s', '');"
		    " SELECT moltis.login_failed('nobody-%d', '', 'password');"
		    " SELECT moltis.emit_to('%s', 'test', 4, '{}'); COMMIT",
		    p->account_id, p->user_id, w->number, p->account_id);
		w->failed +=
		    strcmp(plain_state(owner, sql, NULL), "00000") != 0;
	}
	PQfinish(owner);
	db_close(db);
}

static void
many_at_once(void)
{
	struct writer writers[8];
	struct person p[2];
	int failed = 0;

	person_make("trail-chained", &p[0]);
	person_make("trail-chained2", &p[1]);
	for (int i = 0; i < 8; i++)
		writers[i] =
		    (struct writer){ .person = &p[i % 2], .number = i };
	in_parallel(8, write_work, writers, sizeof(writers[0]));
	for (int i = 0; i < 8; i++)
		failed += writers[i].failed;
	check(failed == 0,
	    "eight writers of two accounts and of both trails never wait for "
	    "each other in a circle (%d failed)",
	    failed);
	for (int i = 0; i < 2; i++) {
		check(owner_count("SELECT count(*) FROM (SELECT chain_seq -"
				  " row_number() OVER (ORDER BY chain_seq) d"
				  " FROM moltis.audit WHERE account_id = '%s')"
				  " x WHERE d <> 0",
			  p[i].account_id) == 0,
		    "the numbers of an account have no gap");
		(void)is_intact(p[i].account_id, "its chain is intact");
	}
	check(entries_of(&p[0]) > 150, "there are %ld entries",
	    entries_of(&p[0]));
	(void)is_intact(NULL, "the deployment's chain is intact");
}

/* Even the owner: by the trigger. */
static void
append_only(void)
{
	static const char *const tries[] = {
		"UPDATE moltis.audit SET name = 'x'",
		"UPDATE moltis.audit SET detail = '{}' WHERE chain_seq = 1",
		"DELETE FROM moltis.audit",
		"TRUNCATE moltis.audit",
		"UPDATE moltis.auth_log SET peer = 'x'",
		"UPDATE moltis.auth_log SET chain_seq = NULL, hash = NULL,"
		" prev_hash = NULL",
		"DELETE FROM moltis.auth_log",
		"TRUNCATE moltis.auth_log",
	};
	const char *const roles[] = { info_owner(), info_super() };

	for (size_t r = 0; r < 2; r++) {
		PGconn *conn = plain_connect(roles[r]);

		for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
			check_text(plain_state(conn, tries[i], NULL), "42501",
			    tries[i]);
		PQfinish(conn);
	}
}

/* A program that was taken over, entered as somebody, writing by hand. */
static void
no_lies(void)
{
	PGconn *api = plain_connect(info_api());
	struct person p, other;
	char sql[1000], hex[65], *got;

	person_make("trail-honest", &p);
	person_make("trail-accused", &other);
	bytes_hex(p.session.hash, sizeof(p.session.hash), hex);
	(void)snprintf(sql, sizeof(sql),
	    "BEGIN; SELECT moltis.enter('session', '\\x%s', '', 0, 0, 0, '');"
	    " INSERT INTO moltis.audit (account_id, name, user_id, actor, via,"
	    " peer, at, username, chain_seq, prev_hash, hash) VALUES ('%s',"
	    " 'test.lie', '%s', 'system', 'x', 'x', '2001-01-01', 'trail-accused',"
	    " 4711, 'a', 'b'); COMMIT",
	    hex, p.account_id, other.user_id);
	check_text(plain_state(api, sql, NULL), "00000",
	    "a program may add an entry");
	PQfinish(api);
	got = owner_get("SELECT concat_ws(' ', user_id = '%s', username,"
			" actor = 'session:%s', at > now() - interval '1 hour',"
			" chain_seq < 4711) FROM moltis.audit WHERE name ="
			" 'test.lie'",
	    p.user_id, p.session_id);
	check_text(got, "t trail-honest t t t",
	    "but not who, when, or where in the chain");
	free(got);
	(void)is_intact(p.account_id, "and the chain is intact");
}

/* S278: what cannot be noted does not happen. */
static void
no_audit_no_change(struct db *db)
{
	struct person p;
	long keys, entries;

	person_make("trail-unnoted", &p);
	keys = owner_count("SELECT count(*) FROM moltis.api_keys");
	entries = entries_of(&p);
	owner_do("ALTER TABLE moltis.audit ADD CONSTRAINT no_entry"
		 " CHECK (name <> 'auth.keys.create') NOT VALID");
	check(call_op(db, &p.session, "auth.keys.create", NEW_KEY, NULL) !=
		ST_OK,
	    "when its entry cannot be written, a change fails");
	check(owner_count("SELECT count(*) FROM moltis.api_keys") == keys &&
		entries_of(&p) == entries,
	    "and has not happened");
	owner_do("ALTER TABLE moltis.audit DROP CONSTRAINT no_entry");
	check_status(call_op(db, &p.session, "auth.keys.create", NEW_KEY, NULL),
	    ST_OK, "otherwise it does");
}

/* Moves the first N entries of a chain into the past, with hashes that fit. */
#define REWRITE \
	" DO $$ DECLARE a moltis.audit; h bytea := moltis.chain_start();" \
	" BEGIN FOR a IN SELECT * FROM moltis.audit WHERE account_id = '%s'" \
	" ORDER BY chain_seq LOOP UPDATE moltis.audit o SET prev_hash = h," \
	" hash = moltis.audit_digest(h, a) WHERE o.account_id = a.account_id" \
	" AND o.chain_seq = a.chain_seq RETURNING hash INTO h; END LOOP;" \
	" UPDATE moltis.audit_heads SET hash = h, oldest_at = now() -" \
	" interval '14 months' WHERE account_id = '%s'; END $$"

static void
purge(struct db *db)
{
	PGconn *owner = plain_connect(info_owner());
	struct person p;
	char *got;

	person_make("trail-veteran", &p);
	for (int i = 0; i < 6; i++)
		(void)!call_op(db, &p.session, "auth.keys.create", NEW_KEY,
		    NULL);
	super_format("UPDATE moltis.audit SET at = at - interval '14 months'"
		     " WHERE account_id = '%s' AND chain_seq <= 4;" REWRITE,
	    p.account_id);
	(void)is_intact(p.account_id, "an old chain is intact");
	check_text(plain_state(owner, "SELECT moltis.audit_purge()", &got),
	    "00000", "a purge takes what is older than a year");
	check_text(got, "4", "and nothing else");
	free(got);
	got = owner_get("SELECT min(chain_seq) || ' ' || (SELECT detail ->>"
			" 'through' FROM moltis.audit WHERE name ="
			" 'audit.purged' AND account_id = '%s') FROM"
			" moltis.audit WHERE account_id = '%s'",
	    p.account_id, p.account_id);
	check_text(got, "5 4", "it leaves an entry that tells how far");
	free(got);
	(void)is_intact(p.account_id, "what is left is a whole chain");
	check(owner_count("SELECT moltis.audit_purge()") == 0,
	    "again takes nothing");
	super_format("UPDATE moltis.audit_heads SET anchor_hash = sha256('x')"
		     " WHERE account_id = '%s'",
	    p.account_id);
	got = owner_get("SELECT fault FROM moltis.audit_verify('%s', NULL,"
			" NULL, 100)",
	    p.account_id);
	check(strstr(got, "no entry tells of a purge") != NULL,
	    "an anchor nobody wrote is found");
	free(got);
	PQfinish(owner);
}

/* The account goes; where its trail ended stays. */
static void
account_gone(struct db *db)
{
	struct person p;
	char *head, *told;

	person_make("trail-leaver", &p);
	(void)!call_op(db, &p.session, "auth.keys.create", NEW_KEY, NULL);
	head = owner_get("SELECT encode(hash, 'hex') FROM moltis.audit_heads"
			 " WHERE account_id = '%s'",
	    p.account_id);
	owner_do("DELETE FROM moltis.accounts WHERE account_id = '%s'",
	    p.account_id);
	check(entries_of(&p) == 0, "an account takes its trail with it");
	told = owner_get("SELECT detail ->> 'hash' FROM moltis.auth_log WHERE"
			 " name = 'account.deleted' AND detail ->> 'account' ="
			 " '%s'",
	    p.account_id);
	check_text(told, head, "the deployment's keeps its last hash");
	free(head);
	free(told);
}

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	}
	return false;
}

/* A78: a command that would end the line, clear the screen, add a column. */
static void
forged_lines(void)
{
	static const char forged[] =
	    "echo \x1b[2J\n{\"id\":1,\"event\":\"auth.login\"}\n\"=1+1\",x";
	own_json struct json_object *reply = NULL;
	own_txt struct txt csv = { 0 }, lines = { 0 };
	struct json_object *entry, *detail;
	struct exec_case c;
	char id[UUID_TEXT];
	size_t n;

	exec_quiet();
	exec_case_make("trail-forger", &c);
	exec_asked(&c, "call-1", forged, id);
	check_status(call_op(c.api, &c.p.session, "audit.list",
			 "{\"event\":\"exec.requested\"}", &reply),
	    ST_OK, "the trail is listed");
	entry = json_object_array_get_idx(js_get(reply, "entries"), 0);
	detail = js_get(entry, "detail");
	check(js_text(detail, "command") != NULL &&
		strcmp(js_text(detail, "command"), forged) == 0,
	    "the entry holds the command as it was");
	check(!has_control(js_str(reply)), "the answer escapes it");
	audit_jsonl_row(&lines, entry);
	check(strchr(txt_str(&lines), '\n') == txt_str(&lines) + lines.len - 1,
	    "it is one line of JSON");
	audit_csv_row(&csv, entry);
	n = csv.len;
	check(n > 2 && strcmp(txt_str(&csv) + n - 2, "\r\n") == 0 &&
		strchr(txt_str(&csv), '\r') == txt_str(&csv) + n - 2 &&
		strchr(txt_str(&csv), 0x1b) == NULL,
	    "it is one row of CSV");
	exec_case_done(&c);
}

void
test_audit(void)
{
	struct db *db = db_open(info_api());

	many_at_once();
	append_only();
	no_lies();
	no_audit_no_change(db);
	purge(db);
	account_gone(db);
	forged_lines();
	db_close(db);
}
