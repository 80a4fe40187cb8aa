/*
 * Every operation and the right it needs.
 *
 * The only file that includes every feature, and the only place where a scope
 * is written: a handler never checks one, a transport has no column for one.
 * Sorted by name (op_init refuses anything else).
 *
 * A row is read as a whole, its scope beside its name, and is therefore not
 * left to the formatter, which would give every column a line.
 */
#include "config.h"

#include "op_table.h"

#include "account/account.h"
#include "chat/chat.h"

/* clang-format off */
const struct op op_table[] = {
	{ .name = "auth.keys.create", .scope = SCOPE_WRITE, .interactive = true,
	  .tx = OP_RW, .params = account_key_create_params,
	  .run = account_key_create, .audit = true, .rate = RATE_WRITE,
	  .summary = "Makes an API key; the key is in this answer only." },
	{ .name = "auth.keys.list", .scope = SCOPE_READ, .interactive = true,
	  .tx = OP_RO, .params = account_no_params, .run = account_key_list,
	  .summary = "Lists your live API keys, without the keys." },
	{ .name = "auth.keys.revoke", .scope = SCOPE_WRITE, .interactive = true,
	  .tx = OP_RW, .params = account_key_revoke_params,
	  .run = account_key_revoke, .audit = true, .rate = RATE_WRITE,
	  .summary = "Ends an API key at once." },
	{ .name = "auth.whoami", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = account_no_params, .run = account_whoami,
	  .summary = "Tells who you are and what you may do." },
	{ .name = "bootstrap", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = account_no_params, .run = chat_bootstrap,
	  .summary = "Reads what a page needs at its start." },
	{ .name = "chat.abort", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = chat_abort_params, .run = chat_abort, .rate = RATE_WRITE,
	  .wake = WAKE_TURNS, .summary = "Stops the run of a session." },
	{ .name = "chat.cancel_queued", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = chat_session_params, .run = chat_cancel_queued,
	  .event = "chat", .rate = RATE_WRITE,
	  .summary = "Drops the messages that wait behind a run." },
	{ .name = "chat.clear", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = chat_session_params, .run = chat_clear, .event = "chat",
	  .rate = RATE_WRITE, .summary = "Forgets the messages of a session." },
	{ .name = "chat.context", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = chat_session_params, .run = chat_context,
	  .summary = "Reads session, model and tokens used." },
	{ .name = "chat.history", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = chat_history_params, .run = chat_history,
	  .summary = "Reads the messages of a session." },
	{ .name = "chat.peek", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = chat_session_params, .run = chat_peek,
	  .summary = "Tells whether a session is busy." },
	{ .name = "chat.send", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = chat_send_params, .run = chat_send, .rate = RATE_CHAT,
	  .wake = WAKE_TURNS, .summary = "Sends a message to the agent." },
	{ .name = "health", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = account_no_params, .run = account_health,
	  .summary = "Tells that the server answers." },
	{ .name = "models.list", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = account_no_params, .run = chat_models,
	  .summary = "Lists the models that can be chosen." },
	{ .name = "sessions.create", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = session_create_params, .run = session_create,
	  .event = "session", .rate = RATE_WRITE,
	  .summary = "Makes a new chat session." },
	{ .name = "sessions.delete", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = session_delete_params, .run = session_delete,
	  .event = "session", .audit = true, .rate = RATE_WRITE,
	  .summary = "Deletes a session with its messages." },
	{ .name = "sessions.fork", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = session_fork_params, .run = session_fork,
	  .event = "session", .rate = RATE_WRITE,
	  .summary = "Makes a session from the first messages of another." },
	{ .name = "sessions.list", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = session_list_params, .run = session_list,
	  .summary = "Lists the chat sessions." },
	{ .name = "sessions.patch", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = session_patch_params, .run = session_patch,
	  .event = "session", .rate = RATE_WRITE,
	  .summary = "Changes label, model or archive flag of a session." },
	{ .name = "sessions.preview", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = session_preview_params, .run = session_preview,
	  .summary = "Reads the last messages of a session." },
	{ .name = "sessions.reset", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = session_key_params, .run = session_reset,
	  .event = "session", .rate = RATE_WRITE,
	  .summary = "Forgets the messages of a session." },
	{ .name = "sessions.resolve", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = session_key_params, .run = session_resolve,
	  .event = "session", .rate = RATE_WRITE,
	  .summary = "Reads a session with its history, made when new." },
	{ .name = "sessions.search", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = session_search_params, .run = session_search,
	  .summary = "Finds messages that contain a text." },
	{ .name = "sessions.switch", .scope = SCOPE_WRITE, .tx = OP_RW,
	  .params = session_switch_params, .run = session_resolve,
	  .event = "session", .rate = RATE_WRITE,
	  .summary = "Makes a session the active one of this socket." },
	{ .name = "status", .scope = SCOPE_READ, .tx = OP_RO,
	  .params = account_no_params, .run = account_status,
	  .summary = "Counts sessions and turns of the account." },
	{ .name = NULL }
};
/* clang-format on */
