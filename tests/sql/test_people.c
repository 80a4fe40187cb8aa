/*
 * People and accounts (S152, S162, A32): who is taken out is out at once with
 * everything that runs for him, the last administrator stays whoever tries,
 * what an account may use up, and that administering shows no content.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/txt.h"
#include "db/stmt.h"
#include "js/js.h"
#include "op/op_enter.h"
#include "tests/sql/exec_case.h"
#include "tests/sql/sqltest.h"
#include "turn/turn.h"

static struct db *db;
static struct person boss;

/* MATE, a person of his own, becomes a member of HOST's account; RET enters
 * there. */
static void
befriend(const struct person *host, const struct person *mate, int scopes,
    struct person *ret)
{
	*ret = *mate;
	(void)mem_copy_str(ret->account_id, sizeof(ret->account_id),
	    host->account_id);
	owner_do("INSERT INTO moltis.memberships (account_id, user_id, scopes)"
		 " VALUES ('%s', '%s', %d)",
	    host->account_id, mate->user_id, scopes);
	person_key(ret, "2", &ret->key, ret->key_id);
	person_session(ret, &ret->session, ret->session_id);
}

static enum status
enters(const struct op_cred *cred)
{
	struct op_principal who;
	struct op_error err;

	return op_identify(db, &(struct op_entry){ .cred = cred }, &who, &err);
}

static enum status
with_id(const struct op_cred *cred, const char *method, const char *name,
    const char *id, const char *more)
{
	char params[200];

	(void)snprintf(params, sizeof(params), "{\"%s\":\"%s\"%s}", name, id,
	    more);
	return call_op(db, cred, method, params, NULL);
}

static long
alive(const struct person *p)
{
	return owner_count("SELECT count(*) FROM moltis.turns WHERE user_id ="
			   " '%s' AND account_id = '%s' AND (state = 'queued'"
			   " OR (state = 'running' AND NOT abort_requested))",
	    p->user_id, p->account_id);
}

static void
removal(void)
{
	struct person host, mate, in;

	person_make("host", &host);
	person_make("mate", &mate);
	befriend(&host, &mate, 3, &in);
	check_status(
	    with_id(&in.session, "members.remove", "user_id", host.user_id, ""),
	    ST_FORBIDDEN, "a member without admin removes nobody");
	(void)call_op(db, &in.session, "chat.send", "{\"text\":\"one\"}", NULL);
	(void)call_op(db, &in.session, "chat.send", "{\"text\":\"two\"}", NULL);
	(void)call_op(db, &host.session, "chat.send", "{\"text\":\"mine\"}",
	    NULL);
	owner_do("UPDATE moltis.turns SET state = 'running', lease_until ="
		 " now() + interval '1 minute' WHERE user_id = '%s' AND input"
		 " = 'one'",
	    in.user_id);
	check(alive(&in) == 2, "two turns of a member wait or run");
	check_status(
	    with_id(&host.session, "members.remove", "user_id", in.user_id, ""),
	    ST_OK, "the owner removes him");
	check(alive(&in) == 0, "nothing of his goes on here");
	check(alive(&host) == 1, "what is not his does");
	check_status(enters(&in.session), ST_UNAUTH, "his session is over");
	check_status(enters(&in.key), ST_UNAUTH, "his key, too");
	check(owner_count("SELECT count(*) FROM moltis.api_keys WHERE id ="
			  " '%s'",
		  in.key_id) == 0,
	    "the key is gone, not only refused");
	check_status(enters(&mate.session), ST_OK,
	    "his own account is still his");
	check_status(enters(&mate.key), ST_OK, "with its key");
	check_status(
	    with_id(&host.session, "members.remove", "user_id", in.user_id, ""),
	    ST_NOT_FOUND, "again there is nobody");
	check_status(with_id(&host.session, "members.remove", "user_id",
			 host.user_id, ""),
	    ST_CONFLICT, "the owner does not go");
	check_status(with_id(&host.session, "members.update", "user_id",
			 host.user_id, ",\"scopes\":[\"operator.read\"]"),
	    ST_CONFLICT, "nor is he made less");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name = 'member' AND scope = 4 AND"
			  " payload ->> 'kind' = 'removed'",
		  host.account_id) == 1,
	    "pages of admins are told");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name = 'members.remove' AND detail ->>"
			  " 'username' = 'mate'",
		  host.account_id) == 1,
	    "and the audit trail");
}

