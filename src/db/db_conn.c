/*
 * Opening connections, and noticing that one has died.
 *
 * Used by the driver and by what talks to libpq beside it (migrations, the
 * check of statements, the worker's notifications).
 */
#include "config.h"

#include "db/db_conn.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const struct log_ctx log_db = { .component = "db" };

/* A host that has gone without a word is given up after half a minute: none
 * of these means anything on a Unix socket.  The last one is the operator's
 * text, which overrides the others. */
static const char *const keywords[] = { "fallback_application_name",
	"connect_timeout", "tcp_user_timeout", "keepalives_idle",
	"keepalives_interval", "keepalives_count", "dbname", NULL };

static const char *
field(const PGresult *res, int code)
{
	const char *text = PQresultErrorField(res, code);

	return text == NULL ? "" : text;
}

static void
on_notice(void *arg, const PGresult *res)
{
	const char *severity = field(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *state = field(res, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	(void)arg;
	/* Without a primary message it is libpq itself that speaks. */
	if (text == NULL)
		text = PQresultErrorMessage(res);
	if (strcmp(severity, "NOTICE") == 0 || strcmp(severity, "INFO") == 0 ||
	    strcmp(severity, "LOG") == 0 || strcmp(severity, "DEBUG") == 0)
		log_debug(&log_db, "notice of the database",
		    "sqlstate=%s text=\"%s\"", state, text);
	else
		log_warn(&log_db, "warning of the database",
		    "severity=%s sqlstate=%s text=\"%s\"", severity, state,
		    text);
}

void
db_conn_log_notices(PGconn *conn)
{
	(void)PQsetNoticeReceiver(conn, on_notice, NULL);
}

PGconn *
db_conn_open(const char *conninfo)
{
	const char *values[] = { "moltis", "5", "15000", "10", "5", "3",
		conninfo, NULL };
	PGconn *conn = PQconnectdbParams(keywords, values, 1);

	if (conn == NULL)
		abort(); /* out of memory */
	db_conn_log_notices(conn);
	return conn;
}

bool
db_conn_is_dead(PGconn *conn)
{
	struct pollfd fd = { .fd = PQsocket(conn), .events = POLLIN };

	if (PQstatus(conn) != CONNECTION_OK)
		return true;
	if (poll(&fd, 1, 0) == 0)
		return false;
	/* Words nobody asked for: a setting that changed, or a farewell with
	 * the end of the stream behind it. */
	return !PQconsumeInput(conn) || !PQconsumeInput(conn);
}
