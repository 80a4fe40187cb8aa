/*
 * The administration of the deployment: its people, accounts, invitations.
 *
 * Names, counts and switches.  No operation here reads what an account wrote,
 * and none enters another account; the functions behind the statements ask
 * again whether the caller administers the deployment, and write its own trail:
 * what it does is no business of the account the caller happens to be in.
 */
#include "config.h"

#include <string.h>

#include "account/account.h"
#include "account/invite.h"
#include "account/reply.h"
#include "auth/auth.h"
#include "base/bytes.h"
#include "js/js.h"

#define PAGE_MAX 200
#define UUID_CHARS 36
#define NAME_MAX_CHARS 64

/* One row a parameter. */
/* clang-format off */
const struct op_field admin_user_list_params[] = {
	{ .name = "username", .type = F_TEXT, .nullable = true,
	  .max = NAME_MAX_CHARS },
	{ .name = "limit", .type = F_INT, .min = 1, .max = PAGE_MAX },
	{ .name = "cursor", .type = F_TEXT, .nullable = true,
	  .max = UUID_CHARS },
	{ .name = NULL }
};

const struct op_field admin_user_update_params[] = {
	{ .name = "id", .type = F_TEXT, .required = true, .min = UUID_CHARS,
	  .max = UUID_CHARS },
	{ .name = "disabled", .type = F_BOOL },
	{ .name = "administrator", .type = F_BOOL },
	{ .name = NULL }
};

const struct op_field admin_account_list_params[] = {
	{ .name = "limit", .type = F_INT, .min = 1, .max = PAGE_MAX },
	{ .name = "cursor", .type = F_TEXT, .nullable = true,
	  .max = UUID_CHARS },
	{ .name = NULL }
};

const struct op_field admin_account_update_params[] = {
	{ .name = "id", .type = F_TEXT, .required = true, .min = UUID_CHARS,
	  .max = UUID_CHARS },
	{ .name = "disabled", .type = F_BOOL },
	{ .name = "exec_off", .type = F_BOOL },
	{ .name = "quotas", .type = F_OBJECT, .nullable = true },
	{ .name = NULL }
};

/* The same bounds as the columns of moltis.accounts. */
static const struct op_field quota_fields[] = {
	{ .name = "members", .type = F_INT, .nullable = true, .min = 1,
	  .max = 200 },
	{ .name = "sessions", .type = F_INT, .nullable = true, .min = 1,
	  .max = 100000 },
	{ .name = "turns_per_day", .type = F_INT, .nullable = true, .min = 0,
	  .max = 1000000 },
	{ .name = NULL }
};

const struct op_field admin_invite_create_params[] = {
	{ .name = "kind", .type = F_TEXT, .required = true, .min = 1,
	  .max = 16 },
	{ .name = "username", .type = F_TEXT, .nullable = true,
	  .max = NAME_MAX_CHARS },
	{ .name = "administrator", .type = F_BOOL },
	{ .name = "note", .type = F_TEXT, .nullable = true, .max = 100 },
	{ .name = "expires_hours", .type = F_INT, .min = 1, .max = 168 },
	{ .name = NULL }
};
/* clang-format on */

static enum status
check_cursor(struct op_call *call)
{
	const char *cursor = js_text(call->params, "cursor");

	if (cursor == NULL || uuid_check(cursor))
		return ST_OK;
	return op_fail_field(call, "cursor",
	    "'cursor' must be the nextCursor of a page before");
}

/* Binds where a page begins and how long it is; the length. */
static int
bind_page(struct op_call *call)
{
	int limit = (int)js_int(call->params, "limit", PAGE_MAX);

	db_bind_text(call->db, js_text(call->params, "cursor"));
	db_bind_int(call->db, limit);
	return limit;
}

/* LIST under NAME, and where the next page begins. */
static enum status
reply_page(struct op_call *call, const char *name, struct json_object *list,
    int limit)
{
	size_t n = json_object_array_length(list);
	struct json_object *last =
	    n == 0 ? NULL : json_object_array_get_idx(list, n - 1);

	call->reply = js_new();
	js_set_text(call->reply, "nextCursor",
	    n < (size_t)limit ? NULL : js_text(last, "id"));
	js_set(call->reply, name, list);
	return ST_OK;
}

enum status
admin_user_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *username = js_text(call->params, "username");
	struct json_object *list;
	enum status st = check_cursor(call);
	int limit;

	if (st != ST_OK)
		return st;
	db_bind_text(call->db, username == NULL ? "" : username);
	limit = bind_page(call);
	st = op_db(call, STMT_PEOPLE_ADMIN_USER_LIST, &res);
	if (st != ST_OK)
		return st;
	list = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++) {
		struct json_object *o = js_new();

		js_set_text(o, "id", db_text(res, i, "id"));
		js_set_text(o, "username", db_text(res, i, "username"));
		js_set_bool(o, "administrator",
		    db_bool(res, i, "administrator"));
		js_set_bool(o, "disabled", db_bool(res, i, "disabled"));
		account_set_ms(o, "created_at", res, i, "created_ms");
		account_set_ms(o, "last_seen_at", res, i, "last_seen_ms");
		js_set_int(o, "accounts", db_int(res, i, "accounts"));
		js_set_bool(o, "has_password", db_bool(res, i, "has_password"));
		js_set_int(o, "passkeys", db_int(res, i, "passkeys"));
		js_push(list, o);
	}
	return reply_page(call, "users", list, limit);
}

/* Binds the flag NAME of the parameters, NULL when it is not there. */
static void
bind_flag(struct op_call *call, const char *name)
{
	struct json_object *flag = js_get(call->params, name);

	if (flag == NULL)
		db_bind_text(call->db, NULL);
	else
		db_bind_bool(call->db, json_object_get_boolean(flag));
}

