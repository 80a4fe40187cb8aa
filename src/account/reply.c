/* Pieces of answers: times that may be missing, a plain yes. */
#include "config.h"

#include "account/reply.h"
#include "js/js.h"

void
account_set_ms(struct json_object *o, const char *key, const PGresult *res,
    int row, const char *col)
{
	if (db_text(res, row, col) == NULL)
		js_set_text(o, key, NULL);
	else
		js_set_int(o, key, db_int(res, row, col));
}

enum status
account_reply_ok(struct op_call *call)
{
	call->reply = js_new();
	js_set_bool(call->reply, "ok", true);
	return ST_OK;
}
