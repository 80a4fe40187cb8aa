/*
 * Handlers of workspace.*: write a transfer down, add its bytes, read what
 * came of it.
 *
 * Run by op_run inside its transaction, for the account it entered.  Limits
 * and whose transfer it is are decided by the statements.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/own.h"
#include "chat/chat.h"
#include "js/js.h"
#include "op/op_raw.h"
#include "workspace/workspace.h"

#define CONTENT_CHARS BYTES_B64URL_ROOM(WORKSPACE_CONTENT_MAX)
#define TOO_LARGE_PUT \
	"'content' holds at most 256 KiB: send larger files to " \
	"PUT /api/sessions/{key}/workspace/file?path="
#define TOO_LARGE_GET \
	"the file is larger than 256 KiB: read it from " \
	"GET /api/sessions/{key}/workspace/file?path="

/* One row a parameter. */
/* clang-format off */
#define FIELD_SESSION { .name = "sessionKey", .type = F_TEXT, .min = 1, \
	.max = CHAT_KEY_MAX }
#define FIELD_PATH(must) { .name = "path", .type = F_TEXT, \
	.required = (must), .max = WORKSPACE_PATH_MAX }
#define FIELD_ID { .name = "id", .type = F_TEXT, .required = true, \
	.min = 36, .max = 36 }
#define FIELD_INDEX { .name = "index", .type = F_INT, .required = true, \
	.max = 199 }
/* The real limit is said in words of ours. */
#define FIELD_CONTENT { .name = "content", .type = F_TEXT, .max = 2 << 20 }

const struct op_field workspace_list_params[] = {
	FIELD_SESSION, FIELD_PATH(false), { .name = NULL }
};

const struct op_field workspace_path_params[] = {
	FIELD_SESSION, FIELD_PATH(true), { .name = NULL }
};

const struct op_field workspace_put_params[] = {
	FIELD_SESSION, FIELD_PATH(true), FIELD_CONTENT,
	{ .name = "size", .type = F_INT, .max = WORKSPACE_FILE_MAX },
	{ .name = NULL }
};

const struct op_field workspace_append_params[] = {
	FIELD_ID, FIELD_INDEX, FIELD_CONTENT, { .name = NULL }
};

const struct op_field workspace_id_params[] = { FIELD_ID, { .name = NULL } };

const struct op_field workspace_read_params[] = {
	FIELD_ID, FIELD_INDEX, { .name = NULL }
};
/* clang-format on */

static const char *
session_of(const struct op_call *call)
{
	const char *key = js_text(call->params, "sessionKey");

	if (key == NULL)
		key = call->active_session;
	return key == NULL ? "main" : key;
}

/* What a person wrote and removed is in the account's trail. */
static void
audit(struct op_call *call)
{
	call->audit = js_new();
	js_set_text(call->audit, "sessionKey", session_of(call));
	js_set_text(call->audit, "path", js_text(call->params, "path"));
}

/* Writes the transfer down; the reply is its id. */
static enum status
begin(struct op_call *call, const char *kind, int64_t size)
{
	own_res PGresult *res = NULL;
	const char *path = js_text(call->params, "path");
	const char *fault = workspace_path_fault(path == NULL ? "" : path,
	    strcmp(kind, "list") == 0);
	enum status st;

	if (fault != NULL)
		return op_fail_field(call, "path", fault);
	db_bind_text(call->db, session_of(call));
	db_bind_text(call->db, kind);
	db_bind_text(call->db, path == NULL ? "" : path);
	db_bind_int(call->db, size);
	st = op_db(call, STMT_WORKSPACE_BEGIN, &res);
	if (st != ST_OK)
		return st;
	call->reply = js_new();
	js_set_text(call->reply, "id", db_text(res, 0, "transfer_id"));
	return ST_OK;
}

enum status
workspace_list(struct op_call *call)
{
	return begin(call, "list", 0);
}

enum status
workspace_get(struct op_call *call)
{
	return begin(call, "get", 0);
}

enum status
workspace_remove(struct op_call *call)
{
	audit(call);
	return begin(call, "remove", 0);
}

/* The bytes of `content` into *RET, for free(). */
static enum status
read_content(struct op_call *call, void **ret, size_t *ret_bytes)
{
	const char *text = js_text(call->params, "content");
	size_t n = js_text_len(call->params, "content");

	if (text == NULL)
		return op_fail_field(call, "content",
		    "'content' is required: the bytes as base64");
	if (n >= CONTENT_CHARS) {
		(void)op_fail_field(call, "content", TOO_LARGE_PUT);
		return ST_TOO_LARGE;
	}
	*ret = mem_zalloc(BYTES_UNB64_ROOM(n) + 1);
	if (bytes_unb64(text, n, *ret, ret_bytes)) {
		if (*ret_bytes <= WORKSPACE_CONTENT_MAX)
			return ST_OK;
		(void)op_fail_field(call, "content", TOO_LARGE_PUT);
		return ST_TOO_LARGE;
	}
	return op_fail_field(call, "content", "'content' must be base64");
}

static enum status
append(struct op_call *call, const char *id, const void *bytes, size_t n)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(call->db, id);
	db_bind_int(call->db, js_int(call->params, "index", 0));
	db_bind_bytes(call->db, bytes, n);
	st = op_db(call, STMT_WORKSPACE_APPEND, &res);
	if (st != ST_OK)
		return st;
	js_set_int(call->reply, "received", db_int(res, 0, "received"));
	js_set_text(call->reply, "state", db_text(res, 0, "state"));
	return ST_OK;
}

