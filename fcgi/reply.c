/*
 * The answer on the wire.
 *
 * Called once a request by exchange.c.  Every answer carries the request id
 * and forbids caching and sniffing, whatever the edge adds (S194, A87).  No
 * header steers the edge: http_head_add refuses X-Accel-*.
 */
#include "config.h"

#include "fcgi/reply.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fcgi/exchange.h"
#include "http/head.h"

static const char *const fixed_headers[][2] = {
	{ "Cache-Control", "no-store" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "strict-origin-when-cross-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Content-Security-Policy",
	    "default-src 'none'; frame-ancestors 'none'; sandbox" },
};

/* Our own names and values: a refusal is a bug here. */
static void
add(struct txt *head, const char *name, const char *value)
{
	if (!http_head_add(head, name, value))
		abort();
}

static void
add_number(struct txt *head, const char *name, long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	add(head, name, text);
}

static void
add_allow(struct txt *head, unsigned methods)
{
	own_txt struct txt list;
	int m;

	txt_init(&list, 0);
	for (m = HTTP_GET; m < HTTP_OPTIONS; m++) {
		if ((methods & 1u << m) == 0)
			continue;
		txt_append(&list, http_method_name((enum http_method)m));
		txt_append(&list, ", ");
	}
	txt_append(&list, http_method_name(HTTP_OPTIONS));
	add(head, "Allow", txt_str(&list));
}

static void
add_cookie(struct txt *head, const struct exchange *x)
{
	bool ok = true;

	if (x->device[0] != '\0')
		ok = http_head_cookie(head, EXCHANGE_DEVICE, x->device,
		    AUTH_DEVICE_MAX_AGE_SECS);
	if (!ok)
		abort();
	if (x->token[0] != '\0')
		ok = http_head_cookie(head, EXCHANGE_COOKIE, x->token,
		    AUTH_SESSION_MAX_AGE_SECS);
	else if (x->clear_cookie)
		ok = http_head_cookie(head, EXCHANGE_COOKIE, "", 0);
	if (!ok)
		abort();
}

/* The object to send; a failure makes x->reply the error shape. */
static void
shape_body(struct exchange *x, enum status st)
{
	if (x->reply == NULL && st == ST_OK)
		x->reply = js_new();
	if (x->reply != NULL)
		return;
	x->reply = op_error_rest(st, &x->error);
	js_set_text(x->reply, "request_id", x->request_id);
}

/* RFC 6266: the name in ASCII for old clients, as it is for the rest. */
static void
add_disposition(struct txt *head, const char *name)
{
	own_txt struct txt value;
	const unsigned char *p;

	txt_init(&value, 0);
	txt_append(&value, "attachment; filename=\"");
	for (p = (const unsigned char *)name; *p != '\0'; p++)
		txt_append_n(&value,
		    isalnum(*p) || strchr(" ._-+", *p) != NULL ? (const char *)p
							       : "_",
		    1);
	txt_append(&value, "\"; filename*=UTF-8''");
	for (p = (const unsigned char *)name; *p != '\0'; p++) {
		if (isalnum(*p) || strchr("._-", *p) != NULL)
			txt_append_n(&value, (const char *)p, 1);
		else
			txt_format(&value, "%%%02X", *p);
	}
	add(head, "Content-Disposition", txt_str(&value));
}

static void
write_head(struct txt *head, const struct exchange *x, int code)
{
	size_t i;

	add_number(head, "Status", code);
	add(head, "X-Request-Id", x->request_id);
	for (i = 0; i < sizeof(fixed_headers) / sizeof(fixed_headers[0]); i++)
		add(head, fixed_headers[i][0], fixed_headers[i][1]);
	if (code == 405 || code == 204)
		add_allow(head, x->match.methods);
	if (x->error.retry_after_secs > 0)
		add_number(head, "Retry-After", x->error.retry_after_secs);
	add_cookie(head, x);
}

void
reply_start(struct exchange *x, const struct reply_file *file)
{
	own_txt struct txt head;

	txt_init(&head, 0);
	write_head(&head, x, 200);
	add(&head, "Content-Type", file->type);
	add_disposition(&head, file->name);
	if (file->length >= 0)
		add_number(&head, "Content-Length", (long)file->length);
	txt_append(&head, "\r\n");
	x->is_sent = true;
	FCGX_PutStr(txt_str(&head), (int)head.len, x->fcgi->out);
}

bool
reply_write(struct exchange *x, const void *bytes, size_t n)
{
	const char *at = bytes;

	if (x->req.method == HTTP_HEAD)
		return true;
	while (n > 0) {
		int piece = n > (1 << 20) ? 1 << 20 : (int)n;

		if (FCGX_PutStr(at, piece, x->fcgi->out) != piece)
			return false;
		at += piece;
		n -= (size_t)piece;
	}
	return true;
}

/* The edge sees a connection that ends before the request does. */
void
reply_abort(struct exchange *x)
{
	if (x->fcgi->ipcFd >= 0)
		(void)shutdown(x->fcgi->ipcFd, SHUT_RDWR);
}

void
reply_send(struct exchange *x, enum status st)
{
	int code = x->no_content ? 204 : status_get(st)->http;
	own_txt struct txt head = { 0 };
	const char *body = "";

	if (code == 503 && x->error.retry_after_secs < 1)
		x->error.retry_after_secs = 1;
	txt_init(&head, 0);
	write_head(&head, x, code);
	if (code != 204) {
		shape_body(x, st);
		body = js_str(x->reply);
		add(&head, "Content-Type", "application/json");
		add_number(&head, "Content-Length", (long)strlen(body));
	}
	if (x->req.method == HTTP_HEAD)
		body = "";
	txt_append(&head, "\r\n");
	FCGX_PutStr(txt_str(&head), (int)head.len, x->fcgi->out);
	FCGX_PutStr(body, (int)strlen(body), x->fcgi->out);
}