/* Begins an update of the row "id": binds it. */
static enum status
bind_row(struct op_call *call, const char *unknown)
{
	const char *id = js_text(call->params, "id");

	if (json_object_object_length(call->params) < 2)
		return op_fail(call, ST_INVALID, "say what is to change");
	if (!uuid_check(id))
		return op_fail(call, ST_NOT_FOUND, unknown);
	db_bind_text(call->db, id);
	return ST_OK;
}

enum status
admin_user_update(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st = bind_row(call, "no such user");

	if (st != ST_OK)
		return st;
	bind_flag(call, "disabled");
	bind_flag(call, "administrator");
	db_bind_text(call->db, call->peer);
	st = op_db(call, STMT_PEOPLE_ADMIN_USER_UPDATE, &res);
	if (st == ST_OK)
		st = account_reply_ok(call);
	if (st == ST_OK)
		js_set_text(call->reply, "username",
		    db_text(res, 0, "username"));
	return st;
}

static struct json_object *
account_json(const PGresult *res, int i)
{
	struct json_object *o = js_new();
	struct json_object *quotas = js_new();

	js_set_text(o, "id", db_text(res, i, "id"));
	js_set_text(o, "name", db_text(res, i, "name"));
	js_set_text(o, "owner", db_text(res, i, "owner"));
	js_set_int(o, "members", db_int(res, i, "members"));
	js_set_bool(o, "disabled", db_bool(res, i, "disabled"));
	js_set_bool(o, "exec_off", db_bool(res, i, "exec_off"));
	js_set_int(o, "sessions", db_int(res, i, "sessions"));
	js_set_int(o, "messages", db_int(res, i, "messages"));
	account_set_ms(o, "created_at", res, i, "created_ms");
	js_set_int(quotas, "members", db_int(res, i, "max_members"));
	js_set_int(quotas, "sessions", db_int(res, i, "max_sessions"));
	js_set_int(quotas, "turns_per_day", db_int(res, i, "max_turns_day"));
	js_set(o, "quotas", quotas);
	return o;
}

enum status
admin_account_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *list;
	enum status st = check_cursor(call);
	int limit;

	if (st != ST_OK)
		return st;
	limit = bind_page(call);
	st = op_db(call, STMT_PEOPLE_ADMIN_ACCOUNT_LIST, &res);
	if (st != ST_OK)
		return st;
	list = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++)
		js_push(list, account_json(res, i));
	return reply_page(call, "accounts", list, limit);
}

enum status
admin_account_update(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *quotas = js_get(call->params, "quotas");
	enum status st = op_params_check(quota_fields, quotas, &call->error);

	if (st == ST_OK)
		st = bind_row(call, "no such account");
	if (st != ST_OK)
		return st;
	bind_flag(call, "disabled");
	bind_flag(call, "exec_off");
	db_bind_json(call->db, quotas);
	db_bind_text(call->db, call->peer);
	st = op_db(call, STMT_PEOPLE_ADMIN_ACCOUNT_UPDATE, &res);
	if (st != ST_OK)
		return st;
	return account_reply_ok(call);
}

/* Which of the parameters go together. */
static enum status
check_invite(struct op_call *call)
{
	const char *kind = js_text(call->params, "kind");
	const char *username = js_text(call->params, "username");
	bool reset = strcmp(kind, "reset") == 0;

	if (!reset && strcmp(kind, "account") != 0)
		return op_fail_field(call, "kind",
		    "'kind' must be account or reset");
	if (reset && (username == NULL || username[0] == '\0'))
		return op_fail_field(call, "username",
		    "a reset needs the name of the user");
	if (!reset && username != NULL && username[0] != '\0')
		return op_fail_field(call, "username",
		    "a new user chooses the name himself");
	if (reset && js_bool(call->params, "administrator", false))
		return op_fail_field(call, "administrator",
		    "a reset makes nobody an administrator");
	return ST_OK;
}

enum status
admin_invite_create(struct op_call *call)
{
	own_res PGresult *res = NULL;
	unsigned char hash[BYTES_SHA256];
	char token[AUTH_INVITE_TEXT];
	enum status st = check_invite(call);

	if (st != ST_OK)
		return st;
	auth_invite_new(token, hash);
	db_bind_bytes(call->db, hash, sizeof(hash));
	db_bind_text(call->db, js_text(call->params, "kind"));
	db_bind_text(call->db, js_text(call->params, "username"));
	db_bind_bool(call->db, js_bool(call->params, "administrator", false));
	invite_bind_terms(call);
	db_bind_text(call->db, call->peer);
	st = op_db(call, STMT_PEOPLE_ADMIN_INVITE_CREATE, &res);
	if (st == ST_OK)
		invite_reply(call, res, token);
	bytes_wipe(token, sizeof(token));
	return st;
}

enum status
admin_invite_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *list;
	enum status st = op_db(call, STMT_PEOPLE_ADMIN_INVITE_LIST, &res);

	if (st != ST_OK)
		return st;
	list = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++) {
		struct json_object *o = js_new();

		invite_describe(o, res, i);
		js_set_text(o, "kind", db_text(res, i, "kind"));
		js_set_text(o, "username", db_text(res, i, "username"));
		js_set_bool(o, "administrator",
		    db_bool(res, i, "administrator"));
		js_push(list, o);
	}
	call->reply = js_new();
	js_set(call->reply, "invites", list);
	return ST_OK;
}

enum status
admin_invite_revoke(struct op_call *call)
{
	return invite_end(call, STMT_PEOPLE_ADMIN_INVITE_REVOKE, true);
}
