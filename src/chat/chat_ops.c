/*
 * Handlers of the chat itself: send, stop, read, forget.
 *
 * Run by op_run inside its transaction, for the account it entered.  Sending
 * makes a turn and nothing more: a worker goes on from there.
 */
#include "config.h"

#include <string.h>

#include "base/txt.h"
#include "chat/chat.h"
#include "js/js.h"

/* One row a parameter. */
/* clang-format off */
#define FIELD_SESSION { .name = "sessionKey", .type = F_TEXT, .min = 1, \
	.max = CHAT_KEY_MAX }, { .name = "session_key", .type = F_TEXT, \
	.min = 1, .max = CHAT_KEY_MAX }

const struct op_field chat_send_params[] = {
	{ .name = "text", .type = F_TEXT, .required = true, .min = 1,
	  .max = CHAT_TEXT_MAX, .multiline = true },
	FIELD_SESSION,
	{ .name = "model", .type = F_TEXT, .nullable = true, .max = 200 },
	{ .name = "_seq", .type = F_INT, .nullable = true, .max = INT64_MAX },
	{ .name = "idempotencyKey", .type = F_TEXT, .min = 1, .max = 128 },
	{ .name = NULL }
};

const struct op_field chat_abort_params[] = {
	{ .name = "runId", .type = F_TEXT, .min = 36, .max = 36 },
	FIELD_SESSION,
	{ .name = NULL }
};

const struct op_field chat_session_params[] = {
	FIELD_SESSION,
	{ .name = NULL }
};

const struct op_field chat_history_params[] = {
	FIELD_SESSION,
	{ .name = "limit", .type = F_INT, .min = 1, .max = CHAT_HISTORY_MAX },
	{ .name = "cursor", .type = F_TEXT, .min = 1, .max = 12 },
	{ .name = "paged", .type = F_BOOL },
	{ .name = NULL }
};
/* clang-format on */

/* Failed runs a page shows again after a reload: the newest. */
#define PEEK_FAILED_MAX 100

/* The session a call is about: named, else the socket's, else main. */
static const char *
session_of(const struct op_call *call)
{
	const char *key = js_text(call->params, "sessionKey");

	if (key == NULL)
		key = js_text(call->params, "session_key");
	if (key == NULL)
		key = call->active_session;
	return key == NULL ? "main" : key;
}

static const char *
origin_of(const struct op_call *call)
{
	return call->cred.kind == CRED_KEY ? "api_key" : "owner";
}

static enum status
send_reply(struct op_call *call, const PGresult *res, const char *key)
{
	int64_t ahead = db_int(res, 0, "ahead");

	if (ahead < 0)
		return op_fail(call, ST_LIMIT,
		    "too many messages wait in this session: at most 20 behind "
		    "a running one");
	call->reply = js_new();
	js_set_bool(call->reply, "ok", true);
	js_set_text(call->reply, "runId", db_text(res, 0, "turn_id"));
	js_set_text(call->reply, "sessionKey", key);
	if (ahead > 0) {
		js_set_bool(call->reply, "queued", true);
		js_set_text(call->reply, "mode", "followup");
		js_set_int(call->reply, "position", ahead);
	}
	return ST_OK;
}

enum status
chat_send(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *p = call->params;
	const char *key = session_of(call);
	const char *text = js_text(p, "text");
	const char *model = js_text(p, "model");
	enum status st;

	if (text[strspn(text, " \t\r\n")] == '\0')
		return op_fail_field(call, "text", "'text' must not be blank");
	if (model != NULL && model[0] == '\0')
		model = NULL;
	st = chat_model_check(call, model);
	if (st != ST_OK)
		return st;
	if (!chat_key_is_creatable(key))
		return op_fail_field(call, "sessionKey",
		    "'sessionKey' must be main or session:UUID (make one with "
		    "sessions.create)");
	db_bind_text(call->db, key);
	db_bind_text_n(call->db, text, js_text_len(p, "text"));
	db_bind_text(call->db, model);
	if (js_get(p, "_seq") == NULL)
		db_bind_text(call->db, NULL);
	else
		db_bind_int(call->db, js_int(p, "_seq", 0));
	db_bind_text(call->db, js_text(p, "idempotencyKey"));
	db_bind_text(call->db, origin_of(call));
	db_bind_int(call->db, CHAT_QUEUE_MAX);
	st = op_db(call, STMT_CHAT_SEND, &res);
	if (st != ST_OK)
		return st;
	return send_reply(call, res, key);
}

enum status
chat_abort(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *run = js_text(call->params, "runId");
	bool by_key = run == NULL;
	enum status st;

	if (run != NULL && !uuid_check(run))
		return op_fail_field(call, "runId",
		    "'runId' must be the runId of a chat.send");
	db_bind_text(call->db, by_key ? session_of(call) : NULL);
	db_bind_text(call->db, run);
	st = op_db(call, STMT_CHAT_ABORT, &res);
	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set_bool(call->reply, "aborted", db_rows(res) > 0);
	if (db_rows(res) > 0) {
		js_set_text(call->reply, "runId", db_text(res, 0, "turn_id"));
		js_set_text(call->reply, "sessionKey",
		    db_text(res, 0, "session_key"));
	}
	return ST_OK;
}

