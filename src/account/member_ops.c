/*
 * The accounts of a person and the people of an account (S138, S152).
 *
 * What may be done to whom is decided by the functions these statements call:
 * the owner stays, nobody gives what he does not have, another account's
 * people are unknown.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "account/reply.h"
#include "base/bytes.h"
#include "js/js.h"

#define NAME_MAX_CHARS 64
#define UUID_CHARS 36

/* One row a parameter. */
/* clang-format off */
const struct op_field account_id_params[] = {
	{ .name = "account_id", .type = F_TEXT, .required = true,
	  .min = UUID_CHARS, .max = UUID_CHARS },
	{ .name = NULL }
};

const struct op_field account_rename_params[] = {
	{ .name = "name", .type = F_TEXT, .required = true, .min = 1,
	  .max = NAME_MAX_CHARS },
	{ .name = NULL }
};

const struct op_field member_update_params[] = {
	{ .name = "user_id", .type = F_TEXT, .required = true,
	  .min = UUID_CHARS, .max = UUID_CHARS },
	{ .name = "scopes", .type = F_SCOPES, .required = true },
	{ .name = NULL }
};

const struct op_field member_remove_params[] = {
	{ .name = "user_id", .type = F_TEXT, .required = true,
	  .min = UUID_CHARS, .max = UUID_CHARS },
	{ .name = NULL }
};
/* clang-format on */

enum status
account_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *list;
	enum status st = op_db(call, STMT_PEOPLE_MY_ACCOUNTS, &res);

	if (st != ST_OK)
		return st;
	list = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++) {
		struct json_object *o = js_new();

		js_set_text(o, "id", db_text(res, i, "account_id"));
		js_set_text(o, "name", db_text(res, i, "name"));
		js_set_bool(o, "is_owner", db_bool(res, i, "is_owner"));
		js_set(o, "scopes",
		    scope_json((unsigned)db_int(res, i, "scopes")));
		js_set_bool(o, "current", db_bool(res, i, "current"));
		js_set_bool(o, "disabled", db_bool(res, i, "disabled"));
		js_push(list, o);
	}
	call->reply = js_new();
	js_set(call->reply, "accounts", list);
	return ST_OK;
}

/* Binds the id that the parameter NAME holds; no id is one of nobody. */
static enum status
bind_id(struct op_call *call, const char *name, const char *unknown)
{
	const char *id = js_text(call->params, name);

	if (!uuid_check(id))
		return op_fail(call, ST_NOT_FOUND, unknown);
	db_bind_text(call->db, id);
	return ST_OK;
}

enum status
account_switch(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *account;
	enum status st = bind_id(call, "account_id", "no such account");

	if (st != ST_OK)
		return st;
	db_bind_text(call->db, call->peer);
	st = op_db(call, STMT_PEOPLE_ACCOUNT_SWITCH, &res);
	if (st != ST_OK)
		return st;
	account = js_new();
	js_set_text(account, "id", db_text(res, 0, "account_id"));
	js_set_text(account, "name", db_text(res, 0, "name"));
	st = account_reply_ok(call);
	js_set(call->reply, "account", account);
	js_set(call->reply, "scopes",
	    scope_json((unsigned)db_int(res, 0, "scopes")));
	return st;
}

enum status
account_rename(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *name = js_text(call->params, "name");
	enum status st;

	if (name[strspn(name, " ")] == '\0')
		return op_fail_field(call, "name", "name is required");
	db_bind_text(call->db, name);
	st = op_db(call, STMT_PEOPLE_ACCOUNT_RENAME, &res);
	if (st != ST_OK)
		return st;
	call->event = js_new();
	js_set_text(call->event, "kind", "renamed");
	js_set_text(call->event, "id", call->who.account_id);
	js_set_text(call->event, "name", name);
	call->audit = js_new();
	js_set_text(call->audit, "name", name);
	js_set_text(call->audit, "before", db_text(res, 0, "old_name"));
	return account_reply_ok(call);
}

enum status
account_leave(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st = bind_id(call, "account_id", "no such account");

	if (st != ST_OK)
		return st;
	db_bind_text(call->db, call->peer);
	st = op_db(call, STMT_PEOPLE_ACCOUNT_LEAVE, &res);
	return st == ST_OK ? account_reply_ok(call) : st;
}

enum status
member_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *list;
	enum status st = op_db(call, STMT_PEOPLE_MEMBER_LIST, &res);

	if (st != ST_OK)
		return st;
	list = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++) {
		struct json_object *o = js_new();

		js_set_text(o, "user_id", db_text(res, i, "user_id"));
		js_set_text(o, "username", db_text(res, i, "username"));
		js_set(o, "scopes",
		    scope_json((unsigned)db_int(res, i, "scopes")));
		js_set_bool(o, "is_owner", db_bool(res, i, "is_owner"));
		account_set_ms(o, "created_at", res, i, "created_ms");
		account_set_ms(o, "last_seen_at", res, i, "last_seen_ms");
		js_push(list, o);
	}
	call->reply = js_new();
	js_set(call->reply, "members", list);
	return ST_OK;
}

static void
audit_member(struct op_call *call, const PGresult *res)
{
	call->audit = js_new();
	js_set_text(call->audit, "user_id", js_text(call->params, "user_id"));
	js_set_text(call->audit, "username", db_text(res, 0, "username"));
}

enum status
member_update(struct op_call *call)
{
	own_res PGresult *res = NULL;
	unsigned scopes = scope_bits(js_get(call->params, "scopes"));
	enum status st = bind_id(call, "user_id", "no such member");

	if (st != ST_OK)
		return st;
	db_bind_int(call->db, scopes);
	st = op_db(call, STMT_PEOPLE_MEMBER_UPDATE, &res);
	if (st != ST_OK)
		return st;
	audit_member(call, res);
	js_set(call->audit, "scopes", scope_json(scopes));
	return account_reply_ok(call);
}

enum status
member_remove(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st = bind_id(call, "user_id", "no such member");

	if (st != ST_OK)
		return st;
	st = op_db(call, STMT_PEOPLE_MEMBER_REMOVE, &res);
	if (st != ST_OK)
		return st;
	audit_member(call, res);
	return account_reply_ok(call);
}
