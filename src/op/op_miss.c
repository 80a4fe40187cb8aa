/*
 * Ids that a call named and did not find, for the note about ids of others.
 *
 * Ids stand in parameters alone, in lists, or behind a word ("session:ID").
 */
#include "config.h"

#include "op/op_miss.h"

#include <string.h>

#include "base/mem.h"
#include "js/js.h"
#include "op/op_enter.h"

#define MAX_DEPTH 4

static void
take_text(const char *text, size_t n, struct json_object *ids)
{
	const size_t len = UUID_TEXT - 1;

	if (n < len || (n > len && text[n - len - 1] != ':') ||
	    !uuid_check(text + n - len) ||
	    json_object_array_length(ids) >= OP_MISS_MAX_IDS)
		return;
	js_push(ids, json_object_new_string(text + n - len));
}

static void
take_ids(struct json_object *value, struct json_object *ids, int depth)
{
	if (depth > MAX_DEPTH)
		return;
	if (json_object_is_type(value, json_type_string)) {
		take_text(json_object_get_string(value),
		    (size_t)json_object_get_string_len(value), ids);
	} else if (json_object_is_type(value, json_type_array)) {
		size_t n = json_object_array_length(value);

		for (size_t i = 0; i < n && i < OP_MISS_MAX_IDS; i++)
			take_ids(json_object_array_get_idx(value, i), ids,
			    depth + 1);
	} else if (json_object_is_type(value, json_type_object)) {
		json_object_object_foreach(value, key, member)
		{
			(void)key;
			take_ids(member, ids, depth + 1);
		}
	}
}

void
op_miss_take(const struct op_call *call, enum status st, struct op_miss *ret)
{
	memset(ret, 0, sizeof(*ret));
	if ((st != ST_NOT_FOUND && st != ST_GONE) || call->op == NULL ||
	    call->params == NULL || call->cred.kind == CRED_NONE)
		return;
	ret->ids = json_object_new_array();
	take_ids(call->params, ret->ids, 0);
	if (json_object_array_length(ret->ids) == 0) {
		js_put(&ret->ids);
		return;
	}
	ret->cred = call->cred;
	(void)mem_copy_str(ret->method, sizeof(ret->method), call->op->name);
	(void)mem_copy_str(ret->peer, sizeof(ret->peer),
	    call->peer == NULL ? "" : call->peer);
	ret->via = op_via_word(call->via);
}

void
op_miss_note(struct db *db, const struct op_miss *miss)
{
	const struct op_entry entry = { .cred = &miss->cred };

	if (miss->ids == NULL || db_begin(db, DB_WRITE) != ST_OK)
		return;
	if (op_enter_queue(db, &entry) == ST_OK) {
		db_bind_texts(db, miss->ids);
		db_bind_text(db, miss->method);
		db_bind_text(db, miss->via);
		db_bind_text(db, miss->peer);
		if (db_queue(db, STMT_AUDIT_MISS_NOTE) == ST_OK &&
		    db_commit(db) == ST_OK)
			return;
	}
	db_rollback(db);
}

void
op_miss_done(struct op_miss *miss)
{
	js_put(&miss->ids);
	bytes_wipe(&miss->cred, sizeof(miss->cred));
}
