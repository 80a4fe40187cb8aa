/*
 * Login sessions of the signed-in person (S171): list, end one, end all others.
 *
 * They belong to the person, not to the account the person is in, and their
 * tokens to nobody: the statements go through functions that know whose
 * transaction it is.  An ended session's sockets close within a second.
 */
#include "config.h"

#include "account/account.h"
#include "account/reply.h"
#include "js/js.h"

/* One row a parameter. */
/* clang-format off */
const struct op_field account_login_revoke_params[] = {
	{ .name = "id", .type = F_TEXT, .required = true, .min = 36,
	  .max = 36 },
	{ .name = NULL }
};
/* clang-format on */

static struct json_object *
login_json(const PGresult *res, int row)
{
	static const char *const texts[] = { "id", "method", "peer",
		"user_agent", "account_id", "account_name" };
	struct json_object *o = js_new();

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		js_set_text(o, texts[i], db_text(res, row, texts[i]));
	js_set_bool(o, "current", db_bool(res, row, "current"));
	js_set_int(o, "created_at", db_int(res, row, "created_ms"));
	js_set_int(o, "last_seen_at", db_int(res, row, "last_seen_ms"));
	js_set_int(o, "expires_at", db_int(res, row, "expires_ms"));
	return o;
}

enum status
account_login_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *list;
	enum status st = op_db(call, STMT_ACCOUNT_LOGIN_LIST, &res);

	if (st != ST_OK)
		return st;
	list = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++)
		js_push(list, login_json(res, i));
	call->reply = js_new();
	js_set(call->reply, "sessions", list);
	return ST_OK;
}

enum status
account_login_revoke(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *id = js_text(call->params, "id");
	enum status st;

	if (!uuid_check(id))
		return op_fail(call, ST_NOT_FOUND, "no such login session");
	db_bind_text(call->db, id);
	st = op_db(call, STMT_ACCOUNT_LOGIN_END, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return op_fail(call, ST_NOT_FOUND, "no such login session");
	call->audit = js_new();
	js_set_text(call->audit, "login_id", id);
	return account_reply_ok(call);
}

enum status
account_login_revoke_others(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st = op_db(call, STMT_ACCOUNT_LOGIN_END_OTHERS, &res);

	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set_int(call->reply, "revoked", db_int(res, 0, "ended"));
	call->audit = js_new();
	js_set_int(call->audit, "revoked", db_int(res, 0, "ended"));
	return ST_OK;
}
