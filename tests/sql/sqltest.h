/*
 * The frame of the database tests: counting, the owner's connection, people
 * and accounts to test with, threads.
 *
 * The tests run against a real PostgreSQL whose connection strings are in the
 * environment (tests/sql/run makes one).  A check is a sentence that is true
 * when it passes.
 */
#ifndef MOLTIS_TESTS_SQL_SQLTEST_H
#define MOLTIS_TESTS_SQL_SQLTEST_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "op/op.h"

/* Counts and prints; returns GOOD. */
bool check(bool good, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* check() that two texts are equal, showing both when they are not. */
bool check_text(const char *got, const char *want, const char *sentence);
bool check_status(enum status got, enum status want, const char *sentence);

const char *info_owner(void); /* connection strings */
const char *info_api(void);
const char *info_worker(void);

/* Statements as the owner role; a failure is a broken test and ends it.
 * owner_get: first value, "" for NULL or no row; the caller frees. */
void owner_do(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *owner_get(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
long owner_count(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A plain connection; ends the test when it fails. */
PGconn *plain_connect(const char *conninfo);
/* SQLSTATE of SQL on CONN, "00000" when it worked; *RET_VALUE (may be NULL)
 * is the first value, owned by the caller. */
const char *plain_state(PGconn *conn, const char *sql, char **ret_value);

/* A person with an account of his own and the credentials to enter it. */
struct person {
	char user_id[UUID_TEXT];
	char account_id[UUID_TEXT];
	char username[32];
	struct op_cred key;     /* API key, scope admin */
	struct op_cred session; /* login session */
	char key_id[UUID_TEXT];
	char session_id[UUID_TEXT]; /* of the login session */
};

void person_make(const char *username, struct person *ret);
/* A further API key; SCOPES is SQL, "NULL" or a number. */
void person_key(const struct person *p, const char *scopes,
    struct op_cred *ret_cred, char ret_id[UUID_TEXT]);
void person_session(const struct person *p, struct op_cred *ret_cred,
    char ret_id[UUID_TEXT]);

/* The configuration of calls: limits so high that they are not met. */
const struct conf *test_conf(void);
/* One call through the gate as CRED; PARAMS is JSON text.  *RET_REPLY (may be
 * NULL) is owned by the caller. */
enum status call_op(struct db *db, const struct op_cred *cred,
    const char *method, const char *params, struct json_object **ret_reply);

/* Runs WORK(ARGS + i * SIZE) in COUNT threads that start together. */
void in_parallel(int count, void (*work)(void *), void *args, size_t size);

/* Sets the deployment up when that has not happened: what the group "setup"
 * leaves behind. */
void setup_now(void);

/* The groups, in the order they run. */
void test_schema(void);
void test_setup(void);
void test_login(void);
void test_throttle(void);
void test_enter(void);
void test_authority(void);
void test_forged(void);
void test_grants(void);
void test_isolation(void);
void test_sweep(void);
void test_keys(void);
void test_passkeys(void);
void test_logins(void);
void test_invites(void);
void test_people(void);
void test_guard(void);
void test_meter(void);
void test_events(void);
void test_relay(void);
void test_chat(void);
void test_turns(void);
void test_exec(void);
void test_exec_many(void);
void test_exec_fence(void);
void test_exec_ops(void);
void test_exec_end(void);
void test_workspace(void);
void test_cron(void);
void test_cron_fire(void);
void test_audit(void);
void test_alerts(void);
void test_driver(void);

#endif
