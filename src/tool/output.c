/* Output of commands made readable: see output.h. */
#include "config.h"

#include "tool/output.h"

#include <string.h>

#include "base/utf8.h"

static const char replacement[] = "\xef\xbf\xbd";

void
output_init(struct output *o, const struct redact *secrets, size_t max)
{
	memset(o, 0, sizeof(*o));
	redact_stream_init(&o->redact, secrets);
	o->max = max;
}

void
output_done(struct output *o)
{
	redact_stream_done(&o->redact);
	txt_done(&o->pending);
	txt_done(&o->text);
}

/* P may be the beginning of a character whose rest is to come. */
static bool
is_unfinished(const char *p, size_t n)
{
	unsigned char lead = (unsigned char)p[0];
	size_t need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

	if (lead < 0xc2 || lead > 0xf4 || n >= need)
		return false;
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return false;
	}
	return true;
}

size_t
output_clean(const char *bytes, size_t n, bool partial, struct txt *out)
{
	size_t at = 0, from = 0;

	while (at < n) {
		size_t step =
		    bytes[at] == '\0' ? 0 : utf8_step(bytes + at, n - at);

		if (step > 0) {
			at += step;
			continue;
		}
		txt_append_n(out, bytes + from, at - from);
		from = at;
		if (partial && is_unfinished(bytes + at, n - at))
			return at;
		txt_append(out, replacement);
		from = ++at;
	}
	txt_append_n(out, bytes + from, at - from);
	return at;
}

static void
take(struct output *o, bool partial, struct txt *live)
{
	own_txt struct txt clean = { 0 };
	size_t room = o->max - o->text.len;
	size_t used =
	    output_clean(txt_str(&o->pending), o->pending.len, partial, &clean);

	txt_drop_front(&o->pending, used);
	/* Once something was left out, nothing may follow it. */
	if (o->total == o->text.len)
		txt_append_n(&o->text, txt_str(&clean),
		    utf8_cut(txt_str(&clean), clean.len, room));
	o->total += clean.len;
	if (live != NULL)
		txt_append_n(live, txt_str(&clean), clean.len);
}

void
output_add(struct output *o, const char *bytes, size_t n, struct txt *live)
{
	redact_feed(&o->redact, bytes, n, &o->pending);
	take(o, true, live);
}

void
output_end(struct output *o, bool cut, struct txt *live)
{
	redact_end(&o->redact, cut, &o->pending);
	take(o, false, live);
	o->cut = cut;
}

bool
output_is_cut(const struct output *o)
{
	return o->cut || o->total > o->text.len;
}
