/*
 * Reads the upgrade request.
 *
 * The head is cut into lines once it is whole; each known header has one
 * function, and a table says which may appear only once.  Unknown headers are
 * checked for form and forgotten: X-Forwarded-* and the like have no meaning
 * here, because only the edge can connect and it names the client in
 * X-Moltis-Peer.
 */
#include "config.h"

#include "ws/upgrade.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/utf8.h"

#define COOKIE_NAME "moltis_session"

struct span {
	const char *s;
	size_t n;
};

/* What is known while the lines go by. */
struct reading {
	struct ws_upgrade *u;
	unsigned seen; /* one bit a row of the header table */
	bool upgrade_websocket;
	bool connection_upgrade;
	bool version_13;
	const char *why;
};

/* Each reads one value; false sets reading->why: the request is refused. */
typedef bool header_fn(struct reading *r, struct span value);

static header_fn read_host;
static header_fn read_origin;
static header_fn read_authorization;
static header_fn read_cookie;
static header_fn read_key;
static header_fn read_version;
static header_fn read_upgrade;
static header_fn read_connection;
static header_fn read_peer;
static header_fn read_user_agent;
static header_fn read_language;
static header_fn read_length;
static header_fn read_encoding;

static enum ws_http read_request_line(struct span line, const char **ret_why);
static bool read_header(struct reading *r, struct span line);
static enum ws_http finish(const struct reading *r, const char **ret_why);
static bool take_line(struct span *rest, struct span *ret_line);
static struct span trim(struct span v);
static bool span_is(struct span v, const char *text);
static bool has_token(struct span list, const char *token);
static bool copy_span(char *dst, size_t size, struct span v);
static void copy_cut(char *dst, size_t size, struct span v);
static bool is_token_char(unsigned char c);

static const struct header {
	const char *name;
	header_fn *read;
	bool once;
	const char *twice; /* sentence when it comes again */
} headers[] = {
	{ "host", read_host, true, "Host is given twice" },
	{ "origin", read_origin, true, "Origin is given twice" },
	{ "authorization", read_authorization, true,
	    "Authorization is given twice" },
	{ "cookie", read_cookie, true, "Cookie is given twice" },
	{ "sec-websocket-key", read_key, true,
	    "Sec-WebSocket-Key is given twice" },
	{ "sec-websocket-version", read_version, true,
	    "Sec-WebSocket-Version is given twice" },
	{ "x-moltis-peer", read_peer, true, "X-Moltis-Peer is given twice" },
	{ "content-length", read_length, true,
	    "Content-Length is given twice" },
	{ "transfer-encoding", read_encoding, true,
	    "Transfer-Encoding is given twice" },
	{ "upgrade", read_upgrade, false, NULL },
	{ "connection", read_connection, false, NULL },
	{ "user-agent", read_user_agent, false, NULL },
	{ "accept-language", read_language, false, NULL },
};
#define HEADER_COUNT (sizeof(headers) / sizeof(headers[0]))
#define HEADER_HOST 1u /* bits of the rows above */
#define HEADER_KEY (1u << 4)

enum ws_head
ws_head_find(struct ws_head_scan *scan, const char *buf, size_t n,
    size_t *ret_bytes)
{
	static const char end[4] = { '\r', '\n', '\r', '\n' };

	for (; scan->seen < n; scan->seen++) {
		unsigned char c = (unsigned char)buf[scan->seen];

		if (scan->seen >= WS_HEAD_MAX_BYTES)
			return WS_HEAD_LARGE;
		if (c == (unsigned char)end[scan->matched]) {
			if (++scan->matched == sizeof(end)) {
				*ret_bytes = ++scan->seen;
				return WS_HEAD_WHOLE;
			}
			continue;
		}
		/* A line end is CR LF and nothing else. */
		if (c == '\n' || scan->matched % 2 == 1)
			return WS_HEAD_BAD;
		scan->matched = c == '\r' ? 1 : 0;
		if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f)
			return WS_HEAD_BAD;
	}
	return WS_HEAD_MORE;
}

