/*
 * Writes the answers to an upgrade request.
 *
 * Refusals are JSON in the shape of every other error of this server, except
 * the cross-origin one, whose plain sentence clients look for.  Nothing a
 * client sent is echoed.
 */
#include "config.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/bytes.h"
#include "ws/upgrade.h"

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static const struct answer {
	enum ws_http http;
	const char *reason;
	const char *code;
	const char *header; /* extra header lines, or "" */
} answers[] = {
	{ WS_HTTP_BAD, "Bad Request", "INVALID_REQUEST", "" },
	{ WS_HTTP_FORBIDDEN, "Forbidden", "FORBIDDEN", "" },
	{ WS_HTTP_NOT_FOUND, "Not Found", "NOT_FOUND", "" },
	{ WS_HTTP_METHOD, "Method Not Allowed", "METHOD_NOT_ALLOWED",
	    "Allow: GET\r\n" },
	{ WS_HTTP_MISDIRECTED, "Misdirected Request", "MISDIRECTED", "" },
	{ WS_HTTP_UPGRADE, "Upgrade Required", "INVALID_REQUEST",
	    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" },
	{ WS_HTTP_TOO_MANY, "Too Many Requests", "RATE_LIMITED", "" },
	{ WS_HTTP_TOO_LARGE, "Request Header Fields Too Large",
	    "PAYLOAD_TOO_LARGE", "" },
	{ WS_HTTP_UNAVAILABLE, "Service Unavailable", "UNAVAILABLE", "" },
};

static const struct answer *answer_get(enum ws_http http);
static void write_body(struct txt *body, const struct ws_refusal *r,
    const struct answer *a);

void
ws_accept_format(const char *key, char ret_accept[WS_ACCEPT_TEXT])
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	char text[WS_KEY_TEXT + sizeof(ACCEPT_GUID)];
	char b64[BYTES_B64URL_ROOM(SHA_DIGEST_LENGTH)];
	size_t n = strnlen(key, WS_KEY_TEXT - 1);

	memcpy(text, key, n);
	memcpy(text + n, ACCEPT_GUID, sizeof(ACCEPT_GUID) - 1);
	SHA1((const unsigned char *)text, n + sizeof(ACCEPT_GUID) - 1, digest);
	n = bytes_b64(digest, sizeof(digest), b64);
	memcpy(ret_accept, b64, n);
	ret_accept[n] = '\0';
}

void
ws_switch_format(struct txt *out, const char *key, const char *request_id)
{
	char accept[WS_ACCEPT_TEXT];

	ws_accept_format(key, accept);
	txt_format(out,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Accept: %s\r\nx-request-id: %s\r\n\r\n",
	    accept, request_id);
}

void
ws_refusal_format(struct txt *out, const struct ws_refusal *r)
{
	const struct answer *a = answer_get(r->http);
	bool plain = a->http == WS_HTTP_FORBIDDEN;
	own_txt struct txt body;

	txt_init(&body, 0);
	if (plain)
		txt_append(&body, r->why);
	else
		write_body(&body, r, a);
	txt_format(out,
	    "HTTP/1.1 %d %s\r\nConnection: close\r\n"
	    "Content-Type: %s; charset=utf-8\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nx-request-id: %s\r\n%s",
	    (int)a->http, a->reason, plain ? "text/plain" : "application/json",
	    body.len, r->request_id, a->header);
	if (r->retry_after_secs > 0)
		txt_format(out, "Retry-After: %d\r\n", r->retry_after_secs);
	txt_append(out, "\r\n");
	txt_append(out, txt_str(&body));
}

/* An answer that is not in the table is our bug and reads as 503. */
static const struct answer *
answer_get(enum ws_http http)
{
	size_t count = sizeof(answers) / sizeof(answers[0]);
	size_t i;

	for (i = 0; i + 1 < count; i++) {
		if (answers[i].http == http)
			break;
	}
	return &answers[i];
}

/* Sentences are ours and need no escaping. */
static void
write_body(struct txt *body, const struct ws_refusal *r, const struct answer *a)
{
	txt_format(body, "{\"error\":\"%s\",\"code\":\"%s\"", r->why, a->code);
	if (r->request_id[0] != '\0')
		txt_format(body, ",\"request_id\":\"%s\"", r->request_id);
	if (r->retry_after_secs > 0)
		txt_format(body, ",\"retry_after_seconds\":%d",
		    r->retry_after_secs);
	txt_append_c(body, '}');
}
