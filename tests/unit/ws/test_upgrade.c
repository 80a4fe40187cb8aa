/*
 * src/ws/upgrade.c and answer.c: the request that opens a WebSocket.
 *
 * Tables of whole heads: what is accepted, and for everything else the exact
 * answer.  Heads are built from a good one with lines put in or taken out.
 */
#include "config.h"

#include "ws/upgrade.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

#define GOOD_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct ws_upgrade up;
static const char *why;

/* A good head with LINES (CR LF ended) between Host and the rest. */
static enum ws_http
parse_with(const char *lines)
{
	char head[9000];

	snprintf(head, sizeof(head),
	    "GET /ws HTTP/1.1\r\nHost: a.example\r\n"
	    "%sUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " GOOD_KEY
	    "\r\n\r\n",
	    lines);
	return ws_upgrade_parse(head, strlen(head), &up, &why);
}

static enum ws_http
parse(const char *head)
{
	return ws_upgrade_parse(head, strlen(head), &up, &why);
}

static void
test_good(void)
{
	CU_ASSERT_EQUAL(
	    parse_with("Origin: https://a.example\r\n"
		       "X-Moltis-Peer: 198.51.100.7\r\nUser-Agent: u\r\n"
		       "Accept-Language: fr\r\nX-Forwarded-For: 1.2.3.4\r\n"
		       "Cookie: a=b; moltis_session=" TOKEN "; c=d\r\n"),
	    WS_HTTP_SWITCH);
	CU_ASSERT_STRING_EQUAL(up.host, "a.example");
	CU_ASSERT(up.has_origin);
	CU_ASSERT_STRING_EQUAL(up.origin, "https://a.example");
	CU_ASSERT_STRING_EQUAL(up.peer, "198.51.100.7");
	CU_ASSERT_STRING_EQUAL(up.key, GOOD_KEY);
	CU_ASSERT_STRING_EQUAL(up.user_agent, "u");
	CU_ASSERT_STRING_EQUAL(up.accept_language, "fr");
	CU_ASSERT_EQUAL(up.cookie, WS_PRESENTED_ONE);
	CU_ASSERT_STRING_EQUAL(up.cookie_value, TOKEN);
	CU_ASSERT_EQUAL(up.bearer, WS_PRESENTED_NONE);
	ws_upgrade_wipe(&up);
	CU_ASSERT_EQUAL(up.cookie_value[0], 0);
}

static void
test_request_line(void)
{
	static const struct {
		const char *line;
		enum ws_http want;
	} rows[] = {
		{ "GET /ws HTTP/1.1", WS_HTTP_UPGRADE }, /* no Upgrade */
		{ "GET /ws/chat HTTP/1.1", WS_HTTP_UPGRADE },
		{ "GET /ws?api_key=mk_x HTTP/1.1", WS_HTTP_UPGRADE },
		{ "GET /ws/ HTTP/1.1", WS_HTTP_NOT_FOUND },
		{ "GET /WS HTTP/1.1", WS_HTTP_NOT_FOUND },
		{ "GET /ws%2fchat HTTP/1.1", WS_HTTP_NOT_FOUND },
		{ "GET //ws HTTP/1.1", WS_HTTP_NOT_FOUND },
		{ "GET /ws/../ws HTTP/1.1", WS_HTTP_NOT_FOUND },
		{ "POST /ws HTTP/1.1", WS_HTTP_METHOD },
		{ "get /ws HTTP/1.1", WS_HTTP_METHOD },
		{ "GET /ws HTTP/1.0", WS_HTTP_BAD },
		{ "GET /ws HTTP/2.0", WS_HTTP_BAD },
		{ "GET /ws  HTTP/1.1", WS_HTTP_BAD },
		{ "GET  /ws HTTP/1.1", WS_HTTP_BAD },
		{ " GET /ws HTTP/1.1", WS_HTTP_BAD },
		{ "GET\t/ws HTTP/1.1", WS_HTTP_BAD },
		{ "GET http://a/ws HTTP/1.1", WS_HTTP_BAD },
		{ "GET /ws#x HTTP/1.1", WS_HTTP_BAD },
		{ "GET HTTP/1.1", WS_HTTP_BAD },
		{ "GET  HTTP/1.1", WS_HTTP_BAD },
		{ "GET", WS_HTTP_BAD },
		{ "", WS_HTTP_BAD },
	};
	char head[200];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(head, sizeof(head), "%s\r\nHost: a\r\n\r\n",
		    rows[i].line);
		CU_ASSERT_EQUAL(parse(head), rows[i].want);
	}
}

