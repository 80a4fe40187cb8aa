/*
 * Texts that are wiped when they end.  The old bytes are wiped before new
 * ones take their place, also when both are the same memory.
 */
#include "config.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"

void
secret_set(struct secret *s, const char *bytes, size_t n)
{
	char *copy = NULL;

	if (bytes != NULL) {
		copy = mem_zalloc(n + 1);
		memcpy(copy, bytes, n);
	}
	secret_done(s);
	s->bytes = copy;
	s->len = copy == NULL ? 0 : n;
}

void
secret_done(struct secret *s)
{
	if (s->bytes != NULL)
		bytes_wipe(s->bytes, s->len);
	free(s->bytes);
	s->bytes = NULL;
	s->len = 0;
}

const char *
secret_reveal(const struct secret *s)
{
	return s->bytes;
}