struct sender {
	struct op_cred cred;
	int number;
};

static void
send_work(void *arg)
{
	const struct sender *s = arg;
	struct db *own = db_open(info_api());
	char params[120];

	for (int i = 0; i < 40; i++) {
		char key[UUID_TEXT];

		uuid_new(key);
		(void)snprintf(params, sizeof(params),
		    "{\"text\":\"x\",\"sessionKey\":\"session:%s\"}", key);
		(void)!call_op(own, &s->cred, "chat.send", params, NULL);
	}
	db_close(own);
}

static void
remove_work(void *arg)
{
	const struct sender *s = arg;
	struct db *own = db_open(info_api());
	char *id = owner_get("SELECT id FROM moltis.users WHERE username ="
			     " 'people-busy'");
	char params[80];

	(void)snprintf(params, sizeof(params), "{\"user_id\":\"%s\"}", id);
	check_status(call_op(own, &s->cred, "members.remove", params, NULL),
	    ST_OK, "a member is removed in the middle of it");
	free(id);
	db_close(own);
}

static void
race_work(void *arg)
{
	const struct sender *s = arg;

	if (s->number == 0)
		remove_work(arg);
	else
		send_work(arg);
}

/* A turn is either before the removal and ended by it, or refused. */
static void
removal_race(void)
{
	struct person host, mate, in;
	struct sender senders[6];

	person_make("busy-host", &host);
	person_make("people-busy", &mate);
	befriend(&host, &mate, 3, &in);
	for (int i = 0; i < 6; i++)
		senders[i] =
		    (struct sender){ i == 0 ? host.session : in.session, i };
	in_parallel(6, race_work, senders, sizeof(senders[0]));
	check(alive(&in) == 0,
	    "no turn of a removed member is left, however they raced");
}

/* One of the two at the same time, in the worst order. */
static void
commit_work(void *arg)
{
	const struct sender *s = arg;
	PGconn *conn = plain_connect(info_owner());
	own_txt struct txt sql = { 0 };

	if (s->number == 0) {
		usleep(200000);
		remove_work(arg);
	} else {
		txt_append(&sql,
		    "BEGIN; INSERT INTO moltis.turns (account_id, session_id,"
		    " user_id, origin, input) SELECT s.account_id, s.id, u.id,"
		    " 'owner', 'late' FROM moltis.chat_sessions s,"
		    " moltis.memberships m JOIN moltis.users u ON u.id ="
		    " m.user_id AND u.username = 'people-busy' WHERE"
		    " m.account_id = s.account_id AND NOT m.is_owner LIMIT 1");
		check_text(plain_state(conn, txt_str(&sql), NULL), "00000",
		    "a turn is made, not yet committed");
		usleep(700000);
		check_text(plain_state(conn, "COMMIT", NULL), "00000",
		    "and committed while its person is removed");
	}
	PQfinish(conn);
}

static void
removal_behind_a_turn(void)
{
	struct person host, mate, in;
	struct sender senders[2];

	owner_do("UPDATE moltis.users SET username = 'people-busy-before'"
		 " WHERE username = 'people-busy'");
	person_make("late-host", &host);
	person_make("people-busy", &mate);
	befriend(&host, &mate, 3, &in);
	check_status(call_op(db, &host.session, "sessions.create", "{}", NULL),
	    ST_OK, "an account with a session");
	for (int i = 0; i < 2; i++)
		senders[i] = (struct sender){ host.session, i };
	in_parallel(2, commit_work, senders, sizeof(senders[0]));
	check(owner_count("SELECT count(*) FROM moltis.turns WHERE input ="
			  " 'late' AND state = 'aborted'") == 1 &&
		alive(&in) == 0,
	    "a turn that was being made is ended, too");
}

