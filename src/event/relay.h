/*
 * Transient events on their way to other workers, as rows of a few seconds.
 *
 * Blocking; called in the worker's pool by worker/relay*.c, which decides what
 * is sent and what a gap means.
 */
#ifndef MOLTIS_EVENT_RELAY_H
#define MOLTIS_EVENT_RELAY_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "db/db.h"
#include "op/op.h"

#define RELAY_FETCH_MAX 64 /* batches */

/* A sign of life of WORKER: how many others live, and whether it was known,
 * without which nothing it listened to is there any more. */
MUST_CHECK enum status relay_store_beat(struct db *db, const char *worker,
    int *ret_others, bool *ret_known);

/* The account of CRED has sockets of WORKER. */
MUST_CHECK enum status relay_store_listen(struct db *db, const char *worker,
    const struct op_cred *cred);
/* ACCOUNTS: array of text. */
MUST_CHECK enum status relay_store_unlisten(struct db *db, const char *worker,
    struct json_object *accounts);

/* Batches of several turns; arrays of text of one length. */
struct relay_put {
	struct json_object *accounts, *turns, *tokens, *speeches, *ns, *items;
};
/* *RET: object with the ids of turns that another worker listens to; the
 * batches of all others went nowhere. */
MUST_CHECK enum status relay_store_put(struct db *db, const char *worker,
    const struct relay_put *put, struct json_object **ret);

/* ACCOUNTS may be NULL: all; then what is known of speeches, arrays of text. */
struct relay_ask {
	struct json_object *accounts, *speeches, *ns;
};
struct relay_row {
	char account_id[UUID_TEXT];
	char turn_id[UUID_TEXT];
	char speech[UUID_TEXT]; /* a turn on one worker */
	int64_t n;
	struct json_object *items; /* array; the reader owns it */
};
MUST_CHECK enum status relay_store_fetch(struct db *db, const char *worker,
    const struct relay_ask *ask, struct relay_row rows[RELAY_FETCH_MAX],
    int *ret_count);

#endif
