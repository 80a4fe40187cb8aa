/*
 * Which user of the host an account's sandboxes run as.
 *
 * Each account gets the next number of a range, written down before it is
 * used and never given to another account, not even after deletion: files
 * left anywhere must not change hands.
 */
#ifndef MOLTIS_SANDBOXD_IDENT_H
#define MOLTIS_SANDBOXD_IDENT_H

#include <sys/types.h>

#include "base/status.h"
#include "sandbox/sandbox.h"

struct idents;

/* Reads FILE, which need not exist.  BASE 0: everything is done as the
 * daemon's own user.  ST_INVALID: the file is damaged; nobody may guess. */
MUST_CHECK enum status ident_open(const char *file, uid_t base,
    struct idents **ret);
void ident_close(struct idents *ids);

MUST_CHECK enum status ident_uid(struct idents *ids,
    const unsigned char account[SBX_ID_BYTES], uid_t *ret);

#endif
