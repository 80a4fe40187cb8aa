/* Pieces of answers that the files of this feature share. */
#ifndef MOLTIS_ACCOUNT_REPLY_H
#define MOLTIS_ACCOUNT_REPLY_H

#include "op/op.h"

/* The column COL, epoch milliseconds or NULL, as the member KEY. */
void account_set_ms(struct json_object *o, const char *key, const PGresult *res,
    int row, const char *col);
/* {"ok": true} is the answer. */
enum status account_reply_ok(struct op_call *call);

#endif