enum status
chat_cancel_queued(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *key = session_of(call);
	enum status st;

	db_bind_text(call->db, key);
	st = op_db(call, STMT_CHAT_CANCEL_QUEUED, &res);
	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set_int(call->reply, "cleared", db_int(res, 0, "cleared"));
	if (db_int(res, 0, "cleared") > 0) {
		call->event = js_new();
		js_set_text(call->event, "state", "queue_cleared");
		js_set_text(call->event, "sessionKey", key);
		js_set_int(call->event, "count", db_int(res, 0, "cleared"));
	}
	return ST_OK;
}

enum status
chat_page_read(struct op_call *call, struct chat_page *page)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(call->db, page->key);
	if (page->before < 0)
		db_bind_text(call->db, NULL);
	else
		db_bind_int(call->db, page->before);
	db_bind_int(call->db, page->max);
	st = op_db(call, STMT_CHAT_HISTORY, &res);
	if (st != ST_OK)
		return st;
	page->history = db_json(res, 0, "history");
	page->first = db_int(res, 0, "first_index");
	page->total = db_int(res, 0, "total");
	return ST_OK;
}

/* A cursor is the index of the oldest message the client has. */
static bool
parse_index(const char *s, int64_t *ret)
{
	size_t n = strlen(s);

	if (n == 0 || n > 9 || strspn(s, "0123456789") != n)
		return false;
	*ret = 0;
	for (; *s != '\0'; s++)
		*ret = *ret * 10 + (*s - '0');
	return true;
}

enum status
chat_history(struct op_call *call)
{
	const char *cursor = js_text(call->params, "cursor");
	bool paged = js_bool(call->params, "paged", false);
	struct chat_page page = { .key = session_of(call), .before = -1 };
	enum status st;

	if (cursor != NULL && !parse_index(cursor, &page.before))
		return op_fail_field(call, "cursor",
		    "'cursor' must be the nextCursor of an earlier page");
	page.max = js_int(call->params, "limit",
	    paged ? CHAT_HISTORY_DEFAULT : CHAT_HISTORY_MAX);
	st = chat_page_read(call, &page);
	if (st != ST_OK)
		return st;
	if (!paged) {
		call->reply = page.history;
		return ST_OK;
	}
	call->reply = js_new();
	js_set(call->reply, "history", page.history);
	js_set_int(call->reply, "totalMessages", page.total);
	js_set_bool(call->reply, "hasMore", page.first > 0);
	if (page.first > 0) {
		own_txt struct txt next = { 0 };

		txt_format(&next, "%lld", (long long)page.first);
		js_set_text(call->reply, "nextCursor", txt_str(&next));
	} else {
		js_set_text(call->reply, "nextCursor", NULL);
	}
	return ST_OK;
}

enum status
chat_clear(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *key = session_of(call);
	char id[UUID_TEXT];
	enum status st = chat_lock_idle(call, key, id);

	if (st != ST_OK)
		return st;
	if (id[0] != '\0') {
		db_bind_text(call->db, id);
		st = op_db(call, STMT_CHAT_MESSAGES_CLEAR, &res);
		if (st != ST_OK)
			return st;
		call->event = js_new();
		js_set_text(call->event, "state", "session_cleared");
		js_set_text(call->event, "sessionKey", key);
	}
	call->reply = js_new();
	js_set_bool(call->reply, "ok", true);
	return ST_OK;
}

enum status
chat_peek(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *key = session_of(call);
	enum status st;
	bool active;

	db_bind_text(call->db, key);
	db_bind_int(call->db, PEEK_FAILED_MAX);
	st = op_db(call, STMT_CHAT_PEEK, &res);
	if (st != ST_OK)
		return st;
	active = db_text(res, 0, "turn_id") != NULL;
	call->reply = js_new();
	js_set_bool(call->reply, "active", active);
	js_set_text(call->reply, "sessionKey", key);
	js_set(call->reply, "queued", db_json(res, 0, "queued"));
	js_set(call->reply, "failed", db_json(res, 0, "failed"));
	if (!active)
		return ST_OK;
	js_set_text(call->reply, "runId", db_text(res, 0, "turn_id"));
	js_set_text(call->reply, "state", db_text(res, 0, "state"));
	js_set_int(call->reply, "waiting", db_int(res, 0, "waiting"));
	return ST_OK;
}

enum status
chat_context(struct op_call *call)
{
	own_res PGresult *res = NULL;
	struct json_object *usage, *session;
	const struct conf_provider *provider;
	const char *key = session_of(call);
	const char *model = NULL;
	enum status st;

	db_bind_text(call->db, key);
	st = op_db(call, STMT_CHAT_CONTEXT, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return op_fail(call, ST_NOT_FOUND, "no such session");
	session = db_json(res, 0, "entry");
	provider =
	    conf_provider_find(call->conf, js_text(session, "model"), &model);
	if (provider != NULL) {
		js_set_text(session, "provider", provider->name);
		js_set_text(session, "model", model);
	}
	usage = js_new();
	js_set_int(usage, "inputTokens", db_int(res, 0, "input_tokens"));
	js_set_int(usage, "outputTokens", db_int(res, 0, "output_tokens"));
	js_set_int(usage, "total",
	    db_int(res, 0, "input_tokens") + db_int(res, 0, "output_tokens"));
	call->reply = js_new();
	js_set(call->reply, "session", session);
	js_set(call->reply, "tokenUsage", usage);
	js_set(call->reply, "tools", json_object_new_array());
	js_set_bool(call->reply, "supportsTools", false);
	return ST_OK;
}
