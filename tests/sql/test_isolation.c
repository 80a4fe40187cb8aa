/*
 * Every statement of an account, run as account A with the values of account
 * B, and by nobody at all (A23, A28).
 *
 * The statements come from db_stmts[], so that a new one cannot escape: a
 * parameter this file has no value for is a failure.  Each is also run as B
 * itself, where it must find something: otherwise its values are wrong and
 * the test would prove nothing.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/txt.h"
#include "db/db.h"
#include "db/stmt.h"
#include "op/op_enter.h"
#include "tests/sql/victim.h"

enum from {
	FROM_TEXT, /* the text beside it */
	FROM_NULL,
	FROM_IDS,
	FROM_CHAT_KEY, /* the victim's */
	FROM_CHAT_ID,
	FROM_TURN_ID,
	FROM_KEY_ID,
	FROM_LOGIN_ID,
	FROM_ASKED_ID, /* of its commands: one that waits */
	FROM_READY_ID,
	FROM_STARTED_ID,
	FROM_MATE_ID, /* its second member */
	FROM_INVITE_ID,
	FROM_ACCOUNT_ID,
	FROM_JOB_ID,
	FROM_SIDE_ID,    /* an account it belongs to and does not own */
	FROM_FILLING_ID, /* of its transfers */
	FROM_FETCHING_ID,
	FROM_SENDING_ID,
	FROM_FETCHED_ID,
	FROM_NEW_KEY, /* fresh each time */
	FROM_HASH     /* fresh each time */
};

/*
 * A value for each parameter name.  What identifies a row is the victim's;
 * what is only stored is not, because A may read its own rows.
 */
