/*
 * Which event names a socket wants.
 *
 * A v3 client starts with everything, a v4 client with nothing.  "*" asks for
 * everything again.  Scopes are another fence and not known here.
 */
#ifndef MOLTIS_WS_SUBS_H
#define MOLTIS_WS_SUBS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#define WS_SUBS_MAX 64
#define WS_EVENT_NAME_MAX 64 /* characters */

struct ws_subs {
	bool all; /* everything but NAMES; otherwise only NAMES */
	size_t count;
	char **names; /* owned; NULL while count is 0 */
};

void ws_subs_init(struct ws_subs *s, bool all);
void ws_subs_done(struct ws_subs *s);
bool ws_subs_wants(const struct ws_subs *s, const char *event);

/*
 * EVENTS is the array of a subscribe or unsubscribe request; NULL in
 * unsubscribe means everything.  ST_INVALID or ST_LIMIT set *RET_WHY and
 * change nothing.
 */
MUST_CHECK enum status ws_subs_add(struct ws_subs *s,
    struct json_object *events, const char **ret_why);
MUST_CHECK enum status ws_subs_remove(struct ws_subs *s,
    struct json_object *events, const char **ret_why);

/* What is subscribed, for the reply: names, or ["*"].  Caller owns. */
struct json_object *ws_subs_json(const struct ws_subs *s);

#endif
