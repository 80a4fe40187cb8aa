/*
 * After "there is no such thing": was it somebody else's?
 *
 * An id of another account is answered like one that does not exist, in the
 * same words and the same time.  So the question is asked only once the
 * answer is out: the transport keeps what the call was about, answers, and
 * then calls op_miss_note.
 */
#ifndef MOLTIS_OP_MISS_H
#define MOLTIS_OP_MISS_H

#include "op/op.h"

#define OP_MISS_MAX_IDS 16

struct op_miss {
	struct json_object *ids; /* texts; NULL: nothing to ask */
	struct op_cred cred;
	char method[64];
	char peer[64];
	const char *via; /* literal */
};

/* Keeps what CALL, which ended with ST, asked for and did not find.  RET is
 * empty when there is nothing to ask. */
void op_miss_take(const struct op_call *call, enum status st,
    struct op_miss *ret);
/* Asks, and notes a hit.  Blocks; failures are nobody's who waits. */
void op_miss_note(struct db *db, const struct op_miss *miss);
void op_miss_done(struct op_miss *miss);

#endif
