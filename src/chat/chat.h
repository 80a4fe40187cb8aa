/*
 * Chat: sessions, messages and the turns they start.
 *
 * A session is reached by its key: `main` or `session:UUID` (later also
 * channel and cron keys).  Rules are in chat.c (pure), handlers in
 * session_ops.c and chat_ops.c; what a worker does with a turn is turn/turn.h.
 */
#ifndef MOLTIS_CHAT_CHAT_H
#define MOLTIS_CHAT_CHAT_H

#include "op/op.h"

#define CHAT_KEY_MAX 200
#define CHAT_TEXT_MAX 100000   /* characters of one message */
#define CHAT_QUEUE_MAX 20      /* waiting behind a running turn (S227) */
#define CHAT_SESSIONS_MAX 1000 /* an account; chat_sessions_limit() in sql/ */
#define CHAT_HISTORY_DEFAULT 120
#define CHAT_HISTORY_MAX 500

extern const struct op_field chat_send_params[];
extern const struct op_field chat_abort_params[];
extern const struct op_field chat_session_params[]; /* sessionKey? */
extern const struct op_field chat_history_params[];

enum status chat_send(struct op_call *call);
enum status chat_abort(struct op_call *call);
enum status chat_cancel_queued(struct op_call *call);
enum status chat_history(struct op_call *call);
enum status chat_clear(struct op_call *call);
enum status chat_context(struct op_call *call);
enum status chat_peek(struct op_call *call);
enum status chat_models(struct op_call *call);
enum status chat_bootstrap(struct op_call *call);

extern const struct op_field session_list_params[];
extern const struct op_field session_create_params[];
extern const struct op_field session_key_params[]; /* key */
extern const struct op_field session_preview_params[];
extern const struct op_field session_switch_params[];
extern const struct op_field session_patch_params[];
extern const struct op_field session_delete_params[];
extern const struct op_field session_search_params[];
extern const struct op_field session_fork_params[];

enum status session_list(struct op_call *call);
enum status session_create(struct op_call *call);
enum status session_preview(struct op_call *call);
enum status session_resolve(struct op_call *call);
enum status session_patch(struct op_call *call);
enum status session_reset(struct op_call *call);
enum status session_delete(struct op_call *call);
enum status session_search(struct op_call *call);
enum status session_fork(struct op_call *call);

/* `main` or `session:UUID`: what a client may make by naming it. */
bool chat_key_is_creatable(const char *key);
/* Characters and length of any session key. */
bool chat_key_check(const char *key);

/* Page cursors of sessions.list: "MS.KEY". */
bool chat_cursor_parse(const char *cursor, int64_t *ret_ms,
    const char **ret_key);

/* NULL, or a model of the configuration; else ST_INVALID in words. */
MUST_CHECK enum status chat_model_check(struct op_call *call,
    const char *model);

/* Locks the session of KEY; ID is "" when there is none.  ST_CONFLICT while a
 * turn runs or waits in it. */
MUST_CHECK enum status chat_lock_idle(struct op_call *call, const char *key,
    char id[UUID_TEXT]);

/* One page of a session's visible messages, oldest first. */
struct chat_page {
	const char *key;
	int64_t before; /* only messages below; -1 = the newest */
	int64_t max;
	struct json_object *history; /* filled: the reader owns it */
	int64_t first;               /* filled: index of the oldest, or 0 */
	int64_t total;               /* filled: messages of the session */
};
MUST_CHECK enum status chat_page_read(struct op_call *call,
    struct chat_page *page);

#endif
