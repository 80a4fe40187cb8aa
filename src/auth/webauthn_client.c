/*
 * Client data: what the browser says the authenticator was asked for.
 *
 * Read with the strict parser of src/js, so that no two readers can see two
 * values; a byte order mark is refused.
 */
#include "config.h"

#include <string.h>

#include "auth/webauthn_parts.h"
#include "base/bytes.h"
#include "js/js.h"

/* In constant time: the challenge is a secret until it was used. */
static bool
is_challenge(struct json_object *o, const unsigned char *want)
{
	unsigned char got[WEBAUTHN_CHALLENGE];
	size_t n = 0;

	return bytes_b64url_parse(js_text(o, "challenge"),
		   js_text_len(o, "challenge"), got, sizeof(got), &n) &&
	    n == sizeof(got) && bytes_equal(got, want, n);
}

static bool
is_origin(struct json_object *o, const struct webauthn_expect *expect)
{
	const char *origin = js_text(o, "origin");

	/* A browser writes an origin in one form, which is ours. */
	for (size_t i = 0; i < expect->origin_count; i++) {
		if (strcmp(origin, expect->origins[i]) == 0)
			return true;
	}
	return false;
}

static bool
is_cross(struct json_object *o, bool *ret_cross)
{
	struct json_object *cross;

	*ret_cross = json_object_object_get_ex(o, "topOrigin", NULL);
	if (!json_object_object_get_ex(o, "crossOrigin", &cross))
		return true;
	if (!json_object_is_type(cross, json_type_boolean))
		return false;
	*ret_cross |= json_object_get_boolean(cross);
	return true;
}

/* "supported" is what a browser says that could; "present" would mean a
 * connection that is not this one. */
static bool
is_unbound(struct json_object *o)
{
	struct json_object *binding;
	const char *status;

	if (!json_object_object_get_ex(o, "tokenBinding", &binding))
		return true;
	status = js_text(binding, "status");
	return status != NULL && strcmp(status, "supported") == 0;
}

static enum webauthn_fault
check(const struct webauthn_expect *expect, struct json_object *o,
    const char *type)
{
	bool cross = false;

	if (js_text(o, "type") == NULL || js_text(o, "challenge") == NULL ||
	    js_text(o, "origin") == NULL || !is_cross(o, &cross))
		return WEBAUTHN_CLIENT_JSON;
	if (strcmp(js_text(o, "type"), type) != 0)
		return WEBAUTHN_CLIENT_TYPE;
	if (!is_challenge(o, expect->challenge))
		return WEBAUTHN_CLIENT_CHALLENGE;
	if (!is_origin(o, expect))
		return WEBAUTHN_CLIENT_ORIGIN;
	if (cross)
		return WEBAUTHN_CLIENT_CROSS;
	return is_unbound(o) ? WEBAUTHN_OK : WEBAUTHN_CLIENT_BINDING;
}

enum webauthn_fault
webauthn_client_check(const struct webauthn_expect *expect,
    struct webauthn_bytes client_data, const char *type)
{
	own_json struct json_object *o = NULL;
	struct js_error error;

	if (client_data.n > WEBAUTHN_CLIENT_MAX ||
	    js_parse((const char *)client_data.at, client_data.n, &o, &error) !=
		ST_OK ||
	    !json_object_is_type(o, json_type_object))
		return WEBAUTHN_CLIENT_JSON;
	return check(expect, o, type);
}
