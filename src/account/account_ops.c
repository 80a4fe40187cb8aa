/* Handlers about the caller's own account; no rights are checked here. */
#include "config.h"

#include <string.h>

#include "account/account.h"
#include "js/js.h"

enum status
account_whoami(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *user, *account;
	enum status st = op_db(call, STMT_ACCOUNT_WHOAMI, &res);

	if (st != ST_OK)
		return st;
	if (db_rows(res) != 1)
		return ST_INTERNAL;
	user = js_new();
	js_set_text(user, "id", db_text(res, 0, "user_id"));
	js_set_text(user, "username", db_text(res, 0, "username"));
	js_set_bool(user, "administrator", db_bool(res, 0, "administrator"));
	js_set_bool(user, "has_password", db_bool(res, 0, "has_password"));
	account = js_new();
	js_set_text(account, "id", db_text(res, 0, "account_id"));
	js_set_text(account, "name", db_text(res, 0, "account_name"));
	call->reply = js_new();
	js_set(call->reply, "user", user);
	js_set(call->reply, "account", account);
	js_set(call->reply, "scopes", scope_json(call->who.scopes));
	js_set_text(call->reply, "method", db_text(res, 0, "method"));
	js_set_text(call->reply, "credential_id", call->who.credential_id);
	/* When a signed-in person last proved himself, and how long it holds. */
	if (db_text(res, 0, "fresh_ms") == NULL)
		js_set_text(call->reply, "fresh_until", NULL);
	else
		js_set_int(call->reply, "fresh_until",
		    db_int(res, 0, "fresh_ms"));
	return ST_OK;
}

enum status
account_status(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st = op_db(call, STMT_ACCOUNT_STATUS, &res);

	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set_text(call->reply, "status", "ok");
	js_set_text(call->reply, "version", PACKAGE_VERSION);
	js_set_int(call->reply, "sessions", db_int(res, 0, "sessions"));
	js_set_int(call->reply, "runningTurns", db_int(res, 0, "running"));
	js_set_int(call->reply, "queuedTurns", db_int(res, 0, "queued"));
	return ST_OK;
}

enum status
account_health(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st = op_db(call, STMT_ACCOUNT_HEALTH, &res);

	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set_text(call->reply, "status", "ok");
	js_set_text(call->reply, "version", PACKAGE_VERSION);
	return ST_OK;
}

enum status
account_describe(struct op_call *call)
{
	struct json_object *methods = json_object_new_array();

	for (const struct op *op = op_all(); op->name != NULL; op++) {
		struct json_object *m = js_new();

		js_set_text(m, "name", op->name);
		js_push(methods, m);
	}
	call->reply = js_new();
	js_set_int(call->reply, "protocol", 4);
	js_set(call->reply, "methods", methods);
	return ST_OK;
}
