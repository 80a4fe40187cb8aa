/*
 * What a worker commits of a transfer.
 *
 * Blocking: runs in the worker's pool.  Every function behind a lease proves
 * it in the same transaction: ST_CONFLICT means "no longer ours, stop".  All
 * of it may be done again from the beginning by another worker.
 */
#ifndef MOLTIS_WORKSPACE_TRANSFER_H
#define MOLTIS_WORKSPACE_TRANSFER_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "db/db.h"

#define TRANSFER_CLAIM_MAX 6
#define TRANSFER_PATH_ROOM 1025

enum transfer_kind {
	TRANSFER_LIST,
	TRANSFER_GET,
	TRANSFER_PUT,
	TRANSFER_REMOVE
};

struct transfer_lease {
	char account_id[UUID_TEXT];
	char id[UUID_TEXT];
	char token[UUID_TEXT];
};

/* Who claims, for how long, how many; then what was claimed. */
struct transfer_claim {
	const char *worker;
	int lease_secs;
	int room; /* at most TRANSFER_CLAIM_MAX */
	int count;
	struct transfer_lease leases[TRANSFER_CLAIM_MAX];
};
MUST_CHECK enum status transfer_claim(struct db *db,
    struct transfer_claim *claim);
/* TOKENS: array of text.  *RET: object with the ids that are still held. */
MUST_CHECK enum status transfer_renew(struct db *db, const char *worker,
    int lease_secs, struct json_object *tokens, struct json_object **ret);
/* TOKEN NULL: all of the worker's. */
MUST_CHECK enum status transfer_release(struct db *db, const char *worker,
    const char *token);
MUST_CHECK enum status transfer_purge(struct db *db);

struct transfer {
	char session_id[UUID_TEXT];
	enum transfer_kind kind;
	char path[TRANSFER_PATH_ROOM];
	int64_t size; /* put: bytes there are */
	int attempts; /* 1 the first time */
	bool expired; /* nobody wants it any more */
};
/* Forgets what an earlier worker had stored of a download. */
MUST_CHECK enum status transfer_load(struct db *db,
    const struct transfer_lease *lease, struct transfer *ret);

/* Piece INDEX of an upload; *RET for free(). */
MUST_CHECK enum status transfer_piece(struct db *db,
    const struct transfer_lease *lease, int index, void **ret, size_t *ret_n);

struct transfer_bytes {
	int index;
	const void *bytes;
	size_t n;
};
/* The next piece of a download.  ST_LIMIT: the account has no room. */
MUST_CHECK enum status transfer_store(struct db *db,
    const struct transfer_lease *lease, const struct transfer_bytes *piece);

struct transfer_end {
	enum status status;
	const char *error;           /* a sentence; NULL for ST_OK */
	int64_t size;                /* get, put */
	struct json_object *entries; /* list; may be NULL */
};
MUST_CHECK enum status transfer_finish(struct db *db,
    const struct transfer_lease *lease, const struct transfer_end *how);

#endif
