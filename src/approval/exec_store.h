/*
 * A command the agent wants to run, from its request to its result: one row.
 *
 * Blocking; called in the worker's pool, behind the lease of the turn
 * (ST_CONFLICT: the turn is no longer ours).  What runs is read from the row
 * and checked against its hash; a row starts at most once.
 */
#ifndef MOLTIS_APPROVAL_EXEC_STORE_H
#define MOLTIS_APPROVAL_EXEC_STORE_H

#include <json-c/json.h>
#include <stdbool.h>

#include "approval/analysis.h"
#include "approval/mode.h"
#include "turn/turn.h"

#define EXEC_PENDING_SESSION_MAX 8 /* S29 */
#define EXEC_PENDING_ACCOUNT_MAX 32
#define EXEC_PROMPTS_PER_MIN 60
#define EXEC_CWD_MAX 1024

/* Where a request stands, as the row says. */
enum exec_state {
	EXEC_PENDING,   /* a person is asked; expires_ms ends it */
	EXEC_READY,     /* approved, modified or safe: may be started once */
	EXEC_REFUSED,   /* by policy or by limits; why says it */
	EXEC_DENIED,    /* by a person; why is his note, "" if none */
	EXEC_TIMEOUT,   /* nobody decided in time */
	EXEC_CANCELLED, /* the turn ended first */
	EXEC_STARTED,   /* somebody started it and has not said how it ended */
	EXEC_FINISHED   /* result is there */
};

struct exec_ask {
	const char *tool_call_id;
	const char *command;
	size_t command_len;
	const char *cwd;          /* "" = /workspace */
	int timeout_secs;
	const char *image;        /* "" = the default */
	const char *env_names;    /* space-separated, sorted; "" if none */
	struct analysis judged;
	/* Shown to the person asked: {backend, image, network}; borrowed. */
	struct json_object *sandbox;
	int approval_secs;        /* how long a person has */
	bool may_be_remembered;   /* a session's rule may answer; not in the
	                           * mode always (S3) */
};

struct exec_row {
	char id[UUID_TEXT];
	enum exec_state standing;
	bool modified;            /* a person changed the command */
	char why[256];
	int64_t expires_ms;       /* PENDING */
	char *command;            /* what runs (or ran): owned */
	char *original;           /* what the agent asked for: owned */
	char *cwd;
	char *image;
	int timeout_secs;
	struct json_object *result; /* FINISHED: owned */
};

void exec_row_done(struct exec_row *row);

/*
 * Makes the row of a tool call, or finds the one an earlier worker made (same
 * turn and tool call): asking twice asks once.  Emits exec.approval.requested
 * when a person is asked, and audits either way.
 */
MUST_CHECK enum status exec_request(struct db *db,
    const struct turn_lease *lease, const struct exec_ask *ask,
    struct exec_row *ret);

/* Reads a row again; a PENDING one whose time is up becomes TIMEOUT here. */
MUST_CHECK enum status exec_read(struct db *db,
    const struct turn_lease *lease, const char *id, struct exec_row *ret);

/*
 * READY becomes STARTED, once: ST_CONFLICT when it was started before or is
 * not READY.  Verifies the hash of what the row says is to run; a row that was
 * tampered with is ST_INTERNAL and is refused for good.
 */
MUST_CHECK enum status exec_start(struct db *db,
    const struct turn_lease *lease, const char *id, struct exec_row *ret);

/* How it ended: {stdout, stderr, exit_code, ...}.  Once: ST_CONFLICT when it
 * was not started or has ended. */
MUST_CHECK enum status exec_finish(struct db *db,
    const struct turn_lease *lease, const char *id,
    struct json_object *result);

/* *MODE comes in as the deployment's and leaves as what holds for the account,
 * which may only be stricter. */
MUST_CHECK enum status exec_policy_read(struct db *db,
    const struct turn_lease *lease, enum conf_approval *mode);

#endif
