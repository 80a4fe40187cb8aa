/*
 * What an owner hears of (S276): each condition becomes an entry of the trail
 * and an event for administrators, and a flood of it one of each.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/txt.h"
#include "js/js.h"
#include "op/op_miss.h"
#include "tests/sql/exec_case.h"
#include "tests/sql/victim.h"

static long
notes(const struct person *p, const char *name)
{
	return owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			   " = '%s' AND name = '%s' AND severity = 'warn'",
	    p->account_id, name);
}

static long
events(const struct person *p, const char *name)
{
	return owner_count("SELECT count(*) FROM moltis.events WHERE account_id"
			   " = '%s' AND name = 'security.%s' AND scope = 4 AND"
			   " payload ->> 'severity' = 'warn' AND payload ?"
			   " 'at'",
	    p->account_id, name);
}

static void
check_alert(const struct person *p, const char *name, const char *sentence)
{
	check(notes(p, name) == 1 && events(p, name) == 1,
	    "%s (%ld entries, %ld events)", sentence, notes(p, name),
	    events(p, name));
}

/* A minute goes by for what is said once a minute. */
static void
minute_passes(void)
{
	owner_do("DELETE FROM moltis.throttle WHERE class LIKE 'note.%%'");
}

static void
fail_login(const char *name, int times)
{
	for (int i = 0; i < times; i++)
		owner_do("SELECT moltis.login_failed('%s', '192.0.2.%d',"
			 " 'password')",
		    name, i);
}

static void
logins(void)
{
	struct person p;

	person_make("trail-hunted", &p);
	fail_login("trail-hunted", 4);
	check(notes(&p, "auth.login_failures") == 0,
	    "four failed logins are nothing yet");
	fail_login("Trail-Hunted", 10);
	check_alert(&p, "auth.login_failures",
	    "five in a quarter of an hour are a warning, more are the same "
	    "one");
	fail_login("no-such-person-hunter2", 6);
	check(owner_count("SELECT count(*) FROM moltis.auth_log WHERE name ="
			  " 'auth.login_failures' AND user_id IS NULL AND"
			  " severity = 'warn'") >= 1,
	    "those of a name nobody has are in the deployment's trail");
	check(owner_count("SELECT count(*) FROM moltis.auth_log l WHERE"
			  " l::text LIKE '%%hunter2%%'") == 0,
	    "without the name, which may be a password");
	check(owner_count("SELECT count(*) FROM moltis.auth_log WHERE name ="
			  " 'auth.login_failed' AND user_id = '%s' AND"
			  " detail ->> 'login' ~ '^[0-9a-f]{16}$' AND detail"
			  " ->> 'method' = 'password' AND peer <> ''",
		  p.user_id) == 14,
	    "each failure is there with address, mark and method (S177)");
}

/* A command that is asked for, from CALL to its state. */
static void
put(struct exec_case *c, const char *call, bool floor, struct exec_row *ret)
{
	struct exec_ask ask = exec_ask_of(call, "rm -rf /");

	ask.judged.floor = floor;
	if (exec_put(c->worker, &c->lease, &ask, ret) != ST_OK)
		exit(2);
}

static void
floor_hits(void)
{
	struct exec_case c;
	struct exec_row row;

	exec_quiet();
	exec_case_make("trail-dangerous", &c);
	put(&c, "f-0", false, &row);
	exec_row_done(&row);
	check(notes(&c.p, "command.floor") == 0,
	    "a command that is merely asked about is no alert");
	for (int i = 1; i < 4; i++) {
		char call[16];

		(void)snprintf(call, sizeof(call), "f-%d", i);
		put(&c, call, true, &row);
		exec_row_done(&row);
	}
	check_alert(&c.p, "command.floor",
	    "commands of the dangerous floor are one warning a minute");
	minute_passes();
	put(&c, "f-9", true, &row);
	exec_row_done(&row);
	check(notes(&c.p, "command.floor") == 2, "and another the next minute");
	exec_case_done(&c);
}

static void
denials(void)
{
	struct exec_case c;
	struct exec_row row;
	char call[16];

	exec_quiet();
	exec_case_make("trail-refuser", &c);
	for (int i = 0; i < 7; i++) {
		(void)snprintf(call, sizeof(call), "d-%d", i);
		put(&c, call, false, &row);
		exec_decided(&c, row.id, "denied");
		exec_row_done(&row);
		if (i == 3)
			check(notes(&c.p, "command.denials") == 0,
			    "four denials are nothing yet");
	}
	check_alert(&c.p, "command.denials",
	    "five denials in ten minutes are a warning, once");
	exec_case_done(&c);
}