static const struct {
	const char *name; /* as in "-- params:", with the type */
	enum from from;
	const char *text;
} values[] = {
	/* Those of one statement are before those of all. */
	{ "approval/exec_finish: request_id uuid", FROM_STARTED_ID, NULL },
	{ "approval/exec_start: request_id uuid", FROM_READY_ID, NULL },
	{ "people/account_leave: to_account uuid", FROM_SIDE_ID, NULL },
	{ "workspace/append: transfer_id uuid", FROM_FILLING_ID, NULL },
	{ "workspace/begin: kind text", FROM_TEXT, "list" },
	{ "workspace/finish: status int", FROM_TEXT, "0" },
	{ "workspace/load: transfer_id uuid", FROM_FETCHING_ID, NULL },
	{ "workspace/finish: transfer_id uuid", FROM_FETCHING_ID, NULL },
	{ "workspace/piece: transfer_id uuid", FROM_SENDING_ID, NULL },
	{ "workspace/store: transfer_id uuid", FROM_FETCHING_ID, NULL },
	{ "op/meter_take: account_max int", FROM_TEXT, "1000000" },
	{ "account int", FROM_TEXT, "1" },
	{ "account_max int", FROM_TEXT, "32" },
	{ "actor text", FROM_NULL, NULL },
	{ "after_key text", FROM_CHAT_KEY, NULL },
	{ "after_ms bigint", FROM_TEXT, "0" },
	{ "after_seq bigint", FROM_TEXT, "0" },
	{ "approval_secs int", FROM_TEXT, "120" },
	{ "archived bool", FROM_TEXT, "t" },
	{ "before bigint", FROM_NULL, NULL },
	{ "before int", FROM_NULL, NULL },
	{ "body jsonb", FROM_TEXT, "{\"role\":\"assistant\"}" },
	{ "bytes bytea", FROM_TEXT, "attacker" },
	{ "class text", FROM_TEXT, "isolation" },
	{ "counts bool", FROM_TEXT, "t" },
	{ "client_seq bigint", FROM_TEXT, "5" },
	{ "code text", FROM_NULL, NULL },
	{ "content_max bigint", FROM_TEXT, "1000" },
	{ "cwd text", FROM_TEXT, "attacker" },
	{ "decision text", FROM_TEXT, "modified" },
	{ "declared bigint", FROM_TEXT, "0" },
	{ "detail jsonb", FROM_TEXT, "{}" },
	{ "entries jsonb", FROM_NULL, NULL },
	{ "env_names text", FROM_TEXT, "HOME" },
	{ "error jsonb", FROM_NULL, NULL },
	{ "error text", FROM_NULL, NULL },
	{ "event text", FROM_NULL, NULL },
	{ "exec_command text", FROM_TEXT, "echo attacker" },
	{ "expires_ms bigint", FROM_NULL, NULL },
	{ "failed_max int", FROM_TEXT, "100" },
	{ "floor bool", FROM_TEXT, "f" },
	{ "force bool", FROM_TEXT, "t" },
	{ "fork_point int", FROM_TEXT, "1" },
	{ "hash bytea", FROM_HASH, NULL },
	{ "hours int", FROM_TEXT, "72" },
	{ "id uuid", FROM_KEY_ID, NULL },
	{ "idempotency_key text", FROM_TEXT, "canary-victim-idem" },
	{ "ids uuid[]", FROM_IDS, NULL },
	{ "image text", FROM_TEXT, "attacker" },
	{ "invite_id uuid", FROM_INVITE_ID, NULL },
	{ "index int", FROM_TEXT, "0" },
	{ "job jsonb", FROM_TEXT,
	    "{\"name\": \"attacker\", \"enabled\": true,"
	    " \"delete_after_run\": false, \"kind\": \"at\","
	    " \"schedule\": {}, \"payload\": {\"message\": \"attacker\"},"
	    " \"target\": \"isolated\"}" },
	{ "job_id text", FROM_JOB_ID, NULL },
	{ "key text", FROM_CHAT_KEY, NULL },
	{ "key_prefix text", FROM_TEXT, "mk_attacker" },
	{ "kind text", FROM_TEXT, "tool_call" },
	{ "label text", FROM_TEXT, "attacker" },
	{ "login_id uuid", FROM_LOGIN_ID, NULL },
	{ "max int", FROM_TEXT, "100" },
	{ "max_live int", FROM_TEXT, "50" },
	{ "max_messages int", FROM_TEXT, "100" },
	{ "message text", FROM_TEXT, "attacker" },
	{ "method text", FROM_TEXT, "attacker" },
	{ "model text", FROM_TEXT, "attacker" },
	{ "name text", FROM_TEXT, "attacker" },
	{ "networks text", FROM_NULL, NULL },
	{ "next_ms bigint", FROM_TEXT, "4102444800000" },
	{ "new_key text", FROM_NEW_KEY, NULL },
	{ "note text", FROM_TEXT, "attacker" },
	{ "origin text", FROM_TEXT, "api_key" },
	{ "path text", FROM_TEXT, "attacker" },
	{ "payload jsonb", FROM_TEXT, "{}" },
	{ "peer text", FROM_TEXT, "192.0.2.66" },
	{ "person int", FROM_TEXT, "1" },
	{ "person_max int", FROM_TEXT, "1000000" },
	{ "query text", FROM_TEXT, "canary" },
	{ "queue_max int", FROM_TEXT, "20" },
	{ "rate_max int", FROM_TEXT, "1000" },
	{ "reschedule bool", FROM_TEXT, "t" },
	{ "reason text", FROM_TEXT, "attacker" },
	{ "remember bool", FROM_TEXT, "t" },
	{ "request_id uuid", FROM_ASKED_ID, NULL },
	{ "result jsonb", FROM_TEXT, "{\"exit_code\": 66}" },
	{ "rule text", FROM_TEXT, "attacker" },
	{ "sandbox jsonb", FROM_TEXT, "{\"backend\": \"attacker\"}" },
	{ "scope int", FROM_TEXT, "1" },
	{ "scopes int", FROM_TEXT, "1" },
	{ "segments int", FROM_TEXT, "1" },
	{ "session_id uuid", FROM_CHAT_ID, NULL },
	{ "session_max int", FROM_TEXT, "8" },
	{ "set_label bool", FROM_TEXT, "t" },
	{ "set_model bool", FROM_TEXT, "t" },
	{ "setting text", FROM_TEXT, "exec.approval_mode" },
	{ "size bigint", FROM_TEXT, "0" },
	{ "severity text", FROM_NULL, NULL },
	{ "since_ms bigint", FROM_NULL, NULL },
	{ "state text", FROM_TEXT, "failed" },
	{ "step int", FROM_TEXT, "9" },
	{ "timeout_secs int", FROM_TEXT, "20" },
	{ "to_account uuid", FROM_ACCOUNT_ID, NULL },
	{ "tool_call text", FROM_NULL, NULL },
	{ "tool_call_id text", FROM_TEXT, "canary-victim-call-pending" },
	{ "transfer_id uuid", FROM_FETCHED_ID, NULL },
	{ "turn_id uuid", FROM_TURN_ID, NULL },
	{ "user_id uuid", FROM_MATE_ID, NULL },
	{ "until_ms bigint", FROM_NULL, NULL },
	{ "value jsonb", FROM_TEXT, "\"attacker\"" },
	{ "verdict text", FROM_TEXT, "ask" },
	{ "via text", FROM_TEXT, "rest" },
	{ "window_secs int", FROM_TEXT, "60" },
	{ "worker uuid", FROM_TEXT, VICTIM_RELAY },
};

