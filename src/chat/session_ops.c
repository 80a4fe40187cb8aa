/*
 * Handlers of chat sessions: list, make, change, empty, delete, find, fork.
 *
 * Run by op_run inside its transaction, for the account it entered.  Each
 * changes at most one session and leaves the event that tells sockets so;
 * messages are sent and read by chat_ops.c.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "base/utf8.h"
#include "chat/chat.h"
#include "js/js.h"

#define LIST_MAX 200
#define PREVIEW_MAX 50
#define SEARCH_MAX 50
#define LABEL_MAX 120

/* One row a parameter. */
/* clang-format off */
#define FIELD_KEY { .name = "key", .type = F_TEXT, .required = true, \
	.min = 1, .max = CHAT_KEY_MAX }

const struct op_field session_list_params[] = {
	{ .name = "limit", .type = F_INT, .min = 1, .max = LIST_MAX },
	{ .name = "cursor", .type = F_TEXT, .min = 1, .max = 240 },
	{ .name = NULL }
};

const struct op_field session_create_params[] = {
	{ .name = "label", .type = F_TEXT, .nullable = true, .max = LABEL_MAX },
	{ .name = NULL }
};

const struct op_field session_key_params[] = { FIELD_KEY, { .name = NULL } };

const struct op_field session_preview_params[] = {
	FIELD_KEY,
	{ .name = "limit", .type = F_INT, .min = 1, .max = PREVIEW_MAX },
	{ .name = NULL }
};

const struct op_field session_switch_params[] = {
	FIELD_KEY,
	{ .name = "project_id", .type = F_TEXT, .nullable = true, .max = 0 },
	{ .name = NULL }
};

const struct op_field session_patch_params[] = {
	FIELD_KEY,
	{ .name = "label", .type = F_TEXT, .nullable = true, .max = LABEL_MAX },
	{ .name = "model", .type = F_TEXT, .nullable = true, .max = 200 },
	{ .name = "archived", .type = F_BOOL },
	{ .name = NULL }
};

const struct op_field session_delete_params[] = {
	FIELD_KEY,
	{ .name = "force", .type = F_BOOL },
	{ .name = NULL }
};

const struct op_field session_search_params[] = {
	{ .name = "query", .type = F_TEXT, .required = true, .max = 200 },
	{ .name = "limit", .type = F_INT, .min = 1, .max = SEARCH_MAX },
	{ .name = NULL }
};

const struct op_field session_fork_params[] = {
	FIELD_KEY,
	{ .name = "label", .type = F_TEXT, .nullable = true, .max = LABEL_MAX },
	{ .name = "forkPoint", .type = F_INT, .nullable = true, .max =
	  INT32_MAX },
	{ .name = NULL }
};
/* clang-format on */

/* A text parameter where "" means none. */
static const char *
text_or_null(struct json_object *params, const char *name)
{
	const char *s = js_text(params, name);

	return s == NULL || s[0] == '\0' ? NULL : s;
}

static enum status
no_session(struct op_call *call, const char *key)
{
	char text[CHAT_KEY_MAX + 32];

	snprintf(text, sizeof(text), "session '%.*s' not found",
	    (int)utf8_cut(key, strlen(key), 100), key);
	return op_fail(call, ST_NOT_FOUND, text);
}

static void
set_event(struct op_call *call, const char *kind, const char *key)
{
	js_put(&call->event);
	call->event = js_new();
	js_set_text(call->event, "kind", kind);
	js_set_text(call->event, "sessionKey", key);
}

/* Where the page after row LAST begins; -1: there is none. */
static void
set_cursor(struct json_object *reply, const PGresult *res, int last)
{
	own_txt struct txt next = { 0 };

	if (last < 0) {
		js_set_text(reply, "nextCursor", NULL);
		return;
	}
	txt_format(&next, "%s.%s", db_text(res, last, "created_ms"),
	    db_text(res, last, "key"));
	js_set_text(reply, "nextCursor", txt_str(&next));
}

/* Without parameters the whole list as a bare array, as older clients read
 * it; with a limit or a cursor a page. */
