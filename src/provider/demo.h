/*
 * The built-in demo model: scripted, says so, needs no key.  It exists so
 * that a newcomer sees a streamed answer before configuring a provider, and
 * is never chosen when a real provider is configured.
 */
#ifndef MOLTIS_PROVIDER_DEMO_H
#define MOLTIS_PROVIDER_DEMO_H

#include <json-c/json.h>

#include "base/txt.h"

/* Writes the whole Markdown answer to the last user message in MESSAGES
 * (protocol.md section 2).  Deterministic.  The caller streams it. */
void demo_answer(struct json_object *messages, struct txt *out);

/* Length of the next piece to stream from TEXT+AT: about one word, never
 * inside a UTF-8 sequence; 0 at the end. */
size_t demo_next_piece(const char *text, size_t len, size_t at);

#endif