enum ws_http
ws_upgrade_parse(const char *head, size_t n, struct ws_upgrade *ret,
    const char **ret_why)
{
	struct span rest = { head, n };
	struct reading r = { .u = ret };
	struct span line;
	size_t lines = 0;
	enum ws_http http;

	memset(ret, 0, sizeof(*ret));
	*ret_why = "the request is not HTTP/1.1";
	if (n > WS_HEAD_MAX_BYTES) {
		*ret_why = "the request head is larger than 8192 bytes";
		return WS_HTTP_TOO_LARGE;
	}
	if (!take_line(&rest, &line))
		return WS_HTTP_BAD;
	http = read_request_line(line, ret_why);
	if (http == WS_HTTP_BAD)
		return http;
	for (;;) {
		if (!take_line(&rest, &line)) {
			*ret_why = "the request head has no end";
			return WS_HTTP_BAD;
		}
		if (line.n == 0)
			break;
		if (++lines > WS_HEAD_MAX_LINES) {
			*ret_why = "the request has more than 64 headers";
			return WS_HTTP_TOO_LARGE;
		}
		if (!read_header(&r, line)) {
			*ret_why = r.why;
			return WS_HTTP_BAD;
		}
	}
	if (rest.n > 0) {
		*ret_why = "bytes follow the request before its answer";
		return WS_HTTP_BAD;
	}
	return http != WS_HTTP_SWITCH ? http : finish(&r, ret_why);
}

void
ws_upgrade_wipe(struct ws_upgrade *u)
{
	bytes_wipe(u->cookie_value, sizeof(u->cookie_value));
	bytes_wipe(u->bearer_value, sizeof(u->bearer_value));
}

/* GET, one space, an origin-form target, one space, HTTP/1.1. */
static enum ws_http
read_request_line(struct span line, const char **ret_why)
{
	static const char version[] = " HTTP/1.1";
	size_t vn = sizeof(version) - 1;
	struct span method = { line.s, 0 };
	struct span path;
	size_t i;

	while (method.n < line.n &&
	    is_token_char((unsigned char)method.s[method.n]))
		method.n++;
	if (method.n == 0 || method.n == line.n || line.s[method.n] != ' ' ||
	    line.n < method.n + 2 + vn ||
	    memcmp(line.s + line.n - vn, version, vn) != 0)
		return WS_HTTP_BAD;
	path.s = line.s + method.n + 1;
	path.n = line.n - vn - method.n - 1;
	for (i = 0; i < path.n; i++) {
		unsigned char c = (unsigned char)path.s[i];

		if (c <= 0x20 || c >= 0x7f || c == '#')
			return WS_HTTP_BAD;
	}
	if (path.s[0] != '/')
		return WS_HTTP_BAD;
	/* The query means nothing: a key in a URL ends up in logs. */
	for (i = 0; i < path.n && path.s[i] != '?'; i++)
		continue;
	path.n = i;
	if (!span_is(method, "GET")) {
		*ret_why = "only GET opens a WebSocket";
		return WS_HTTP_METHOD;
	}
	if (span_is(path, "/ws") || span_is(path, "/ws/chat"))
		return WS_HTTP_SWITCH;
	*ret_why = "no WebSocket here: use /ws or /ws/chat";
	return WS_HTTP_NOT_FOUND;
}

static bool
read_header(struct reading *r, struct span line)
{
	struct span name = { line.s, 0 };
	struct span value;
	size_t i;

	while (name.n < line.n && is_token_char((unsigned char)name.s[name.n]))
		name.n++;
	r->why = "a header line is malformed";
	if (name.n == 0 || name.n == line.n || line.s[name.n] != ':')
		return false;
	value.s = line.s + name.n + 1;
	value.n = line.n - name.n - 1;
	value = trim(value);
	r->why = "a header value is not valid UTF-8 text";
	if (!utf8_check(value.s, value.n) ||
	    utf8_has_control(value.s, value.n, "\t"))
		return false;
	for (i = 0; i < HEADER_COUNT; i++) {
		const struct header *h = &headers[i];

		if (strlen(h->name) != name.n ||
		    strncasecmp(h->name, name.s, name.n) != 0)
			continue;
		r->why = h->twice;
		if (h->once && (r->seen & (1u << i)) != 0)
			return false;
		r->seen |= 1u << i;
		return h->read(r, value);
	}
	return true;
}

