/*
 * Every operation with the names and ids of another account (A23): the answer
 * is the same, letter by letter, as for names and ids that do not exist.
 *
 * The operations come from the table and their parameters from their own
 * lists; a parameter this file has no value for is a failure.
 */
#include "config.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/txt.h"
#include "js/js.h"
#include "tests/sql/victim.h"

enum from {
	FROM_JSON,
	FROM_CHAT_KEY,
	FROM_TURN_ID,
	FROM_KEY_ID,
	FROM_LOGIN_ID,
	FROM_REQUEST_ID,
	FROM_CURSOR,
	FROM_USER_ID,
	FROM_ACCOUNT_ID,
	FROM_INVITE_ID,
	FROM_TRANSFER_ID,
	FROM_PASSKEY_ID,
	FROM_JOB_ID
};

static const struct {
	const char *op; /* NULL: any */
	const char *name;
	enum from from;
	const char *json; /* FROM_JSON */
} values[] = {
	{ "auth.passkeys.remove", "id", FROM_PASSKEY_ID, NULL },
	{ "auth.passkeys.rename", "id", FROM_PASSKEY_ID, NULL },
	{ "auth.sessions.revoke", "id", FROM_LOGIN_ID, NULL },
	{ "accounts.leave", "account_id", FROM_ACCOUNT_ID, NULL },
	{ "admin.accounts.list", "cursor", FROM_ACCOUNT_ID, NULL },
	{ "admin.accounts.update", "id", FROM_ACCOUNT_ID, NULL },
	{ "admin.invites.revoke", "id", FROM_INVITE_ID, NULL },
	{ "admin.users.list", "cursor", FROM_USER_ID, NULL },
	{ "admin.users.update", "id", FROM_USER_ID, NULL },
	{ "cron.add", "id", FROM_JSON, "\"mine\"" },
	{ "cron.remove", "id", FROM_JOB_ID, NULL },
	{ "cron.run", "id", FROM_JOB_ID, NULL },
	{ "cron.runs", "id", FROM_JOB_ID, NULL },
	{ "cron.update", "id", FROM_JOB_ID, NULL },
	{ "admin.audit.list", "cursor", FROM_JSON, "\"99\"" },
	{ "audit.list", "cursor", FROM_JSON, "\"99\"" },
	{ "chat.history", "cursor", FROM_JSON, "\"99\"" },
	{ "invites.revoke", "id", FROM_INVITE_ID, NULL },
	{ "workspace.append", "id", FROM_TRANSFER_ID, NULL },
	{ "workspace.forget", "id", FROM_TRANSFER_ID, NULL },
	{ "workspace.put", "size", FROM_JSON, "null" },
	{ "workspace.read", "id", FROM_TRANSFER_ID, NULL },
	{ "workspace.result", "id", FROM_TRANSFER_ID, NULL },
	{ NULL, "_seq", FROM_JSON, "3" },
	{ NULL, "account_id", FROM_ACCOUNT_ID, NULL },
	{ NULL, "actor", FROM_USER_ID, NULL },
	{ NULL, "administrator", FROM_JSON, "true" },
	{ NULL, "archived", FROM_JSON, "true" },
	{ NULL, "command", FROM_JSON, "\"echo hello\"" },
	{ NULL, "confirm_dangerous", FROM_JSON, "true" },
	{ NULL, "content", FROM_JSON, "\"aGVsbG8=\"" },
	{ NULL, "cursor", FROM_CURSOR, NULL },
	{ NULL, "deleteAfterRun", FROM_JSON, "true" },
	{ NULL, "enabled", FROM_JSON, "true" },
	{ NULL, "decision", FROM_JSON, "\"approved\"" },
	{ NULL, "disabled", FROM_JSON, "true" },
	{ NULL, "exec_off", FROM_JSON, "true" },
	{ NULL, "event", FROM_JSON, "\"canary-victim-act\"" },
	{ NULL, "expires_at", FROM_JSON, "null" },
	{ NULL, "expires_hours", FROM_JSON, "5" },
	{ NULL, "force", FROM_JSON, "true" },
	{ NULL, "forkPoint", FROM_JSON, "1" },
	{ NULL, "id", FROM_KEY_ID, NULL },
	{ NULL, "idempotencyKey", FROM_JSON, "\"canary-victim-idem\"" },
	{ NULL, "index", FROM_JSON, "0" },
	{ NULL, "key", FROM_CHAT_KEY, NULL },
	{ NULL, "kind", FROM_JSON, "\"account\"" },
	{ NULL, "label", FROM_JSON, "\"mine\"" },
	{ NULL, "limit", FROM_JSON, "20" },
	{ NULL, "mode", FROM_JSON, "\"always\"" },
	{ NULL, "model", FROM_JSON, "null" },
	{ NULL, "networks", FROM_JSON, "[\"192.0.2.0/24\"]" },
	{ NULL, "name", FROM_JSON, "\"mine\"" },
	{ NULL, "note", FROM_JSON, "\"hello\"" },
	{ NULL, "paged", FROM_JSON, "true" },
	{ NULL, "path", FROM_JSON, "\"a/file\"" },
	{ NULL, "patch", FROM_JSON, "{\"name\":\"mine\"}" },
	{ NULL, "payload", FROM_JSON,
	    "{\"kind\":\"agentTurn\",\"message\":\"hello\"}" },
	{ NULL, "project_id", FROM_JSON, "null" },
	{ NULL, "query", FROM_JSON, "\"canary\"" },
	{ NULL, "quotas", FROM_JSON, "{\"members\": 3}" },
	{ NULL, "remember", FROM_JSON, "true" },
	{ NULL, "requestId", FROM_REQUEST_ID, NULL },
	{ NULL, "runId", FROM_TURN_ID, NULL },
	{ NULL, "sandbox", FROM_JSON, "{\"enabled\":true}" },
	{ NULL, "schedule", FROM_JSON,
	    "{\"kind\":\"every\",\"every\":\"1h\"}" },
	{ NULL, "scopes", FROM_JSON, "[\"operator.read\"]" },
	{ NULL, "sessionKey", FROM_CHAT_KEY, NULL },
	{ NULL, "session_key", FROM_CHAT_KEY, NULL },
	{ NULL, "sessionTarget", FROM_JSON, "\"isolated\"" },
	{ NULL, "system", FROM_JSON, "false" },
	{ NULL, "severity", FROM_JSON, "null" },
	{ NULL, "since", FROM_JSON, "0" },
	{ NULL, "text", FROM_JSON, "\"hello\"" },
	{ NULL, "timeout", FROM_JSON, "5" },
	{ NULL, "user_id", FROM_USER_ID, NULL },
	{ NULL, "username", FROM_JSON, "\"victim\"" },
	{ NULL, "until", FROM_JSON, "null" },
};

