/*
 * What a worker commits of a turn.
 *
 * Blocking: runs in the worker's pool.  Every function that changes a turn
 * proves its lease in the same transaction, so that a worker that was taken
 * for dead cannot write any more: ST_CONFLICT means "no longer ours, stop".
 */
#ifndef MOLTIS_TURN_TURN_H
#define MOLTIS_TURN_TURN_H

#include <json-c/json.h>

#include "base/bytes.h"
#include "db/db.h"

#define TURN_CLAIM_MAX 16
#define TURN_HISTORY_MAX 200 /* newest messages the model gets */

struct turn_lease {
	char account_id[UUID_TEXT];
	char turn_id[UUID_TEXT];
	char token[UUID_TEXT];
	int attempts; /* 1 the first time */
};

struct turn_loaded {
	char session_id[UUID_TEXT];
	char *session_key;
	char *model; /* asked for, or NULL */
	int user_index;
	int64_t client_seq; /* _seq of chat.send, -1 when absent */
	bool abort_requested;
	int64_t elapsed_ms; /* since the turn first started */
	char *origin;       /* owner, api_key or cron */
	int timeout_secs;   /* of its own; 0: the deployment's */
	char *image;        /* of its commands; NULL: the default */
	char *note;         /* about its origin, for the model; NULL: none */
	struct json_object *messages; /* stored messages, oldest first */
	struct json_object *steps;    /* [{kind, body}] finished before */
};

/* Who claims, for how long, how many; then what was claimed. */
struct turn_claim {
	const char *worker;
	int lease_secs;
	int room;                                 /* at most TURN_CLAIM_MAX */
	int count;                                /* filled */
	struct turn_lease leases[TURN_CLAIM_MAX]; /* filled */
};
MUST_CHECK enum status turn_claim(struct db *db, struct turn_claim *claim);

/* TOKENS: array of text.  *RET: object turn id -> abort requested; a turn
 * that is missing is lost. */
MUST_CHECK enum status turn_renew(struct db *db, const char *worker,
    int lease_secs, struct json_object *tokens, struct json_object **ret);
MUST_CHECK enum status turn_release(struct db *db, const char *worker);
/* Those of TOKENS (array of text), of which nothing runs. */
MUST_CHECK enum status turn_hand_over(struct db *db, const char *worker,
    struct json_object *tokens);

/* Admits the user message into the history and reads what is needed. */
MUST_CHECK enum status turn_load(struct db *db, const struct turn_lease *lease,
    struct turn_loaded *ret);
void turn_loaded_done(struct turn_loaded *l);

/* A transaction that speaks for the turn's account, behind its lease: for the
 * other stores of a turn.  turn_tx_end commits when ST is ST_OK and rolls back
 * otherwise; it returns what became of it. */
MUST_CHECK enum status turn_tx_begin(struct db *db,
    const struct turn_lease *lease);
MUST_CHECK enum status turn_tx_end(struct db *db, enum status st);

/* One finished step, before the next begins. */
MUST_CHECK enum status turn_step(struct db *db, const struct turn_lease *lease,
    int step, const char *kind, struct json_object *body);

/* How a turn ends. */
struct turn_end {
	const char *outcome;         /* done, failed or aborted */
	struct json_object *steps;   /* messages before it; may be NULL */
	struct json_object *message; /* joins the history; may be NULL */
	struct json_object *event;   /* chat event; gets messageIndex */
	struct json_object *error;   /* may be NULL */
};
/* All of it in one commit. */
MUST_CHECK enum status turn_finish(struct db *db,
    const struct turn_lease *lease, const struct turn_end *how);

#endif
