/*
 * Handlers of approval: the list, the decision, the account's mode.
 *
 * A decision names a request, never a command to trust: what is remembered and
 * what runs comes from the row, and a changed command is judged again before
 * it may take the place of the old one.
 */
#include "config.h"

#include "approval/approval.h"

#include <stdio.h>
#include <string.h>

#include "approval/analysis.h"
#include "approval/mode.h"
#include "js/js.h"

#define HISTORY_DEFAULT 50
#define HISTORY_MAX 200
#define NOTE_MAX 500
#define TIMEOUT_MAX_SECS 1800

const struct op_field approval_set_params[] = {
	{ .name = "mode", .type = F_TEXT, .required = true, .max = 16 },
	{ .name = NULL }
};

const struct op_field approval_history_params[] = {
	{ .name = "limit", .type = F_INT, .min = 1, .max = HISTORY_MAX },
	{ .name = NULL }
};

const struct op_field approval_resolve_params[] = {
	{ .name = "requestId", .type = F_TEXT, .required = true, .min = 1,
	  .max = 64 },
	{ .name = "decision", .type = F_TEXT, .required = true, .min = 1,
	  .max = 16 },
	{ .name = "command", .type = F_TEXT, .nullable = true,
	  .max = ANALYSIS_MAX_BYTES, .multiline = true },
	{ .name = "note", .type = F_TEXT, .nullable = true, .max = NOTE_MAX,
	  .multiline = true },
	{ .name = "remember", .type = F_BOOL },
	{ .name = "confirm_dangerous", .type = F_BOOL },
	{ .name = "timeout", .type = F_INT, .nullable = true, .min = 1,
	  .max = TIMEOUT_MAX_SECS },
	{ .name = NULL }
};

/* The account's stored mode, or NULL; the caller owns *RET_VALUE. */
static enum status
stored_mode(struct op_call *call, struct json_object **ret_value)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(call->db, EXEC_MODE_SETTING);
	st = op_db(call, STMT_ACCOUNT_SETTING_GET, &res);
	if (st == ST_OK && db_rows(res) > 0)
		*ret_value = db_json(res, 0, "value");
	return st;
}

static const char *
level_word(enum conf_security level)
{
	switch (level) {
	case SECURITY_DENY:
		return "deny";
	case SECURITY_ALLOWLIST:
		return "allowlist";
	case SECURITY_FULL:
		return "full";
	}
	return "deny";
}

enum status
approval_get(struct op_call *call)
{
	own_json struct json_object *value = NULL;
	enum conf_approval deployment = call->conf->approval_mode;
	enum status st = stored_mode(call, &value);

	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set_text(call->reply, "mode", exec_mode_word(exec_mode_stricter(
	    deployment, value == NULL ? NULL :
	    json_object_get_string(value))));
	js_set_text(call->reply, "deploymentMode", exec_mode_word(deployment));
	js_set_text(call->reply, "securityLevel",
	    level_word(call->conf->security_level));
	return ST_OK;
}

enum status
approval_set(struct op_call *call)
{
	own_res PGresult *res = NULL;
	own_json struct json_object *value = NULL;
	const char *word = js_text(call->params, "mode");
	enum conf_approval mode;
	enum status st;

	if (word[0] != '\0') {
		if (!exec_mode_parse(word, &mode))
			return op_fail_field(call, "mode", "'mode' must be "
			    "always, smart or never, or empty for the "
			    "deployment's");
		if (exec_mode_is_stricter(call->conf->approval_mode, mode)) {
			(void)op_fail_field(call, "mode", "an account may only "
			    "be stricter than its deployment");
			return ST_FORBIDDEN;
		}
		value = json_object_new_string(word);
	}
	db_bind_text(call->db, EXEC_MODE_SETTING);
	db_bind_json(call->db, value);
	st = op_db(call, STMT_ACCOUNT_SETTING_PUT, &res);
	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set_bool(call->reply, "ok", true);
	call->audit = js_new();
	js_set_text(call->audit, "mode", word);
	return ST_OK;
}

enum status
approval_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st = op_db(call, STMT_APPROVAL_PENDING_LIST, &res);

	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set(call->reply, "pending", db_json(res, 0, "pending"));
	js_set(call->reply, "requests", db_json(res, 0, "requests"));
	return ST_OK;
}