/* What only the whole head can tell. */
static enum ws_http
finish(const struct reading *r, const char **ret_why)
{
	if ((r->seen & HEADER_HOST) == 0) {
		*ret_why = "Host is missing";
		return WS_HTTP_BAD;
	}
	if (!r->upgrade_websocket) {
		*ret_why = "Upgrade must be websocket";
		return WS_HTTP_UPGRADE;
	}
	if (!r->connection_upgrade) {
		*ret_why = "Connection must hold Upgrade";
		return WS_HTTP_BAD;
	}
	if (!r->version_13) {
		*ret_why = "Sec-WebSocket-Version must be 13";
		return WS_HTTP_UPGRADE;
	}
	if ((r->seen & HEADER_KEY) == 0) {
		*ret_why = "Sec-WebSocket-Key is missing";
		return WS_HTTP_BAD;
	}
	*ret_why = "";
	return WS_HTTP_SWITCH;
}

static bool
read_host(struct reading *r, struct span value)
{
	r->why = "Host is malformed";
	return value.n > 0 && copy_span(r->u->host, sizeof(r->u->host), value);
}

/* An Origin too long to be ours stays present and matches nothing. */
static bool
read_origin(struct reading *r, struct span value)
{
	r->u->has_origin = true;
	(void)copy_span(r->u->origin, sizeof(r->u->origin), value);
	return true;
}

/*
 * "Bearer", exactly one space, one word.  Another scheme is somebody else's
 * business and no credential of ours.
 */
static bool
read_authorization(struct reading *r, struct span value)
{
	static const char scheme[] = "bearer";
	size_t n = sizeof(scheme) - 1;
	struct span word;
	size_t i;

	if (value.n < n || strncasecmp(value.s, scheme, n) != 0 ||
	    (value.n > n && is_token_char((unsigned char)value.s[n])))
		return true;
	r->u->bearer = WS_PRESENTED_UNUSABLE;
	if (value.n < n + 2 || value.s[n] != ' ')
		return true;
	word.s = value.s + n + 1;
	word.n = value.n - n - 1;
	for (i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.s[i];

		if (c <= 0x20 || c >= 0x7f)
			return true;
	}
	if (copy_span(r->u->bearer_value, sizeof(r->u->bearer_value), word))
		r->u->bearer = WS_PRESENTED_ONE;
	return true;
}

/* Two cookies of our name: one of them was planted, so neither counts. */
static bool
read_cookie(struct reading *r, struct span value)
{
	struct ws_upgrade *u = r->u;

	while (value.n > 0) {
		const char *semi = memchr(value.s, ';', value.n);
		size_t n = semi != NULL ? (size_t)(semi - value.s) : value.n;
		struct span pair = trim((struct span){ value.s, n });
		const char *eq = memchr(pair.s, '=', pair.n);
		struct span name = { pair.s,
			eq != NULL ? (size_t)(eq - pair.s) : pair.n };

		value.s += n < value.n ? n + 1 : n;
		value.n -= n < value.n ? n + 1 : n;
		if (!span_is(name, COOKIE_NAME))
			continue;
		if (u->cookie == WS_PRESENTED_NONE && eq != NULL &&
		    copy_span(u->cookie_value, sizeof(u->cookie_value),
			(struct span){ eq + 1, pair.n - name.n - 1 }))
			u->cookie = WS_PRESENTED_ONE;
		else
			u->cookie = WS_PRESENTED_UNUSABLE;
	}
	if (u->cookie != WS_PRESENTED_ONE)
		bytes_wipe(u->cookie_value, sizeof(u->cookie_value));
	return true;
}