static void
end_with(struct exec_case *c, const char *call, const char *result)
{
	own_json struct json_object *o = NULL;
	struct exec_row row, started;
	struct js_error err;

	put(c, call, false, &row);
	exec_decided(c, row.id, "approved");
	if (exec_start(c->worker, &c->lease, row.id, &started) != ST_OK ||
	    js_parse(result, strlen(result), &o, &err) != ST_OK ||
	    exec_finish(c->worker, &c->lease, row.id, o) != ST_OK)
		exit(2);
	exec_row_done(&started);
	exec_row_done(&row);
}

static void
sandbox_kills(void)
{
	struct exec_case c;

	exec_quiet();
	exec_case_make("trail-hungry", &c);
	end_with(&c, "k-1", "{\"exit_code\":0,\"timed_out\":false}");
	check(notes(&c.p, "sandbox.oom") == 0 &&
		notes(&c.p, "sandbox.timeout") == 0,
	    "a command that ends is no alert");
	end_with(&c, "k-2", "{\"exit_code\":137,\"oom_killed\":true}");
	end_with(&c, "k-3", "{\"exit_code\":137,\"oom_killed\":true}");
	check_alert(&c.p, "sandbox.oom",
	    "one that was killed for its memory is a warning");
	end_with(&c, "k-4", "{\"exit_code\":137,\"timed_out\":true}");
	check_alert(&c.p, "sandbox.timeout",
	    "one that was killed for its time is a warning");
	exec_case_done(&c);
}

static void
passwords(void)
{
	struct person p;

	person_make("trail-changer", &p);
	owner_do("INSERT INTO moltis.auth_log (name, user_id, peer) VALUES"
		 " ('auth.password_changed', '%s', '192.0.2.1')",
	    p.user_id);
	check_alert(&p, "auth.password_changed",
	    "a changed password is told to its person");
	owner_do("INSERT INTO moltis.auth_log (name, user_id, peer) VALUES"
		 " ('auth.login', '%s', '192.0.2.1')",
	    p.user_id);
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE account_id"
			  " = '%s' AND name = 'auth.login' AND severity ="
			  " 'info'",
		  p.account_id) == 1,
	    "a login is in his trail");
}

static void
kill_switch(void)
{
	struct person p;

	person_make("trail-switched", &p);
	owner_do("SELECT moltis.exec_switch('trail-switched', true)");
	check_alert(&p, "exec.off", "the kill switch is told to its account");
	owner_do("SELECT moltis.exec_switch('trail-switched', false)");
	check_alert(&p, "exec.on", "its end too");
}

/* As a transport does it: the call, then the question. */
static enum status
ask_for(struct db *db, const struct person *p, const char *method,
    const char *params, struct txt *ret_answer)
{
	own_json struct json_object *o = NULL;
	own_json struct json_object *error = NULL;
	struct js_error bad;
	struct op_miss miss;
	struct op_call call = { .method = method,
		.cred = p->session,
		.via = VIA_REST,
		.peer = "192.0.2.50",
		.conf = test_conf(),
		.db = db };
	enum status st;

	if (js_parse(params, strlen(params), &o, &bad) != ST_OK)
		exit(2);
	call.params = o;
	st = op_run(&call);
	error = op_error_rest(st, &call.error);
	txt_append(ret_answer, js_str(error));
	op_miss_take(&call, st, &miss);
	op_call_done(&call);
	op_miss_note(db, &miss);
	op_miss_done(&miss);
	return st;
}

/* An error may repeat what was asked for. */
static void
mask(struct txt *text, const char *id)
{
	char *at = text->data;

	while (at != NULL && (at = strstr(at, id)) != NULL)
		memset(at, '~', strlen(id));
}

