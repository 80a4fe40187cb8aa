/*
 * What the tests of src/provider share.  Every piece of a stream lies in a
 * block of its own size, so that a read past it is seen.
 */
#include "config.h"

#include "tests/unit/provider/feed.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/own.h"
#include "js/js.h"
#include "tests/unit/unit.h"

static void on_event(void *arg, const struct sse_event *event);

void
feed_init(struct feed *f, enum conf_provider_kind kind)
{
	memset(f, 0, sizeof(*f));
	f->p.kind = kind;
	f->p.name = mem_strdup("test");
	provider_reply_init(&f->r);
	txt_init(&f->deltas, 0);
}

void
feed_done(struct feed *f)
{
	provider_reply_done(&f->r);
	txt_done(&f->deltas);
	own_mem_free(&f->p.name);
}

void
feed_stream(struct feed *f, const char *stream, size_t n, size_t piece)
{
	struct sse *s = sse_new(on_event, f);

	for (size_t at = 0; at < n;) {
		size_t step = piece == 0 || piece > n - at ? n - at : piece;

		/* Copied to a block of its own, so that a read past the piece
		 * is seen. */
		char *copy = mem_strndup(stream + at, step);

		if (sse_feed(s, copy, step) != ST_OK && f->st == ST_OK)
			f->st = ST_TOO_LARGE;
		own_mem_free(&copy);
		at += step;
	}
	sse_free(s);
}

void
feed_check_request(const struct conf_provider *p, const char *system,
    const char *messages, const char *tools, const char *want)
{
	struct json_object *m = NULL, *t = NULL, *body;
	struct js_error err;

	CU_ASSERT_EQUAL_FATAL(js_parse(messages, strlen(messages), &m, &err),
	    ST_OK);
	if (tools != NULL)
		CU_ASSERT_EQUAL_FATAL(js_parse(tools, strlen(tools), &t, &err),
		    ST_OK);
	body = provider_request(p, "m", system, m, t);
	CU_ASSERT_STRING_EQUAL(js_str(body), want);
	if (strcmp(js_str(body), want) != 0)
		fprintf(stderr, "got  %s\nwant %s\n", js_str(body), want);
	js_put(&body);
	js_put(&m);
	js_put(&t);
}

static void
on_event(void *arg, const struct sse_event *event)
{
	struct feed *f = arg;
	struct provider_delta delta;
	enum status st = provider_event(&f->p, &f->r, event, &delta);

	f->events++;
	if (st != ST_OK && f->st == ST_OK)
		f->st = st;
	if (delta.len > 0)
		txt_append_n(&f->deltas, delta.text, delta.len);
}
