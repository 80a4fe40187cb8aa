/*
 * Events of an account: rows written in the transaction of the change they
 * tell about (outbox), numbered without gaps an account (S279).
 *
 * op_run emits the event of an operation; the worker's turns use
 * event_queue inside their own transactions.
 */
#ifndef MOLTIS_EVENT_EVENT_H
#define MOLTIS_EVENT_EVENT_H

#include <json-c/json.h>
#include <stdint.h>

#include "db/db.h"
#include "op/op.h"

#define EVENT_FETCH_MAX 200

/* Queues the insert in the open transaction of DB, which has a tenant. */
MUST_CHECK enum status event_queue(struct db *db, const char *name,
    enum scope scope, struct json_object *payload);

/*
 * Events after AFTER_SEQ of the account of CRED, oldest first, at most MAX:
 * array of {seq, event, scope, payload}, caller owns.  *RET_HEAD is the newest
 * seq; *RET_OLDEST the oldest one kept (head + 1 when none are): a client whose
 * last seq is below oldest - 1 has missed events and must read again.
 */
MUST_CHECK enum status event_fetch(struct db *db, const struct op_cred *cred,
    int64_t after_seq, int max, struct json_object **ret_events,
    int64_t *ret_head, int64_t *ret_oldest, struct op_error *err);

/* Newest seq of each account in ACCOUNT_IDS (array of text): object id -> seq.
 * Worker role only; no event content. */
MUST_CHECK enum status event_heads(struct db *db,
    struct json_object *account_ids, struct json_object **ret_heads);

/* Moves whenever any credential, membership or person changes. */
MUST_CHECK enum status event_authority(struct db *db, int64_t *ret_epoch);

#endif