static void
disabled_person(void)
{
	struct person p, q;

	person_make("to-disable", &p);
	person_make("by-stander", &q);
	(void)call_op(db, &p.session, "chat.send", "{\"text\":\"x\"}", NULL);
	check_status(with_id(&p.session, "admin.users.update", "id", q.user_id,
			 ",\"disabled\":true"),
	    ST_FORBIDDEN, "who does not administer disables nobody");
	check_status(with_id(&boss.key, "admin.users.update", "id", q.user_id,
			 ",\"disabled\":true"),
	    ST_FORBIDDEN, "nor does an administrator's API key");
	check_status(
	    with_id(&boss.session, "admin.users.update", "id", p.user_id, ""),
	    ST_INVALID, "nothing to change is a mistake");
	check_status(with_id(&boss.session, "admin.users.update", "id",
			 p.user_id, ",\"disabled\":true"),
	    ST_OK, "an administrator disables a person");
	check(alive(&p) == 0, "nothing of his goes on");
	check_status(enters(&p.session), ST_UNAUTH, "his session is over");
	check_status(enters(&p.key), ST_UNAUTH, "his key, too");
	check_status(with_id(&boss.session, "admin.users.update", "id",
			 p.user_id, ",\"disabled\":false"),
	    ST_OK, "and enables him");
	check_status(enters(&p.session), ST_UNAUTH,
	    "the session does not come back");
	check_status(enters(&p.key), ST_UNAUTH, "nor does the key");
	check_status(enters(&q.session), ST_OK, "nobody else was touched");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND name LIKE 'security.user.%%'",
		  p.account_id) == 2,
	    "his account is told");
}

static void
disabled_account(void)
{
	struct exec_case c;
	char asked[UUID_TEXT];

	exec_quiet();
	exec_case_make("suspended", &c);
	exec_asked(&c, "call-1", "curl example.com", asked);
	check_status(with_id(&boss.session, "admin.accounts.update", "id",
			 c.p.account_id, ",\"disabled\":true"),
	    ST_OK, "an administrator disables an account");
	check(alive(&c.p) == 0, "what runs in it is told to stop");
	check(owner_count("SELECT count(*) FROM moltis.exec_requests WHERE id"
			  " = '%s' AND state = 'cancelled'",
		  asked) == 1,
	    "a waiting command is cancelled");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE name ="
			  " 'exec.approval.resolved' AND account_id = '%s'",
		  c.p.account_id) == 1,
	    "and its account is told");
	check(owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			  " = '%s' AND payload::text LIKE '%%curl%%'",
		  boss.account_id) == 0,
	    "the administrator's is not");
	check_status(enters(&c.p.session), ST_UNAUTH, "its session is over");
	check_status(enters(&c.p.key), ST_UNAUTH, "its key is refused");
	check_status(turn_tx_begin(c.worker, &c.lease), ST_OK,
	    "the worker can still end the turn");
	db_rollback(c.worker);
	check_status(with_id(&boss.session, "admin.accounts.update", "id",
			 c.p.account_id, ",\"disabled\":false"),
	    ST_OK, "and enables it");
	check_status(enters(&c.p.session), ST_UNAUTH,
	    "the session does not come back");
	check_status(enters(&c.p.key), ST_OK, "the key does");
	exec_case_done(&c);
	exec_quiet();
}

struct rival {
	struct op_cred cred;
	char target[UUID_TEXT];
	const char *change;
	enum status st;
};

static void
rival_work(void *arg)
{
	struct rival *r = arg;
	struct db *own = db_open(info_api());
	char params[120];

	(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"%s}", r->target,
	    r->change);
	r->st = call_op(own, &r->cred, "admin.users.update", params, NULL);
	db_close(own);
}

