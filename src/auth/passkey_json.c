/*
 * Options for the browser and credentials from it.
 *
 * Options follow PublicKeyCredentialCreationOptions and RequestOptions with
 * every buffer as base64url (S180, S182); a credential is what toJSON() of the
 * browser makes.  Members it has beside those that are read here are advice
 * that nothing is decided by.
 */
#include "config.h"

#include "auth/passkey_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "js/js.h"

static struct json_object *
descriptors(struct json_object *ids)
{
	struct json_object *list = json_object_new_array();
	size_t n = ids == NULL ? 0 : json_object_array_length(ids);

	for (size_t i = 0; i < n; i++) {
		struct json_object *o = js_new();

		js_set_text(o, "type", "public-key");
		js_set_text(o, "id",
		    json_object_get_string(json_object_array_get_idx(ids, i)));
		js_push(list, o);
	}
	return list;
}

static struct json_object *
options(const struct passkey_asked *asked)
{
	char text[BYTES_B64URL_ROOM(WEBAUTHN_CHALLENGE)];
	struct json_object *o = js_new();

	bytes_b64url(asked->challenge, WEBAUTHN_CHALLENGE, text);
	js_set_text(o, "challenge", text);
	js_set_int(o, "timeout", PASSKEY_TIMEOUT_MS);
	return o;
}

static struct json_object *
wrap(const struct passkey_asked *asked, struct json_object *public_key)
{
	struct json_object *reply = js_new(), *both = js_new();

	js_set(both, "publicKey", public_key);
	js_set_text(reply, "challenge_id", asked->challenge_id);
	js_set(reply, "options", both);
	return reply;
}

static struct json_object *
algorithms(void)
{
	static const int algs[] = { WEBAUTHN_ES256, WEBAUTHN_EDDSA,
		WEBAUTHN_RS256 };
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		struct json_object *o = js_new();

		js_set_text(o, "type", "public-key");
		js_set_int(o, "alg", algs[i]);
		js_push(list, o);
	}
	return list;
}

struct json_object *
passkey_json_create(const struct passkey_asked *asked)
{
	struct json_object *o = options(asked);
	struct json_object *rp = js_new(), *user = js_new(), *how = js_new();

	js_set_text(rp, "id", asked->rp->id);
	js_set_text(rp, "name", "moltis");
	js_set_text(user, "id", asked->handle);
	js_set_text(user, "name", asked->username);
	js_set_text(user, "displayName", asked->username);
	js_set_text(how, "residentKey", "preferred");
	js_set_bool(how, "requireResidentKey", false);
	js_set_text(how, "userVerification", "required");
	js_set(o, "rp", rp);
	js_set(o, "user", user);
	js_set(o, "pubKeyCredParams", algorithms());
	js_set(o, "excludeCredentials", descriptors(asked->ids));
	js_set(o, "authenticatorSelection", how);
	js_set_text(o, "attestation", "none");
	return wrap(asked, o);
}

struct json_object *
passkey_json_get(const struct passkey_asked *asked)
{
	struct json_object *o = options(asked);

	js_set_text(o, "rpId", asked->rp->id);
	js_set_text(o, "userVerification", "required");
	js_set(o, "allowCredentials", descriptors(asked->ids));
	return wrap(asked, o);
}

/* One member, decoded to *AT, which moves on. */
static bool
read_bytes(struct json_object *o, const char *name, unsigned char **at,
    struct webauthn_bytes *ret)
{
	const char *text = js_text(o, name);
	size_t n = js_text_len(o, name);

	if (text == NULL || !bytes_b64url_parse(text, n, *at, n, &ret->n))
		return false;
	ret->at = *at;
	*at += ret->n;
	return true;
}

static bool
read_create(struct json_object *response, unsigned char **at,
    struct passkey_given *given)
{
	return read_bytes(response, "attestationObject", at, &given->object) &&
	    given->object.n <= WEBAUTHN_OBJECT_MAX;
}

static bool
read_get(struct json_object *response, unsigned char **at,
    struct passkey_given *given)
{
	if (!read_bytes(response, "authenticatorData", at, &given->auth_data) ||
	    !read_bytes(response, "signature", at, &given->signature))
		return false;
	return js_get(response, "userHandle") == NULL ||
	    read_bytes(response, "userHandle", at, &given->handle);
}

bool
passkey_json_read(struct json_object *credential, bool create,
    struct passkey_given *ret)
{
	struct json_object *response = js_get(credential, "response");
	const char *type = js_text(credential, "type");
	const char *id = js_text(credential, "id");
	const char *raw = js_text(credential, "rawId");
	unsigned char *at;

	memset(ret, 0, sizeof(*ret));
	if (type == NULL || strcmp(type, "public-key") != 0 || id == NULL ||
	    raw == NULL || strcmp(id, raw) != 0 ||
	    !json_object_is_type(response, json_type_object))
		return false;
	/* Decoded it is shorter than the text that carries it. */
	ret->room = mem_zalloc(strlen(js_str(credential)) + 1);
	at = ret->room;
	return read_bytes(credential, "rawId", &at, &ret->id) &&
	    ret->id.n >= WEBAUTHN_ID_MIN && ret->id.n <= WEBAUTHN_ID_MAX &&
	    read_bytes(response, "clientDataJSON", &at, &ret->client_data) &&
	    (create ? read_create(response, &at, ret)
		    : read_get(response, &at, ret));
}

void
passkey_given_done(struct passkey_given *given)
{
	free(given->room);
	memset(given, 0, sizeof(*given));
}

bool
passkey_json_name(const char *name, char ret[PASSKEY_NAME_MAX * 4 + 1])
{
	if (name == NULL || name[strspn(name, " ")] == '\0')
		name = "Passkey";
	if (utf8_has_control(name, strlen(name), "") ||
	    utf8_count(name, strlen(name)) > PASSKEY_NAME_MAX)
		return false;
	return mem_copy_str(ret, PASSKEY_NAME_MAX * 4 + 1, name);
}