#define VALUE_COUNT (sizeof(values) / sizeof(values[0]))

/* Names and ids: the victim's, or ones nobody has. */
struct names {
	char chat_key[8 + UUID_TEXT];
	char turn_id[UUID_TEXT];
	char key_id[UUID_TEXT];
	char login_id[UUID_TEXT];
	char request_id[UUID_TEXT];
	char user_id[UUID_TEXT];
	char account_id[UUID_TEXT];
	char invite_id[UUID_TEXT];
	char transfer_id[UUID_TEXT];
	char passkey_id[UUID_TEXT];
	char job_id[UUID_TEXT];
};

static void
names_victim(struct names *n)
{
	const struct victim *v = victim_get();

	memcpy(n->chat_key, v->chat_key, sizeof(n->chat_key));
	memcpy(n->turn_id, v->turn_id, sizeof(n->turn_id));
	memcpy(n->key_id, v->person.key_id, sizeof(n->key_id));
	memcpy(n->login_id, v->person.session_id, sizeof(n->login_id));
	memcpy(n->request_id, v->asked_id, sizeof(n->request_id));
	memcpy(n->user_id, v->mate_id, sizeof(n->user_id));
	memcpy(n->account_id, v->person.account_id, sizeof(n->account_id));
	memcpy(n->invite_id, v->invite_id, sizeof(n->invite_id));
	memcpy(n->transfer_id, v->fetched_id, sizeof(n->transfer_id));
	memcpy(n->passkey_id, v->passkey_id, sizeof(n->passkey_id));
	memcpy(n->job_id, v->job_id, sizeof(n->job_id));
}

static void
names_nobody(struct names *n)
{
	memcpy(n->chat_key, "session:", 8);
	uuid_new(n->chat_key + 8);
	uuid_new(n->turn_id);
	uuid_new(n->key_id);
	uuid_new(n->login_id);
	uuid_new(n->request_id);
	uuid_new(n->user_id);
	uuid_new(n->account_id);
	uuid_new(n->invite_id);
	uuid_new(n->transfer_id);
	uuid_new(n->passkey_id);
	uuid_new(n->job_id);
}

static bool
add_value(struct txt *json, const char *op, const char *name,
    const struct names *n)
{
	size_t i = 0;

	while (i < VALUE_COUNT &&
	    (strcmp(values[i].name, name) != 0 ||
		(values[i].op != NULL && strcmp(values[i].op, op) != 0)))
		i++;
	if (i == VALUE_COUNT)
		return false;
	txt_format(json, "%s\"%s\":", json->len > 1 ? "," : "", name);
	switch (values[i].from) {
	case FROM_JSON:
		txt_append(json, values[i].json);
		break;
	case FROM_CHAT_KEY:
		txt_format(json, "\"%s\"", n->chat_key);
		break;
	case FROM_TURN_ID:
		txt_format(json, "\"%s\"", n->turn_id);
		break;
	case FROM_KEY_ID:
		txt_format(json, "\"%s\"", n->key_id);
		break;
	case FROM_LOGIN_ID:
		txt_format(json, "\"%s\"", n->login_id);
		break;
	case FROM_REQUEST_ID:
		txt_format(json, "\"%s\"", n->request_id);
		break;
	case FROM_USER_ID:
		txt_format(json, "\"%s\"", n->user_id);
		break;
	case FROM_ACCOUNT_ID:
		txt_format(json, "\"%s\"", n->account_id);
		break;
	case FROM_INVITE_ID:
		txt_format(json, "\"%s\"", n->invite_id);
		break;
	case FROM_TRANSFER_ID:
		txt_format(json, "\"%s\"", n->transfer_id);
		break;
	case FROM_PASSKEY_ID:
		txt_format(json, "\"%s\"", n->passkey_id);
		break;
	case FROM_JOB_ID:
		txt_format(json, "\"%s\"", n->job_id);
		break;
	case FROM_CURSOR:
		txt_format(json, "\"0.%s\"", n->chat_key);
		break;
	}
	return true;
}