/* 16 bytes in base64: 21 free characters, one with its low bits clear, "==". */
static bool
read_key(struct reading *r, struct span value)
{
	static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t i;

	r->why = "Sec-WebSocket-Key must be 16 bytes in base64";
	if (value.n != WS_KEY_TEXT - 1 || value.s[22] != '=' ||
	    value.s[23] != '=' || strchr("AQgw", value.s[21]) == NULL)
		return false;
	for (i = 0; i < 21; i++) {
		if (memchr(b64, value.s[i], sizeof(b64) - 1) == NULL)
			return false;
	}
	return copy_span(r->u->key, sizeof(r->u->key), value);
}

static bool
read_version(struct reading *r, struct span value)
{
	r->version_13 = span_is(value, "13");
	return true;
}

static bool
read_upgrade(struct reading *r, struct span value)
{
	r->upgrade_websocket |= has_token(value, "websocket");
	return true;
}

static bool
read_connection(struct reading *r, struct span value)
{
	r->connection_upgrade |= has_token(value, "upgrade");
	return true;
}

/* The edge writes a bare address.  Anything else is not used, and such
 * clients are counted together. */
static bool
read_peer(struct reading *r, struct span value)
{
	unsigned char address[sizeof(struct in6_addr)];
	char *peer = r->u->peer;

	if (copy_span(peer, sizeof(r->u->peer), value) &&
	    inet_pton(AF_INET, peer, address) != 1 &&
	    inet_pton(AF_INET6, peer, address) != 1)
		peer[0] = '\0';
	return true;
}

static bool
read_user_agent(struct reading *r, struct span value)
{
	copy_cut(r->u->user_agent, sizeof(r->u->user_agent), value);
	return true;
}

static bool
read_language(struct reading *r, struct span value)
{
	copy_cut(r->u->accept_language, sizeof(r->u->accept_language), value);
	return true;
}

static bool
read_length(struct reading *r, struct span value)
{
	r->why = "a WebSocket request has no body: drop Content-Length";
	return span_is(value, "0");
}

static bool
read_encoding(struct reading *r, struct span value)
{
	(void)value;
	r->why = "a WebSocket request has no body: drop Transfer-Encoding";
	return false;
}

/* Cuts the next line, without its CR LF; false: there is none. */
static bool
take_line(struct span *rest, struct span *ret_line)
{
	size_t i;

	for (i = 0; i + 1 < rest->n; i++) {
		if (rest->s[i] == '\n')
			return false;
		if (rest->s[i] != '\r')
			continue;
		if (rest->s[i + 1] != '\n')
			return false;
		ret_line->s = rest->s;
		ret_line->n = i;
		rest->s += i + 2;
		rest->n -= i + 2;
		return true;
	}
	return false;
}

static struct span
trim(struct span v)
{
	while (v.n > 0 && (v.s[0] == ' ' || v.s[0] == '\t')) {
		v.s++;
		v.n--;
	}
	while (v.n > 0 && (v.s[v.n - 1] == ' ' || v.s[v.n - 1] == '\t'))
		v.n--;
	return v;
}

static bool
span_is(struct span v, const char *text)
{
	return v.n == strlen(text) && memcmp(v.s, text, v.n) == 0;
}

/* TOKEN, without case, in a comma-separated list. */
static bool
has_token(struct span list, const char *token)
{
	while (list.n > 0) {
		const char *comma = memchr(list.s, ',', list.n);
		size_t n = comma != NULL ? (size_t)(comma - list.s) : list.n;
		struct span word = trim((struct span){ list.s, n });

		if (word.n == strlen(token) &&
		    strncasecmp(word.s, token, word.n) == 0)
			return true;
		list.s += n < list.n ? n + 1 : n;
		list.n -= n < list.n ? n + 1 : n;
	}
	return false;
}

static bool
copy_span(char *dst, size_t size, struct span v)
{
	dst[0] = '\0';
	if (v.n >= size)
		return false;
	memcpy(dst, v.s, v.n);
	dst[v.n] = '\0';
	return true;
}

static void
copy_cut(char *dst, size_t size, struct span v)
{
	v.n = utf8_cut(v.s, v.n, size - 1);
	(void)copy_span(dst, size, v);
}

/* RFC 9110 section 5.6.2. */
static bool
is_token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}
