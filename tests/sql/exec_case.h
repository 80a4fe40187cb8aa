/*
 * A person, a running turn under a real lease, and the commands asked for in
 * it: the frame of the tests of command approval.
 */
#ifndef MOLTIS_TESTS_SQL_EXEC_CASE_H
#define MOLTIS_TESTS_SQL_EXEC_CASE_H

#include "approval/exec_store.h"
#include "tests/sql/sqltest.h"

#define EXEC_WORD 32
#define EXEC_KEY (8 + UUID_TEXT)

struct exec_case {
	struct person p;
	struct db *api, *worker;
	char chat_key[EXEC_KEY];
	struct turn_lease lease;
};

/* Ends all turns there are, so that the next claim gets its own. */
void exec_quiet(void);
void exec_case_make(const char *username, struct exec_case *ret);
void exec_case_done(struct exec_case *c);
/* Another turn of the person: in session KEY, or a new one when KEY is "". */
void exec_turn(struct exec_case *c, char key[EXEC_KEY],
    struct turn_lease *ret_lease);

/* A command that policy wants a person for; the caller changes the rest. */
struct exec_ask exec_ask_of(const char *call_id, const char *command);
/* exec_request, with a sandbox of its own: also in threads. */
enum status exec_put(struct db *worker, const struct turn_lease *lease,
    struct exec_ask *ask, struct exec_row *ret);
/* Asks, which must leave a pending row; only its id is kept. */
void exec_asked(struct exec_case *c, const char *call_id, const char *command,
    char ret_id[UUID_TEXT]);

struct exec_decision {
	const char *word;
	const char *command; /* NULL: as asked */
	int timeout_secs;    /* 0: as asked */
	const char *note;    /* NULL: none */
	bool remember;
};

/* The decision's statement as CRED: RET is its verdict, or the symbol of the
 * error.  Also in threads. */
const char *exec_decide(struct db *api, const struct op_cred *cred,
    const char *id, const struct exec_decision *d, char ret[EXEC_WORD]);
void exec_decided(struct exec_case *c, const char *id, const char *word);

/* Status of a start, its row dropped. */
enum status exec_try(struct exec_case *c, const char *id);
/* The state that the row has, as exec_read says. */
enum exec_state exec_state_of(struct exec_case *c, const char *id);
/* Checks "EVENT... | AUDIT...": what was told and noted of a request. */
void check_trail(const char *id, const char *want, const char *sentence);

#endif
