/*
 * How many calls a person and an account may make (S223), reads too.
 *
 * A count in the database at every read would cost more than the read.  So a
 * process lets a block of calls through, counts them in memory, and tells the
 * shared counter with the call that fills the block.  The error is known: all
 * processes together let at most one block less one more through than the
 * limit says, for each process; nobody is refused too early.  A person or
 * account that the database refused is refused from memory until the window
 * is over.  Nobody is let in by memory: enter() still judges every call.
 */
#ifndef MOLTIS_OP_METER_H
#define MOLTIS_OP_METER_H

#include "base/status.h"

struct op_call;

/* What the call tells the shared counters; zeros: nothing. */
struct op_meter {
	int person;
	int account;
};

/* A thirtieth of the limit, between 1 and 100. */
int op_meter_block(int max_per_min);

/* Counts CALL in memory.  ST_LIMIT: its person or account has to wait;
 * call->error says how long. */
MUST_CHECK enum status op_meter_begin(struct op_call *call);
/* Queues what is to be told, behind enter(). */
MUST_CHECK enum status op_meter_queue(struct op_call *call);
/* Learns who the credential is, and whether the counters refused. */
void op_meter_end(struct op_call *call);

#endif