/* Two administrators, each against the other, at once. */
static void
last_administrator(void)
{
	static const char *const changes[] = { ",\"administrator\":false",
		",\"disabled\":true" };
	struct person other;
	int kept = 0;

	person_make("other-boss", &other);
	owner_do("UPDATE moltis.users SET administrator = id IN ('%s', '%s')",
	    boss.user_id, other.user_id);
	for (int i = 0; i < 10; i++) {
		struct rival rivals[2] = { { .change = changes[i % 2] },
			{ .change = changes[i % 2] } };

		owner_do("UPDATE moltis.users SET administrator = true,"
			 " disabled_at = NULL WHERE id IN ('%s', '%s')",
		    boss.user_id, other.user_id);
		person_session(&boss, &boss.session, boss.session_id);
		person_session(&other, &other.session, other.session_id);
		rivals[0].cred = boss.session;
		rivals[1].cred = other.session;
		(void)mem_copy_str(rivals[0].target, UUID_TEXT, other.user_id);
		(void)mem_copy_str(rivals[1].target, UUID_TEXT, boss.user_id);
		in_parallel(2, rival_work, rivals, sizeof(rivals[0]));
		kept += owner_count(
			    "SELECT count(*) FROM moltis.users WHERE"
			    " administrator AND disabled_at IS NULL") == 1 &&
		    (rivals[0].st == ST_OK) != (rivals[1].st == ST_OK);
	}
	check(kept == 10,
	    "of two who put each other out at once one stays, ten times of "
	    "ten (%d)",
	    kept);
	owner_do("UPDATE moltis.users SET administrator = (id = '%s'),"
		 " disabled_at = NULL WHERE id IN ('%s', '%s')",
	    boss.user_id, boss.user_id, other.user_id);
	person_session(&boss, &boss.session, boss.session_id);
	check_status(with_id(&boss.session, "admin.users.update", "id",
			 boss.user_id, ",\"disabled\":true"),
	    ST_CONFLICT, "the last one cannot put himself out");
	check_status(with_id(&boss.session, "admin.accounts.update", "id",
			 boss.account_id, ",\"disabled\":true"),
	    ST_CONFLICT, "nor disable the account he signs in to");
	check_status(enters(&boss.session), ST_OK, "and is still in");
	owner_do("UPDATE moltis.users SET administrator = true WHERE username"
		 " = 'owner'");
}

static void
quotas(void)
{
	struct person p;
	char params[120];

	person_make("thrifty", &p);
	(void)snprintf(params, sizeof(params),
	    ",\"quotas\":{\"sessions\":2,\"turns_per_day\":2}");
	check_status(with_id(&boss.session, "admin.accounts.update", "id",
			 p.account_id, params),
	    ST_OK, "an administrator sets quotas");
	for (int i = 0; i < 2; i++)
		check_status(
		    call_op(db, &p.session, "sessions.create", "{}", NULL),
		    ST_OK, "a session within the quota");
	check_status(call_op(db, &p.session, "sessions.create", "{}", NULL),
	    ST_LIMIT, "one more is one too many");
	owner_do("DELETE FROM moltis.chat_sessions WHERE account_id = '%s'",
	    p.account_id);
	for (int i = 0; i < 2; i++)
		check_status(call_op(db, &p.session, "chat.send",
				 "{\"text\":\"x\"}", NULL),
		    ST_OK, "a message within the quota");
	check_status(
	    call_op(db, &p.session, "chat.send", "{\"text\":\"x\"}", NULL),
	    ST_LIMIT, "the third of the day is not taken");
	check_status(
	    call_op(db, &p.session, "chat.send", "{\"text\":\"x\"}", NULL),
	    ST_LIMIT, "nor the fourth");
	check(owner_count("SELECT turns_today FROM moltis.account_heads WHERE"
			  " account_id = '%s'",
		  p.account_id) == 2,
	    "what was refused is not counted");
	owner_do("UPDATE moltis.account_heads SET turn_day = turn_day - 1"
		 " WHERE account_id = '%s'",
	    p.account_id);
	check_status(
	    call_op(db, &p.session, "chat.send", "{\"text\":\"x\"}", NULL),
	    ST_OK, "the next day begins anew");
	check_status(with_id(&boss.session, "admin.accounts.update", "id",
			 p.account_id, ",\"quotas\":{\"sessions\":null}"),
	    ST_OK, "null is the default");
	check(owner_count("SELECT count(*) FROM moltis.accounts WHERE"
			  " account_id = '%s' AND max_sessions IS NULL AND"
			  " max_turns_day = 2",
		  p.account_id) == 1,
	    "and what is not named stays");
}

