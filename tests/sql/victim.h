/*
 * Another account with one row of every kind, for the tests that try to reach
 * it: what its rows are called, what may never be read, and whether anything
 * of it changed.
 */
#ifndef MOLTIS_TESTS_SQL_VICTIM_H
#define MOLTIS_TESTS_SQL_VICTIM_H

#include "tests/sql/sqltest.h"

#define VICTIM_NAME "victim" /* in every text of its rows */
#define VICTIM_RELAY "66666666-6666-4666-8666-666666666666" /* a worker */

struct victim {
	struct person person;
	char chat_id[UUID_TEXT];      /* its session with messages */
	char chat_key[8 + UUID_TEXT]; /* the key of that: no secret */
	char turn_id[UUID_TEXT];      /* running */
	char lease_token[UUID_TEXT];
	char queued_id[UUID_TEXT];
	char asked_id[UUID_TEXT];   /* its commands: one waits for a person, */
	char ready_id[UUID_TEXT];   /* one may be started, */
	char started_id[UUID_TEXT]; /* one was */
	char mate_id[UUID_TEXT];    /* its second member */
	char invite_id[UUID_TEXT];  /* its open invitation */
	char passkey_id[UUID_TEXT]; /* of its person */
	char job_id[UUID_TEXT];     /* its scheduled job */
	char side_id[UUID_TEXT];    /* the mate's account, it is a member */
	char filling_id[UUID_TEXT]; /* its transfers: an upload that goes on, */
	char sending_id[UUID_TEXT]; /* one that a worker moves, */
	char fetching_id[UUID_TEXT]; /* a download that a worker moves, */
	char fetched_id[UUID_TEXT];  /* one that is there */
};

/* Made at the first call; the same afterwards. */
const struct victim *victim_get(void);

/* A number over every row of the victim, in all tables of accounts; the
 * caller frees. */
char *victim_checksum(void);
/* The same over all rows of all accounts. */
char *everybody_checksum(void);

/* The text of the victim that TEXT holds, or NULL. */
const char *victim_mark(const char *text);

#endif
