/*
 * The HTTP request that opens a WebSocket, and the answers to it.
 *
 * Our own strict reader (RFC 9112, RFC 6455 section 4.2): one GET, CRLF line
 * ends, no folding, no body, every header that decides something at most once.
 * Pure: no sockets, no clock, no configuration.  Whether Host and Origin are
 * ours is asked by the caller.
 */
#ifndef MOLTIS_WS_UPGRADE_H
#define MOLTIS_WS_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/txt.h"

#define WS_HEAD_MAX_BYTES 8192
#define WS_HEAD_MAX_LINES 64
#define WS_KEY_TEXT 25    /* 16 bytes in base64 and the NUL */
#define WS_ACCEPT_TEXT 29 /* 20 bytes in base64 and the NUL */
#define WS_NAME_BYTES 262 /* host[:port] and the NUL */
#define WS_CREDENTIAL_BYTES 129
#define WS_LABEL_BYTES 201
#define WS_PEER_BYTES 46 /* an IPv6 address and the NUL */

/* HTTP status codes that end an upgrade. */
enum ws_http {
	WS_HTTP_SWITCH = 101,
	WS_HTTP_BAD = 400,
	WS_HTTP_FORBIDDEN = 403,
	WS_HTTP_NOT_FOUND = 404,
	WS_HTTP_METHOD = 405,
	WS_HTTP_MISDIRECTED = 421,
	WS_HTTP_UPGRADE = 426,
	WS_HTTP_TOO_MANY = 429,
	WS_HTTP_TOO_LARGE = 431,
	WS_HTTP_UNAVAILABLE = 503
};

/* What a credential header holds.  A text that cannot be a credential is not
 * the same as none: it still decides, and it decides against the caller. */
enum ws_presented {
	WS_PRESENTED_NONE,
	WS_PRESENTED_ONE,
	WS_PRESENTED_UNUSABLE /* malformed, too long, or given twice */
};

struct ws_upgrade {
	char host[WS_NAME_BYTES];
	bool has_origin;
	char origin[WS_NAME_BYTES];
	char key[WS_KEY_TEXT];
	enum ws_presented cookie; /* moltis_session */
	char cookie_value[WS_CREDENTIAL_BYTES];
	enum ws_presented bearer; /* Authorization: Bearer */
	char bearer_value[WS_CREDENTIAL_BYTES];
	char peer[WS_PEER_BYTES];        /* X-Moltis-Peer of the edge, or "" */
	char user_agent[WS_LABEL_BYTES]; /* cut, or "" */
	char accept_language[WS_LABEL_BYTES]; /* cut, or "" */
};

/* Where the head ends, found as bytes arrive. */
struct ws_head_scan {
	size_t seen;      /* bytes already looked at */
	unsigned matched; /* bytes of CR LF CR LF in a row */
};

enum ws_head { WS_HEAD_MORE, WS_HEAD_WHOLE, WS_HEAD_BAD, WS_HEAD_LARGE };

/*
 * Looks at the bytes of BUF[0..n) that SCAN has not seen.  WS_HEAD_WHOLE sets
 * *RET_BYTES to the length of the head with its empty line.  A byte that no
 * head can hold is WS_HEAD_BAD at once, so that a TLS or HTTP/2 greeting is
 * refused without waiting for more.
 */
enum ws_head ws_head_find(struct ws_head_scan *scan, const char *buf, size_t n,
    size_t *ret_bytes);

/*
 * Reads one whole head.  WS_HTTP_SWITCH: the request is a proper upgrade and
 * *RET is filled.  Otherwise the answer to give, *RET_WHY a sentence for the
 * caller that names the header.
 */
enum ws_http ws_upgrade_parse(const char *head, size_t n,
    struct ws_upgrade *ret, const char **ret_why);

/* Forgets the credentials. */
void ws_upgrade_wipe(struct ws_upgrade *u);

/* Sec-WebSocket-Accept for KEY (RFC 6455 section 4.2.2). */
void ws_accept_format(const char *key, char ret_accept[WS_ACCEPT_TEXT]);

struct ws_refusal {
	enum ws_http http;
	const char *why;        /* a sentence for the caller */
	const char *request_id; /* uuid */
	int retry_after_secs;   /* 429 and 503; 0 = not known */
};

/* Whole HTTP answers, appended to OUT. */
void ws_switch_format(struct txt *out, const char *key, const char *request_id);
void ws_refusal_format(struct txt *out, const struct ws_refusal *r);

#endif
