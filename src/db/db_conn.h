/*
 * Connections as we want them: limits on silence, and nothing on standard
 * error that is not a line of the log.
 */
#ifndef MOLTIS_DB_CONN_H
#define MOLTIS_DB_CONN_H

#include <libpq-fe.h>
#include <stdbool.h>

/* Blocks until the connection stands or has failed: see PQstatus.  CONNINFO
 * may set any limit itself.  Never NULL; the caller ends it with PQfinish. */
PGconn *db_conn_open(const char *conninfo);

/* Messages of the server beside its answers go to the log from here on. */
void db_conn_log_notices(PGconn *conn);

/* Nothing is expected from the server: has it hung up? */
bool db_conn_is_dead(PGconn *conn);

#endif
