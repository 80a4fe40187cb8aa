/*
 * Fuzz target: client data.
 *
 * What is accepted holds our challenge and origin in its bytes, for one
 * ceremony and not for the other.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/webauthn_parts.h"

#define CHALLENGE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define ORIGIN "https://example.test"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const origins[] = { ORIGIN };
	unsigned char challenge[WEBAUTHN_CHALLENGE];
	const struct webauthn_expect expect = { .rp_id = "example.test",
		.origins = origins,
		.origin_count = 1,
		.challenge = challenge };
	struct webauthn_bytes bytes = { data, size };
	bool create, get;

	for (size_t i = 0; i < sizeof(challenge); i++)
		challenge[i] = (unsigned char)i;
	create = webauthn_client_check(&expect, bytes, "webauthn.create") ==
	    WEBAUTHN_OK;
	get = webauthn_client_check(&expect, bytes, "webauthn.get") ==
	    WEBAUTHN_OK;
	must(!create || !get);
	must((!create && !get) || size <= WEBAUTHN_CLIENT_MAX);
	/* Escapes may hide the words, but not shorten them. */
	must((!create && !get) || size > strlen(CHALLENGE) + strlen(ORIGIN));
	challenge[0] ^= 1;
	must(webauthn_client_check(&expect, bytes, "webauthn.get") !=
		WEBAUTHN_OK ||
	    !get);
	return 0;
}
