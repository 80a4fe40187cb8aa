/*
 * Fuzz target: authenticator data.
 *
 * Every byte of what is accepted is accounted for: one less or one more is
 * refused, and the parts lie within.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth/webauthn_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
check_parts(const struct webauthn_data *d, const uint8_t *data, size_t size)
{
	must(d->rp_hash == data && size >= 37);
	if ((d->flags & WEBAUTHN_AT) == 0) {
		must(d->id.n == 0 && d->key.n == 0);
		must((d->flags & WEBAUTHN_ED) != 0 || size == 37);
		return;
	}
	must(d->id.n >= WEBAUTHN_ID_MIN && d->id.n <= WEBAUTHN_ID_MAX);
	must(d->id.at == data + 55 && d->key.at == d->id.at + d->id.n);
	must(d->key.n > 0 && d->key.at + d->key.n <= data + size);
	must((d->flags & WEBAUTHN_ED) != 0 ||
	    d->key.at + d->key.n == data + size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct webauthn_data d, other;
	uint8_t *longer;

	if (webauthn_data_parse((struct webauthn_bytes){ data, size }, &d) !=
	    WEBAUTHN_OK)
		return 0;
	check_parts(&d, data, size);
	(void)webauthn_data_check(&d, "example.test");
	must(webauthn_data_parse((struct webauthn_bytes){ data, size - 1 },
		 &other) != WEBAUTHN_OK);
	longer = malloc(size + 1);
	must(longer != NULL);
	memcpy(longer, data, size);
	longer[size] = 0xa0;
	must(webauthn_data_parse((struct webauthn_bytes){ longer, size + 1 },
		 &other) != WEBAUTHN_OK);
	free(longer);
	return 0;
}