enum status
approval_history(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_int(call->db, js_int(call->params, "limit", HISTORY_DEFAULT));
	st = op_db(call, STMT_APPROVAL_HISTORY, &res);
	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set(call->reply, "requests", db_json(res, 0, "requests"));
	return ST_OK;
}

/* Unknown, another account's, and expired look the same (S8). */
static enum status
no_such_request(struct op_call *call)
{
	return op_fail(call, ST_NOT_FOUND,
	    "no such request: it is unknown, expired or cancelled");
}

/* A changed command is a new command: judged as if the agent had asked. */
static enum status
judge_changed(struct op_call *call, const char *command)
{
	const struct analysis_policy policy = { .mode = APPROVAL_ALWAYS,
		.level = call->conf->security_level };
	struct analysis judged;

	analysis_judge(&policy, command, strlen(command), &judged);
	if (judged.verdict == VERDICT_REFUSE)
		return op_fail_field(call, "command", judged.reason);
	if (judged.floor && !js_bool(call->params, "confirm_dangerous",
	    false)) {
		(void)op_fail_field(call, "confirm_dangerous", judged.reason);
		return ST_CONFLICT;
	}
	return ST_OK;
}

struct decision {
	const char *word;    /* approved, modified or denied */
	const char *command; /* MODIFIED: what runs instead; else NULL */
};

/* What the caller decided, compared with what he was asked. */
static enum status
read_decision(struct op_call *call, struct decision *ret)
{
	own_res PGresult *res = NULL;
	const char *id = js_text(call->params, "requestId");
	const char *command = js_text(call->params, "command");
	char text[64];
	enum status st;

	ret->word = js_text(call->params, "decision");
	ret->command = NULL;
	if (strcmp(ret->word, "approved") != 0 &&
	    strcmp(ret->word, "denied") != 0 &&
	    strcmp(ret->word, "modified") != 0) {
		snprintf(text, sizeof(text), "invalid decision: %.16s",
		    ret->word);
		return op_fail_field(call, "decision", text);
	}
	if (strcmp(ret->word, "denied") == 0)
		return ST_OK;
	if (strcmp(ret->word, "modified") == 0 && command == NULL)
		return op_fail_field(call, "command",
		    "'command' must be what is to run instead");
	if (command == NULL)
		return ST_OK;
	db_bind_text(call->db, id);
	st = op_db(call, STMT_APPROVAL_PENDING_GET, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return no_such_request(call);
	if (strcmp(db_text(res, 0, "exec_command"), command) == 0) {
		ret->word = "approved";
		return ST_OK;
	}
	ret->word = "modified";
	ret->command = command;
	return judge_changed(call, command);
}

static const char *
via_of(const struct op_call *call)
{
	return call->cred.kind == CRED_KEY ? "api_key" : "web";
}

enum status
approval_resolve(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *p = call->params;
	const char *note = js_text(p, "note");
	struct decision decision;
	char text[64];
	enum status st;

	if (!uuid_check(js_text(p, "requestId")))
		return no_such_request(call);
	st = read_decision(call, &decision);
	if (st != ST_OK)
		return st;
	db_bind_text(call->db, js_text(p, "requestId"));
	db_bind_text(call->db, decision.word);
	db_bind_text(call->db, decision.command);
	if (js_get(p, "timeout") == NULL)
		db_bind_text(call->db, NULL);
	else
		db_bind_int(call->db, js_int(p, "timeout", 0));
	db_bind_text(call->db, note == NULL ? "" : note);
	db_bind_bool(call->db, js_bool(p, "remember", false));
	db_bind_text(call->db, via_of(call));
	db_bind_text(call->db, call->peer == NULL ? "" : call->peer);
	st = op_db(call, STMT_APPROVAL_RESOLVE, &res);
	if (st != ST_OK)
		return st;
	if (strcmp(db_text(res, 0, "verdict"), "gone") == 0)
		return no_such_request(call);
	if (strcmp(db_text(res, 0, "verdict"), "ok") != 0) {
		snprintf(text, sizeof(text), "already decided: %.20s",
		    db_text(res, 0, "verdict"));
		return op_fail(call, ST_CONFLICT, text);
	}
	call->reply = js_new();
	js_set_bool(call->reply, "ok", true);
	js_set_text(call->reply, "decision", decision.word);
	js_set_text(call->reply, "command", db_text(res, 0, "command"));
	return ST_OK;
}
