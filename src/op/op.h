/*
 * What an operation is, and the gate every call passes.
 *
 * Everything a caller can do is one row of src/op_table.c.  op_run() is the
 * only gate: known, role, scope, parameters, rate, then the handler inside
 * one transaction with the tenant set by enter() in the database.  Handlers
 * never see scopes and never check them.
 */
#ifndef MOLTIS_OP_OP_H
#define MOLTIS_OP_OP_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "conf/conf.h"
#include "db/db.h"
#include "op/cred.h"
#include "op/op_meter.h"
#include "op/scope.h"

enum op_type { F_TEXT, F_INT, F_BOOL, F_OBJECT, F_ARRAY, F_ANY, F_SCOPES };

/* One parameter.  Strict: what is not listed is refused by name. */
struct op_field {
	const char *name; /* NULL ends the table */
	enum op_type type;
	bool required;
	bool nullable;    /* JSON null is allowed */
	int64_t min, max; /* text: characters; int: value; array: items */
	bool multiline;   /* text may hold newline and tab */
};

/* OP_RO: at most one statement, one round trip.  OP_RW: a transaction. */
enum op_tx { OP_RO, OP_RW };
enum op_rate {
	RATE_NONE,
	RATE_WRITE,
	RATE_CHAT,
	RATE_FILE
}; /* limits: op_rate.c */
enum op_wake { WAKE_NONE, WAKE_TURNS, WAKE_FILES, WAKE_CRON };

/* What else the caller must be; enter() in the database checks these bits.  The
 * second and third say no to API keys too. */
#define OP_DEMAND_PERSON 1u /* signed in, no API key (S137) */
#define OP_DEMAND_FRESH 2u  /* gave a password or passkey lately (S172) */
#define OP_DEMAND_ADMIN 4u  /* administrator of the deployment */

struct op_call;

struct op {
	const char *name;    /* method name of the protocol */
	const char *summary; /* one sentence for `moltis ops list` */
	enum scope scope;
	unsigned demand; /* OP_DEMAND_*: one, or ADMIN with FRESH */
	enum op_tx tx;
	const struct op_field *params;
	enum status (*run)(struct op_call *call);
	const char *event;      /* emitted in the same transaction, or NULL */
	enum scope event_scope; /* who may receive it; default read */
	bool audit;
	enum op_rate rate;
	enum op_wake wake;
};

enum op_via { VIA_REST, VIA_WS, VIA_CLI };

struct op_error {
	char message[DB_WHY_BYTES]; /* sentence for the caller */
	char field[DB_FIELD_BYTES]; /* "" if none */
	int retry_after_secs;       /* 0 = not known */
};

struct op_call {
	/* filled by the transport */
	const char *method;
	struct json_object *params; /* borrowed; NULL = {} */
	struct op_cred cred;
	const char *role;    /* NULL = operator */
	unsigned scope_mask; /* narrowing asked at connect; 0 = none */
	enum op_via via;
	const char *peer;           /* client address, may be "" */
	const char *active_session; /* WS: connection's session key, or NULL */
	const struct conf *conf;
	struct db *db;
	struct op_raw *raw; /* op_raw.h; NULL: everything is in the JSON */

	/* filled by the gate and the handler */
	const struct op *op;
	struct op_meter meter;     /* what it tells the counters of calls */
	struct op_principal who;   /* known after the first op_db */
	struct json_object *reply; /* owned by the call; NULL = {} */
	struct json_object *event; /* payload for op->event, or NULL */
	struct json_object *audit; /* details of the audit row, or NULL */
	int statements;            /* run by the handler */
	bool woke;                 /* turns may be waiting for a worker */
	struct op_error error;
};

/* TABLE ends with a row without name and is sorted by name; checked here:
 * aborts on a row without scope, handler or summary.  Called once. */
void op_init(const struct op *table);
const struct op *op_find(const char *name); /* or NULL */
const struct op *op_all(void);

/* The gate.  On failure call->error is filled and nothing was changed,
 * except ST_DB after the commit was sent (outcome unknown).  The caller runs
 * op_call_done afterwards. */
MUST_CHECK enum status op_run(struct op_call *call);
void op_call_done(struct op_call *call); /* drops reply, event, audit */

/* For handlers. */
enum status op_fail(struct op_call *call, enum status st, const char *message);
enum status op_fail_field(struct op_call *call, const char *field,
    const char *message); /* ST_INVALID */
MUST_CHECK enum status op_db(struct op_call *call, enum db_stmt stmt,
    PGresult **ret); /* db_run + error into the call */

/* {"error","code","field"?,"retry_after_seconds"?}; the transport adds the
 * request id.  Caller owns. */
struct json_object *op_error_rest(enum status st, const struct op_error *err);
/* {"code","message","retryable"?,"retryAfterMs"?,"details"?} */
struct json_object *op_error_rpc(enum status st, const struct op_error *err);

/* Table as Markdown or JSON for `moltis ops list`. */
struct txt;
void op_list_markdown(struct txt *out);
struct json_object *op_list_json(void);

/* op_params.c: for operations that take none. */
extern const struct op_field op_no_params[];
/* Checks PARAMS against FIELDS; the error names the field. */
MUST_CHECK enum status op_params_check(const struct op_field *fields,
    struct json_object *params, struct op_error *err);

#endif