#define VALUE_COUNT (sizeof(values) / sizeof(values[0]))

/* What the other program has no grant for, whoever is entered. */
static const enum db_stmt worker_only[] = { STMT_APPROVAL_EXEC_FINISH,
	STMT_APPROVAL_EXEC_REFUSE, STMT_APPROVAL_EXEC_START,
	STMT_RELAY_LISTEN,
	STMT_WORKSPACE_FINISH, STMT_WORKSPACE_LOAD, STMT_WORKSPACE_STORE };

static bool
is_worker_only(enum db_stmt stmt)
{
	for (size_t i = 0; i < sizeof(worker_only) / sizeof(worker_only[0]);
	     i++) {
		if (worker_only[i] == stmt)
			return true;
	}
	return false;
}

static void
bind_value(struct db *db, size_t i)
{
	const struct victim *v = victim_get();
	char key[8 + UUID_TEXT], ids[2 * UUID_TEXT + 4];
	unsigned char hash[BYTES_SHA256];

	switch (values[i].from) {
	case FROM_TEXT:
		db_bind_text(db, values[i].text);
		break;
	case FROM_NULL:
		db_bind_text(db, NULL);
		break;
	case FROM_IDS:
		(void)snprintf(ids, sizeof(ids), "{%s,%s}", v->turn_id,
		    v->person.key_id);
		db_bind_text(db, ids);
		break;
	case FROM_CHAT_KEY:
		db_bind_text(db, v->chat_key);
		break;
	case FROM_CHAT_ID:
		db_bind_text(db, v->chat_id);
		break;
	case FROM_TURN_ID:
		db_bind_text(db, v->turn_id);
		break;
	case FROM_KEY_ID:
		db_bind_text(db, v->person.key_id);
		break;
	case FROM_LOGIN_ID:
		db_bind_text(db, v->person.session_id);
		break;
	case FROM_ASKED_ID:
		db_bind_text(db, v->asked_id);
		break;
	case FROM_READY_ID:
		db_bind_text(db, v->ready_id);
		break;
	case FROM_STARTED_ID:
		db_bind_text(db, v->started_id);
		break;
	case FROM_MATE_ID:
		db_bind_text(db, v->mate_id);
		break;
	case FROM_INVITE_ID:
		db_bind_text(db, v->invite_id);
		break;
	case FROM_JOB_ID:
		db_bind_text(db, v->job_id);
		break;
	case FROM_ACCOUNT_ID:
		db_bind_text(db, v->person.account_id);
		break;
	case FROM_SIDE_ID:
		db_bind_text(db, v->side_id);
		break;
	case FROM_FILLING_ID:
		db_bind_text(db, v->filling_id);
		break;
	case FROM_FETCHING_ID:
		db_bind_text(db, v->fetching_id);
		break;
	case FROM_SENDING_ID:
		db_bind_text(db, v->sending_id);
		break;
	case FROM_FETCHED_ID:
		db_bind_text(db, v->fetched_id);
		break;
	case FROM_NEW_KEY:
		memcpy(key, "session:", 8);
		uuid_new(key + 8);
		db_bind_text(db, key);
		break;
	case FROM_HASH:
		bytes_random(hash, sizeof(hash));
		db_bind_bytes(db, hash, sizeof(hash));
		break;
	}
}

