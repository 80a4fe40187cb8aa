/*
 * Connections, people and threads for the database tests.
 *
 * The owner's connection is used by the main thread only; a failure of it is
 * a broken test, not a result, and ends the program.
 */
#include "config.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/txt.h"
#include "js/js.h"
#include "tests/sql/sqltest.h"

static PGconn *owner;

static const char *
info(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL || value[0] == '\0') {
		fprintf(stderr, "sqltest: %s is not set: use tests/sql/run\n",
		    name);
		exit(2);
	}
	return value;
}

const char *
info_owner(void)
{
	return info("MOLTIS_TEST_DB_OWNER");
}

const char *
info_api(void)
{
	return info("MOLTIS_TEST_DB_API");
}

const char *
info_worker(void)
{
	return info("MOLTIS_TEST_DB_WORKER");
}

PGconn *
plain_connect(const char *conninfo)
{
	PGconn *conn = PQconnectdb(conninfo);

	if (PQstatus(conn) != CONNECTION_OK) {
		fprintf(stderr, "sqltest: %s", PQerrorMessage(conn));
		exit(2);
	}
	PQclear(PQexec(conn, "SET client_min_messages = error"));
	return conn;
}

const char *
plain_state(PGconn *conn, const char *sql, char **ret_value)
{
	static _Thread_local char state[6];
	PGresult *res = PQexec(conn, sql);
	ExecStatusType st = PQresultStatus(res);
	const char *code = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (ret_value != NULL)
		*ret_value = mem_strdup(st == PGRES_TUPLES_OK &&
			    PQntuples(res) > 0 && PQnfields(res) > 0
			? PQgetvalue(res, 0, 0)
			: "");
	(void)mem_copy_str(state, sizeof(state),
	    st == PGRES_TUPLES_OK || st == PGRES_COMMAND_OK ? "00000"
		: code == NULL                              ? "08006"
							    : code);
	PQclear(res);
	return state;
}

static PGresult *owner_run(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

static PGresult *
owner_run(const char *fmt, va_list ap)
{
	own_txt struct txt sql = { 0 };
	PGresult *res;
	ExecStatusType st;

	if (owner == NULL)
		owner = plain_connect(info_owner());
	txt_vformat(&sql, fmt, ap);
	res = PQexec(owner, txt_str(&sql));
	st = PQresultStatus(res);
	if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK) {
		fprintf(stderr, "sqltest: broken test: %s\n%s\n",
		    PQerrorMessage(owner), txt_str(&sql));
		exit(2);
	}
	return res;
}

void
owner_do(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	PQclear(owner_run(fmt, ap));
	va_end(ap);
}

static char *
first_value(PGresult *res)
{
	char *value = mem_strdup(PQntuples(res) > 0 && PQnfields(res) > 0
		? PQgetvalue(res, 0, 0)
		: "");

	PQclear(res);
	return value;
}

char *
owner_get(const char *fmt, ...)
{
	va_list ap;
	char *value;

	va_start(ap, fmt);
	value = first_value(owner_run(fmt, ap));
	va_end(ap);
	return value;
}

long
owner_count(const char *fmt, ...)
{
	va_list ap;
	char *value;
	long n;

	va_start(ap, fmt);
	value = first_value(owner_run(fmt, ap));
	va_end(ap);
	n = strtol(value, NULL, 10);
	free(value);
	return n;
}

static void
take_id(char *value, char out[UUID_TEXT])
{
	if (!mem_copy_str(out, UUID_TEXT, value) || !uuid_check(out)) {
		fprintf(stderr, "sqltest: broken test: no id but %s\n", value);
		exit(2);
	}
	free(value);
}

static void
cred_fresh(struct op_cred *ret, enum cred_kind kind, char hex[65])
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = kind;
	bytes_random(ret->hash, sizeof(ret->hash));
	bytes_hex(ret->hash, sizeof(ret->hash), hex);
}

void
person_key(const struct person *p, const char *scopes, struct op_cred *ret_cred,
    char ret_id[UUID_TEXT])
{
	char hex[65];

	cred_fresh(ret_cred, CRED_KEY, hex);
	take_id(owner_get("INSERT INTO moltis.api_keys (account_id, user_id,"
			  " label, key_prefix, key_hash, scopes) VALUES"
			  " ('%s', '%s', 'canary-%s-key', 'mk_canary-%.1s',"
			  " '\\x%s', %s) RETURNING id",
		    p->account_id, p->user_id, p->username, p->username, hex,
		    scopes),
	    ret_id);
}

