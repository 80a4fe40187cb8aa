/*
 * The two ceremonies: each check of sections 7.1 and 7.2, in order.
 *
 * Attestation is asked for as "none" and trusted as such; a self signature
 * is verified because it is there to be.
 */
#include "config.h"

#include <string.h>

#include "auth/webauthn_cbor.h"
#include "auth/webauthn_parts.h"
#include "base/bytes.h"

static const char *const words[] = {
	[WEBAUTHN_OK] = "ok",
	[WEBAUTHN_CLIENT_JSON] = "client-data",
	[WEBAUTHN_CLIENT_TYPE] = "type",
	[WEBAUTHN_CLIENT_CHALLENGE] = "challenge",
	[WEBAUTHN_CLIENT_ORIGIN] = "origin",
	[WEBAUTHN_CLIENT_CROSS] = "cross-origin",
	[WEBAUTHN_CLIENT_BINDING] = "token-binding",
	[WEBAUTHN_CBOR] = "cbor",
	[WEBAUTHN_CBOR_DEEP] = "cbor-depth",
	[WEBAUTHN_CBOR_LARGE] = "cbor-size",
	[WEBAUTHN_CBOR_TRAILING] = "cbor-trailing",
	[WEBAUTHN_OBJECT] = "attestation-object",
	[WEBAUTHN_STATEMENT] = "attestation-statement",
	[WEBAUTHN_ATTESTATION] = "attestation-signature",
	[WEBAUTHN_DATA] = "authenticator-data",
	[WEBAUTHN_RP_ID] = "rp-id",
	[WEBAUTHN_PRESENCE] = "user-presence",
	[WEBAUTHN_VERIFIED] = "user-verification",
	[WEBAUTHN_BACKUP] = "backup-flags",
	[WEBAUTHN_ATTESTED] = "attested-data",
	[WEBAUTHN_EXTENSIONS] = "extensions",
	[WEBAUTHN_ID] = "credential-id",
	[WEBAUTHN_KEY] = "key",
	[WEBAUTHN_KEY_ALG] = "key-algorithm",
	[WEBAUTHN_KEY_POINT] = "key-point",
	[WEBAUTHN_KEY_RSA] = "key-rsa",
	[WEBAUTHN_SIGNATURE] = "signature",
	[WEBAUTHN_OWNER] = "user-handle",
};

const char *
webauthn_fault_word(enum webauthn_fault fault)
{
	return words[fault];
}

static bool
same(struct webauthn_bytes a, struct webauthn_bytes b)
{
	return a.n == b.n && bytes_equal(a.at, b.at, a.n);
}

static bool
is_format(const struct webauthn_object *object, const char *name)
{
	return object->format.n == strlen(name) &&
	    memcmp(object->format.at, name, object->format.n) == 0;
}

/* alg and sig of a packed statement (8.2); *RET_SELF: without a chain of
 * certificates, so that the credential's own key signed. */
static bool
read_packed(struct webauthn_bytes statement, int64_t *ret_alg,
    struct webauthn_bytes *ret_sig, bool *ret_self)
{
	struct wcbor c = { statement.at, statement.at + statement.n };
	struct wcbor_item map, name, item;
	bool has_alg = false;

	*ret_self = true;
	if (!wcbor_next(&c, &map))
		return false;
	for (uint64_t i = 0; i < map.number; i++) {
		struct wcbor value;

		if (!wcbor_next(&c, &name))
			return false;
		value = c;
		if (!wcbor_skip(&c) || !wcbor_next(&value, &item))
			return false;
		if (wcbor_is_text(&name, "alg"))
			has_alg = wcbor_int(&item, ret_alg);
		else if (wcbor_is_text(&name, "sig") &&
		    item.type == WCBOR_BYTES)
			*ret_sig = (struct webauthn_bytes){ item.at,
				(size_t)item.number };
		else
			*ret_self = false;
	}
	return has_alg && ret_sig->n > 0;
}

