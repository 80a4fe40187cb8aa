/*
 * Handlers of audit: one page of a trail, newest first.
 *
 * The cursor is the number of the last entry read: entries are never changed
 * and only added at the other end, so pages never overlap or skip.
 */
#include "config.h"

#include "audit/audit.h"

#include <stdlib.h>
#include <string.h>

#include "js/js.h"

#define LIST_DEFAULT 50
#define TIME_MAX_MS 253402300799999 /* the year 9999 */
#define CURSOR_DIGITS 18

/* One row a parameter. */
/* clang-format off */
const struct op_field audit_list_params[] = {
	{ .name = "actor", .type = F_TEXT, .nullable = true, .min = 1,
	  .max = 64 },
	{ .name = "cursor", .type = F_TEXT, .nullable = true, .min = 1,
	  .max = CURSOR_DIGITS },
	{ .name = "event", .type = F_TEXT, .nullable = true, .min = 1,
	  .max = 64 },
	{ .name = "limit", .type = F_INT, .min = 1, .max = AUDIT_LIST_MAX },
	{ .name = "severity", .type = F_TEXT, .nullable = true, .min = 1,
	  .max = 16 },
	{ .name = "since", .type = F_INT, .nullable = true,
	  .max = TIME_MAX_MS },
	{ .name = "until", .type = F_INT, .nullable = true,
	  .max = TIME_MAX_MS },
	{ .name = NULL }
};
/* clang-format on */

static void
bind_time(struct op_call *call, const char *name)
{
	if (js_get(call->params, name) == NULL)
		db_bind_text(call->db, NULL);
	else
		db_bind_int(call->db, js_int(call->params, name, 0));
}

static enum status
check_params(struct op_call *call)
{
	const char *severity = js_text(call->params, "severity");
	const char *cursor = js_text(call->params, "cursor");

	if (cursor != NULL && cursor[strspn(cursor, "0123456789")] != '\0')
		return op_fail_field(call, "cursor",
		    "cursor must be the nextCursor of an earlier page");
	if (severity != NULL && strcmp(severity, "info") != 0 &&
	    strcmp(severity, "warn") != 0 && strcmp(severity, "alert") != 0)
		return op_fail_field(call, "severity",
		    "severity must be info, warn or alert");
	return ST_OK;
}

static struct json_object *
entry_json(const PGresult *res, int row)
{
	struct json_object *o = js_new();

	js_set_int(o, "id", db_int(res, row, "id"));
	js_set_int(o, "at", db_int(res, row, "at_ms"));
	js_set_text(o, "event", db_text(res, row, "event"));
	js_set_text(o, "severity", db_text(res, row, "severity"));
	js_set_text(o, "user_id", db_text(res, row, "user_id"));
	js_set_text(o, "username", db_text(res, row, "username"));
	js_set_text(o, "actor", db_text(res, row, "actor"));
	js_set_text(o, "via", db_text(res, row, "via"));
	js_set_text(o, "peer", db_text(res, row, "peer"));
	js_set(o, "detail", db_json(res, row, "detail"));
	return o;
}

/* One row more than asked for tells whether there is a next page. */
static void
page_json(struct op_call *call, const PGresult *res, int limit)
{
	struct json_object *entries = json_object_new_array();
	int i, n = db_rows(res) > limit ? limit : db_rows(res);

	for (i = 0; i < n; i++)
		js_push(entries, entry_json(res, i));
	call->reply = js_new();
	js_set(call->reply, "entries", entries);
	js_set_text(call->reply, "nextCursor",
	    db_rows(res) > limit ? db_text(res, limit - 1, "id") : NULL);
}

static enum status
list_with(struct op_call *call, enum db_stmt stmt)
{
	own_res PGresult *res = NULL;
	int limit = (int)js_int(call->params, "limit", LIST_DEFAULT);
	enum status st = check_params(call);

	if (st != ST_OK)
		return st;
	db_bind_text(call->db, js_text(call->params, "cursor"));
	db_bind_text(call->db, js_text(call->params, "event"));
	db_bind_text(call->db, js_text(call->params, "severity"));
	db_bind_text(call->db, js_text(call->params, "actor"));
	bind_time(call, "since");
	bind_time(call, "until");
	db_bind_int(call->db, limit + 1);
	st = op_db(call, stmt, &res);
	if (st == ST_OK)
		page_json(call, res, limit);
	return st;
}

enum status
audit_list(struct op_call *call)
{
	return list_with(call, STMT_AUDIT_LIST);
}

enum status
audit_admin_list(struct op_call *call)
{
	return list_with(call, STMT_AUDIT_ADMIN_LIST);
}