enum status
workspace_put(struct op_call *call)
{
	own_mem void *bytes = NULL;
	size_t n = 0;
	enum status st;

	audit(call);
	if (js_get(call->params, "size") != NULL) {
		if (js_get(call->params, "content") != NULL)
			return op_fail_field(call, "size",
			    "give 'size' or 'content', not both");
		return begin(call, "put", js_int(call->params, "size", 0));
	}
	st = read_content(call, &bytes, &n);
	if (st == ST_OK)
		st = begin(call, "put", (int64_t)n);
	if (st == ST_OK && n > 0)
		st = append(call, js_text(call->reply, "id"), bytes, n);
	return st;
}

/* False, with the sentence said, when `id` is none. */
static bool
id_check(struct op_call *call, const char **ret)
{
	*ret = js_text(call->params, "id");
	if (uuid_check(*ret))
		return true;
	(void)op_fail_field(call, "id",
	    "'id' must be the id of a workspace transfer");
	return false;
}

enum status
workspace_append(struct op_call *call)
{
	own_mem void *bytes = NULL;
	const char *id;
	size_t n = 0;
	enum status st;

	if (!id_check(call, &id))
		return ST_INVALID;
	call->reply = js_new();
	if (call->raw != NULL)
		return append(call, id, call->raw->in, call->raw->in_bytes);
	st = read_content(call, &bytes, &n);
	if (st == ST_OK && n == 0)
		return op_fail_field(call, "content",
		    "'content' must not be empty");
	return st == ST_OK ? append(call, id, bytes, n) : st;
}

static void
set_outcome(struct json_object *o, const PGresult *res)
{
	const char *state = db_text(res, 0, "state");
	enum status st = (enum status)db_int(res, 0, "status");

	js_set_text(o, "state", state);
	if (strcmp(state, "done") != 0 && strcmp(state, "failed") != 0)
		return;
	js_set_bool(o, "ok", st == ST_OK);
	if (st == ST_OK)
		return;
	js_set_text(o, "code", status_get(st)->code);
	js_set_text(o, "error", db_text(res, 0, "error"));
}

static void
set_yield(struct json_object *o, const PGresult *res)
{
	const char *kind = db_text(res, 0, "kind");

	if (strcmp(db_text(res, 0, "state"), "done") != 0)
		return;
	if (strcmp(kind, "list") == 0) {
		struct json_object *list = db_json(res, 0, "entries");

		js_set(o, "entries", json_object_get(js_get(list, "entries")));
		js_set_bool(o, "truncated", js_bool(list, "truncated", false));
		js_put(&list);
		return;
	}
	js_set_int(o, "size", db_int(res, 0, "size"));
	if (strcmp(kind, "get") != 0)
		return;
	js_set_int(o, "pieces", db_int(res, 0, "chunks"));
	if (db_text(res, 0, "content") != NULL)
		js_set_text(o, "content", db_text(res, 0, "content"));
	else
		js_set_text(o, "contentOmitted", TOO_LARGE_GET);
}

enum status
workspace_result(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *id;
	enum status st;

	if (!id_check(call, &id))
		return ST_INVALID;
	db_bind_text(call->db, id);
	db_bind_int(call->db, call->raw != NULL ? -1 : WORKSPACE_CONTENT_MAX);
	st = op_db(call, STMT_WORKSPACE_RESULT, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return op_fail(call, ST_NOT_FOUND, "no such transfer");
	call->reply = js_new();
	js_set_text(call->reply, "id", db_text(res, 0, "id"));
	js_set_text(call->reply, "sessionKey", db_text(res, 0, "session_key"));
	js_set_text(call->reply, "kind", db_text(res, 0, "kind"));
	js_set_text(call->reply, "path", db_text(res, 0, "path"));
	set_outcome(call->reply, res);
	set_yield(call->reply, res);
	/* A transport with a place for bytes needs the number, not the name. */
	if (call->raw != NULL)
		js_set_int(call->reply, "status", db_int(res, 0, "status"));
	return ST_OK;
}

enum status
workspace_read(struct op_call *call)
{
	own_res PGresult *res = NULL;
	own_mem void *bytes = NULL;
	own_mem char *text = NULL;
	const char *id;
	enum status st;
	size_t n;

	if (!id_check(call, &id))
		return ST_INVALID;
	db_bind_text(call->db, id);
	db_bind_int(call->db, js_int(call->params, "index", 0));
	st = op_db(call, STMT_WORKSPACE_READ, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return op_fail(call, ST_NOT_FOUND, "no such transfer");
	bytes = db_bytes_take(res, 0, "bytes", &n);
	if (call->raw != NULL) {
		call->raw->out = bytes;
		call->raw->out_bytes = n;
		bytes = NULL;
		return ST_OK;
	}
	if (n > WORKSPACE_CONTENT_MAX)
		return op_fail(call, ST_TOO_LARGE, TOO_LARGE_GET);
	text = mem_zalloc(BYTES_B64URL_ROOM(n));
	(void)bytes_b64(bytes, n, text);
	call->reply = js_new();
	js_set_text(call->reply, "content", text);
	return ST_OK;
}

enum status
workspace_forget(struct op_call *call)
{
	own_res PGresult *res = NULL;
	const char *id;
	enum status st;

	if (!id_check(call, &id))
		return ST_INVALID;
	db_bind_text(call->db, id);
	st = op_db(call, STMT_WORKSPACE_FORGET, &res);
	if (st != ST_OK)
		return st;
	if (db_rows(res) == 0)
		return op_fail(call, ST_NOT_FOUND, "no such transfer");
	call->reply = js_new();
	js_set_bool(call->reply, "ok", true);
	return ST_OK;
}