static void
try_ids(struct db *db, const struct person *p, const char *method,
    const char *field, const char *theirs)
{
	own_txt struct txt a = { 0 }, b = { 0 };
	char params[160], nobody[8 + UUID_TEXT];
	enum status st;

	memcpy(nobody, "session:", 8);
	uuid_new(nobody + (strncmp(theirs, "session:", 8) == 0 ? 8 : 0));
	minute_passes();
	(void)snprintf(params, sizeof(params), "{\"%s\":\"%s\"}", field,
	    nobody);
	st = ask_for(db, p, method, params, &a);
	check(notes(p, "tenancy.foreign_id") == 0,
	    "%s: an id nobody has leaves nothing", method);
	(void)snprintf(params, sizeof(params), "{\"%s\":\"%s\"}", field,
	    theirs);
	check_status(ask_for(db, p, method, params, &b), st,
	    "another account's id has the same status");
	mask(&a, nobody);
	mask(&b, theirs);
	check(strcmp(txt_str(&a), txt_str(&b)) == 0, "%s: and the same words",
	    method);
	for (int i = 0; i < 5; i++)
		(void)!ask_for(db, p, method, params, &b);
	check(notes(p, "tenancy.foreign_id") == 0 &&
		events(p, "tenancy.foreign_id") == 0,
	    "%s: who asks learns no more than from the answer", method);
}

static void
foreign_ids(struct db *db)
{
	const struct victim *v = victim_get();
	char session[8 + UUID_TEXT], *before = victim_checksum(), *after;
	struct person a, b, c, d, watch;

	person_make("trail-watch", &watch);
	owner_do("UPDATE moltis.users SET administrator = true WHERE id ="
		 " '%s'",
	    watch.user_id);
	person_make("trail-prober", &a);
	person_make("trail-prober2", &b);
	person_make("trail-prober3", &c);
	person_make("trail-prober4", &d);
	try_ids(db, &a, "auth.keys.revoke", "id", v->person.key_id);
	try_ids(db, &b, "auth.sessions.revoke", "id", v->person.session_id);
	(void)snprintf(session, sizeof(session), "%s", v->chat_key);
	try_ids(db, &c, "sessions.delete", "key", session);
	/* Of one's own other account it is nobody's business. */
	owner_do("INSERT INTO moltis.memberships (account_id, user_id, scopes)"
		 " SELECT account_id, '%s', 1 FROM moltis.api_keys WHERE id ="
		 " '%s'",
	    d.user_id, a.key_id);
	{
		own_txt struct txt out = { 0 };
		char params[80];

		(void)snprintf(params, sizeof(params), "{\"id\":\"%s\"}",
		    a.key_id);
		check_status(ask_for(db, &d, "auth.keys.revoke", params, &out),
		    ST_NOT_FOUND, "an id of an account one is a member of");
		check(notes(&d, "tenancy.foreign_id") == 0,
		    "is not found, and no alert");
	}
	after = victim_checksum();
	check_text(after, before, "the other account learns nothing of it");
	check(notes(&watch, "tenancy.foreign_id") == 3 &&
		events(&watch, "tenancy.foreign_id") == 3,
	    "the administrator hears of each once a minute");
	owner_do("UPDATE moltis.users SET administrator = false WHERE id ="
		 " '%s'",
	    watch.user_id);
	check(owner_count("SELECT count(*) FROM moltis.auth_log WHERE name ="
			  " 'tenancy.foreign_id' AND user_id = '%s' AND detail"
			  " -> 'ids' ? '%s'",
		  a.user_id, v->person.key_id) == 1,
	    "the deployment's trail says which id it was");
	check(owner_count("SELECT count(*) FROM moltis.audit WHERE name ="
			  " 'tenancy.foreign_id' AND detail::text LIKE"
			  " '%%%s%%'",
		  v->person.key_id) == 0,
	    "the administrator's account does not");
	free(before);
	free(after);
}

/* Every table behind the fence with ids can be asked without reading it. */
static void
ids_are_indexed(void)
{
	check(owner_count(
		  "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON"
		  " c.oid = a.attrelid AND c.relkind = 'r' JOIN pg_attribute b"
		  " ON b.attrelid = a.attrelid AND b.attname = 'account_id'"
		  " AND NOT b.attisdropped WHERE c.relnamespace ="
		  " 'moltis'::regnamespace AND a.attname = 'id' AND a.atttypid"
		  " = 'uuid'::regtype AND NOT a.attisdropped AND NOT EXISTS"
		  " (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND"
		  " i.indkey[0] = a.attnum)") == 0,
	    "every table of accounts has an index that begins with its ids");
}

void
test_alerts(void)
{
	struct db *db = db_open(info_api());

	logins();
	floor_hits();
	denials();
	sandbox_kills();
	passwords();
	kill_switch();
	foreign_ids(db);
	ids_are_indexed();
	db_close(db);
}
