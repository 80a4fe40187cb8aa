/*
 * Fuzzes what a provider may send: the first byte picks the kind, the rest is
 * its stream, and also the body of an error.  Whatever comes, a reply keeps
 * its limits, deltas add up to its text, and an error can be shown.
 */
#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "js/js.h"
#include "provider/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static char name[] = "fuzz";
static char key[] = "sk-0123456789";

struct target {
	struct conf_provider p;
	struct provider_reply r;
	struct txt deltas;
};

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
on_event(void *arg, const struct sse_event *event)
{
	struct target *t = arg;
	struct provider_delta delta;
	enum status st = provider_event(&t->p, &t->r, event, &delta);

	must(st == ST_OK || (st == ST_UPSTREAM && t->r.refused));
	must((delta.text == NULL) == (delta.len == 0));
	if (delta.len > 0)
		txt_append_n(&t->deltas, delta.text, delta.len);
}

static void
check_reply(const struct provider_reply *r)
{
	must(r->text.len <= PROVIDER_MAX_REPLY_BYTES);
	must(utf8_check(txt_str(&r->text), r->text.len));
	must(r->call_count <= PROVIDER_MAX_TOOL_CALLS);
	for (size_t i = 0; i < r->call_count; i++) {
		const struct provider_tool_call *c = &r->calls[i];

		must(c->args.len <= PROVIDER_MAX_ARGS_BYTES);
		if (r->done && !r->refused)
			must(c->id != NULL && c->name != NULL &&
			    c->args.len > 0);
	}
	must(!utf8_has_control(r->error, strlen(r->error), ""));
	must(!utf8_has_control(r->finish, strlen(r->finish), ""));
}

static void
check_error(struct json_object *error)
{
	must(js_text_len(error, "type") > 0);
	must(js_text_len(error, "detail") > 0);
	must(strstr(js_str(error), key) == NULL);
	js_put(&error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const char *stream = (const char *)bytes + 1;
	struct target t = { 0 };
	struct sse *s;

	if (n < 2)
		return 0;
	t.p.name = name;
	t.p.kind = (bytes[0] & 1) != 0 ? PROVIDER_ANTHROPIC : PROVIDER_OPENAI;
	t.p.api_key.bytes = key;
	t.p.api_key.len = sizeof(key) - 1;
	provider_reply_init(&t.r);
	s = sse_new(on_event, &t);
	(void)!sse_feed(s, stream, n - 1);
	sse_free(s);
	check_reply(&t.r);
	must(strcmp(txt_str(&t.deltas), txt_str(&t.r.text)) == 0);
	check_error(provider_reply_error(&t.p, &t.r));
	check_error(provider_error(&t.p, bytes[0] * 4L, stream, n - 1));
	provider_reply_done(&t.r);
	txt_done(&t.deltas);
	return 0;
}