static bool
params_make(struct txt *json, const struct op *op, const struct names *n)
{
	txt_append(json, "{");
	for (const struct op_field *f = op->params; f->name != NULL; f++) {
		if (!add_value(json, op->name, f->name, n))
			return check(false,
			    "%s: no value for \"%s\": add one "
			    "to tests/sql/test_sweep.c",
			    op->name, f->name);
	}
	txt_append(json, "}");
	return true;
}

/* What differs from call to call becomes one character. */
static char *
blurred(const char *text)
{
	static regex_t pattern;
	static bool ready;
	own_txt struct txt out = { 0 };
	regmatch_t m;

	if (!ready &&
	    regcomp(&pattern,
		"[0-9a-f]{8}(-[0-9a-f]{4}){3}-"
		"[0-9a-f]{12}|(mk|inv)_[A-Za-z0-9_-]+|sweeper-[0-9]+|[0-9]{10,}",
		REG_EXTENDED) != 0)
		exit(2);
	ready = true;
	while (regexec(&pattern, text, 1, &m, 0) == 0) {
		txt_append_n(&out, text, (size_t)m.rm_so);
		txt_append(&out, "~");
		text += m.rm_eo;
	}
	txt_append(&out, text);
	return txt_take(&out);
}

/* Status and reply, or the error, of one call by a fresh person. */
static char *
answer(struct db *db, const struct op *op, const char *params,
    struct txt *ret_raw)
{
	static int number;
	own_json struct json_object *o = NULL;
	own_json struct json_object *error = NULL;
	own_txt struct txt all = { 0 };
	struct js_error bad;
	struct person p;
	struct op_call call = { .method = op->name,
		.via = VIA_WS,
		.peer = "192.0.2.77",
		.conf = test_conf(),
		.db = db };
	char name[32];
	enum status st;

	(void)snprintf(name, sizeof(name), "sweeper-%d", number++);
	person_make(name, &p);
	call.cred = p.session;
	if (js_parse(params, strlen(params), &o, &bad) != ST_OK)
		exit(2);
	call.params = o;
	st = op_run(&call);
	error = op_error_rest(st, &call.error);
	txt_format(&all, "%s %s %s %s", status_get(st)->code,
	    st == ST_OK ? "" : js_str(error),
	    call.reply == NULL ? "" : js_str(call.reply),
	    call.event == NULL ? "" : js_str(call.event));
	op_call_done(&call);
	txt_append(ret_raw, txt_str(&all));
	return blurred(txt_str(&all));
}

static void
sweep(struct db *db, const struct op *op)
{
	own_txt struct txt theirs = { 0 }, nobodys = { 0 };
	own_txt struct txt raw = { 0 }, raw2 = { 0 };
	struct names victims, fresh;
	char *before, *after, *a, *b;
	const char *mark;

	names_victim(&victims);
	names_nobody(&fresh);
	if (!params_make(&theirs, op, &victims) ||
	    !params_make(&nobodys, op, &fresh))
		return;
	before = victim_checksum();
	a = answer(db, op, txt_str(&theirs), &raw);
	b = answer(db, op, txt_str(&nobodys), &raw2);
	after = victim_checksum();
	mark = victim_mark(txt_str(&raw));
	/* A run or key id of one's own call may come back; none may here. */
	check(mark == NULL,
	    "%s: the answer holds nothing of the other "
	    "account%s%s",
	    op->name, mark == NULL ? "" : ", but ", mark == NULL ? "" : mark);
	check(strcmp(a, b) == 0,
	    "%s: the other account's names are answered "
	    "like unknown ones%s%s%s%s",
	    op->name, strcmp(a, b) == 0 ? "" : "\n", strcmp(a, b) == 0 ? "" : a,
	    strcmp(a, b) == 0 ? "" : "\n", strcmp(a, b) == 0 ? "" : b);
	check(strcmp(before, after) == 0,
	    "%s: nothing of the other account changes", op->name);
	free(before);
	free(after);
	free(a);
	free(b);
}

void
test_sweep(void)
{
	struct db *db = db_open(info_api());

	for (const struct op *op = op_all(); op->name != NULL; op++)
		sweep(db, op);
	db_close(db);
}
