/*
 * Argon2id password hashes (S164): 19 MiB, t=2, p=1, PHC text.
 *
 * Two bounds hold a flood of logins.  A semaphore of the process lets a few
 * run at once, so that memory cannot be exhausted; and only half of the
 * process's threads may be in here, running or waiting, so that the other half
 * keeps serving everything else: whoever comes too many is told to try again.
 */
#ifndef MOLTIS_AUTH_PASSWORD_H
#define MOLTIS_AUTH_PASSWORD_H

#include <stdbool.h>

#include "base/secret.h"
#include "base/status.h"
#include "op/op.h"

#define PASSWORD_HASH_TEXT 128 /* PHC text and the NUL */
#define PASSWORD_PARALLEL 4    /* unless password_limit says otherwise */

/* New password rules (S163): 12 characters, 1024 bytes, UTF-8, no NUL, not
 * the user's name, not one of the common ones.  FIELD names it in ERR. */
MUST_CHECK enum status password_check(const struct secret *password,
    const char *username, const char *field, struct op_error *err);

/* Once, before there are threads: at most PARALLEL at a time, of THREADS. */
void password_limit(int parallel, int threads);
/* Around hashing for a client: ST_UNAVAILABLE when too many are in here. */
MUST_CHECK enum status password_enter(struct op_error *err);
void password_leave(void);

void password_hash(const struct secret *password, char out[PASSWORD_HASH_TEXT]);
/* HASH NULL: spends the same time and is false (unknown user). */
bool password_verify(const struct secret *password, const char *hash);
/* Made with other parameters than today's. */
bool password_is_outdated(const char *hash);

#endif