static void
switching(void)
{
	struct person host, mate, in;

	person_make("switch-host", &host);
	person_make("switcher", &mate);
	befriend(&host, &mate, 1, &in);
	check_status(with_id(&mate.session, "accounts.switch", "account_id",
			 boss.account_id, ""),
	    ST_NOT_FOUND, "nobody switches to where he does not belong");
	check_status(with_id(&mate.key, "accounts.switch", "account_id",
			 host.account_id, ""),
	    ST_FORBIDDEN, "a key stays in its account");
	check_status(with_id(&mate.session, "accounts.switch", "account_id",
			 host.account_id, ""),
	    ST_OK, "a session goes where its person belongs");
	check_status(call_op(db, &mate.session, "sessions.create", "{}", NULL),
	    ST_FORBIDDEN, "with the scopes he has there");
	owner_do("UPDATE moltis.accounts SET disabled_at = now() WHERE"
		 " account_id = '%s'",
	    mate.account_id);
	check_status(with_id(&mate.session, "accounts.switch", "account_id",
			 mate.account_id, ""),
	    ST_FORBIDDEN, "not to a disabled one");
	owner_do("UPDATE moltis.accounts SET disabled_at = NULL WHERE"
		 " account_id = '%s'",
	    mate.account_id);
	check_status(with_id(&mate.session, "accounts.switch", "account_id",
			 mate.account_id, ""),
	    ST_OK, "and back");
	check_status(with_id(&mate.session, "accounts.leave", "account_id",
			 mate.account_id, ""),
	    ST_CONFLICT, "an owner does not leave");
	check_status(with_id(&mate.session, "accounts.leave", "account_id",
			 host.account_id, ""),
	    ST_OK, "a member does");
	check_status(enters(&in.session), ST_UNAUTH,
	    "his other session was there");
	check_status(enters(&mate.session), ST_OK, "this one was not");
}

/* What administrators can read, by name: no column can hold content. */
static void
no_content(void)
{
	static const struct {
		enum db_stmt stmt;
		const char *returns;
	} lists[] = {
		{ STMT_PEOPLE_ADMIN_USER_LIST,
		    "id uuid, username text, administrator bool, disabled"
		    " bool, created_ms bigint, last_seen_ms bigint, accounts"
		    " bigint, has_password bool, passkeys int" },
		{ STMT_PEOPLE_ADMIN_ACCOUNT_LIST,
		    "id uuid, name text, owner text, members bigint, disabled"
		    " bool, exec_off bool, sessions bigint, messages bigint,"
		    " created_ms bigint, max_members int, max_sessions int,"
		    " max_turns_day int" },
		{ STMT_PEOPLE_ADMIN_INVITE_LIST,
		    "id uuid, kind text, username text, administrator bool,"
		    " note text, created_by text, created_ms bigint,"
		    " expires_ms bigint" },
		{ STMT_PEOPLE_ADMIN_USER_UPDATE, "username text" },
		{ STMT_PEOPLE_ADMIN_ACCOUNT_UPDATE, "name text" },
		{ STMT_PEOPLE_ADMIN_INVITE_CREATE,
		    "id uuid, expires_ms bigint" },
		{ STMT_PEOPLE_ADMIN_INVITE_REVOKE, "done int" },
	};
	size_t found = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		check_text(db_stmts[lists[i].stmt].returns, lists[i].returns,
		    "an administrator reads names, counts and switches only");
	for (int i = 0; i < STMT_COUNT; i++)
		found += strncmp(db_stmts[i].name, "people/admin_", 13) == 0;
	check(found == sizeof(lists) / sizeof(lists[0]),
	    "and every statement of administrators is in this list");
	check(owner_count("SELECT count(*) FROM pg_proc p WHERE p.pronamespace"
			  " = 'moltis'::regnamespace AND p.proname LIKE"
			  " 'admin\\_%%' AND p.prosrc NOT LIKE"
			  " '%%administrator_check()%%'") == 0,
	    "each of their functions asks who calls");
}

void
test_people(void)
{
	setup_now();
	db = db_open(info_api());
	person_make("deployment-boss", &boss);
	owner_do("UPDATE moltis.users SET administrator = true WHERE id = '%s'",
	    boss.user_id);
	removal();
	removal_race();
	removal_behind_a_turn();
	disabled_person();
	disabled_account();
	last_administrator();
	quotas();
	switching();
	no_content();
	owner_do("UPDATE moltis.users SET administrator = false WHERE id ="
		 " '%s'",
	    boss.user_id);
	db_close(db);
}
