/*
 * The built-in demo model: scripted, says so, needs no key.  It exists so
 * that a newcomer sees a streamed answer, a command, its approval and its
 * output before configuring a provider, and is never chosen when a real
 * provider is configured.
 */
#ifndef MOLTIS_PROVIDER_DEMO_H
#define MOLTIS_PROVIDER_DEMO_H

#include <json-c/json.h>

#include "provider/provider.h"

/*
 * Makes REPLY (initialised) the whole answer to the last user message in
 * MESSAGES (protocol.md section 2), or to the results of the command it asked
 * for; the caller streams its text.  TOOLS: what it may call, array or NULL.
 * Deterministic but for the id of a call.
 */
void demo_answer(struct json_object *messages, struct json_object *tools,
    struct provider_reply *reply);

/* Length of the next piece to stream from TEXT+AT: about one word, never
 * inside a UTF-8 sequence; 0 at the end. */
size_t demo_next_piece(const char *text, size_t len, size_t at);

#endif
