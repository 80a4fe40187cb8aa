/*
 * How often a person may call (S223): one table of classes; the count is kept
 * by the database in the transaction of the call, shared by all processes.
 */
#include "config.h"

#include "op/op_enter.h"

/* Pieces and questions: a file of 25 MiB is about thirty. */
#define FILES_PER_MIN 1200

enum status
op_rate_queue(struct op_call *call)
{
	const char *name = "write";
	int max = call->conf->limit_write_per_min;

	switch (call->op->rate) {
	case RATE_NONE:
		return ST_OK;
	case RATE_WRITE:
		break;
	case RATE_FILE:
		name = "file";
		max = FILES_PER_MIN;
		break;
	case RATE_CHAT:
		name = "chat";
		max = call->conf->limit_chat_per_min;
		break;
	}
	db_bind_text(call->db, name);
	db_bind_int(call->db, max);
	db_bind_int(call->db, 60);
	return db_queue(call->db, STMT_OP_RATE_TAKE);
}