static enum webauthn_fault
check_statement(const struct webauthn_object *object,
    const struct webauthn_attestation *given,
    const struct webauthn_credential *made)
{
	struct webauthn_assertion self = {
		.client_data = given->client_data,
		.auth_data = object->auth_data,
		.key = made->key,
	};
	int64_t alg = 0;
	bool is_self = false;

	/* An empty map is one byte. */
	if (is_format(object, "none"))
		return object->statement.n == 1 ? WEBAUTHN_OK
						: WEBAUTHN_STATEMENT;
	if (!is_format(object, "packed"))
		return WEBAUTHN_OK;
	if (!read_packed(object->statement, &alg, &self.signature, &is_self))
		return WEBAUTHN_STATEMENT;
	if (!is_self)
		return WEBAUTHN_OK;
	if (alg != (int64_t)made->alg)
		return WEBAUTHN_STATEMENT;
	return webauthn_key_verify(&self) == WEBAUTHN_OK ? WEBAUTHN_OK
							 : WEBAUTHN_ATTESTATION;
}

static enum webauthn_fault
check_attested(const struct webauthn_data *data, const char *rp_id,
    struct webauthn_credential *made)
{
	enum webauthn_fault fault = webauthn_data_check(data, rp_id);

	if (fault != WEBAUTHN_OK)
		return fault;
	if ((data->flags & WEBAUTHN_AT) == 0)
		return WEBAUTHN_ATTESTED;
	made->id = data->id;
	made->key = data->key;
	made->sign_count = data->sign_count;
	made->backup_eligible = (data->flags & WEBAUTHN_BE) != 0;
	made->backed_up = (data->flags & WEBAUTHN_BS) != 0;
	return webauthn_key_check(data->key, &made->alg);
}

enum webauthn_fault
webauthn_create_check(const struct webauthn_expect *expect,
    const struct webauthn_attestation *given, struct webauthn_credential *ret)
{
	struct webauthn_credential made = { 0 };
	struct webauthn_object object;
	struct webauthn_data data;
	enum webauthn_fault fault = webauthn_client_check(expect,
	    given->client_data, "webauthn.create");

	if (fault == WEBAUTHN_OK)
		fault = webauthn_object_parse(given->object, &object);
	if (fault == WEBAUTHN_OK)
		fault = webauthn_data_parse(object.auth_data, &data);
	if (fault == WEBAUTHN_OK)
		fault = check_attested(&data, expect->rp_id, &made);
	if (fault == WEBAUTHN_OK && !same(given->id, made.id))
		fault = WEBAUTHN_ID;
	if (fault == WEBAUTHN_OK)
		fault = check_statement(&object, given, &made);
	if (fault == WEBAUTHN_OK)
		*ret = made;
	return fault;
}

enum webauthn_fault
webauthn_get_check(const struct webauthn_expect *expect,
    const struct webauthn_assertion *given, struct webauthn_proof *ret)
{
	struct webauthn_data data;
	enum webauthn_fault fault =
	    webauthn_client_check(expect, given->client_data, "webauthn.get");

	if (fault == WEBAUTHN_OK)
		fault = webauthn_data_parse(given->auth_data, &data);
	if (fault == WEBAUTHN_OK)
		fault = webauthn_data_check(&data, expect->rp_id);
	if (fault == WEBAUTHN_OK && (data.flags & WEBAUTHN_AT) != 0)
		fault = WEBAUTHN_ATTESTED;
	if (fault == WEBAUTHN_OK)
		fault = webauthn_key_verify(given);
	if (fault != WEBAUTHN_OK)
		return fault;
	if (((data.flags & WEBAUTHN_BE) != 0) != given->backup_eligible)
		return WEBAUTHN_BACKUP;
	if (given->handle.n > 0 && !same(given->handle, given->owner))
		return WEBAUTHN_OWNER;
	ret->sign_count = data.sign_count;
	ret->backed_up = (data.flags & WEBAUTHN_BS) != 0;
	return WEBAUTHN_OK;
}