static bool
name_fits(const char *name, const struct db_stmt_info *s, const char *param,
    size_t n)
{
	size_t own = strlen(s->name);

	if (strncmp(name, s->name, own) == 0 &&
	    strncmp(name + own, ": ", 2) == 0)
		name += own + 2;
	return strlen(name) == n && strncmp(name, param, n) == 0;
}

/* The value of the parameter that LIST, of S, starts with; *RET_LEN: its
 * text. */
static bool
value_find(const struct db_stmt_info *s, const char *list, size_t *ret_len,
    size_t *ret_i)
{
	size_t n = strcspn(list, ",");

	*ret_len = n;
	for (size_t i = 0; i < VALUE_COUNT; i++) {
		if (!name_fits(values[i].name, s, list, n))
			continue;
		*ret_i = i;
		return true;
	}
	return false;
}

/* Is there a value for each parameter? */
static bool
values_known(const struct db_stmt_info *s)
{
	const char *list = s->params;
	size_t n, i;

	if (strcmp(list, "none") == 0)
		return true;
	for (;;) {
		if (!value_find(s, list, &n, &i))
			return check(false,
			    "%s: no value for its parameter \"%.*s\": add one "
			    "to tests/sql/test_isolation.c",
			    s->name, (int)n, list);
		if (list[n] == '\0')
			return true;
		list += n + 1;
		list += strspn(list, " ");
	}
}

static void
bind_values(struct db *db, const struct db_stmt_info *s)
{
	const char *list = s->params;
	size_t n, i;

	if (strcmp(list, "none") == 0)
		return;
	while (value_find(s, list, &n, &i)) {
		bind_value(db, i);
		if (list[n] == '\0')
			return;
		list += n + 1;
		list += strspn(list, " ");
	}
}

struct outcome {
	enum status status;
	struct txt text; /* every value returned, and the server's error */
	int rows;        /* returned or changed */
	bool has_number; /* a number other than 0 was returned */
};

static void
outcome_read(struct outcome *o, struct db *db, PGresult *res)
{
	txt_append(&o->text, db_last_error(db)->why);
	txt_append(&o->text, db_last_error(db)->detail);
	if (res == NULL)
		return;
	o->rows = PQntuples(res) + (int)strtol(PQcmdTuples(res), NULL, 10);
	for (int r = 0; r < PQntuples(res); r++) {
		for (int c = 0; c < PQnfields(res); c++) {
			const char *value = PQgetvalue(res, r, c);

			txt_format(&o->text, "%s\n", value);
			if (value[0] != '\0' && strcmp(value, "0") != 0 &&
			    strspn(value, "0123456789") == strlen(value))
				o->has_number = true;
		}
	}
}

/* Runs STMT as CRED (NULL: as nobody) and commits or rolls back. */
static void
run(struct db *db, enum db_stmt stmt, const struct op_cred *cred, bool commit,
    struct outcome *ret)
{
	own_res PGresult *res = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->status = db_begin(db, DB_WRITE);
	if (ret->status == ST_OK && cred != NULL)
		ret->status = op_enter_queue(db,
		    &(struct op_entry){ .cred = cred, .need = SCOPE_NONE });
	if (ret->status == ST_OK) {
		bind_values(db, &db_stmts[stmt]);
		ret->status = db_run(db, stmt, &res);
	}
	if (ret->status == ST_OK && commit)
		ret->status = db_commit(db);
	outcome_read(ret, db, res);
	if (ret->status != ST_OK || !commit)
		db_rollback(db);
}

/* As B itself, rolled back: does it find or do anything? */
static void
control(struct db *db, enum db_stmt stmt)
{
	struct outcome o;

	run(db, stmt, &victim_get()->person.session, false, &o);
	check(o.status == ST_OK && o.rows > 0,
	    "%s: works for the account itself%s%s", db_stmts[stmt].name,
	    o.status == ST_OK ? "" : ": ",
	    o.status == ST_OK ? "" : txt_str(&o.text));
	txt_done(&o.text);
}

