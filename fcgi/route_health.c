/*
 * GET /health: does the deployment answer?
 *
 * For load balancers and for deploy/up.  Says nothing about versions or
 * numbers (S280): strangers read it.
 */
#include "config.h"

#include "fcgi/exchange.h"
#include "js/js.h"

enum status
route_health(struct exchange *x)
{
	own_res PGresult *res = NULL;
	enum status st;

	st = db_once(x->db, DB_READ, STMT_ACCOUNT_HEALTH, &res);
	if (st != ST_OK)
		return ST_DB;
	x->reply = js_new();
	js_set_text(x->reply, "status", "ok");
	return ST_OK;
}
