/*
 * Fuzz target: attestation objects, and the COSE keys in them.
 *
 * What is accepted lies within the bytes it was read from, is well-formed
 * CBOR again by itself, and is refused with a byte behind it.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/webauthn_cbor.h"
#include "auth/webauthn_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
within(struct webauthn_bytes part, const uint8_t *data, size_t size)
{
	must(part.n == 0 ||
	    (part.at >= data && part.n <= size &&
		(size_t)(part.at - data) <= size - part.n));
}

static void
check_cbor(struct webauthn_bytes value)
{
	size_t used = 0;

	must(wcbor_check(value.at, value.n, &used) == WCBOR_OK);
	must(used == value.n);
}

static void
check_data(struct webauthn_bytes bytes)
{
	enum webauthn_alg alg;
	struct webauthn_data d;

	if (webauthn_data_parse(bytes, &d) != WEBAUTHN_OK)
		return;
	within(d.id, bytes.at, bytes.n);
	within(d.key, bytes.at, bytes.n);
	if ((d.flags & WEBAUTHN_AT) == 0)
		return;
	check_cbor(d.key);
	if (webauthn_key_check(d.key, &alg) == WEBAUTHN_OK)
		must(alg == WEBAUTHN_ES256 || alg == WEBAUTHN_EDDSA ||
		    alg == WEBAUTHN_RS256);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct webauthn_bytes bytes = { data, size };
	struct webauthn_object o;
	uint8_t *longer;

	if (webauthn_object_parse(bytes, &o) != WEBAUTHN_OK)
		return 0;
	within(o.format, data, size);
	within(o.statement, data, size);
	within(o.auth_data, data, size);
	check_cbor(o.statement);
	check_data(o.auth_data);
	longer = malloc(size + 1);
	must(longer != NULL);
	memcpy(longer, data, size);
	longer[size] = 0;
	bytes = (struct webauthn_bytes){ longer, size + 1 };
	must(webauthn_object_parse(bytes, &o) != WEBAUTHN_OK);
	free(longer);
	return 0;
}
