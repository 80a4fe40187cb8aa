/* From the server's words to our statuses. */
#ifndef MOLTIS_DB_ERROR_H
#define MOLTIS_DB_ERROR_H

#include "db/db.h"

/* Fills ERR from a failed result.  Only messages under SQLSTATE class MO,
 * which our own functions raise for callers, become err->why. */
void db_error_result(struct db_error *err, const PGresult *res);
/* The connection itself failed; DETAIL may be NULL. */
#define DB_STATE_AWAY "08001" /* none could be made */
#define DB_STATE_LOST "08006" /* one that stood has gone */
void db_error_connection(struct db_error *err, const char *sqlstate,
    const char *detail);
/* SQLSTATE to status; pure. */
enum status db_error_status(const char *sqlstate);

#endif
