/*
 * Fuzzes the reader of server-sent events: the first byte says how large the
 * pieces are, the rest is the stream.  The events must not depend on the
 * pieces, and every event's data must end with the NUL it promises.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/txt.h"
#include "provider/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void
on_event(void *arg, const struct sse_event *event)
{
	struct txt *seen = arg;

	if (event->data[event->len] != '\0' || event->name[0] == '\0')
		abort();
	txt_append(seen, event->name);
	txt_append_c(seen, '|');
	txt_append_n(seen, event->data, event->len);
	txt_append_c(seen, ';');
}

static enum status
feed(const char *stream, size_t n, size_t piece, struct txt *seen)
{
	struct sse *s = sse_new(on_event, seen);
	enum status st = ST_OK;

	for (size_t at = 0; at < n; at += piece) {
		size_t step = piece > n - at ? n - at : piece;
		char *copy = mem_zalloc(step);

		/* A block of its own: a read past the piece is seen. */
		memcpy(copy, stream + at, step);
		if (sse_feed(s, copy, step) != ST_OK)
			st = ST_TOO_LARGE;
		free(copy);
	}
	sse_free(s);
	return st;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const char *stream = (const char *)bytes + 1;
	struct txt whole = { 0 }, parts = { 0 };
	enum status st, st_parts;

	if (n < 2)
		return 0;
	st = feed(stream, n - 1, n - 1, &whole);
	st_parts = feed(stream, n - 1, (size_t)bytes[0] + 1, &parts);
	if (st != st_parts || whole.len != parts.len ||
	    strcmp(txt_str(&whole), txt_str(&parts)) != 0)
		abort();
	txt_done(&whole);
	txt_done(&parts);
	return 0;
}
