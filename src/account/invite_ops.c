/*
 * Invitations into the caller's account (S162): make, list, end.
 *
 * The token is in the answer that makes it and nowhere else; whoever holds it
 * uses it through src/auth/invite.c.
 */
#include "config.h"

#include <string.h>

#include "account/account.h"
#include "account/invite.h"
#include "account/reply.h"
#include "auth/auth.h"
#include "base/bytes.h"
#include "base/txt.h"
#include "js/js.h"

#define HOURS_DEFAULT 72
#define HOURS_MAX 168
#define NOTE_MAX_CHARS 100
#define UUID_CHARS 36

/* One row a parameter. */
/* clang-format off */
const struct op_field invite_create_params[] = {
	{ .name = "scopes", .type = F_SCOPES, .required = true },
	{ .name = "note", .type = F_TEXT, .nullable = true,
	  .max = NOTE_MAX_CHARS },
	{ .name = "expires_hours", .type = F_INT, .min = 1, .max = HOURS_MAX },
	{ .name = NULL }
};

const struct op_field invite_revoke_params[] = {
	{ .name = "id", .type = F_TEXT, .required = true, .min = UUID_CHARS,
	  .max = UUID_CHARS },
	{ .name = NULL }
};
/* clang-format on */

void
invite_bind_terms(struct op_call *call)
{
	const char *note = js_text(call->params, "note");

	db_bind_text(call->db, note == NULL ? "" : note);
	db_bind_int(call->db,
	    js_int(call->params, "expires_hours", HOURS_DEFAULT));
}

void
invite_reply(struct op_call *call, const PGresult *res, const char *token)
{
	own_txt struct txt url = { 0 };

	txt_format(&url, "%s/invite#%s", call->conf->external_url, token);
	call->reply = js_new();
	js_set_text(call->reply, "id", db_text(res, 0, "id"));
	js_set_text(call->reply, "token", token);
	js_set_text(call->reply, "url", txt_str(&url));
	account_set_ms(call->reply, "expires_at", res, 0, "expires_ms");
	bytes_wipe(url.data, url.len);
}

enum status
invite_create(struct op_call *call)
{
	own_res PGresult *res = NULL;
	unsigned char hash[BYTES_SHA256];
	char token[AUTH_INVITE_TEXT];
	unsigned scopes = scope_bits(js_get(call->params, "scopes"));
	enum status st;

	auth_invite_new(token, hash);
	db_bind_bytes(call->db, hash, sizeof(hash));
	db_bind_int(call->db, scopes);
	invite_bind_terms(call);
	st = op_db(call, STMT_PEOPLE_INVITE_CREATE, &res);
	if (st == ST_OK) {
		invite_reply(call, res, token);
		call->audit = js_new();
		js_set_text(call->audit, "invitation", db_text(res, 0, "id"));
		js_set(call->audit, "scopes", scope_json(scopes));
		js_set_text(call->audit, "note", js_text(call->params, "note"));
	}
	bytes_wipe(token, sizeof(token));
	return st;
}

enum status
invite_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *list;
	enum status st = op_db(call, STMT_PEOPLE_INVITE_LIST, &res);

	if (st != ST_OK)
		return st;
	list = json_object_new_array();
	for (int i = 0; i < db_rows(res); i++) {
		struct json_object *o = js_new();

		invite_describe(o, res, i);
		js_set(o, "scopes",
		    scope_json((unsigned)db_int(res, i, "scopes")));
		js_push(list, o);
	}
	call->reply = js_new();
	js_set(call->reply, "invites", list);
	return ST_OK;
}

void
invite_describe(struct json_object *o, const PGresult *res, int row)
{
	js_set_text(o, "id", db_text(res, row, "id"));
	js_set_text(o, "note", db_text(res, row, "note"));
	js_set_text(o, "created_by", db_text(res, row, "created_by"));
	account_set_ms(o, "created_at", res, row, "created_ms");
	account_set_ms(o, "expires_at", res, row, "expires_ms");
}

enum status
invite_end(struct op_call *call, enum db_stmt stmt, bool with_peer)
{
	own_res PGresult *res = NULL;
	const char *id = js_text(call->params, "id");
	enum status st;

	if (!uuid_check(id))
		return op_fail(call, ST_NOT_FOUND, "no such invitation");
	db_bind_text(call->db, id);
	if (with_peer)
		db_bind_text(call->db, call->peer);
	st = op_db(call, stmt, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return op_fail(call, ST_NOT_FOUND, "no such invitation");
	call->audit = js_new();
	js_set_text(call->audit, "invitation", id);
	return account_reply_ok(call);
}

enum status
invite_revoke(struct op_call *call)
{
	return invite_end(call, STMT_PEOPLE_INVITE_REVOKE, false);
}
