/*
 * The result of everything that can fail.
 *
 * One table maps a status to its HTTP code, its symbol in REST errors, its
 * WebSocket error code and a default sentence, so that the three transports
 * cannot disagree.  Sentences here are written for the person who called us
 * and never carry text from the database.
 */
#ifndef MOLTIS_BASE_STATUS_H
#define MOLTIS_BASE_STATUS_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum status {
	ST_OK = 0,
	ST_INVALID,        /* bad input; the error names the field */
	ST_UNAUTH,         /* no valid credential */
	ST_SETUP_REQUIRED, /* the deployment has no administrator yet */
	ST_FORBIDDEN,      /* known caller, right missing */
	ST_REAUTH,         /* the person must prove himself again (S172) */
	ST_NOT_FOUND,      /* absent or another account's: never told apart */
	ST_METHOD,         /* HTTP method not allowed on this path */
	ST_CONFLICT,       /* state does not allow it */
	ST_GONE,           /* expired */
	ST_TOO_LARGE,
	ST_MEDIA_TYPE,
	ST_MISDIRECTED, /* Host is not ours */
	ST_LIMIT,       /* rate (with retry_after_secs) or quota (without) */
	ST_UPSTREAM,    /* a model or channel provider failed */
	ST_DB,          /* database unreachable or timed out: retry */
	ST_UNAVAILABLE, /* part of the system is off: retry or configure */
	ST_UNSUPPORTED, /* this deployment does not have it */
	ST_INTERNAL     /* our bug */
};

struct status_info {
	enum status status;
	int http;             /* RFC 9110 status code */
	const char *code;     /* "code" of the REST error object */
	const char *rpc_code; /* protocol.md 1.5 */
	const char *text;     /* default sentence */
};

/* Never NULL; a value outside the enum gives the row of ST_INTERNAL. */
const struct status_info *status_get(enum status st);

#endif
