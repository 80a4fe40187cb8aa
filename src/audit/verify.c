/*
 * Checking a chain, and noting what no operation does.
 *
 * The check itself is a function of the database, called in pages so that no
 * statement takes long; the last page compares the end with the head that is
 * kept apart.
 */
#include "config.h"

#include "audit/audit.h"

#include <string.h>

#include "base/mem.h"

#define PAGE_ENTRIES 5000

static enum status
verify_page(struct db *db, const char *account, struct audit_verdict *v,
    bool *ret_done)
{
	own_res PGresult *res = NULL;
	enum status st;

	db_bind_text(db, account);
	if (v->newest < 0)
		db_bind_text(db, NULL);
	else
		db_bind_int(db, v->newest);
	db_bind_text(db, v->newest < 0 ? NULL : v->hash);
	db_bind_int(db, PAGE_ENTRIES);
	st = db_once(db, DB_READ, STMT_AUDIT_VERIFY, &res);
	if (st != ST_OK)
		return st;
	v->entries += db_int(res, 0, "checked");
	v->newest = db_int(res, 0, "seq");
	(void)mem_copy_str(v->hash, sizeof(v->hash), db_text(res, 0, "hash"));
	if (db_text(res, 0, "bad") != NULL) {
		v->bad = db_int(res, 0, "bad");
		(void)mem_copy_str(v->fault, sizeof(v->fault),
		    db_text(res, 0, "fault"));
	}
	*ret_done = db_bool(res, 0, "done");
	return ST_OK;
}

enum status
audit_verify(struct db *db, const char *account, struct audit_verdict *ret)
{
	struct audit_verdict v = { .newest = -1, .bad = -1 };
	bool done = false;
	enum status st = ST_OK;

	while (st == ST_OK && !done)
		st = verify_page(db, account, &v, &done);
	if (st == ST_OK)
		*ret = v;
	return st;
}

void
audit_origin_rejected(struct db *db, const struct op_cred *cred,
    const char *origin, const char *via, const char *peer)
{
	own_res PGresult *res = NULL;

	if (cred->kind != CRED_SESSION)
		return;
	db_bind_bytes(db, cred->hash, sizeof(cred->hash));
	db_bind_text(db, origin == NULL ? "" : origin);
	db_bind_text(db, via);
	db_bind_text(db, peer);
	/* The request was refused either way. */
	(void)!db_once(db, DB_WRITE, STMT_AUDIT_ORIGIN_REJECTED, &res);
}
