/*
 * Reads `connect`.  Scopes given by the client can only narrow: they become a
 * mask, and the database decides what the credential is worth.
 */
#include "config.h"

#include "ws/connect.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "op/op.h"

#define PASSWORD_MAX_BYTES 1024

/* What one reader needs. */
struct reading {
	struct json_object *from; /* object that holds the member */
	const char *prefix;       /* its path with the dot, or "" */
	char *why;
};

static bool read_range(struct reading *r, struct ws_connect *c);
static bool read_client(struct reading *r, struct ws_connect *c);
static bool read_auth(struct reading *r, struct ws_connect *c);
static bool read_scopes(struct reading *r, struct ws_connect *c);
static bool read_last_seq(struct reading *r, struct ws_connect *c);
static bool read_text(struct reading *r, const char *key, size_t max,
    const char **ret);
static bool read_int(struct reading *r, const char *key, int64_t *ret);
static bool wrong(struct reading *r, const char *key, const char *what);
static bool open_object(struct reading *r, struct json_object *from,
    const char *key, const char *prefix);

enum status
ws_connect_parse(struct json_object *params, struct ws_connect *ret,
    char why[WS_CONNECT_WHY_BYTES])
{
	struct reading r = { params, "", why };

	memset(ret, 0, sizeof(*ret));
	ret->client_id = ret->client_version = ret->platform = "unknown";
	ret->mode = ret->role = "operator";
	ret->last_seq = -1;
	if (!json_object_is_type(params, json_type_object)) {
		snprintf(why, WS_CONNECT_WHY_BYTES, "params must be an object");
		return ST_INVALID;
	}
	ret->v4 =
	    json_object_is_type(js_get(params, "protocol"), json_type_object);
	if (!read_range(&r, ret) || !read_client(&r, ret) ||
	    !read_auth(&r, ret) || !read_scopes(&r, ret) ||
	    !read_last_seq(&r, ret))
		return ST_INVALID;
	r.from = params;
	r.prefix = "";
	if (!read_text(&r, "role", WS_CONNECT_TEXT_MAX, &ret->role))
		return ST_INVALID;
	return ST_OK;
}

enum status
ws_connect_agree(struct ws_connect *c, char why[WS_CONNECT_WHY_BYTES])
{
	if (c->min_protocol > WS_PROTOCOL_MAX ||
	    c->max_protocol < WS_PROTOCOL_MIN ||
	    c->min_protocol > c->max_protocol) {
		snprintf(why, WS_CONNECT_WHY_BYTES,
		    "protocol mismatch: "
		    "server=%d, client=%" PRId64 "-%" PRId64,
		    WS_PROTOCOL_MAX, c->min_protocol, c->max_protocol);
		return ST_INVALID;
	}
	c->protocol = c->max_protocol < WS_PROTOCOL_MAX ? (int)c->max_protocol
							: WS_PROTOCOL_MAX;
	return ST_OK;
}

/* A missing end of the range is ours, so that one number alone still means
 * what it says. */
static bool
read_range(struct reading *r, struct ws_connect *c)
{
	struct json_object *params = r->from;
	bool ok;

	c->min_protocol = WS_PROTOCOL_MIN;
	c->max_protocol = WS_PROTOCOL_MAX;
	if (c->v4) {
		ok = open_object(r, params, "protocol", "protocol.") &&
		    read_int(r, "min", &c->min_protocol) &&
		    read_int(r, "max", &c->max_protocol);
	} else {
		ok = read_int(r, "minProtocol", &c->min_protocol) &&
		    read_int(r, "maxProtocol", &c->max_protocol);
	}
	r->from = params;
	r->prefix = "";
	return ok;
}

