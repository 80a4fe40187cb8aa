/*
 * Authenticator data and attestation objects: bytes to structures.
 *
 * Lengths come from the sender; every one is checked against what is left,
 * and nothing may be left over.
 */
#include "config.h"

#include <string.h>

#include "auth/webauthn_cbor.h"
#include "auth/webauthn_parts.h"
#include "base/bytes.h"

#define AAGUID_BYTES 16

static enum webauthn_fault
fault_of(enum wcbor_fault fault)
{
	switch (fault) {
	case WCBOR_OK:
		return WEBAUTHN_OK;
	case WCBOR_MALFORMED:
		return WEBAUTHN_CBOR;
	case WCBOR_TOO_DEEP:
		return WEBAUTHN_CBOR_DEEP;
	case WCBOR_TOO_LARGE:
		return WEBAUTHN_CBOR_LARGE;
	}
	return WEBAUTHN_CBOR;
}

/* One well-formed value off the front of IN. */
static enum webauthn_fault
take_cbor(struct webauthn_bytes *in, struct webauthn_bytes *ret)
{
	size_t used = 0;
	enum wcbor_fault fault = wcbor_check(in->at, in->n, &used);

	if (fault != WCBOR_OK)
		return fault_of(fault);
	*ret = (struct webauthn_bytes){ in->at, used };
	in->at += used;
	in->n -= used;
	return WEBAUTHN_OK;
}

static bool
take(struct webauthn_bytes *in, size_t n, const unsigned char **ret)
{
	if (in->n < n)
		return false;
	*ret = in->at;
	in->at += n;
	in->n -= n;
	return true;
}

/* Attested credential data (6.5.1). */
static enum webauthn_fault
take_attested(struct webauthn_bytes *in, struct webauthn_data *data)
{
	const unsigned char *p = NULL;

	if (!take(in, AAGUID_BYTES, &p) || !take(in, 2, &p))
		return WEBAUTHN_DATA;
	data->id.n = (size_t)p[0] << 8 | p[1];
	if (data->id.n < WEBAUTHN_ID_MIN || data->id.n > WEBAUTHN_ID_MAX)
		return WEBAUTHN_ID;
	if (!take(in, data->id.n, &data->id.at))
		return WEBAUTHN_DATA;
	return take_cbor(in, &data->key);
}

static enum webauthn_fault
take_extensions(struct webauthn_bytes *in)
{
	struct webauthn_bytes map;

	/* Asked for none; what came is passed over, but must be a map. */
	if (in->n == 0 || *in->at >> 5 != WCBOR_MAP ||
	    take_cbor(in, &map) != WEBAUTHN_OK)
		return WEBAUTHN_EXTENSIONS;
	return WEBAUTHN_OK;
}

enum webauthn_fault
webauthn_data_parse(struct webauthn_bytes in, struct webauthn_data *ret)
{
	struct webauthn_data data = { 0 };
	enum webauthn_fault fault = WEBAUTHN_OK;
	const unsigned char *p = NULL;

	if (in.n > WEBAUTHN_OBJECT_MAX ||
	    !take(&in, WEBAUTHN_RP_HASH, &data.rp_hash) || !take(&in, 5, &p))
		return WEBAUTHN_DATA;
	data.flags = p[0];
	data.sign_count = (uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 8 | p[4];
	if ((data.flags & WEBAUTHN_AT) != 0)
		fault = take_attested(&in, &data);
	if (fault == WEBAUTHN_OK && (data.flags & WEBAUTHN_ED) != 0)
		fault = take_extensions(&in);
	if (fault == WEBAUTHN_OK && in.n > 0)
		fault = WEBAUTHN_DATA;
	if (fault == WEBAUTHN_OK)
		*ret = data;
	return fault;
}

enum webauthn_fault
webauthn_data_check(const struct webauthn_data *data, const char *rp_id)
{
	unsigned char hash[BYTES_SHA256];

	bytes_sha256(rp_id, strlen(rp_id), hash);
	if (!bytes_equal(data->rp_hash, hash, sizeof(hash)))
		return WEBAUTHN_RP_ID;
	if ((data->flags & WEBAUTHN_UP) == 0)
		return WEBAUTHN_PRESENCE;
	if ((data->flags & WEBAUTHN_UV) == 0)
		return WEBAUTHN_VERIFIED;
	if ((data->flags & (WEBAUTHN_BE | WEBAUTHN_BS)) == WEBAUTHN_BS)
		return WEBAUTHN_BACKUP;
	return WEBAUTHN_OK;
}

/* One pair of the object. */
static bool
read_pair(struct wcbor *c, struct webauthn_object *object)
{
	struct wcbor_item key, item;
	const unsigned char *start;

	if (!wcbor_next(c, &key))
		return false;
	start = c->at;
	if (wcbor_is_text(&key, "attStmt")) {
		if (c->at == c->end || *c->at >> 5 != WCBOR_MAP ||
		    !wcbor_skip(c))
			return false;
		object->statement =
		    (struct webauthn_bytes){ start, (size_t)(c->at - start) };
		return true;
	}
	if (!wcbor_next(c, &item))
		return false;
	if (wcbor_is_text(&key, "fmt") && item.type == WCBOR_TEXT)
		object->format =
		    (struct webauthn_bytes){ item.at, (size_t)item.number };
	else if (wcbor_is_text(&key, "authData") && item.type == WCBOR_BYTES)
		object->auth_data =
		    (struct webauthn_bytes){ item.at, (size_t)item.number };
	else
		return false;
	return true;
}

enum webauthn_fault
webauthn_object_parse(struct webauthn_bytes bytes, struct webauthn_object *ret)
{
	struct webauthn_object object = { 0 };
	struct webauthn_bytes whole, rest = bytes;
	struct wcbor c;
	struct wcbor_item map;
	enum webauthn_fault fault = take_cbor(&rest, &whole);

	if (fault != WEBAUTHN_OK)
		return fault;
	if (rest.n > 0)
		return WEBAUTHN_CBOR_TRAILING;
	c = (struct wcbor){ whole.at, whole.at + whole.n };
	if (!wcbor_next(&c, &map) || map.type != WCBOR_MAP || map.number != 3)
		return WEBAUTHN_OBJECT;
	/* No key comes twice, so that three good ones are all three. */
	for (int i = 0; i < 3; i++) {
		if (!read_pair(&c, &object))
			return WEBAUTHN_OBJECT;
	}
	*ret = object;
	return WEBAUTHN_OK;
}