enum status
session_list(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *list;
	const char *cursor = js_text(call->params, "cursor");
	bool paged = cursor != NULL || js_get(call->params, "limit") != NULL;
	int64_t limit = js_int(call->params, "limit", 40);
	int64_t after_ms = 0;
	const char *after_key = NULL;
	enum status st;
	bool more;
	int rows;

	if (cursor != NULL && !chat_cursor_parse(cursor, &after_ms, &after_key))
		return op_fail_field(call, "cursor",
		    "'cursor' must be the nextCursor of an earlier page");
	if (!paged)
		limit = CHAT_SESSIONS_MAX;
	db_bind_int(call->db, limit + 1); /* is there one more? */
	if (after_key == NULL)
		db_bind_text(call->db, NULL);
	else
		db_bind_int(call->db, after_ms);
	db_bind_text(call->db, after_key);
	st = op_db(call, STMT_CHAT_SESSION_LIST, &res);
	if (st != ST_OK)
		return st;
	more = db_rows(res) > limit;
	rows = more ? (int)limit : db_rows(res);
	list = json_object_new_array();
	for (int i = 0; i < rows; i++)
		js_push(list, db_json(res, i, "entry"));
	if (!paged) {
		call->reply = list;
		return ST_OK;
	}
	call->reply = js_new();
	js_set(call->reply, "sessions", list);
	js_set_bool(call->reply, "hasMore", more);
	set_cursor(call->reply, res, more ? rows - 1 : -1);
	return ST_OK;
}

/* The session of KEY, made when it is new and may be; its entry. */
static enum status
ensure(struct op_call *call, const char *key, const char *label,
    struct json_object **ret_entry, bool *ret_created)
{
	own_res PGresult *res = NULL;
	enum status st;

	if (!chat_key_is_creatable(key)) {
		db_bind_text(call->db, key);
		st = op_db(call, STMT_CHAT_SESSION_GET, &res);
		if (st != ST_OK)
			return st;
		if (db_rows(res) == 0)
			return no_session(call, key);
		*ret_entry = db_json(res, 0, "entry");
		*ret_created = false;
		return ST_OK;
	}
	db_bind_text(call->db, key);
	db_bind_text(call->db, label);
	st = op_db(call, STMT_CHAT_SESSION_ENSURE, &res);
	if (st != ST_OK)
		return st;
	*ret_created = db_bool(res, 0, "created");
	*ret_entry = db_json(res, 0, "entry");
	return ST_OK;
}

enum status
session_create(struct op_call *call)
{
	char key[8 + UUID_TEXT];
	bool created;
	enum status st;

	memcpy(key, "session:", 8);
	uuid_new(key + 8);
	st = ensure(call, key, text_or_null(call->params, "label"),
	    &call->reply, &created);
	if (st != ST_OK)
		return st;
	set_event(call, "created", key);
	return ST_OK;
}

enum status
session_resolve(struct op_call *call)
{
	const char *key = js_text(call->params, "key");
	struct chat_page page = { .key = key,
		.before = -1,
		.max = CHAT_HISTORY_MAX };
	struct json_object *entry = NULL;
	bool created;
	enum status st = ensure(call, key, NULL, &entry, &created);

	if (st != ST_OK)
		return st;
	st = chat_page_read(call, &page);
	if (st != ST_OK) {
		js_put(&entry);
		return st;
	}
	call->reply = js_new();
	js_set(call->reply, "entry", entry);
	js_set(call->reply, "history", page.history);
	if (created)
		set_event(call, "created", key);
	return ST_OK;
}

enum status
session_preview(struct op_call *call)
{
	struct chat_page page = { .key = js_text(call->params, "key"),
		.before = -1,
		.max = js_int(call->params, "limit", 5) };
	enum status st = chat_page_read(call, &page);

	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set(call->reply, "messages", page.history);
	return ST_OK;
}

