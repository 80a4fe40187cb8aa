/*
 * The subscription set.  A list is searched from front to end: clients name a
 * handful of events, and 64 is the most.
 */
#include "config.h"

#include "ws/subs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "js/js.h"

static enum status events_check(struct json_object *events,
    const char **ret_why);
static enum status set_names(struct ws_subs *s, struct json_object *events,
    bool listed, const char **ret_why);
static size_t find(const struct ws_subs *s, const char *name);

void
ws_subs_init(struct ws_subs *s, bool all)
{
	memset(s, 0, sizeof(*s));
	s->all = all;
}

void
ws_subs_done(struct ws_subs *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		free(s->names[i]);
	free(s->names);
	ws_subs_init(s, s->all);
}

bool
ws_subs_wants(const struct ws_subs *s, const char *event)
{
	return (find(s, event) < s->count) != s->all;
}

enum status
ws_subs_add(struct ws_subs *s, struct json_object *events, const char **ret_why)
{
	enum status st = events_check(events, ret_why);

	if (st != ST_OK)
		return st;
	if (js_has_text(events, "*")) {
		ws_subs_done(s);
		s->all = true;
		return ST_OK;
	}
	return set_names(s, events, !s->all, ret_why);
}

enum status
ws_subs_remove(struct ws_subs *s, struct json_object *events,
    const char **ret_why)
{
	enum status st;

	if (events == NULL) {
		ws_subs_done(s);
		s->all = false;
		return ST_OK;
	}
	st = events_check(events, ret_why);
	if (st != ST_OK)
		return st;
	if (js_has_text(events, "*"))
		return ws_subs_remove(s, NULL, ret_why);
	return set_names(s, events, s->all, ret_why);
}

struct json_object *
ws_subs_json(const struct ws_subs *s)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	if (s->all)
		js_push(list, json_object_new_string("*"));
	for (i = 0; !s->all && i < s->count; i++)
		js_push(list, json_object_new_string(s->names[i]));
	return list;
}

static enum status
events_check(struct json_object *events, const char **ret_why)
{
	size_t i, n;

	*ret_why = "events must be a list of event names";
	if (!json_object_is_type(events, json_type_array))
		return ST_INVALID;
	n = json_object_array_length(events);
	if (n == 0 || n > WS_SUBS_MAX) {
		*ret_why = "events must hold 1 to 64 names";
		return ST_INVALID;
	}
	for (i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(events, i);
		const char *name = json_object_get_string(o);
		size_t len;

		if (!json_object_is_type(o, json_type_string))
			return ST_INVALID;
		len = strlen(name);
		*ret_why = "an event name has 1 to 64 characters";
		if (len == 0 || utf8_count(name, len) > WS_EVENT_NAME_MAX)
			return ST_INVALID;
		*ret_why = "events must be a list of event names";
	}
	return ST_OK;
}

/* Puts the names on the list, or takes them off. */
static enum status
set_names(struct ws_subs *s, struct json_object *events, bool listed,
    const char **ret_why)
{
	size_t i, n = json_object_array_length(events);
	size_t fresh = 0;

	for (i = 0; listed && i < n; i++) {
		if (find(s,
			json_object_get_string(
			    json_object_array_get_idx(events, i))) == s->count)
			fresh++;
	}
	if (s->count + fresh > WS_SUBS_MAX) {
		*ret_why = "at most 64 event names: use \"*\" for all";
		return ST_LIMIT;
	}
	if (fresh > 0)
		s->names =
		    mem_grow(s->names, s->count + fresh, sizeof(*s->names));
	for (i = 0; i < n; i++) {
		const char *name = json_object_get_string(
		    json_object_array_get_idx(events, i));
		size_t at = find(s, name);

		if (listed && at == s->count) {
			s->names[s->count++] = mem_strdup(name);
		} else if (!listed && at < s->count) {
			free(s->names[at]);
			s->names[at] = s->names[--s->count];
		}
	}
	if (s->count == 0) {
		free(s->names);
		s->names = NULL;
	}
	return ST_OK;
}

static size_t
find(const struct ws_subs *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->count; i++) {
		if (strcmp(s->names[i], name) == 0)
			break;
	}
	return i;
}
