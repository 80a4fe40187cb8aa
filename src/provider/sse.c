/*
 * Server-sent events, read as they arrive (WHATWG HTML section 9.2.6).
 *
 * Keeps one unfinished line and the data of one unfinished event, both
 * bounded.  Does not know what the events mean, and ignores "id" and "retry":
 * a model call is never resumed, it is made again.
 */
#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "provider/provider.h"

#define SSE_MAX_EVENT_NAME_BYTES 64

struct sse {
	sse_event_fn *on_event;
	void *arg;
	struct txt line;
	struct txt data;
	char event[SSE_MAX_EVENT_NAME_BYTES];
	bool has_data;   /* a data field came, maybe an empty one */
	bool after_cr;   /* the next LF belongs to the CR before it */
	bool first_line; /* may start with a byte order mark */
	bool too_large;
};

static void sse_take_line(struct sse *s);
static void sse_take_field(struct sse *s, const char *name, size_t name_len,
    const char *value, size_t value_len);
static void sse_dispatch(struct sse *s);

struct sse *
sse_new(sse_event_fn *on_event, void *arg)
{
	struct sse *s = mem_zalloc(sizeof(*s));

	s->on_event = on_event;
	s->arg = arg;
	s->first_line = true;
	txt_init(&s->line, SSE_MAX_LINE_BYTES);
	txt_init(&s->data, SSE_MAX_LINE_BYTES);
	return s;
}

void
sse_free(struct sse *s)
{
	if (s == NULL)
		return;
	txt_done(&s->line);
	txt_done(&s->data);
	free(s);
}

enum status
sse_feed(struct sse *s, const char *bytes, size_t n)
{
	const char *end = bytes + n;

	while (bytes < end && !s->too_large) {
		const char *stop = bytes;

		if (s->after_cr && *bytes == '\n') {
			s->after_cr = false;
			bytes++;
			continue;
		}
		s->after_cr = false;
		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		txt_append_n(&s->line, bytes, (size_t)(stop - bytes));
		if (stop < end) {
			s->after_cr = *stop == '\r';
			sse_take_line(s);
			stop++;
		}
		bytes = stop;
		if (s->line.overflowed || s->data.overflowed)
			s->too_large = true;
	}
	return s->too_large ? ST_TOO_LARGE : ST_OK;
}

static void
sse_take_line(struct sse *s)
{
	static const char bom[] = "\xef\xbb\xbf";
	const char *line, *colon, *value, *end;

	if (s->line.overflowed)
		return;
	line = txt_str(&s->line);
	end = line + s->line.len;
	if (s->first_line && s->line.len >= 3 && memcmp(line, bom, 3) == 0)
		line += 3;
	s->first_line = false;

	if (line == end) {
		sse_dispatch(s);
	} else if (*line != ':') {
		colon = memchr(line, ':', (size_t)(end - line));
		value = colon == NULL ? end : colon + 1;
		if (value < end && *value == ' ')
			value++;
		if (colon == NULL)
			colon = end;
		sse_take_field(s, line, (size_t)(colon - line), value,
		    (size_t)(end - value));
	}
	txt_reset(&s->line);
}

static void
sse_take_field(struct sse *s, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	if (name_len == 4 && memcmp(name, "data", 4) == 0) {
		if (s->has_data)
			txt_append_c(&s->data, '\n');
		txt_append_n(&s->data, value, value_len);
		s->has_data = true;
	} else if (name_len == 5 && memcmp(name, "event", 5) == 0) {
		/* A name that is too long or has a NUL is none that we
		 * know: better no name than half of one. */
		if (value_len >= sizeof(s->event) ||
		    memchr(value, '\0', value_len) != NULL)
			value_len = 0;
		memcpy(s->event, value, value_len);
		s->event[value_len] = '\0';
	}
}

static void
sse_dispatch(struct sse *s)
{
	struct sse_event event = {
		.name = s->event[0] == '\0' ? "message" : s->event,
		.data = txt_str(&s->data),
		.len = s->data.len,
	};

	if (s->has_data && !s->data.overflowed)
		s->on_event(s->arg, &event);
	s->has_data = false;
	s->event[0] = '\0';
	if (!s->data.overflowed)
		txt_reset(&s->data);
}
