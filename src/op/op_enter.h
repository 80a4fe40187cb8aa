/* Entering a transaction as somebody: for the gate and for the few blocking
 * reads beside it (src/event). */
#ifndef MOLTIS_OP_ENTER_H
#define MOLTIS_OP_ENTER_H

#include "op/op.h"

/* What somebody comes with who wants to be let in. */
struct op_entry {
	const struct op_cred *cred;
	enum scope need;  /* SCOPE_NONE: any */
	unsigned mask;    /* scope narrowing; 0 = none */
	unsigned demand;  /* OP_DEMAND_* */
	const char *peer; /* client address; NULL: it was asked before */
};

/* Only asks the database who ENTRY's credential is. */
MUST_CHECK enum status op_identify(struct db *db, const struct op_entry *entry,
    struct op_principal *ret_who, struct op_error *err);

/* Copies the database's last error into ERR; its status. */
enum status op_error_from_db(struct db *db, struct op_error *err);

/* Queues enter(): what every transaction begins with. */
MUST_CHECK enum status op_enter_queue(struct db *db,
    const struct op_entry *entry);
/* Reads who enter() let in, after the pipeline was sent. */
MUST_CHECK enum status op_enter_read(struct db *db,
    struct op_principal *ret_who);

/* How a call came, in the trails. */
const char *op_via_word(enum op_via via);

/* Queues the count of one call against the class's limit. */
MUST_CHECK enum status op_rate_queue(struct op_call *call);

#endif