void
person_session(const struct person *p, struct op_cred *ret_cred,
    char ret_id[UUID_TEXT])
{
	char hex[65];

	cred_fresh(ret_cred, CRED_SESSION, hex);
	take_id(owner_get("INSERT INTO moltis.login_sessions (user_id,"
			  " account_id, token_hash, method, peer, user_agent,"
			  " expires_at) VALUES ('%s', '%s', '\\x%s',"
			  " 'password', '192.0.2.1', 'canary-%s-agent',"
			  " now() + interval '30 days') RETURNING id",
		    p->user_id, p->account_id, hex, p->username),
	    ret_id);
}

void
person_make(const char *username, struct person *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!mem_copy_str(ret->username, sizeof(ret->username), username))
		exit(2);
	take_id(owner_get("INSERT INTO moltis.users (username, password_hash)"
			  " VALUES ('%s', 'canary-%s-hash') RETURNING id",
		    username, username),
	    ret->user_id);
	take_id(owner_get("INSERT INTO moltis.accounts (name)"
			  " VALUES ('canary-%s-account')"
			  " RETURNING account_id",
		    username),
	    ret->account_id);
	owner_do("INSERT INTO moltis.account_heads (account_id)"
		 " VALUES ('%s')",
	    ret->account_id);
	owner_do("INSERT INTO moltis.memberships (account_id, user_id,"
		 " scopes, is_owner) VALUES ('%s', '%s', 31, true)",
	    ret->account_id, ret->user_id);
	person_key(ret, "4", &ret->key, ret->key_id);
	person_session(ret, &ret->session, ret->session_id);
}

const struct conf *
test_conf(void)
{
	static const struct conf conf = { .limit_chat_per_min = 10000,
		.limit_write_per_min = 100000,
		.limit_calls_per_min = 1000000,
		.limit_ws_calls_per_min = 1000000,
		.limit_account_calls_per_min = 1000000,
		.security_level = SECURITY_ALLOWLIST,
		.cron_rate_limit_max = 10,
		.cron_rate_limit_window_secs = 60,
		.cron_max_running = 50 };

	return &conf;
}

enum status
call_op(struct db *db, const struct op_cred *cred, const char *method,
    const char *params, struct json_object **ret_reply)
{
	own_json struct json_object *o = NULL;
	struct js_error error;
	struct op_call call = { .method = method,
		.cred = *cred,
		.via = VIA_REST,
		.peer = "192.0.2.9",
		.conf = test_conf(),
		.db = db };
	enum status st;

	if (js_parse(params, strlen(params), &o, &error) != ST_OK) {
		fprintf(stderr, "sqltest: broken test: %s\n", params);
		exit(2);
	}
	call.params = o;
	st = op_run(&call);
	if (ret_reply != NULL)
		*ret_reply = json_object_get(call.reply);
	op_call_done(&call);
	return st;
}

struct runner {
	pthread_t thread;
	pthread_barrier_t *start;
	void (*work)(void *);
	void *arg;
};

static void *
runner_main(void *arg)
{
	struct runner *r = arg;

	(void)pthread_barrier_wait(r->start);
	r->work(r->arg);
	return NULL;
}

void
in_parallel(int count, void (*work)(void *), void *args, size_t size)
{
	struct runner *runners = mem_array((size_t)count, sizeof(*runners));
	pthread_barrier_t start;

	if (pthread_barrier_init(&start, NULL, (unsigned)count) != 0)
		exit(2);
	for (int i = 0; i < count; i++) {
		struct runner *r = &runners[i];

		r->start = &start;
		r->work = work;
		r->arg = (char *)args + (size_t)i * size;
		if (pthread_create(&r->thread, NULL, runner_main, r) != 0)
			exit(2);
	}
	for (int i = 0; i < count; i++)
		(void)pthread_join(runners[i].thread, NULL);
	(void)pthread_barrier_destroy(&start);
	free(runners);
}