enum status
session_patch(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *p = call->params;
	const char *key = js_text(p, "key");
	const char *model = text_or_null(p, "model");
	enum status st = chat_model_check(call, model);

	if (st != ST_OK)
		return st;
	db_bind_text(call->db, key);
	db_bind_bool(call->db, json_object_object_get_ex(p, "label", NULL));
	db_bind_text(call->db, text_or_null(p, "label"));
	db_bind_bool(call->db, json_object_object_get_ex(p, "model", NULL));
	db_bind_text(call->db, model);
	if (js_get(p, "archived") == NULL)
		db_bind_text(call->db, NULL);
	else
		db_bind_bool(call->db, js_bool(p, "archived", false));
	st = op_db(call, STMT_CHAT_SESSION_PATCH, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return no_session(call, key);
	call->reply = db_json(res, 0, "entry");
	set_event(call, "patched", key);
	return ST_OK;
}

enum status
chat_lock_idle(struct op_call *call, const char *key, char id[UUID_TEXT])
{
	own_res PGresult *res = NULL;
	enum status st;

	id[0] = '\0';
	db_bind_text(call->db, key);
	st = op_db(call, STMT_CHAT_SESSION_BUSY, &res);
	if (st != ST_OK || db_rows(res) == 0)
		return st;
	if (db_int(res, 0, "active") > 0)
		return op_fail(call, ST_CONFLICT,
		    "the session has an active turn: stop it first");
	if (!mem_copy_str(id, UUID_TEXT, db_text(res, 0, "id")))
		return ST_INTERNAL;
	return ST_OK;
}

/* As chat_lock_idle, for a session that must be there. */
static enum status
lock_existing(struct op_call *call, const char *key, char id[UUID_TEXT])
{
	enum status st = chat_lock_idle(call, key, id);

	if (st == ST_OK && id[0] == '\0')
		return no_session(call, key);
	return st;
}

enum status
session_reset(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *key = js_text(call->params, "key");
	char id[UUID_TEXT];
	enum status st = lock_existing(call, key, id);

	if (st != ST_OK)
		return st;
	db_bind_text(call->db, id);
	st = op_db(call, STMT_CHAT_MESSAGES_CLEAR, &res);
	if (st != ST_OK)
		return st;
	set_event(call, "patched", key);
	return ST_OK;
}

enum status
session_delete(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *key = js_text(call->params, "key");
	char id[UUID_TEXT];
	enum status st;

	if (strcmp(key, "main") == 0)
		return op_fail(call, ST_CONFLICT,
		    "cannot delete the main session");
	st = lock_existing(call, key, id);
	if (st != ST_OK)
		return st;
	db_bind_text(call->db, key);
	st = op_db(call, STMT_CHAT_SESSION_DELETE, &res);
	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set_bool(call->reply, "ok", true);
	set_event(call, "deleted", key);
	return ST_OK;
}

enum status
session_search(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *query = js_text(call->params, "query");
	enum status st;

	if (query[strspn(query, " ")] == '\0') {
		call->reply = json_object_new_array();
		return ST_OK;
	}
	db_bind_text(call->db, query);
	db_bind_int(call->db, js_int(call->params, "limit", 20));
	st = op_db(call, STMT_CHAT_SEARCH, &res);
	if (st != ST_OK)
		return st;
	call->reply = db_json(res, 0, "hits");
	return ST_OK;
}

static enum status
refuse_fork(struct op_call *call, int64_t point, int64_t count)
{
	char text[96];

	snprintf(text, sizeof(text),
	    "forkPoint %lld exceeds message count %lld", (long long)point,
	    (long long)count);
	return op_fail_field(call, "forkPoint", text);
}

enum status
session_fork(struct op_call *call)
{
	own_res PGresult *parent = NULL;
	own_res PGresult *res = NULL;
	own_json struct json_object *entry = NULL;
	const char *key = js_text(call->params, "key");
	char new_key[8 + UUID_TEXT];
	int64_t count, point;
	enum status st;

	db_bind_text(call->db, key);
	st = op_db(call, STMT_CHAT_SESSION_GET, &parent);
	if (st != ST_OK)
		return st;
	if (db_rows(parent) == 0)
		return no_session(call, key);
	entry = db_json(parent, 0, "entry");
	count = js_int(entry, "messageCount", 0);
	point = js_int(call->params, "forkPoint", count);
	if (point > count)
		return refuse_fork(call, point, count);
	memcpy(new_key, "session:", 8);
	uuid_new(new_key + 8);
	db_bind_text(call->db, key);
	db_bind_text(call->db, new_key);
	db_bind_text(call->db, text_or_null(call->params, "label"));
	db_bind_int(call->db, point);
	st = op_db(call, STMT_CHAT_SESSION_FORK, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return refuse_fork(call, point, count);
	call->reply = js_new();
	js_set_text(call->reply, "sessionKey", new_key);
	js_set_text(call->reply, "id", db_text(res, 0, "id"));
	js_set_text(call->reply, "label", db_text(res, 0, "label"));
	js_set_int(call->reply, "forkPoint", point);
	js_set_int(call->reply, "messageCount",
	    db_int(res, 0, "message_count"));
	set_event(call, "created", new_key);
	return ST_OK;
}
