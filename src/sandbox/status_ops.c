/*
 * The sandbox as people see it: which one was taken, its limits, and why the
 * others were not.  A worker asks its sandboxd and reports; everybody else
 * reads the report, because only a worker can reach that socket.
 */
#include "config.h"

#include "sandbox/status_ops.h"

#include "js/js.h"

enum status
sandbox_status_read(struct op_call *call)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(call->db, SANDBOX_REPORT);
	st = op_db(call, STMT_SANDBOX_REPORT_GET, &res);
	if (st != ST_OK)
		return st;
	call->reply = db_json(res, 0, "value");
	if (call->reply != NULL)
		return ST_OK;
	call->reply = js_new();
	js_set_bool(call->reply, "available", false);
	js_set_text(call->reply, "reason",
	    "no worker has reported a sandbox: commands cannot run");
	return ST_OK;
}

enum status
sandbox_report(struct db *db, struct json_object *value)
{
	own_res PGresult *res = NULL;

	db_bind_text(db, SANDBOX_REPORT);
	db_bind_json(db, value);
	return db_once(db, DB_WRITE, STMT_SANDBOX_REPORT_PUT, &res);
}
