/*
 * Fuzz target: the upgrade request.
 *
 * The first byte says in which steps the bytes "arrive".  However they are
 * cut, the end of the head is found at the same place; and a head that is
 * accepted has a Host, a key of the right length, and credentials only where
 * it says so.
 */
#include "config.h"

#include "ws/upgrade.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
check_find(const char *buf, size_t n, size_t step)
{
	struct ws_head_scan whole = { 0, 0 }, pieces = { 0, 0 };
	enum ws_head want, got = WS_HEAD_MORE;
	size_t want_end = 0, got_end = 0, at = 0;

	want = ws_head_find(&whole, buf, n, &want_end);
	while (got == WS_HEAD_MORE && at < n) {
		at = n - at < step ? n : at + step;
		got = ws_head_find(&pieces, buf, at, &got_end);
	}
	must(got == want && got_end == want_end);
	must(want != WS_HEAD_WHOLE || want_end <= WS_HEAD_MAX_BYTES);
}

static void
check_upgrade(const struct ws_upgrade *u)
{
	char accept[WS_ACCEPT_TEXT];

	must(u->host[0] != '\0' && strlen(u->host) < WS_NAME_BYTES);
	must(strlen(u->key) == WS_KEY_TEXT - 1);
	must(u->has_origin || u->origin[0] == '\0');
	must(u->cookie == WS_PRESENTED_ONE || u->cookie_value[0] == '\0');
	must(u->bearer == WS_PRESENTED_ONE || u->bearer_value[0] == '\0');
	must(u->bearer != WS_PRESENTED_ONE || u->bearer_value[0] != '\0');
	ws_accept_format(u->key, accept);
	must(strlen(accept) == WS_ACCEPT_TEXT - 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ws_upgrade u;
	const char *text = (const char *)data + 1;
	const char *why = NULL;
	struct ws_refusal refusal;
	struct txt out;

	if (size == 0)
		return 0;
	check_find(text, size - 1, (size_t)data[0] % 64 + 1);
	refusal.http = ws_upgrade_parse(text, size - 1, &u, &why);
	must(why != NULL);
	if (refusal.http == WS_HTTP_SWITCH) {
		check_upgrade(&u);
		ws_upgrade_wipe(&u);
		return 0;
	}
	must(why[0] != '\0');
	refusal.why = why;
	refusal.request_id = "";
	refusal.retry_after_secs = 0;
	txt_init(&out, 0);
	ws_refusal_format(&out, &refusal);
	must(strncmp(txt_str(&out), "HTTP/1.1 4", 10) == 0);
	txt_done(&out);
	return 0;
}