static void
test_duplicates(void)
{
	CU_ASSERT_EQUAL(parse_with("host: b.example\r\n"), WS_HTTP_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Host is given twice");
	CU_ASSERT_EQUAL(parse_with("Origin: a\r\nOrigin: a\r\n"), WS_HTTP_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Origin is given twice");
	CU_ASSERT_EQUAL(parse_with("Authorization: Bearer a\r\n"
				   "authorization: Bearer b\r\n"),
	    WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("Cookie: a=b\r\nCookie: c=d\r\n"),
	    WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("X-Moltis-Peer: 1.1.1.1\r\n"
				   "X-Moltis-Peer: 2.2.2.2\r\n"),
	    WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("Sec-WebSocket-Version: 13\r\n"),
	    WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("Sec-WebSocket-Key: " GOOD_KEY "\r\n"),
	    WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("Connection: close\r\n"), WS_HTTP_SWITCH);
}

static void
test_malformed(void)
{
	CU_ASSERT_EQUAL(parse_with(" folded: x\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("A: b\r\n\tfolded\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("A : b\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with(": b\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("A\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("A: b\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("A: b\rC: d\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("A: \x01\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("A: \xc0\xaf\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("A: \xff\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("A: tab\tand \xc3\xa9\r\n"), WS_HTTP_SWITCH);
	CU_ASSERT_EQUAL(parse_with("Content-Length: 5\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse_with("Content-Length: 0\r\n"), WS_HTTP_SWITCH);
	CU_ASSERT_EQUAL(parse_with("Transfer-Encoding: chunked\r\n"),
	    WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse("GET /ws HTTP/1.1\r\nHost: a\r\n"), WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse("GET /ws HTTP/1.1\r\nHost: a\r\n\r\nx"),
	    WS_HTTP_BAD);
	CU_ASSERT_EQUAL(parse("GET /ws HTTP/1.1\r\n\r\n"), WS_HTTP_BAD);
	CU_ASSERT_STRING_EQUAL(why, "Host is missing");
	CU_ASSERT_EQUAL(parse("GET /ws HTTP/1.1\r\nHost:\r\n\r\n"),
	    WS_HTTP_BAD);
}

/* The headers that make it an upgrade, each one broken alone. */
static void
test_upgrade_headers(void)
{
	static const struct {
		const char *upgrade, *connection, *version, *key;
		enum ws_http want;
	} rows[] = {
		{ "websocket", "Upgrade", "13", GOOD_KEY, WS_HTTP_SWITCH },
		{ "WebSocket", "x, UPGRADE", "13", GOOD_KEY, WS_HTTP_SWITCH },
		{ "h2c", "Upgrade", "13", GOOD_KEY, WS_HTTP_UPGRADE },
		{ "websocketx", "Upgrade", "13", GOOD_KEY, WS_HTTP_UPGRADE },
		{ "websocket", "close", "13", GOOD_KEY, WS_HTTP_BAD },
		{ "websocket", "upgraded", "13", GOOD_KEY, WS_HTTP_BAD },
		{ "websocket", "Upgrade", "8", GOOD_KEY, WS_HTTP_UPGRADE },
		{ "websocket", "Upgrade", "13, 8", GOOD_KEY, WS_HTTP_UPGRADE },
		{ "websocket", "Upgrade", "13", "", WS_HTTP_BAD },
		{ "websocket", "Upgrade", "13",
		    "dGhlIHNhbXBsZQ==", WS_HTTP_BAD },
		{ "websocket", "Upgrade", "13",
		    "dGhlIHNhbXBsZSBub25jZR==", WS_HTTP_BAD },
		{ "websocket", "Upgrade", "13",
		    "dGhlIHNhbXBsZSBub25jZQ= ", WS_HTTP_BAD },
		{ "websocket", "Upgrade", "13",
		    "dGhlIHNhbXBsZSBub2-jZQ==", WS_HTTP_BAD },
	};
	char head[400];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(head, sizeof(head),
		    "GET /ws/chat HTTP/1.1\r\n"
		    "Host: a\r\nUpgrade: %s\r\nConnection: %s\r\n"
		    "Sec-WebSocket-Version: %s\r\nSec-WebSocket-Key: %s\r\n"
		    "\r\n",
		    rows[i].upgrade, rows[i].connection, rows[i].version,
		    rows[i].key);
		CU_ASSERT_EQUAL(parse(head), rows[i].want);
	}
}

static void
test_bearer(void)
{
	static const struct {
		const char *value;
		enum ws_presented want;
	} rows[] = {
		{ "Bearer mk_x", WS_PRESENTED_ONE },
		{ "bEARER mk_x", WS_PRESENTED_ONE },
		{ "Bearer  mk_x", WS_PRESENTED_UNUSABLE },
		{ "Bearer\tmk_x", WS_PRESENTED_UNUSABLE },
		{ "Bearer mk_x y", WS_PRESENTED_UNUSABLE },
		{ "Bearer", WS_PRESENTED_UNUSABLE },
		{ "Bearer=mk_x", WS_PRESENTED_UNUSABLE },
		{ "Bearers mk_x", WS_PRESENTED_NONE },
		{ "Basic eDp5", WS_PRESENTED_NONE },
		{ "", WS_PRESENTED_NONE },
	};
	char line[300];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line), "Authorization: %s\r\n",
		    rows[i].value);
		CU_ASSERT_EQUAL(parse_with(line), WS_HTTP_SWITCH);
		CU_ASSERT_EQUAL(up.bearer, rows[i].want);
		CU_ASSERT_STRING_EQUAL(up.bearer_value,
		    rows[i].want == WS_PRESENTED_ONE ? "mk_x" : "");
	}
	snprintf(line, sizeof(line), "Authorization: Bearer %0200d\r\n", 1);
	CU_ASSERT_EQUAL(parse_with(line), WS_HTTP_SWITCH);
	CU_ASSERT_EQUAL(up.bearer, WS_PRESENTED_UNUSABLE);
}

static void
test_cookie(void)
{
	static const struct {
		const char *value;
		enum ws_presented want;
	} rows[] = {
		{ "moltis_session=x", WS_PRESENTED_ONE },
		{ "a=1;moltis_session=x ;b=2", WS_PRESENTED_ONE },
		{ "moltis_session=x; moltis_session=x", WS_PRESENTED_UNUSABLE },
		{ "moltis_session=x; a=b; moltis_session=y; moltis_session=z",
		    WS_PRESENTED_UNUSABLE },
		{ "moltis_session", WS_PRESENTED_UNUSABLE },
		{ "Moltis_Session=x", WS_PRESENTED_NONE },
		{ "xmoltis_session=x", WS_PRESENTED_NONE },
		{ "moltis_session2=x", WS_PRESENTED_NONE },
		{ ";;;=;", WS_PRESENTED_NONE },
		{ "", WS_PRESENTED_NONE },
	};
	char line[300];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line), "Cookie: %s\r\n", rows[i].value);
		CU_ASSERT_EQUAL(parse_with(line), WS_HTTP_SWITCH);
		CU_ASSERT_EQUAL(up.cookie, rows[i].want);
		CU_ASSERT_STRING_EQUAL(up.cookie_value,
		    rows[i].want == WS_PRESENTED_ONE ? "x" : "");
	}
}

static void
test_peer(void)
{
	CU_ASSERT_EQUAL(parse_with("X-Moltis-Peer: 2001:db8::1\r\n"),
	    WS_HTTP_SWITCH);
	CU_ASSERT_STRING_EQUAL(up.peer, "2001:db8::1");
	CU_ASSERT_EQUAL(parse_with("X-Moltis-Peer: 1.2.3.4, 5.6.7.8\r\n"),
	    WS_HTTP_SWITCH);
	CU_ASSERT_STRING_EQUAL(up.peer, "");
	CU_ASSERT_EQUAL(
	    parse_with(
		"X_Moltis_Peer: 1.2.3.4\r\n"
		"X-Forwarded-For: 1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\n"
		"CF-Connecting-IP: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\n"),
	    WS_HTTP_SWITCH);
	CU_ASSERT_STRING_EQUAL(up.peer, "");
}

static void
test_limits(void)
{
	char lines[8600];
	size_t n = 0;
	int i;

	for (i = 0; i < 70; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n,
		    "A%d: b\r\n", i);
	CU_ASSERT_EQUAL(parse_with(lines), WS_HTTP_TOO_LARGE);
	snprintf(lines, sizeof(lines), "A: %08200d\r\n", 1);
	CU_ASSERT_EQUAL(parse_with(lines), WS_HTTP_TOO_LARGE);
	snprintf(lines, sizeof(lines), "Origin: https://%0400d\r\n", 1);
	CU_ASSERT_EQUAL(parse_with(lines), WS_HTTP_SWITCH);
	CU_ASSERT(up.has_origin);
	CU_ASSERT_STRING_EQUAL(up.origin, "");
}

/* The end is found however the bytes are cut. */
static void
test_head_find(void)
{
	static const char head[] = "GET / HTTP/1.1\r\nA: b\r\n\r\nrest";
	size_t whole = sizeof(head) - 1 - 4;
	struct ws_head_scan scan = { 0, 0 };
	size_t i, end = 0;

	for (i = 1; i < whole; i++)
		CU_ASSERT_EQUAL(ws_head_find(&scan, head, i, &end),
		    WS_HEAD_MORE);
	CU_ASSERT_EQUAL(ws_head_find(&scan, head, sizeof(head) - 1, &end),
	    WS_HEAD_WHOLE);
	CU_ASSERT_EQUAL(end, whole);
}

static void
test_head_refused_early(void)
{
	static char large[WS_HEAD_MAX_BYTES + 1];
	static const char *const bad[] = { "\x16\x03\x01", "GET / H\n", "G\rE",
		"A\r\nB\r\r", "A\r\n\n", "\x7f", "PRI * HTTP/2.0\r\n\rS" };
	struct ws_head_scan scan;
	size_t i, end;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&scan, 0, sizeof(scan));
		CU_ASSERT_EQUAL(
		    ws_head_find(&scan, bad[i], strlen(bad[i]), &end),
		    WS_HEAD_BAD);
	}
	memset(large, 'a', sizeof(large));
	memset(&scan, 0, sizeof(scan));
	CU_ASSERT_EQUAL(ws_head_find(&scan, large, WS_HEAD_MAX_BYTES, &end),
	    WS_HEAD_MORE);
	CU_ASSERT_EQUAL(ws_head_find(&scan, large, sizeof(large), &end),
	    WS_HEAD_LARGE);
}

void
suite_ws_upgrade(void)
{
	static const struct unit_test tests[] = {
		{ "a browser's upgrade is read", test_good },
		{ "paths, methods and versions", test_request_line },
		{ "a deciding header given twice is refused", test_duplicates },
		{ "malformed lines are refused", test_malformed },
		{ "each upgrade header is needed", test_upgrade_headers },
		{ "bearer forms", test_bearer },
		{ "cookie forms", test_cookie },
		{ "only the edge names the client", test_peer },
		{ "heads have limits", test_limits },
		{ "the end of the head is found in pieces", test_head_find },
		{ "what is not HTTP is refused at once",
		    test_head_refused_early },
		{ NULL, NULL },
	};

	unit_add("src/ws/upgrade.c", tests);
}
