/*
 * Handlers about the caller's own passkeys; no rights are checked here, and
 * whose they are is decided by the statements.
 */
#include "config.h"

#include <string.h>

#include "auth/passkey_json.h"
#include "js/js.h"

/* One row a parameter. */
/* clang-format off */
const struct op_field passkey_rename_params[] = {
	{ .name = "id", .type = F_TEXT, .required = true, .min = 36,
	  .max = 36 },
	{ .name = "name", .type = F_TEXT, .required = true, .min = 1,
	  .max = PASSKEY_NAME_MAX },
	{ .name = NULL }
};

const struct op_field passkey_remove_params[] = {
	{ .name = "id", .type = F_TEXT, .required = true, .min = 36,
	  .max = 36 },
	{ .name = NULL }
};
/* clang-format on */

enum status
passkey_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *list;
	enum status st = op_db(call, STMT_AUTH_PASSKEY_LIST, &res);

	if (st != ST_OK)
		return st;
	list = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++) {
		struct json_object *o = js_new();

		js_set_text(o, "id", db_text(res, i, "id"));
		js_set_text(o, "name", db_text(res, i, "name"));
		js_set_int(o, "created_at", db_int(res, i, "created_ms"));
		if (db_text(res, i, "last_used_ms") == NULL)
			js_set_text(o, "last_used_at", NULL);
		else
			js_set_int(o, "last_used_at",
			    db_int(res, i, "last_used_ms"));
		js_set_bool(o, "backed_up", db_bool(res, i, "backed_up"));
		js_push(list, o);
	}
	call->reply = js_new();
	js_set(call->reply, "passkeys", list);
	return ST_OK;
}

static enum status
no_such(struct op_call *call)
{
	return op_fail(call, ST_NOT_FOUND, "no such passkey");
}

static enum status
changed(struct op_call *call, enum db_stmt stmt)
{
	own_res PGresult *res = NULL;
	enum status st = op_db(call, stmt, &res);

	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return no_such(call);
	call->audit = js_new();
	js_set_text(call->audit, "id", db_text(res, 0, "id"));
	return ST_OK;
}

enum status
passkey_rename(struct op_call *call)
{
	char name[PASSKEY_NAME_MAX * 4 + 1];
	const char *given = js_text(call->params, "name");

	if (given[strspn(given, " ")] == '\0' ||
	    !passkey_json_name(given, name))
		return op_fail_field(call, "name", "name cannot be empty");
	if (!uuid_check(js_text(call->params, "id")))
		return no_such(call);
	db_bind_text(call->db, js_text(call->params, "id"));
	db_bind_text(call->db, name);
	return changed(call, STMT_AUTH_PASSKEY_RENAME);
}

enum status
passkey_remove(struct op_call *call)
{
	if (!uuid_check(js_text(call->params, "id")))
		return no_such(call);
	db_bind_text(call->db, js_text(call->params, "id"));
	return changed(call, STMT_AUTH_PASSKEY_REMOVE);
}