static bool
read_client(struct reading *r, struct ws_connect *c)
{
	struct json_object *params = r->from;
	bool ok;

	if (!open_object(r, params, "client", "client."))
		return false;
	ok = read_text(r, "id", WS_CONNECT_TEXT_MAX, &c->client_id) &&
	    read_text(r, "version", WS_CONNECT_TEXT_MAX, &c->client_version) &&
	    read_text(r, "platform", WS_CONNECT_TEXT_MAX, &c->platform) &&
	    read_text(r, "mode", WS_CONNECT_TEXT_MAX, &c->mode);
	r->from = params;
	r->prefix = "";
	return ok;
}

static bool
read_auth(struct reading *r, struct ws_connect *c)
{
	struct json_object *params = r->from;
	bool ok;

	if (!open_object(r, params, "auth", "auth."))
		return false;
	ok = read_text(r, "api_key", WS_CONNECT_TEXT_MAX, &c->api_key) &&
	    read_text(r, "token", WS_CONNECT_TEXT_MAX, &c->token) &&
	    read_text(r, "username", WS_CONNECT_TEXT_MAX, &c->username) &&
	    read_text(r, "password", PASSWORD_MAX_BYTES, &c->password);
	r->from = params;
	r->prefix = "";
	return ok;
}

/* Names we do not know grant nothing and are passed over; a list of nothing
 * else asks for a connection that can do nothing, which is a mistake. */
static bool
read_scopes(struct reading *r, struct ws_connect *c)
{
	struct json_object *list = js_get(r->from, "scopes");
	size_t i, n;

	if (list == NULL)
		return true;
	if (!json_object_is_type(list, json_type_array))
		return wrong(r, "scopes", "must be a list of scope names");
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		struct json_object *o = json_object_array_get_idx(list, i);
		enum scope scope;

		if (!json_object_is_type(o, json_type_string))
			return wrong(r, "scopes",
			    "must be a list of scope names");
		if (scope_parse(json_object_get_string(o), &scope))
			c->scope_mask |= (unsigned)scope;
	}
	if (n > 0 && c->scope_mask == 0)
		return wrong(r, "scopes", "holds no scope of this server");
	return true;
}

static bool
read_last_seq(struct reading *r, struct ws_connect *c)
{
	struct json_object *params = r->from;
	int64_t seq = -1;

	if (!read_int(r, "lastSeq", &seq))
		return false;
	if (seq < 0 &&
	    json_object_is_type(js_path(params, "extensions.moltis"),
		json_type_object)) {
		r->from = js_path(params, "extensions.moltis");
		r->prefix = "extensions.moltis.";
		if (!read_int(r, "lastSeq", &seq))
			return false;
	}
	r->from = params;
	r->prefix = "";
	c->last_seq = seq;
	return true;
}

/* An absent or null object is an empty one. */
static bool
open_object(struct reading *r, struct json_object *from, const char *key,
    const char *prefix)
{
	struct json_object *o = js_get(from, key);

	if (o != NULL && !json_object_is_type(o, json_type_object))
		return wrong(r, key, "must be an object");
	r->from = o;
	r->prefix = prefix;
	return true;
}

static bool
read_text(struct reading *r, const char *key, size_t max, const char **ret)
{
	struct json_object *o = js_get(r->from, key);
	const char *text;
	size_t n;

	if (o == NULL)
		return true;
	if (!json_object_is_type(o, json_type_string))
		return wrong(r, key, "must be text");
	text = json_object_get_string(o);
	n = (size_t)json_object_get_string_len(o);
	if (utf8_count(text, n) > max)
		return wrong(r, key, "is too long");
	*ret = text;
	return true;
}

static bool
read_int(struct reading *r, const char *key, int64_t *ret)
{
	struct json_object *o = js_get(r->from, key);
	int64_t n;

	if (o == NULL)
		return true;
	if (!json_object_is_type(o, json_type_int))
		return wrong(r, key, "must be a whole number");
	n = json_object_get_int64(o);
	if (n < 0)
		return wrong(r, key, "must not be negative");
	*ret = n;
	return true;
}

static bool
wrong(struct reading *r, const char *key, const char *what)
{
	snprintf(r->why, WS_CONNECT_WHY_BYTES, "%s%s %s", r->prefix, key, what);
	return false;
}
