/*
 * Events of an account: rows written in the transaction of the change they
 * tell about (outbox), numbered without gaps an account (S279).
 *
 * op_run emits the event of an operation; the worker's turns use feed_emit
 * inside their own transactions.
 */
#ifndef MOLTIS_EVENT_FEED_H
#define MOLTIS_EVENT_FEED_H

#include <json-c/json.h>
#include <stdint.h>

#include "db/db.h"
#include "op/op.h"

#define FEED_PAGE_MAX 200 /* events */

/* Queues the insert in the open transaction of DB, which has a tenant. */
MUST_CHECK enum status feed_emit(struct db *db, const char *name,
    enum scope scope, struct json_object *payload);

/*
 * One page of an account's events, oldest first.  A client whose last seq is
 * below oldest - 1 has missed events and must read again.
 */
struct feed_page {
	int64_t after_seq;          /* asked: events after this one */
	int max;                    /* asked: at most so many */
	struct json_object *events; /* filled: array of {seq, event, scope,
				     * payload}; the reader owns it */
	int64_t head;               /* filled: the newest seq */
	int64_t oldest; /* filled: the oldest kept, head + 1 when none is */
};

/* Reads a page of the account of CRED; PAGE is filled on ST_OK only. */
MUST_CHECK enum status feed_fetch(struct db *db, const struct op_cred *cred,
    struct feed_page *page, struct op_error *err);

/* Newest seq of each account in ACCOUNT_IDS (array of text): object id -> seq.
 * Worker role only; no event content. */
MUST_CHECK enum status feed_heads(struct db *db,
    struct json_object *account_ids, struct json_object **ret_heads);

/* Moves whenever any credential, membership or person changes. */
MUST_CHECK enum status feed_authority(struct db *db, int64_t *ret_epoch);

#endif
