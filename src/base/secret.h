/*
 * A text nobody may log: keys, cookies, passwords, prompts.
 *
 * No log function accepts it, and it is wiped when it ends.  The bytes are
 * reached only by name, `secret_reveal`, which is easy to review.
 */
#ifndef MOLTIS_BASE_SECRET_H
#define MOLTIS_BASE_SECRET_H

#include <stddef.h>

struct secret {
	char *bytes; /* NUL-terminated, NULL when unset */
	size_t len;
};

#define own_secret __attribute__((cleanup(secret_done)))

void secret_set(struct secret *s, const char *bytes, size_t n); /* copies */
void secret_done(struct secret *s);                             /* wipes */
const char *secret_reveal(const struct secret *s);              /* or NULL */

#endif