/* As B itself, by a role that has no right to it. */
static void
refused(struct db *db, enum db_stmt stmt)
{
	struct outcome o;

	run(db, stmt, &victim_get()->person.key, true, &o);
	check(strcmp(db_last_error(db)->sqlstate, "42501") == 0,
	    "%s: is for the worker alone (got %s)", db_stmts[stmt].name,
	    db_last_error(db)->sqlstate);
	txt_done(&o.text);
}

static void
as_another(struct db *db, const char *role, enum db_stmt stmt,
    const struct person *a)
{
	char *before = victim_checksum(), *after;
	const char *mark;
	struct outcome o;

	run(db, stmt, &a->session, true, &o);
	after = victim_checksum();
	mark = victim_mark(txt_str(&o.text));
	check(mark == NULL && strcmp(before, after) == 0,
	    "%s: another account reads and changes nothing (%s)%s%s%s",
	    db_stmts[stmt].name, role, mark == NULL ? "" : ", but read ",
	    mark == NULL ? "" : mark,
	    strcmp(before, after) == 0 ? "" : ", but changed something");
	free(before);
	free(after);
	txt_done(&o.text);
}

static void
as_nobody(struct db *db, const char *role, enum db_stmt stmt,
    const struct person *a)
{
	char *before = everybody_checksum(), *after;
	struct outcome o;
	bool clean;

	run(db, stmt, NULL, true, &o);
	after = everybody_checksum();
	clean = victim_mark(txt_str(&o.text)) == NULL &&
	    strstr(txt_str(&o.text), a->account_id) == NULL &&
	    strstr(txt_str(&o.text), a->user_id) == NULL &&
	    !(o.status == ST_OK && o.has_number);
	check(clean && strcmp(before, after) == 0,
	    "%s: nobody reads and changes nothing (%s)%s%s",
	    db_stmts[stmt].name, role, clean ? "" : ", but read ",
	    clean ? "" : txt_str(&o.text));
	free(before);
	free(after);
	txt_done(&o.text);
}

static void
all_statements(const struct person *a, const char *api_role,
    const char *worker_role)
{
	struct db *api = db_open(info_api());
	struct db *worker = db_open(info_worker());
	int count = 0;

	for (int i = 0; i < STMT_COUNT; i++) {
		enum db_stmt stmt = (enum db_stmt)i;

		if (!db_stmts[i].tenant || !values_known(&db_stmts[i]))
			continue;
		count++;
		if (is_worker_only(stmt))
			refused(api, stmt);
		else
			control(api, stmt);
		control(worker, stmt);
		as_another(api, api_role, stmt, a);
		as_another(worker, worker_role, stmt, a);
		as_nobody(api, api_role, stmt, a);
		as_nobody(worker, worker_role, stmt, a);
	}
	check(count >= 30, "%d statements of accounts were tried", count);
	db_close(api);
	db_close(worker);
}

/* On and off for all tables; the policies themselves stay. */
static void
fence_set(bool on)
{
	owner_do("DO $$ DECLARE t regclass; BEGIN FOR t IN SELECT c.oid FROM"
		 " pg_class c JOIN pg_policy p ON p.polrelid = c.oid WHERE"
		 " p.polname = 'tenant' LOOP EXECUTE format('ALTER TABLE %%s"
		 " %s ROW LEVEL SECURITY', t); END LOOP; END $$",
	    on ? "ENABLE" : "DISABLE");
}

void
test_isolation(void)
{
	struct person a;

	(void)victim_get();
	person_make("attacker", &a);
	all_statements(&a, "moltis_api", "moltis_worker");
	/* Each fence must hold alone: the statements' own conditions when
	 * row-level security is away; it, in the group "forged", when there
	 * is no condition at all. */
	fence_set(false);
	all_statements(&a, "moltis_api, no row-level security",
	    "moltis_worker, no row-level security");
	fence_set(true);
}
